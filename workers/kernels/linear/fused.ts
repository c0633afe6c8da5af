import type { GpuArray } from '../gpu/array.ts'
import type { GpuGradient } from '../gpu/gradient.ts'
import type { Runner } from '../gpu/runner.ts'
import { type Epilogue, matmul } from '../matmul/fused.ts'
import type { Operations } from '../operations.ts'

/**
 * y = x · W + b as one product, with all that follows it written in the same kernel; backward is two. That of the input
 * comes first, as its kernel also makes anew what the layer multiplied with its weight.
 */
export function fusedLinear(runner: Runner): Operations['linear'] {
  return {
    forward(x, weight, bias, options = {}) {
      const [m, k] = x.shape as [number, number]
      const n = weight.shape[1]!
      const output = runner.array([m, n])
      const residual = (options.residual ?? null) as GpuArray | null
      const affine = options.gelu || options.gate ? runner.array([m, n]) : null
      let epilogue: Epilogue | undefined
      if (affine && options.gelu) epilogue = { kind: 'gelu', affine, residual }
      else if (affine) epilogue = { kind: 'gate', gate: options.gate as GpuArray, affine, residual }
      else if (residual) epilogue = { kind: 'residual', residual }
      matmul(runner, {
        ...{ m, n, k, a: x as GpuArray, b: weight as GpuArray, out: output },
        ...{ bias: bias as GpuArray | null, epilogue },
      })
      return { output, affine }
    },

    backward(x, weight, dOutput, into, input = {}) {
      const [rows, width] = x.shape as [number, number]
      const outputs = weight.shape[1]!
      const dInput = runner.array([rows, width])
      const activated = input.gelu || input.gate ? runner.array([rows, width]) : null
      const dGate = !input.gelu && input.gate ? runner.array([rows, width]) : null
      let epilogue: Epilogue | undefined
      if (activated && dGate) {
        const gate = input.gate as GpuArray
        epilogue = { kind: 'gateGradient', gate, up: x as GpuArray, dGate, activated }
      } else if (activated) epilogue = { kind: 'geluGradient', x: x as GpuArray, activated }
      matmul(runner, {
        ...{ m: rows, n: width, k: outputs, a: dOutput as GpuArray, b: weight as GpuArray, transposeB: true },
        ...{ out: dInput, epilogue },
      })

      const dWeight = (into.weight as GpuGradient).take()
      matmul(runner, {
        ...{ m: width, n: outputs, k: rows, a: activated ?? (x as GpuArray), transposeA: true },
        ...{ b: dOutput as GpuArray, out: dWeight.array, accumulate: dWeight.accumulate },
        columnSums: into.bias && (into.bias as GpuGradient).take(),
      })
      runner.free(activated)
      return { x: dInput, gate: dGate }
    },
  }
}

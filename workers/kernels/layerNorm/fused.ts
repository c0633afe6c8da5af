import type { GpuArray } from '../gpu/array.ts'
import type { GpuGradient } from '../gpu/gradient.ts'
import type { Runner } from '../gpu/runner.ts'
import type { Operations } from '../operations.ts'
import { normBackward, normForward } from './norm.ts'

export function fusedLayerNorm(runner: Runner): Operations['layerNorm'] {
  return {
    forward: (x, gain, bias) => normForward(runner, x as GpuArray, gain as GpuArray, bias as GpuArray),

    backward: (saved, dOutput, into, added = null) =>
      normBackward(
        runner,
        saved,
        dOutput as GpuArray,
        { gain: into.gain as GpuGradient, bias: into.bias as GpuGradient },
        added as GpuArray | null,
      ),
  }
}

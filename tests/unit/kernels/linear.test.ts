import { beforeAll, describe, expect, it } from 'vitest'
import { DryRunner } from '../../../workers/kernels/gpu/dryRunner.ts'
import { GpuGradient } from '../../../workers/kernels/gpu/gradient.ts'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import { fusedLinear } from '../../../workers/kernels/linear/fused.ts'
import type { Operations } from '../../../workers/kernels/operations.ts'
import { draw, expectSame, gradientOf, openFused, type Work } from './compare.ts'

let fused: Operations
let runner: TfjsRunner
beforeAll(async () => {
  ;({ operations: fused, runner } = await openFused())
})

const SHAPES: [rows: number, inputs: number, outputs: number][] = [
  [1, 8, 12],
  [7, 13, 5],
  [65, 36, 67],
  [130, 64, 192],
]
const WAYS = [
  { gelu: false, gate: false, bias: true, residual: false },
  { gelu: false, gate: false, bias: false, residual: true },
  { gelu: true, gate: false, bias: true, residual: false },
  { gelu: true, gate: false, bias: true, residual: true },
  { gelu: false, gate: true, bias: false, residual: false },
  { gelu: false, gate: true, bias: true, residual: true },
]

const forward =
  ([rows, inputs, outputs]: [number, number, number], way: (typeof WAYS)[number]): Work =>
  (operations) => {
    const x = operations.upload(draw(rows * inputs, 1), [rows, inputs])
    const weight = operations.upload(draw(inputs * outputs, 2), [inputs, outputs])
    const bias = way.bias ? operations.upload(draw(outputs, 3), [outputs]) : null
    const { output, affine } = operations.linear.forward(x, weight, bias, {
      gelu: way.gelu,
      ...(way.gate && { gate: operations.upload(draw(rows * outputs, 4, 5), [rows, outputs]) }),
      ...(way.residual && { residual: operations.upload(draw(rows * outputs, 5), [rows, outputs]) }),
    })
    expect(affine !== null).toBe(way.gelu || way.gate)
    return { output, ...(affine && { affine }) }
  }

const backward =
  (
    [rows, inputs, outputs]: [number, number, number],
    input: 'plain' | 'gelu' | 'gate',
    withBias: boolean,
  ): Work =>
  async (operations) => {
    const x = operations.upload(draw(rows * inputs, 1, input === 'plain' ? 1 : 4), [rows, inputs])
    const weight = operations.upload(draw(inputs * outputs, 2), [inputs, outputs])
    const dOutput = operations.upload(draw(rows * outputs, 3), [rows, outputs])
    const gate = input === 'gate' ? operations.upload(draw(rows * inputs, 4, 5), [rows, inputs]) : null
    const ofWeight = gradientOf(operations, [inputs, outputs])
    const ofBias = gradientOf(operations, [outputs])
    const into = { weight: ofWeight.gradient, bias: withBias ? ofBias.gradient : null }
    const how = { gelu: input === 'gelu', ...(gate && { gate }) }
    const first = operations.linear.backward(x, weight, dOutput, into, how)
    // A second batch adds to the first.
    operations.linear.backward(x, weight, dOutput, into, how)
    return {
      x: first.x,
      ...(first.gate && { gate: first.gate }),
      weight: await ofWeight.read(),
      ...(withBias && { bias: await ofBias.read() }),
    }
  }

describe.each(SHAPES)('%i rows, %i in, %i out', (...shape) => {
  it.each(WAYS)('forward is that of tfjs: %o', async (way) => {
    await expectSame(fused, forward(shape, way))
  })

  it.each([
    ['plain', true],
    ['plain', false],
    ['gelu', true],
    ['gate', false],
  ] as const)('backward is that of tfjs and adds up: %s, bias %s', async (input, withBias) => {
    await expectSame(fused, backward(shape, input, withBias))
  })
})

it('does not spoil large arguments of GELU and silu', async () => {
  await expectSame(fused, (operations) => {
    const x = operations.upload(Float32Array.of(-1e4, -90, -20, -5, 0, 5, 20, 90, 1e4), [9, 1])
    const weight = operations.upload(Float32Array.of(1, 1, 1, 1), [1, 4])
    const { output, affine } = operations.linear.forward(x, weight, null, { gelu: true })
    const dOutput = operations.upload(draw(36, 1), [9, 4])
    const into = { weight: gradientOf(operations, [4, 4]).gradient, bias: null }
    const square = operations.upload(draw(16, 2), [4, 4])
    const after = operations.linear.backward(affine!, square, dOutput, into, { gelu: true })
    const gated = operations.linear.backward(dOutput, square, dOutput, into, { gate: affine! })
    return { output, x: after.x, up: gated.x, gate: gated.gate! }
  })
})

it('takes one kernel forward and two backward, and keeps nothing but what it returns', () => {
  const dry = new DryRunner(runner.limits)
  const linear = fusedLinear(dry)
  const array = (...shape: number[]) => dry.array(shape)
  const [x, weight, bias, dOutput] = [array(256, 64), array(64, 256), array(256), array(256, 256)]
  linear.forward(x, weight, bias, { gelu: true, residual: array(256, 256) })
  expect(dry.dispatches).toBe(1)
  const into = { weight: new GpuGradient(array(64, 256)), bias: new GpuGradient(array(256)) }
  const before = dry.memory().liveBytes
  linear.backward(x, weight, dOutput, into, { gelu: true })
  expect(dry.dispatches).toBe(3)
  expect(dry.memory().liveBytes - before).toBe(4 * 256 * 64)
})

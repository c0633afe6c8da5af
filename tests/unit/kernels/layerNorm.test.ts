import { beforeAll, describe, expect, it } from 'vitest'
import { fusedOperations } from '../../../workers/kernels/fused.ts'
import { DryRunner } from '../../../workers/kernels/gpu/dryRunner.ts'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import type { Operations } from '../../../workers/kernels/operations.ts'
import { draw, expectSame, gradientOf, openFused, type Work } from './compare.ts'

let fused: Operations
let runner: TfjsRunner

beforeAll(async () => {
  ;({ operations: fused, runner } = await openFused())
})

const SHAPES = [
  [1, 1],
  [1, 7],
  [7, 12],
  [65, 7],
  [17, 64],
  [256, 64],
  [65, 768],
  [3, 4096],
  [2, 5001],
] as const

/** Two backward passes into the same gradients, the second with something to add to the gradient of x. */
function layerNorm(rows: number, width: number, offset = 0): Work {
  return async (operations) => {
    const array = (count: number, seed: number, shape: number[]) =>
      operations.upload(draw(count, seed), shape)
    const x = operations.upload(
      draw(rows * width, 1).map((value) => value + offset),
      [rows, width],
    )
    const gain = gradientOf(operations, [width])
    const bias = gradientOf(operations, [width])
    const into = { gain: gain.gradient, bias: bias.gradient }
    const { output, saved } = operations.layerNorm.forward(
      x,
      array(width, 2, [width]),
      array(width, 3, [width]),
    )
    const dOutput = array(rows * width, 4, [rows, width])
    const dx = operations.layerNorm.backward(saved, dOutput, into)
    const first = { dGain: await gain.read(), dBias: await bias.read() }
    const sum = operations.layerNorm.backward(saved, dOutput, into, array(rows * width, 5, [rows, width]))
    return { output, dx, ...first, sum, twiceGain: await gain.read(), twiceBias: await bias.read() }
  }
}

function rmsNorm(rows: number, width: number): Work {
  return async (operations) => {
    const array = (count: number, seed: number, shape: number[]) =>
      operations.upload(draw(count, seed), shape)
    const gain = gradientOf(operations, [width])
    const into = { gain: gain.gradient }
    const x = array(rows * width, 1, [rows, width])
    const { output, saved } = operations.rmsNorm.forward(x, array(width, 2, [width]))
    const dOutput = array(rows * width, 4, [rows, width])
    const dx = operations.rmsNorm.backward(saved, dOutput, into)
    const dGain = await gain.read()
    const sum = operations.rmsNorm.backward(saved, dOutput, into, array(rows * width, 5, [rows, width]))
    return { output, dx, dGain, sum, twice: await gain.read() }
  }
}

/** The operations as they are on a real GPU, where workgroups are divided in another way. */
function onHardware(): Operations {
  const limits = { ...runner.limits, software: false, groups: 40 }
  return fusedOperations(Object.create(runner, { limits: { value: limits } }) as TfjsRunner, async () => {})
}

describe('layer norm', () => {
  it.each(SHAPES)('is the reference’s, value and gradients, at %d rows of %d', async (rows, width) => {
    await expectSame(fused, layerNorm(rows, width))
    await expectSame(onHardware(), layerNorm(rows, width))
  })

  it('keeps its accuracy where the mean is large', () => expectSame(fused, layerNorm(9, 64, 300), 1e-4))

  it('takes one kernel forward and two backward', () => {
    const dry = new DryRunner(runner.limits)
    const operations = fusedOperations(dry, async () => {})
    const vector = new Float32Array(8)
    const trainable = operations.trainable(
      [{ name: 'g', shape: [8], offset: 0, size: 8, decays: false }],
      () => ({ parameters: vector }),
    )
    const gradient = trainable.gradients.get('g')!
    const [x, gain] = [operations.upload(vector, [1, 8]), operations.upload(vector, [8])]
    const { saved } = operations.layerNorm.forward(x, gain, gain)
    expect(dry.dispatches).toBe(1)
    operations.layerNorm.backward(saved, x, { gain: gradient, bias: gradient })
    expect(dry.dispatches).toBe(3)
  })

  it('frees all but what it returns', () => {
    fused.scope(() => {
      const x = fused.upload(draw(7 * 12, 1), [7, 12])
      const gain = fused.upload(draw(12, 1), [12])
      const { gradient } = gradientOf(fused, [12])
      const other = gradientOf(fused, [12]).gradient
      const before = fused.memory().liveBytes
      const { output, saved } = fused.layerNorm.forward(x, gain, gain)
      fused.free(output, fused.layerNorm.backward(saved, x, { gain: gradient, bias: other }), saved[2])
      expect(fused.memory().liveBytes).toBe(before)
    })
  })
})

describe('RMS norm', () => {
  it.each(SHAPES)('is the reference’s, value and gradients, at %d rows of %d', async (rows, width) => {
    // Of one value nearly all of the gradient cancels.
    const tolerance = width === 1 ? 1e-3 : 1e-5
    await expectSame(fused, rmsNorm(rows, width), tolerance)
    await expectSame(onHardware(), rmsNorm(rows, width), tolerance)
  })
})

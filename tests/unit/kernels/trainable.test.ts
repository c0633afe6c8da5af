import { beforeAll, describe, expect, it } from 'vitest'
import { fusedOperations } from '../../../workers/kernels/fused.ts'
import { DryRunner } from '../../../workers/kernels/gpu/dryRunner.ts'
import type { GpuGradient } from '../../../workers/kernels/gpu/gradient.ts'
import type { Limits } from '../../../workers/kernels/gpu/runner.ts'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import type {
  AdamWOptions,
  Operations,
  Parameter,
  TrainableValues,
} from '../../../workers/kernels/operations.ts'
import { toHalf } from '../../../workers/kernels/trainable/half.ts'
import { layOut, Slab } from '../../../workers/kernels/trainable/slab.ts'
import { draw, expectSame, openFused, relativeError } from './compare.ts'

/** Parameters one behind the other; those of two dimensions decay. */
function describeParameters(shapes: number[][]): Parameter[] {
  let offset = 0
  return shapes.map((shape, i) => {
    const size = shape.reduce((product, side) => product * side, 1)
    offset += size
    return { name: `p${i}`, shape, offset: offset - size, size, decays: shape.length === 2 }
  })
}

const PARAMETERS = describeParameters([[7], [3, 5], [65], [513, 12], [1], [64, 2], [130]])
const COUNT = PARAMETERS.reduce((sum, { size }) => sum + size, 0)

/** AdamW as PyTorch's documentation has it, number by number in double precision. */
function plainAdamw(state: TrainableValues, gradient: Float32Array, options: AdamWOptions): number {
  const { step, learningRate, weightDecay, clipNorm } = options
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0))
  const factor = clipNorm > 0 ? Math.min(1, clipNorm / (norm + 1e-6)) : 1
  for (const { offset, size, decays } of PARAMETERS) {
    for (let i = offset; i < offset + size; i++) {
      const g = gradient[i]! * factor
      const m = 0.9 * state.firstMoment[i]! + 0.1 * g
      const v = 0.999 * state.secondMoment[i]! + 0.001 * g * g
      const kept = state.parameters[i]! * (decays ? 1 - learningRate * weightDecay : 1)
      const change = m / (1 - 0.9 ** step) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8)
      state.firstMoment[i] = m
      state.secondMoment[i] = v
      state.parameters[i] = kept - learningRate * change
    }
  }
  return norm
}

let operations: Operations
let runner: TfjsRunner

beforeAll(async () => {
  ;({ operations, runner } = await openFused())
})

/** Operations on the same device with the limits of a smaller one. */
function withLimits(smaller: Partial<Limits>): Operations {
  const limited = Object.create(runner, { limits: { value: { ...runner.limits, ...smaller } } }) as TfjsRunner
  return fusedOperations(limited, async () => {})
}

/** Ten updates side by side with the plain ones; one parameter in turn gets no gradient. */
async function expectTenSteps(fused: Operations): Promise<void> {
  const state: TrainableValues = {
    parameters: draw(COUNT, 1),
    firstMoment: draw(COUNT, 2, 0.01),
    secondMoment: draw(COUNT, 3, 0.01).map(Math.abs),
  }
  const trainable = fused.trainable(PARAMETERS, () => structuredClone(state))
  for (let step = 1; step <= 10; step++) {
    const options = {
      step: step + 3,
      learningRate: 0.01 * step,
      weightDecay: 0.1,
      // Below the norm, none, and above it.
      clipNorm: [1, 0, 1e6][step % 3]!,
    }
    const gradient = draw(COUNT, 10 + step)
    for (const [i, { name, offset, size }] of PARAMETERS.entries()) {
      if (i === step % PARAMETERS.length) {
        gradient.fill(0, offset, offset + size)
        continue
      }
      const { array, accumulate } = (trainable.gradients.get(name) as GpuGradient).take()
      expect(accumulate).toBe(false)
      runner.write(array, gradient.subarray(offset, offset + size))
    }
    expect(relativeError(await trainable.readGradient(), gradient)).toBe(0)
    const norm = trainable.update(options)
    const expected = plainAdamw(state, gradient, options)
    expect((await fused.read(norm))[0]![0]! / expected).toBeCloseTo(1, 6)
    fused.free(norm)
  }
  const actual = await trainable.read()
  for (const role of ['parameters', 'firstMoment', 'secondMoment'] as const) {
    expect(relativeError(actual[role], state[role]), role).toBeLessThan(2e-6)
  }
  trainable.dispose()
}

describe('AdamW', () => {
  it('takes ten steps as PyTorch describes them', () => expectTenSteps(operations))

  it('is the reference’s over ten steps, whose gradients come from a layer norm', () =>
    expectSame(operations, async (either) => {
      const width = 12
      const parameters: Parameter[] = [
        { name: 'bias', shape: [width], offset: 0, size: width, decays: false },
        { name: 'unused', shape: [5, 3], offset: width, size: 15, decays: true },
        { name: 'gain', shape: [width], offset: width + 15, size: width, decays: true },
      ]
      const trainable = either.trainable(parameters, () => ({
        parameters: draw(2 * width + 15, 1),
        firstMoment: draw(2 * width + 15, 2, 0.1),
      }))
      const into = { gain: trainable.gradients.get('gain')!, bias: trainable.gradients.get('bias')! }
      const norms: number[] = []
      for (let step = 1; step <= 10; step++) {
        either.scope(() => {
          const weights = trainable.weights()
          const x = either.upload(draw(7 * width, step), [7, width])
          const { output, saved } = either.layerNorm.forward(x, weights.get('gain')!, weights.get('bias')!)
          // Two batches' gradients are added up.
          for (let batch = 0; batch < 2; batch++) either.layerNorm.backward(saved, output, into)
        })
        const norm = trainable.update({ step, learningRate: 0.01, weightDecay: 0.1, clipNorm: step % 2 })
        norms.push((await either.read(norm))[0]![0]!)
        either.free(norm)
      }
      const values = await trainable.read()
      trainable.dispose()
      return { norms: Float32Array.from(norms), ...values }
    }))

  it('does so in pieces where a device binds or allocates no more', async () => {
    await expectTenSteps(withLimits({ bindingBytes: 1024 }))
    await expectTenSteps(withLimits({ bindingBytes: 5000, blockBytes: 25000 }))
  })

  it('gives the same bits twice', async () => {
    const results: Float32Array[] = []
    for (let time = 0; time < 2; time++) {
      const trainable = operations.trainable(PARAMETERS, () => ({ parameters: draw(COUNT, 1) }))
      for (const [i, gradient] of [...trainable.gradients.values()].entries()) {
        runner.write((gradient as GpuGradient).take().array, draw(PARAMETERS[i]!.size, i))
      }
      const norm = trainable.update({ step: 1, learningRate: 0.1, weightDecay: 0.1, clipNorm: 1 })
      results.push((await trainable.read()).parameters, ...(await operations.read(norm)))
      operations.free(norm)
      trainable.dispose()
    }
    expect(results[0]).toEqual(results[2])
    expect(results[1]).toEqual(results[3])
  })

  it('keeps its parameters when no gradient came and nothing decays', async () => {
    const parameters = draw(COUNT, 5)
    const trainable = operations.trainable(PARAMETERS, () => ({ parameters }))
    const stale = trainable.gradients.get('p3') as GpuGradient
    runner.write(stale.take().array, draw(513 * 12, 6))
    operations.free(trainable.update({ step: 1, learningRate: 0, weightDecay: 0, clipNorm: 0 }))
    expect((await trainable.readGradient()).every((value) => value === 0)).toBe(true)
    const norm = trainable.update({ step: 2, learningRate: 0, weightDecay: 0, clipNorm: 1 })
    expect((await operations.read(norm))[0]![0]).toBe(0)
    const after = await trainable.read()
    expect(after.parameters).toEqual(parameters)
    operations.free(norm)
    trainable.dispose()
  })

  it('takes three kernels, and asks for no values in a rehearsal', () => {
    const dry = new DryRunner(runner.limits)
    const rehearsed = fusedOperations(dry, async () => {})
    const trainable = rehearsed.trainable(PARAMETERS, () => {
      throw new Error('asked')
    })
    rehearsed.frozen(
      PARAMETERS,
      () => {
        throw new Error('asked')
      },
      true,
    )
    trainable.update({ step: 1, learningRate: 0.1, weightDecay: 0.1, clipNorm: 1 })
    expect(dry.dispatches).toBe(3)
  })

  it('refuses values that are too few', () => {
    const few = () => ({ parameters: new Float32Array(COUNT - 1) })
    expect(() => operations.trainable(PARAMETERS, few)).toThrow(/was given/)
  })

  it('frees what it took', () => {
    const before = operations.memory().liveBytes
    operations.scope(() => {
      const trainable = operations.trainable(PARAMETERS, () => ({ parameters: draw(COUNT, 1) }))
      trainable.update({ step: 1, learningRate: 0, weightDecay: 0, clipNorm: 0 })
      trainable.dispose()
    })
    expect(operations.memory().liveBytes).toBe(before)
  })
})

describe('a slab', () => {
  it('is read in pieces of any size', async () => {
    const shapes = [[100], [3, 50], [700]]
    const layout = layOut(
      shapes.map((shape) => ({ shape, type: 'float32' })),
      4000,
    )
    expect(layout.blocks).toEqual([512 + 768, 2816])
    const slabs = Slab.make(runner, layout, 2)
    for (const [s, slab] of slabs.entries()) {
      for (const [i, view] of slab.views.entries()) runner.write(view, draw(view.count, 10 * s + i))
    }
    const blocks = slabs.map(() => layout.blocks.map((bytes) => new Float32Array(bytes / 4)))
    const put = (slab: number, block: number, at: number, values: Float32Array) =>
      blocks[slab]![block]!.set(values, at)
    await Slab.read(slabs, put, 1024)
    for (const [s, parts] of blocks.entries()) {
      expect(parts[0]!.slice(0, 100)).toEqual(draw(100, 10 * s))
      expect(parts[0]!.slice(128, 278)).toEqual(draw(150, 10 * s + 1))
      expect(parts[1]!.slice(0, 700)).toEqual(draw(700, 10 * s + 2))
      expect(parts[0]!.slice(278).every((value) => value === 0)).toBe(true)
    }
    for (const slab of slabs) slab.dispose()
  })
})

describe('half precision', () => {
  /** The number that 16 bits stand for. */
  function fromHalf(bits: number): number {
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25)
    return bits & 0x8000 ? -size : size
  }

  it.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [1e30, 0x7bff],
    [-1e30, 0xfbff],
    [Number.POSITIVE_INFINITY, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    // Halfway goes to the even one: 2^-25 to 0, 1.5 · 2^-24 and 2.5 · 2^-24 to 2 of them, 1 + 2^-11 to 1, 1 + 3 · 2^-11 to 1 + 2^-9.
    [2 ** -25, 0],
    [2 ** -25 * (1 + 2 ** -20), 1],
    [1.5 * 2 ** -24, 2],
    [2.5 * 2 ** -24, 2],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    // Rounds up into the smallest normal number, and into the next power of two.
    [2 ** -14 - 2 ** -26, 0x0400],
    [2 - 2 ** -13, 0x4000],
  ])('rounds %d as IEEE 754 does', (value, bits) => {
    expect(toHalf(Float32Array.of(value, 1))[0]).toBe((0x3c00 << 16) | bits)
  })

  it('keeps every finite half, and rounds to the nearest between neighbours', () => {
    for (let bits = 0; bits < 0x10000; bits += 2) {
      if ((bits & 0x7c00) === 0x7c00) continue
      const pair = Float32Array.of(fromHalf(bits), fromHalf(bits + 1))
      expect(toHalf(pair)[0]).toBe((bits | ((bits + 1) << 16)) >>> 0)
      const [low, high] = pair as unknown as [number, number]
      const near = Float32Array.of(low + 0.49 * (high - low), low + 0.51 * (high - low))
      expect(toHalf(near)[0]).toBe((bits | ((bits + 1) << 16)) >>> 0)
    }
  })

  it('is only taken for matrices with rows of even length', () => {
    const { weights, dispose } = operations.frozen(PARAMETERS, () => draw(COUNT, 1), true)
    const types = [...weights.values()].map((array) => (array as { type?: string }).type)
    expect(types).toEqual(['float32', 'float32', 'float32', 'float16', 'float32', 'float16', 'float32'])
    dispose()
  })
})

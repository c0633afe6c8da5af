import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import { implementationsFor } from '../../../workers/kernels/choose.ts'
import type { Operations } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { outlook } from '../../../workers/training/outlook.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import type { Trainer } from '../../../workers/training/trainer.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'
import { relativeError } from '../kernels/compare.ts'
import { watchingGradient } from '../watching.ts'

let gpu: Device
let fused: Operations

beforeAll(async () => {
  await openForTest('wasm')
  gpu = await openForTest('webgpu')
  fused = implementationsFor(gpu)[0]!
})

const trajectories = household(8)

function materialOf(input: RecipeInput, teacher: StudentFolder | null = null): RunMaterial {
  const recipe = parseRecipe({
    steps: 200,
    evaluateEvery: 1000,
    batchRows: 4,
    data: { contextLength: 65, heldOut: 0.25 },
    tokenizer: teacher ? { kind: 'teacher' } : { kind: 'train-bpe', vocabularySize: 401 },
    student: { layers: 2, width: 20, heads: 2 },
    optimiser: { learningRate: 0.003, warmupSteps: 10 },
    ...input,
  } as RecipeInput)
  return { recipe, trajectories, teacher, tokenizer: tokenizerFor(recipe, trajectories, teacher) }
}

/** Minutes, as a machine that emulates its GPU may do other things as well. */
const LONG = 300_000

/** Runs something with a trainer on the fused kernels, or with the reference in WebAssembly. */
async function withTrainer<T>(
  material: RunMaterial,
  operations: Operations,
  work: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  await tf.setBackend(operations.name === 'fused' ? 'webgpu' : 'wasm')
  const run = await prepareRun(material, gpu, operations)
  try {
    return await work(run.trainer)
  } finally {
    run.dispose()
    await tf.setBackend('webgpu')
  }
}

/** The numbers of some steps, read ten at a time. */
async function takeSteps(trainer: Trainer, steps: number) {
  const lines = []
  for (let step = 0; step < steps; step++) {
    trainer.takeStep()
    if (trainer.unread === 10 || step === steps - 1) lines.push(...(await trainer.read()))
  }
  return lines
}

/** A teacher with the student's tokenizer. */
function teacherFolder(): StudentFolder {
  const { tokenizer } = materialOf({})
  const config = {
    vocabularySize: tokenizer.vocabularySize,
    contextLength: 96,
    layers: 1,
    width: 24,
    heads: 3,
  }
  return {
    config,
    parameters: initialParameters(gptParameters(config), 5).map((value) => 4 * value),
    tokenizer: tokenizer.toJSON(),
  }
}

const GRADIENTS: Record<string, { input: RecipeInput; taught?: boolean }> = {
  'span means of a text': { input: {} },
  'rows that are packed': { input: { data: { contextLength: 65, heldOut: 0, packing: true } } },
  'micro-batches': { input: { accumulate: 2 } },
  'blocks that are computed anew': { input: { recompute: true } },
  'one head of eleven in one block': { input: { student: { layers: 1, width: 11, heads: 1 } } },
  'reverse KL against a model at temperature 2': {
    input: { objective: { divergence: 'reverse-kl', temperature: 2 } },
    taught: true,
  },
  'JSD against a model, mixed with cross-entropy': {
    input: { objective: { divergence: 'jsd', beta: 0.3, hardShare: 0.25 } },
    taught: true,
  },
}

describe('the fused engine', () => {
  it.each(Object.keys(GRADIENTS))(
    'has the reference’s gradient of the whole model to five digits: %s',
    async (name) => {
      const { input, taught } = GRADIENTS[name]!
      const teacher = taught ? teacherFolder() : null
      const extra = taught ? { teacher: { kind: 'model', source: 'small' } } : {}
      const material = materialOf({ ...input, ...extra } as RecipeInput, teacher)
      const gradientOn = async (operations: Operations) => {
        const watched = watchingGradient(operations)
        return withTrainer(material, watched.operations, async (trainer) => {
          const [line] = await takeSteps(trainer, 1)
          return { gradient: await watched.gradient(), line: line! }
        })
      }
      const expected = await gradientOn(reference)
      const actual = await gradientOn(fused)
      expect(relativeError(actual.gradient, expected.gradient)).toBeLessThan(1e-5)
      expect(actual.line.loss).toBeCloseTo(expected.line.loss, 5)
      expect(actual.line.gradientNorm! / expected.line.gradientNorm!).toBeCloseTo(1, 5)
    },
  )

  it('follows the reference’s loss over 200 steps to a thousandth', { timeout: LONG }, async () => {
    const material = materialOf({
      batchRows: 2,
      data: { contextLength: 41, heldOut: 0.25 },
      student: { layers: 1, width: 20, heads: 2 },
    })
    const lossesOn = (operations: Operations) =>
      withTrainer(material, operations, async (trainer) => {
        const lines = await takeSteps(trainer, 200)
        return { losses: lines.map(({ loss }) => loss), heldOut: (await trainer.evaluate())! }
      })
    const expected = await lossesOn(reference)
    const actual = await lossesOn(fused)
    expect(expected.losses.at(-1)! / expected.losses[0]!).toBeLessThan(0.7)
    const differences = actual.losses.map((loss, i) => Math.abs(loss / expected.losses[i]! - 1))
    expect(Math.max(...differences)).toBeLessThan(1e-3)
    expect(actual.heldOut.act.crossEntropy / expected.heldOut.act.crossEntropy).toBeCloseTo(1, 3)
    expect(actual.heldOut.steps).toEqual(expected.heldOut.steps)
  })

  it('holds a teacher in half precision in half the memory, and hears the same of it to three digits', async () => {
    const lossWith = (halfPrecision: boolean) => {
      const teacher = { kind: 'model', source: 'small', halfPrecision } as const
      const material = materialOf({ teacher, objective: { divergence: 'forward-kl' } }, teacherFolder())
      return withTrainer(material, fused, async (trainer) => {
        const [line] = await takeSteps(trainer, 1)
        return { loss: line!.loss, bytes: fused.memory().liveBytes }
      })
    }
    const whole = await lossWith(false)
    const half = await lossWith(true)
    const parameters = teacherFolder().parameters.length
    expect(half.loss).not.toBe(whole.loss)
    expect(Math.abs(half.loss / whole.loss - 1)).toBeLessThan(2e-3)
    expect((whole.bytes - half.bytes) / (2 * parameters)).toBeGreaterThan(0.9)
  })

  it('gives the same bits for the same seed', async () => {
    const material = materialOf({})
    const weights = () =>
      withTrainer(material, fused, async (trainer) => {
        await takeSteps(trainer, 10)
        return trainer.checkpoint()
      })
    const first = await weights()
    expect(await weights()).toEqual(first)
  })

  it('gives back what it held when a run is over', async () => {
    await withTrainer(materialOf({}), fused, async (trainer) => {
      await takeSteps(trainer, 2)
      expect(fused.memory().pooledBytes).toBeGreaterThan(1e6)
    })
    const { liveBytes, pooledBytes } = fused.memory()
    expect(liveBytes).toBeLessThan(1e4)
    expect(pooledBytes).toBeLessThan(1e5)
  })

  it('does not grow over 2,000 steps, and holds what was estimated', { timeout: LONG }, async () => {
    const material = materialOf({
      data: { contextLength: 17, heldOut: 0.25 },
      batchRows: 2,
      student: { layers: 1, width: 8, heads: 2 },
      steps: 2000,
    })
    const estimate = outlook(material, { device: gpu, operations: fused }).memoryBytes
    await withTrainer(material, fused, async (trainer) => {
      await takeSteps(trainer, 100)
      fused.resetPeak()
      const before = fused.memory()
      await takeSteps(trainer, 1900)
      const after = fused.memory()
      expect(after.liveBytes).toBe(before.liveBytes)
      expect(after.pooledBytes).toBeLessThanOrEqual(1.05 * before.pooledBytes)
      expect(Math.abs(after.peakBytes / estimate - 1)).toBeLessThan(0.15)
    })
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
import type { Operations, TrainableValues, Values } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { TERMS } from '../../../workers/objective/weights.ts'
import { ARMS, parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { Run } from '../../../workers/training/run.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'
import { watchingGradient, withTrainable } from '../watching.ts'

const SMALL: RecipeInput = {
  steps: 12,
  batchRows: 8,
  evaluateEvery: 4,
  data: { contextLength: 96, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 320 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { learningRate: 0.01, warmupSteps: 2 },
}

let device: Device
let trajectories: Trajectory[]

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(12)
})

function materialOf(input: RecipeInput): RunMaterial {
  const recipe = parseRecipe(input)
  return { recipe, trajectories, teacher: null, tokenizer: tokenizerFor(recipe, trajectories, null) }
}

describe('an optimiser step in micro-batches', () => {
  const step = async (accumulate: number, objective: RecipeInput['objective']) => {
    const material = materialOf({ ...SMALL, accumulate, objective })
    const { operations, gradient } = watchingGradient()
    const { trainer, dispose } = await prepareRun(material, device, operations)
    trainer.takeStep()
    const [line] = await trainer.read()
    const values = await gradient()
    dispose()
    return { line: line!, gradient: values }
  }

  it.each<[string, RecipeInput['objective']]>([
    ['sad', { arm: 'sad' }],
    ['token-kd', { arm: 'token-kd' }],
    ['weight-sum', { normaliser: 'weight-sum', lambda: { reason: 1, act: 2 } }],
    ['sad-paper', { arm: 'sad-paper' }],
    ['spans-shuffled', { arm: 'spans-shuffled' }],
  ])('has the gradient and the numbers of the whole: %s', async (_, objective) => {
    const whole = await step(1, objective)
    const scale = Math.max(...whole.gradient.map(Math.abs))
    expect(scale).toBeGreaterThan(0)
    for (const accumulate of [2, 4, 8]) {
      const parts = await step(accumulate, objective)
      const worst = Math.max(...whole.gradient.map((value, i) => Math.abs(value - parts.gradient[i]!)))
      expect(worst / scale, `${accumulate} micro-batches`).toBeLessThan(5e-6)
      expect(parts.line.loss / whole.line.loss).toBeCloseTo(1, 5)
      expect(parts.line.gradientNorm! / whole.line.gradientNorm!).toBeCloseTo(1, 5)
      for (const term of TERMS) {
        expect(parts.line[term].tokens).toBe(whole.line[term].tokens)
        expect(parts.line[term].kl).toBeCloseTo(whole.line[term].kl, 4)
      }
      expect(parts.line.batchTokens).toBe(whole.line.batchTokens)
    }
  })

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors
    await step(4, {})
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('an arm', () => {
  // The text cannot score what a student writes; tests/unit/training/onPolicy.test.ts trains that arm's rows.
  it.each(ARMS.filter((arm) => arm !== 'on-policy'))(
    'starts from the same student as all others and makes its own loss fall: %s',
    async (arm) => {
      const { trainer, dispose } = await prepareRun(
        materialOf({ ...SMALL, objective: { arm }, curriculum: { order: 'random' } }),
        device,
        reference,
      )
      for (let step = 0; step < 12; step++) trainer.takeStep()
      const lines = await trainer.read()
      const first = await prepareRun(materialOf(SMALL), device, reference)
      const start = await first.trainer.checkpoint()
      const again = await prepareRun(materialOf({ ...SMALL, objective: { arm } }), device, reference)
      expect((await again.trainer.checkpoint()).parameters).toEqual(start.parameters)
      for (const prepared of [first, again]) prepared.dispose()
      dispose()
      // Under a plain sum the loss grows with the tokens of the batch, so it is compared by the token.
      const perToken = (at: number) => {
        const line = lines[at]!
        const tokens = TERMS.reduce((sum, term) => sum + line[term].tokens, 0)
        return arm === 'sad-paper' ? line.loss / tokens : line.loss
      }
      expect(perToken(11)).toBeLessThan(perToken(0))
    },
  )
})

describe('a number that is not finite', () => {
  /** Runs to the end and returns its last message and the step of the student that it keeps. */
  const messageOf = async (operations: Operations) => {
    let message: string | undefined
    const run = new Run(materialOf(SMALL), {
      state: (_, said) => {
        message = said
      },
      metrics: () => {},
    })
    const { end } = await run.start(device, operations)
    await end
    const { checkpoint } = run.student!
    for (const values of [checkpoint.parameters, checkpoint.firstMoment, checkpoint.secondMoment]) {
      expect(values.every(Number.isFinite)).toBe(true)
    }
    return { message, kept: checkpoint.step }
  }
  const poisoned = (values: Values) => tf.mul(values as Tensor, Number.NaN)
  /** What the update of this step leaves is spoilt in one part of the state. */
  const spoilt = (step: number, part: 'parameters' | 'secondMoment'): Operations =>
    withTrainable((trainable) => {
      let isSpoilt = false
      return {
        update: (options) => {
          isSpoilt = options.step === step
          return trainable.update(options)
        },
        weights: () => {
          const weights = trainable.weights()
          if (!isSpoilt || part !== 'parameters') return weights
          return new Map(Array.from(weights, ([name, values]) => [name, poisoned(values)]))
        },
        read: async (): Promise<TrainableValues> => {
          const values = await trainable.read()
          return isSpoilt ? { ...values, [part]: values[part].fill(Number.NaN) } : values
        },
      }
    })

  it('in one span kind is named by kind and operation, and stops the run there', async () => {
    let calls = 0
    const operations: Operations = {
      ...reference,
      head: (hidden, table, targets, gradients) => {
        // Held-out rows, which are measured one by one, are no training.
        const trains = gradients && !targets.rowWise
        if (trains) calls++
        if (calls !== 6 || !trains) return reference.head(hidden, table, targets, gradients)
        // One hidden state that predicts an act token.
        const act = TERMS.indexOf('act')
        const at = targets.positions[Array.from(targets.terms).indexOf(act)]
        const spoiler = tf.tensor2d(
          Array.from({ length: hidden.shape[0]! }, (_, position) => (position === at ? Number.NaN : 0)),
          [hidden.shape[0]!, 1],
        )
        return reference.head(tf.add(hidden as Tensor, spoiler), table, targets, gradients)
      },
    }
    expect(await messageOf(operations)).toEqual({
      message:
        'The loss is no longer a finite number at step 6, first in the student’s logits at act tokens: lower optimiser.learningRate (it is 0.01) or set optimiser.clipNorm. The student of step 4 is kept.',
      kept: 4,
    })
  })

  it('in the gradient is told from one in the loss', async () => {
    let calls = 0
    const operations: Operations = {
      ...reference,
      attention: {
        ...reference.attention,
        backward: (saved, dOutput, rows, heads) => {
          const qkv = reference.attention.backward(saved, dOutput, rows, heads)
          return ++calls === 7 ? poisoned(qkv) : qkv
        },
      },
    }
    const { message, kept } = await messageOf(operations)
    expect(message).toMatch(/^The gradient is no longer finite at step 7, though the loss still is: /)
    expect(kept).toBe(4)
  })

  it('in an update just before a checkpoint does not take the place of the last good one', async () => {
    const parameters = await messageOf(spoilt(8, 'parameters'))
    expect(parameters.message).toMatch(
      /^The loss is no longer a finite number on the held-out rows after step 8, first in the student’s logits at reason and act tokens: .* The student of step 4 is kept\.$/,
    )
    expect(parameters.kept).toBe(4)
    const moment = await messageOf(spoilt(8, 'secondMoment'))
    expect(moment.message).toMatch(
      /^The second moment of AdamW’s update at step 8 holds numbers that are not finite: .* The student of step 4 is kept\.$/,
    )
    expect(moment.kept).toBe(4)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { tokenizerFor } from '../../../workers/training/material.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'
import { watchingGradient } from '../watching.ts'

let device: Device
let trajectories: Trajectory[]

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(6).map((trajectory, i) => ({ ...trajectory, reward: (i + 1) / 8 }))
})

/** One step on all rows: what it measured, and its gradient. */
async function step(objective: RecipeInput['objective'], set = trajectories, accumulate = 1) {
  const recipe = parseRecipe({
    batchRows: 8,
    accumulate,
    data: { contextLength: 96, heldOut: 0 },
    tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
    student: { layers: 1, width: 16, heads: 2 },
    curriculum: { order: 'random' },
    objective,
  })
  const { operations, gradient } = watchingGradient()
  const tokenizer = tokenizerFor(recipe, trajectories, null)
  const run = await prepareRun({ recipe, trajectories: set, teacher: null, tokenizer }, device, operations)
  run.trainer.takeStep()
  const [line] = await run.trainer.read()
  const values = await gradient()
  run.dispose()
  return { line: line!, gradient: values }
}

/** The largest difference of two vectors, relative to the largest value of the first. */
function difference(a: Float32Array, b: Float32Array, factor = 1): number {
  const scale = Math.max(...a.map(Math.abs))
  return Math.max(...a.map((value, i) => Math.abs(factor * value - b[i]!))) / scale
}

const WEIGHTS = { trajectory: 'reward' as const, stepDecay: 0.7 }

describe('a step with weights of trajectories and steps', () => {
  it.each(['span-mean', 'token-mean', 'weight-sum', 'sum'] as const)(
    'has the same gradient and loss in micro-batches: %s',
    async (normaliser) => {
      const objective = { normaliser, weights: WEIGHTS, thoughtCap: 8 }
      const whole = await step(objective)
      const parts = await step(objective, trajectories, 4)
      expect(difference(whole.gradient, parts.gradient)).toBeLessThan(5e-6)
      expect(parts.line.loss / whole.line.loss).toBeCloseTo(1, 5)
      expect(parts.line.reason.tokens).toBe(whole.line.reason.tokens)
    },
  )

  it('that are one number for all changes a mean not at all, and a sum by that number', async () => {
    const alike = trajectories.map((trajectory) => ({ ...trajectory, reward: 0.25 }))
    const weights = { trajectory: 'reward' as const }
    for (const [normaliser, factor] of [
      ['span-mean', 1],
      ['sum', 0.25],
    ] as const) {
      const plain = await step({ normaliser })
      const scaled = await step({ normaliser, weights }, alike)
      expect(difference(plain.gradient, scaled.gradient, factor)).toBeLessThan(5e-6)
      expect(scaled.line.loss / plain.line.loss).toBeCloseTo(factor, 5)
      expect(scaled.line.act.kl).toBeCloseTo(plain.line.act.kl, 5)
    }
  })

  it('reports the loss that it takes the gradient of, which is not that of equal weights', async () => {
    const plain = await step({ normaliser: 'span-mean' })
    const weighted = await step({ normaliser: 'span-mean', weights: { trajectory: 'reward' } })
    expect(weighted.line.reason.kl).toBeCloseTo(plain.line.reason.kl, 5)
    expect(weighted.line.reason.loss).not.toBeCloseTo(plain.line.reason.loss, 5)
    expect(weighted.line.loss).toBe(weighted.line.reason.loss + weighted.line.act.loss)
  })

  it('counts and trains no token behind the end of a thought’s cap', async () => {
    const plain = await step({})
    const capped = await step({ thoughtCap: 3 })
    expect(capped.line.reason.tokens).toBeLessThan(plain.line.reason.tokens / 2)
    expect(capped.line.act.tokens).toBe(plain.line.act.tokens)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { MetricsLine } from '../../../workers/objective/metrics.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { Run } from '../../../workers/training/run.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

const SMALL: RecipeInput = {
  steps: 20,
  batchRows: 4,
  evaluateEvery: 20,
  data: { contextLength: 96, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { learningRate: 0.01, warmupSteps: 2 },
}
const START = { reason: 1, act: 1, observation: 0 }

let device: Device
let trajectories: Trajectory[]

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(8)
})

function materialOf(input: RecipeInput): RunMaterial {
  const recipe = parseRecipe(input)
  return { recipe, trajectories, teacher: null, tokenizer: tokenizerFor(recipe, trajectories, null) }
}

/** Runs to the end; `before` is called ahead of the first step, `during` with each training line. */
async function runToEnd(
  input: RecipeInput,
  {
    before,
    during,
  }: {
    before?: (run: Run) => void
    during?: (line: MetricsLine, run: Run) => void
  } = {},
) {
  const lines: MetricsLine[] = []
  const run = new Run(materialOf(input), {
    state: () => {},
    metrics: (added) => {
      lines.push(...added)
      for (const line of added) if (line.split === 'train') during?.(line, run)
    },
  })
  before?.(run)
  const { end } = await run.start(device, reference)
  await end
  return { run, lines, trained: lines.filter((line) => line.split === 'train') }
}

const numbers = ({ elapsedMs, tokensPerSecond, ...line }: MetricsLine) => line

/** Changes λ of act when step 4 is heard of. */
const steer = (line: MetricsLine, run: Run) => {
  if (line.step === 4) run.setLambda({ act: 2.5, observation: 0.1 })
}

describe('λ of a running run', () => {
  it('is in every line, weighs the loss, and changes nothing before it is changed', async () => {
    const plain = await runToEnd(SMALL)
    const steered = await runToEnd(SMALL, { during: steer })
    expect(new Set(plain.lines.map((line) => JSON.stringify(line.lambda)))).toEqual(
      new Set([JSON.stringify(START)]),
    )
    const changed = steered.trained.findIndex(({ lambda }) => lambda.act === 2.5)
    expect(changed).toBeGreaterThanOrEqual(4)
    expect(changed).toBeLessThan(20)
    expect(steered.trained.slice(0, changed).map(numbers)).toEqual(
      plain.trained.slice(0, changed).map(numbers),
    )
    for (const { lambda, loss, reason, act, observation } of steered.trained.slice(changed)) {
      expect(lambda).toEqual({ reason: 1, act: 2.5, observation: 0.1 })
      expect(loss).toBe(reason.loss + 2.5 * act.loss + 0.1 * observation.loss)
      expect(observation.tokens).toBeGreaterThan(0)
    }
    expect(steered.lines.at(-1)).toMatchObject({ split: 'held-out', lambda: { act: 2.5 } })
  })

  it('that is changed before the first step is a run with that recipe', async () => {
    const wished = await runToEnd(SMALL, { before: (run) => run.setLambda({ reason: 0.25 }) })
    const plain = await runToEnd({ ...SMALL, objective: { lambda: { reason: 0.25 } } })
    expect(wished.trained.map(numbers)).toEqual(plain.trained.map(numbers))
  })

  it('cannot be 0 for all kinds', async () => {
    const { run } = await runToEnd({ ...SMALL, steps: 1 })
    expect(() => run.setLambda({ reason: 0, act: 0 })).toThrow(
      'Every λ would be 0 and nothing trained: leave one of them above 0.',
    )
  })
})

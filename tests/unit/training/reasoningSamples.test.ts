import { beforeAll, describe, expect, it } from 'vitest'
import { measuredRows } from '../../../workers/dataset/batches.ts'
import type { Device } from '../../../workers/device/device.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { MetricsLine } from '../../../workers/objective/metrics.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { Run } from '../../../workers/training/run.ts'
import { bordersOf, stepBorder } from '../../../workers/training/stepBorders.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

const SMALL: RecipeInput = {
  steps: 4,
  batchRows: 4,
  evaluateEvery: 4,
  evaluate: { cotSamples: 3, cotTokens: 24 },
  data: { contextLength: 160, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 320 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { learningRate: 0.01, warmupSteps: 2 },
}

const SHORT = `Question: Where is the old light?
Thought 1: I look it up.
Action 1: Search[light]
Observation 1: In Brevik.
Thought 2: So it is Brevik.
Action 2: Finish[Brevik]
`

let device: Device

beforeAll(async () => {
  device = await openForTest('wasm')
})

const read = (text: string): Trajectory[] =>
  readTrajectories('file', new TextEncoder().encode(text)).trajectories

function materialOf(input: RecipeInput, trajectories: Trajectory[]): RunMaterial {
  const recipe = parseRecipe(input)
  return { recipe, trajectories, teacher: null, tokenizer: tokenizerFor(recipe, trajectories, null) }
}

async function runToEnd(material: RunMaterial, during: (run: Run, message: string) => void = () => {}) {
  const metrics: MetricsLine[] = []
  const states: string[] = []
  const run: Run = new Run(material, {
    state: (state) => states.push(state),
    metrics: (lines) => metrics.push(...lines),
    activity: (what) => what && during(run, what),
  })
  const { end } = await run.start(device, reference)
  await end
  return { metrics, states, heldOut: metrics.filter(({ split }) => split === 'held-out') }
}

describe('reasoning that the student writes by itself', () => {
  it('is the recorded one, once a student knows the only trajectory there is by heart', async () => {
    const [one] = read(SHORT)
    const input: RecipeInput = {
      ...SMALL,
      steps: 50,
      evaluateEvery: 50,
      data: { contextLength: 96, heldOut: 0.2 },
      student: { layers: 1, width: 32, heads: 2 },
      optimiser: { learningRate: 0.02, warmupSteps: 2 },
    }
    const same = Array.from({ length: 5 }, (_, index) => ({ ...one!, index }))
    const { heldOut } = await runToEnd(materialOf(input, same))
    const [first, last] = [heldOut[0]!.steps!, heldOut.at(-1)!.steps!]
    expect(first).toMatchObject({ cotMatch: 0, cotNearMatch: 0 })
    expect(last).toMatchObject({ cotSamples: 2, actions: 2, reasonings: 2 })
    expect(last).toMatchObject({ cotMatch: 1, cotNearMatch: 1, cotF1: 1, actionMatch: 1, reasonMatch: 1 })
  })

  it('is left out where the recipe asks for none, and the same for the same seed', async () => {
    const trajectories = household(12)
    const none = await runToEnd(materialOf({ ...SMALL, evaluate: {} }, trajectories))
    expect(none.heldOut[0]!.steps).toMatchObject({
      cotSamples: 0,
      cotMatch: null,
      cotNearMatch: null,
      cotF1: null,
    })
    const some = await runToEnd(materialOf(SMALL, trajectories))
    const again = await runToEnd(materialOf(SMALL, trajectories))
    expect(some.heldOut[0]!.steps!.cotSamples).toBe(3)
    expect(again.heldOut.map(({ steps }) => steps)).toEqual(some.heldOut.map(({ steps }) => steps))
    const losses = ({ metrics }: { metrics: MetricsLine[] }) => metrics.map(({ loss }) => loss)
    expect(losses(some)).toEqual(losses(none))
  })

  it('waits while the run is paused, ends at once when it is stopped, and leaves no tensor behind', async () => {
    const material = materialOf({ ...SMALL, evaluate: { cotSamples: 8, cotTokens: 1024 } }, household(12))
    const before = tf.memory().numTensors
    let pausedFor = 0
    let stopped = 0
    const { heldOut, states } = await runToEnd(material, (run, what) => {
      if (!what.startsWith('Writing')) return
      run.pause()
      const since = performance.now()
      setTimeout(() => {
        pausedFor = performance.now() - since
        stopped = performance.now()
        run.stop()
      }, 200)
    })
    expect(pausedFor).toBeGreaterThan(190)
    expect(performance.now() - stopped).toBeLessThan(1000)
    expect(states).toEqual(['running', 'paused', 'stopped'])
    expect(heldOut).toHaveLength(1)
    expect(heldOut[0]!.steps).toMatchObject({ cotSamples: 0, cotMatch: null })
    expect(heldOut[0]!.steps!.actions).toBeGreaterThan(0)
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('a step border', () => {
  it('stands before every step of a row, and reads the recorded step as it is labelled', async () => {
    const material = materialOf(SMALL, household(12))
    const { dataset, dispose } = await prepareRun(material, device, reference)
    dispose()
    let kinds = 0
    for (const row of measuredRows(dataset)) {
      for (const at of bordersOf(row)) {
        const { recipe, trajectories, tokenizer } = material
        const border = stepBorder(row, at, trajectories, tokenizer, recipe.reading)
        if (row.ids[at] === tokenizer.endOfTextId) continue
        const { spans, text } = trajectories.at(row.trajectory)!
        const own = spans.filter(({ step }) => step === row.steps[at])
        expect(border!.recorded.map(({ kind }) => kind)).toEqual(own.map(({ kind }) => kind))
        expect(text).toContain(tokenizer.decode(row.ids.subarray(at)))
        kinds += own.length
      }
    }
    expect(kinds).toBeGreaterThan(10)
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { rowsAt } from '../../../workers/dataset/batches.ts'
import { KIND_CODES, type Row } from '../../../workers/dataset/row.ts'
import type { Device } from '../../../workers/device/device.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { gptParameters } from '../../../workers/models/parameters.ts'
import { modelOn } from '../../../workers/models/textModel.ts'
import type { MetricsLine } from '../../../workers/objective/metrics.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { OnPolicy } from '../../../workers/training/onPolicy.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { Run, type TrainedStudent } from '../../../workers/training/run.ts'
import { bordersOf } from '../../../workers/training/stepBorders.ts'
import type { Checkpoint } from '../../../workers/training/trainer.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

const SMALL: RecipeInput = {
  steps: 8,
  batchRows: 4,
  evaluateEvery: 4,
  data: { contextLength: 160, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 320 },
  student: { layers: 1, width: 32, heads: 2 },
  optimiser: { learningRate: 0.02, warmupSteps: 2 },
}
const ON_POLICY: RecipeInput = {
  ...SMALL,
  steps: 4,
  seed: 4,
  tokenizer: { kind: 'teacher' },
  teacher: { kind: 'model', source: 'teacher' },
  objective: { arm: 'on-policy', divergence: 'reverse-kl' },
  onPolicy: { maxTokens: 24 },
}

let device: Device
let trajectories: Trajectory[]
/** Trained long enough to write lines that look like steps. */
let teacher: TrainedStudent

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(10)
  teacher = (await runToEnd(materialOf({ ...SMALL, steps: 60, evaluateEvery: 60 }, null))).run.student!
}, 60_000)

function materialOf(input: RecipeInput, from: TrainedStudent | null = teacher): RunMaterial {
  const recipe = parseRecipe(input)
  const folder = from && {
    config: from.config,
    parameters: from.checkpoint.parameters,
    tokenizer: from.tokenizer.toJSON(),
  }
  return { recipe, trajectories, teacher: folder, tokenizer: tokenizerFor(recipe, trajectories, folder) }
}

async function runToEnd(
  material: RunMaterial,
  during: (line: MetricsLine, run: Run) => void = () => {},
  from?: Checkpoint,
) {
  const metrics: MetricsLine[] = []
  const run: Run = new Run(material, {
    state: () => {},
    metrics: (lines) => {
      metrics.push(...lines)
      for (const line of lines) during(line, run)
    },
  })
  const { end } = await run.start(device, reference, from)
  await end
  return { run, metrics, trained: metrics.filter(({ split }) => split === 'train').map(numbers) }
}

const numbers = ({ elapsedMs, tokensPerSecond, ...line }: MetricsLine) => line

/** What the teacher, as student, writes to the rows of a step. */
async function written(step: number, input: RecipeInput = ON_POLICY) {
  const material = materialOf(input)
  const { dataset, dispose } = await prepareRun(material, device, reference)
  dispose()
  const rows = rowsAt(dataset, step, material.recipe)
  const onPolicy = new OnPolicy(trajectories, material.tokenizer, material.recipe, dataset.rowLength)
  const { config, checkpoint } = teacher
  const student = reference.frozen(gptParameters(config), () => checkpoint.parameters)
  const weights = () => student.weights
  const result = await onPolicy.write(rows, step, modelOn(reference, config, weights), async () => true)
  student.dispose()
  return { rows, result: result!, tokenizer: material.tokenizer, rowLength: dataset.rowLength }
}

describe('rows that the student writes', () => {
  it('go on from a step border of their own at the true history, of which nothing is supervised', async () => {
    const { rows, result, tokenizer, rowLength } = await written(3, {
      ...ON_POLICY,
      onPolicy: { share: 1, maxTokens: 24, temperature: 0 },
    })
    expect(result.metrics).toMatchObject({ rows: 4 })
    let tokens = 0
    let readable = 0
    for (const [i, row] of result.rows.entries()) {
      const at = row.places.indexOf(-1)
      tokens += row.ids.length - at
      expect(bordersOf(rows[i]!)).toContain(at)
      expect(row.ids.length).toBeLessThanOrEqual(Math.min(at + 24, rowLength))
      expect(row.ids.slice(0, at)).toEqual(rows[i]!.ids.slice(0, at))
      expect(row.kinds.slice(0, at).every((kind) => kind === KIND_CODES.prompt)).toBe(true)
      const own = supervised(row)
      if (own.length === 0) continue
      readable++
      // A thought or an act begins with the game's prompt, whatever white space the token before it has taken.
      expect(tokenizer.decode(own).trimStart().startsWith('>')).toBe(true)
      // Of a line's kinds only its own: what the world answers is not the student's.
      const kinds = new Set(row.kinds.slice(at))
      expect(kinds.has(KIND_CODES.observation)).toBe(false)
    }
    expect(result.metrics.tokens).toBe(tokens)
    expect(result.metrics.parsed).toBe(readable / 4)
    expect(readable).toBeGreaterThan(0)
  })

  it('are as many as the share says, the rest as they are', async () => {
    let count = 0
    for (let step = 0; step < 12; step++) {
      const { rows, result } = await written(step, { ...ON_POLICY, onPolicy: { share: 0.3, maxTokens: 1 } })
      const changed = result.rows.filter((row, i) => row !== rows[i]).length
      expect(changed).toBe(result.metrics.rows)
      expect([1, 2]).toContain(changed)
      count += changed
    }
    expect(Math.abs(count - 12 * 1.2)).toBeLessThan(5)
  })

  it('are the same for the same seed and step, and others at another', async () => {
    const ids = async (step: number) => (await written(step)).result.rows.map((row) => Array.from(row.ids))
    expect(await ids(2)).toEqual(await ids(2))
    expect(await ids(2)).not.toEqual(await ids(3))
  })
})

describe('an on-policy run', () => {
  it('trains on what the student writes, says how much that was, and goes on exactly after a stop', async () => {
    const before = tf.memory().numTensors
    const whole = await runToEnd(materialOf(ON_POLICY))
    for (const { onPolicy } of whole.trained) expect(onPolicy).toMatchObject({ rows: 2 })
    expect(whole.trained.every(({ loss }) => Number.isFinite(loss))).toBe(true)
    expect(whole.metrics.find(({ split }) => split === 'held-out')).not.toHaveProperty('onPolicy')
    const half = await runToEnd(materialOf(ON_POLICY), (line, run) => {
      if (line.split === 'train' && line.step === 2) run.stop()
    })
    const { checkpoint } = half.run.student!
    expect(checkpoint.step).toBeLessThan(4)
    const rest = await runToEnd(materialOf(ON_POLICY), () => {}, checkpoint)
    expect(rest.trained).toEqual(whole.trained.slice(checkpoint.step))
    expect(rest.run.student!.checkpoint.parameters).toEqual(whole.run.student!.checkpoint.parameters)
    expect(tf.memory().numTensors).toBe(before)
  })

  it('of share 0 is the run without it', async () => {
    const plain = await runToEnd(materialOf({ ...ON_POLICY, onPolicy: { share: 0 } }))
    const objective = { arm: 'sad', divergence: 'reverse-kl' } as const
    const without = await runToEnd(materialOf({ ...ON_POLICY, objective, onPolicy: undefined }))
    expect(plain.trained).toEqual(without.trained)
    expect(plain.trained[0]).not.toHaveProperty('onPolicy')
  })

  it('stops at once in the middle of what the student writes', async () => {
    const long: RecipeInput = {
      ...ON_POLICY,
      steps: 400,
      onPolicy: { share: 1, maxTokens: 4096, temperature: 3 },
    }
    let stopped = 0
    const { run } = await runToEnd(materialOf(long), (line, running) => {
      if (line.split !== 'held-out') return
      setTimeout(() => {
        stopped = performance.now()
        running.stop()
      }, 150)
    })
    expect(performance.now() - stopped).toBeLessThan(1500)
    expect(run.step).toBeLessThan(400)
  })
})

/** Ids of the row's reason and act tokens. */
function supervised({ ids, kinds }: Row): Int32Array {
  return ids.filter((_, t) => kinds[t] === KIND_CODES.reason || kinds[t] === KIND_CODES.act)
}

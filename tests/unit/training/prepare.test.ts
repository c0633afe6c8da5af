import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import { LabError } from '../../../workers/errors.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { Run } from '../../../workers/training/run.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

const QUICK: RecipeInput = {
  steps: 50_000,
  evaluateEvery: 50_000,
  batchRows: 2,
  data: { contextLength: 64, heldOut: 0.25 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 1, width: 8, heads: 2 },
}
/** Its entropies are measured before the first step, with waits in between. */
const TAUGHT: RecipeInput = {
  ...QUICK,
  tokenizer: { kind: 'teacher' },
  teacher: { kind: 'model', source: 'teacher' },
}

let device: Device
let trajectories: Trajectory[]
let teacher: StudentFolder

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(6)
  const tokenizer = trainBpe(
    trajectories.map(({ text }) => text),
    300,
  )
  const config = { vocabularySize: 300, contextLength: 64, layers: 1, width: 8, heads: 2 }
  teacher = {
    config,
    parameters: initialParameters(gptParameters(config), 1),
    tokenizer: tokenizer.toJSON(),
  }
})

function runOf(input: RecipeInput): { run: Run; states: string[] } {
  const recipe = parseRecipe(input)
  const folder = recipe.teacher.kind === 'model' ? teacher : null
  const material: RunMaterial = {
    recipe,
    trajectories,
    teacher: folder,
    tokenizer: tokenizerFor(recipe, trajectories, folder),
  }
  const states: string[] = []
  return { run: new Run(material, { state: (state) => states.push(state), metrics: () => {} }), states }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 500))

describe('a run that is still being prepared', () => {
  it.each([
    ['the text teaches', QUICK],
    ['a model teaches', TAUGHT],
  ])('can be stopped, and gives its tensors back: %s', async (_, recipe) => {
    const before = tf.memory().numTensors
    const { run, states } = runOf(recipe)
    const started = run.start(device, reference)
    run.stop()
    await expect(started).rejects.toThrow('The run was stopped before its first step.')
    await settle()
    expect([states, run.student]).toEqual([[], null])
    expect(tf.memory().numTensors).toBe(before)
  })

  it('can be stopped while the teacher reads', async () => {
    const before = tf.memory().numTensors
    const { run, states } = runOf(TAUGHT)
    const started = run.start(device, reference)
    await Promise.resolve()
    run.stop()
    await expect(started).rejects.toThrow('The run was stopped before its first step.')
    await settle()
    expect(states).toEqual([])
    expect(tf.memory().numTensors).toBe(before)
  })

  it('fails with its device instead of waiting for it', async () => {
    const { run, states } = runOf(TAUGHT)
    // What a lost device does to a read: it never comes back.
    const lost = new LabError('device-lost', 'The GPU device was lost.')
    const stuck = { ...reference, read: () => new Promise<Float32Array[]>(() => {}) }
    const started = run.start(device, stuck)
    setTimeout(() => run.fail(lost), 50)
    await expect(started).rejects.toBe(lost)
    expect(states).toEqual([])
  })

  it('that may not be a run at all says so rather than that it was stopped', async () => {
    const { run } = runOf({ ...QUICK, objective: { lambda: { reason: 0, act: 0 } } })
    await expect(run.start(device, reference)).rejects.toThrow(/^Every weight in objective\.lambda is 0/)
  })
})

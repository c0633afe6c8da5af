import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { readCheckpoint, writeCheckpoint } from '../../../workers/training/checkpointFile.ts'
import { tokenizerFor } from '../../../workers/training/material.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import type { Checkpoint, Trainer } from '../../../workers/training/trainer.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

const STEPS = 8
const SMALL: RecipeInput = {
  steps: STEPS,
  batchRows: 4,
  data: { contextLength: 64, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { learningRate: 0.01, warmupSteps: 2 },
}

let device: Device
let trajectories: Trajectory[]

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(8)
})

async function open(input: RecipeInput, checkpoint?: Checkpoint) {
  const recipe = parseRecipe({ ...SMALL, ...input })
  const tokenizer = tokenizerFor(recipe, trajectories, null)
  return prepareRun({ recipe, trajectories, teacher: null, tokenizer }, device, reference, checkpoint)
}

/** Steps up to `last`, with what is to be changed ahead of step 3; what they measured, and the held-out rows after. */
async function stepTo(trainer: Trainer, last: number, change?: (trainer: Trainer) => void) {
  while (trainer.step < last) {
    if (trainer.step === 2) change?.(trainer)
    trainer.takeStep()
  }
  const lines = await trainer.read()
  return { lines, heldOut: await trainer.evaluate(), checkpoint: await trainer.checkpoint() }
}

/** A run of STEPS steps, and one that is stopped after four and goes on from the file that it left. */
async function wholeAndResumed(input: RecipeInput, change?: (trainer: Trainer) => void) {
  const one = await open(input)
  const whole = await stepTo(one.trainer, STEPS, change)
  one.dispose()
  const two = await open(input)
  const { checkpoint } = await stepTo(two.trainer, 4, change)
  two.dispose()
  const from = readCheckpoint(writeCheckpoint(checkpoint), checkpoint.parameters.length, 'c')
  const three = await open(input, from)
  const rest = await stepTo(three.trainer, STEPS)
  three.dispose()
  return { whole, rest }
}

describe('a run that was stopped', () => {
  it.each<[string, RecipeInput, ((trainer: Trainer) => void)?]>([
    ['as it is by default', {}],
    ['in micro-batches', { accumulate: 2 }],
    ['packed', { data: { contextLength: 128, heldOut: 0.2, packing: true }, batchRows: 2 }],
    [
      'with weights and a cap, in micro-batches',
      { accumulate: 2, objective: { weights: { stepDecay: 0.8 }, thoughtCap: 6 } },
    ],
    ['with its λ changed on the way', {}, (trainer) => trainer.setLambda({ act: 0.3, observation: 0.1 })],
  ])('has the numbers and the student of one that was not: %s', async (_, input, change) => {
    const { whole, rest } = await wholeAndResumed(input, change)
    expect(rest.lines).toEqual(whole.lines.slice(4))
    expect(rest.heldOut).toEqual(whole.heldOut)
    expect(rest.checkpoint).toEqual(whole.checkpoint)
  })
})

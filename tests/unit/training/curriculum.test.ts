import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { gptParameters } from '../../../workers/models/parameters.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { tokenizerFor } from '../../../workers/training/material.ts'
import { outlook } from '../../../workers/training/outlook.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

let device: Device
let trajectories: Trajectory[]

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(5)
})

/** Material with a teacher whose parameters are all 0, so that it finds every token equally likely. */
function materialOf(input: RecipeInput) {
  const recipe = parseRecipe({
    batchRows: 4,
    data: { contextLength: 128, heldOut: 0 },
    student: { layers: 1, width: 16, heads: 2 },
    tokenizer: { kind: 'teacher' },
    teacher: { kind: 'model', source: 't' },
    ...input,
  })
  const words = tokenizerFor(
    parseRecipe({ tokenizer: { kind: 'train-bpe', vocabularySize: 300 } }),
    trajectories,
    null,
  )
  const config = { vocabularySize: 300, contextLength: 128, layers: 1, width: 16, heads: 2 }
  const parameters = new Float32Array(
    gptParameters(config).reduce((end, { offset, size }) => Math.max(end, offset + size), 0),
  )
  const teacher = { config, parameters, tokenizer: words.toJSON() }
  return { recipe, trajectories, teacher, tokenizer: tokenizerFor(recipe, trajectories, teacher) }
}

async function prepared(input: RecipeInput) {
  const run = await prepareRun(materialOf(input), device, reference)
  run.dispose()
  return run
}

describe('the third term of the curriculum', () => {
  it('is the teacher’s entropy where it was measured: ln V of one that knows nothing', async () => {
    const { curriculum, dataset } = await prepared({ curriculum: { alpha: 0, beta: 0, gamma: 2 } })
    expect(curriculum.entropy).toBeCloseTo(Math.log(300), 4)
    for (const { difficulty } of dataset.train) expect(difficulty).toBeCloseTo(2 * Math.log(300), 3)
  })

  it('is added to the lengths of reason and act', async () => {
    const { dataset: plain } = await prepared({ curriculum: { gamma: 0 } })
    const { dataset: whole } = await prepared({ curriculum: { gamma: 1 } })
    expect(whole.train.map(({ trajectory }) => trajectory)).toEqual(
      plain.train.map(({ trajectory }) => trajectory),
    )
    for (const [i, { difficulty }] of whole.train.entries()) {
      expect(difficulty).toBeCloseTo(plain.train[i]!.difficulty + Math.log(300), 2)
    }
  })

  it('is not measured where nothing is sorted by it, nor before a run', async () => {
    expect((await prepared({ curriculum: { gamma: 0 } })).curriculum.entropy).toBeNull()
    expect((await prepared({ curriculum: { order: 'shuffled' } })).curriculum.entropy).toBeNull()
    expect(outlook(materialOf({}), null).curriculum.entropy).toBeNull()
  })
})

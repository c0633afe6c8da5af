import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { tokenizerFor } from '../../../workers/training/material.ts'
import { outlook } from '../../../workers/training/outlook.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { watchingGradient } from '../watching.ts'

let device: Device
let trajectories: Trajectory[]

/** Short episodes of different lengths and words, so that several fit into a row. */
const episode = (i: number) =>
  `You are in a room with ${'a shelf, '.repeat(i % 4)}a desk. Your task is to: fetch lamp ${i}.
> think: ${'I should look for it. '.repeat(1 + (i % 3))}
OK.
> go to desk ${i}
You see a lamp ${i + 1}${' and a box'.repeat(i % 5)}.
> take lamp ${i} from desk ${i}
`

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = Array.from({ length: 10 }, (_, i) => i).flatMap(
    (i) => readTrajectories(`${i}.txt`, new TextEncoder().encode(episode(i))).trajectories,
  )
})

const INPUT: RecipeInput = {
  data: { contextLength: 256, heldOut: 0 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 2, width: 16, heads: 2 },
  curriculum: { order: 'random' },
}

function materialOf(input: RecipeInput, teacher: StudentFolder | null = null) {
  const recipe = parseRecipe({ ...INPUT, ...input })
  return { recipe, trajectories, teacher, tokenizer: tokenizerFor(recipe, trajectories, teacher) }
}

/** The first step of a run whose batch holds every row: what it measured, and its gradient. */
async function wholeStep(packing: boolean, input: RecipeInput = {}, teacher: StudentFolder | null = null) {
  const data = { ...INPUT.data, packing }
  const { dataset } = outlook(materialOf({ ...input, data }, teacher), null)
  const { operations, gradient } = watchingGradient()
  const material = materialOf({ ...input, data, batchRows: dataset.packedRows }, teacher)
  const run = await prepareRun(material, device, operations)
  run.trainer.takeStep()
  const [line] = await run.trainer.read()
  const values = await gradient()
  run.dispose()
  return { dataset, line: line!, gradient: values }
}

async function expectTheSame(input: RecipeInput, teacher: StudentFolder | null = null) {
  const plain = await wholeStep(false, input, teacher)
  const packed = await wholeStep(true, input, teacher)
  expect(packed.dataset.packedRows).toBeLessThan(plain.dataset.packedRows)
  const scale = Math.max(...plain.gradient.map(Math.abs))
  const worst = Math.max(...plain.gradient.map((value, i) => Math.abs(value - packed.gradient[i]!)))
  expect(worst / scale).toBeLessThan(1e-5)
  expect(packed.line.loss / plain.line.loss).toBeCloseTo(1, 5)
  expect(packed.line.batchTokens).toBe(plain.line.batchTokens)
  for (const kind of ['reason', 'act', 'observation'] as const) {
    expect(packed.line[kind].tokens).toBe(plain.line[kind].tokens)
    expect(packed.line[kind].kl).toBeCloseTo(plain.line[kind].kl, 5)
  }
}

describe('a step on packed rows', () => {
  it.each<[string, RecipeInput]>([
    ['sad', {}],
    ['token-kd', { objective: { arm: 'token-kd' } }],
    ['steps that weigh less the earlier they are', { objective: { weights: { stepDecay: 0.5 } } }],
  ])('has the gradient and the numbers of the same windows in rows of their own: %s', async (_, input) => {
    await expectTheSame(input)
  })

  it('has them under a model that teaches beside the student', async () => {
    const { tokenizer } = materialOf({})
    const config = {
      vocabularySize: tokenizer.vocabularySize,
      contextLength: 256,
      layers: 1,
      width: 16,
      heads: 1,
    }
    const folder = {
      config,
      parameters: initialParameters(gptParameters(config), 7),
      tokenizer: tokenizer.toJSON(),
    }
    await expectTheSame({ tokenizer: { kind: 'teacher' }, teacher: { kind: 'model', source: 't' } }, folder)
  })
})

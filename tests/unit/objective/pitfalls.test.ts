import { describe, expect, it } from 'vitest'
import { batchAt } from '../../../workers/dataset/batches.ts'
import { buildDataset } from '../../../workers/dataset/dataset.ts'
import { PADDING } from '../../../workers/dataset/row.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { superviseBatch, TERMS } from '../../../workers/objective/weights.ts'
import { parseRecipe } from '../../../workers/recipe.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { tokenizerFor, vocabularyOf } from '../../../workers/training/material.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { outcomeOf } from '../../../workers/trajectories/records/outcome.ts'
import { openForTest } from '../backends.ts'
import { characters } from '../dataset/fixtures.ts'

/** Two episodes of different length, so that the shorter is padded. */
const TEXT = [
  'You are in a small room. Your task is to: fetch the lamp.\n> think: I should look on the desk.\nOK.\n> go to desk 1\nYou see a lamp 1.\n> take lamp 1 from desk 1\n',
  'You are in a small room. Your task is to: open the box.\n> think: The box is here.\nOK.\n> open box 1\n',
]
const trajectories = TEXT.flatMap(
  (text, i) => readTrajectories(`${i}.txt`, new TextEncoder().encode(text)).trajectories,
)

/** What the objective asks of the two episodes, a letter a token: [kind, token] in order, and the batch. */
function supervised() {
  const recipe = parseRecipe({ batchRows: 2, data: { contextLength: 256, heldOut: 0 } })
  const batch = batchAt(buildDataset(trajectories, characters, recipe), 0, recipe)
  const rows = superviseBatch(batch, recipe.objective)
  const textOf = (term: (typeof TERMS)[number], row: number) =>
    Array.from(rows.tokens)
      .filter(
        (_, i) => TERMS[rows.terms[i]!] === term && Math.floor(rows.positions[i]! / batch.length) === row,
      )
      .map((id) => (id === characters.endOfTextId ? '␃' : String.fromCharCode(id)))
      .join('')
  return {
    batch,
    rows,
    texts: [0, 1].map((row) => ({ reason: textOf('reason', row), act: textOf('act', row) })),
  }
}

describe('from a file to the objective', () => {
  it('every letter of thought and act is asked for once, with the end of its turn, and nothing else', () => {
    expect(trajectories).toHaveLength(2)
    expect(supervised().texts.sort((a, b) => b.act.length - a.act.length)).toEqual([
      {
        reason: '> think: I should look on the desk.\n',
        act: '> go to desk 1\n> take lamp 1 from desk 1\n␃',
      },
      { reason: '> think: The box is here.\n', act: '> open box 1\n␃' },
    ])
  })

  it('the end of the text is taught, though padding is the very same id and is not', () => {
    const { batch, rows } = supervised()
    const padding = batch.kinds.filter((kind) => kind === PADDING).length
    expect(padding).toBeGreaterThan(10)
    expect(batch.ids.filter((id) => id === characters.endOfTextId).length).toBe(padding + 2)
    const stops = Array.from(rows.tokens, (id, i) => ({ id, weight: rows.weights[i]! })).filter(
      ({ id }) => id === characters.endOfTextId,
    )
    expect(stops).toHaveLength(2)
    for (const { weight } of stops) expect(weight).toBeGreaterThan(0)
  })
})

describe('an episode that merely ended', () => {
  it.each([
    { done: true },
    { finished: true, terminated: true },
    { completed: 1, status: 'completed' },
    { exit_status: 'submitted' },
  ])('is not taken for a success: %j', (record) => {
    expect(outcomeOf(record)).toEqual({})
    expect(outcomeOf({ ...record, reward: 0.25 })).toEqual({ reward: 0.25 })
  })
})

describe('a teacher whose vocabulary is padded beyond its tokenizer', () => {
  it('gives the student its own width, so that both logits name the same ids', async () => {
    const device = await openForTest('wasm')
    const tokenizer = trainBpe(TEXT, 280)
    const config = {
      vocabularySize: tokenizer.vocabularySize + 24,
      contextLength: 256,
      layers: 1,
      width: 8,
      heads: 2,
    }
    const teacher = {
      config,
      parameters: initialParameters(gptParameters(config), 2),
      tokenizer: tokenizer.toJSON(),
    }
    const recipe = parseRecipe({
      batchRows: 2,
      data: { heldOut: 0 },
      student: { layers: 1, width: 8, heads: 2 },
      teacher: { kind: 'model', source: 'padded' },
      tokenizer: { kind: 'teacher' },
    })
    const material = { recipe, trajectories, teacher, tokenizer: tokenizerFor(recipe, trajectories, teacher) }
    expect(vocabularyOf(material)).toBe(config.vocabularySize)
    const { trainer, dispose } = await prepareRun(material, device, reference)
    expect(trainer.config.vocabularySize).toBe(config.vocabularySize)
    trainer.takeStep()
    const [line] = await trainer.read()
    dispose()
    expect(line!.reason.kl).toBeGreaterThan(0)
    // The student starts as an unlike twin of the teacher: both nearly uniform, over the same number of ids.
    expect(line!.reason.kl).toBeLessThan(0.1)
    expect(line!.reason.teacherEntropy).toBeCloseTo(Math.log(config.vocabularySize), 1)
  })
})

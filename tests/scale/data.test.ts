import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batchAt, drawnAt, heldOutBatches } from '../../workers/dataset/batches.ts'
import { buildDataset, type Dataset } from '../../workers/dataset/dataset.ts'
import { labelTokens } from '../../workers/dataset/label.ts'
import type { PlacedBatch, Row } from '../../workers/dataset/row.ts'
import { tokenRows } from '../../workers/models/packing.ts'
import { parseRecipe, type RecipeInput } from '../../workers/recipe.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { spanLine } from '../../workers/trajectories/export.ts'
import { ask } from './ask.ts'
import { ODD_TRAJECTORIES, oddAndOrdinary } from './odd.ts'

/** What Python makes of trajectories is, number for number, what the lab does. */

const trajectories = oddAndOrdinary(30)
const tokenizer = trainBpe(
  trajectories.map(({ text }) => text),
  600,
)
const entropies = trajectories.map((_, i) => ((i * 37) % 11) / 7)
const DRAWN = 60

const RECIPES: [string, RecipeInput][] = [
  ['as it comes', {}],
  ['a context that cuts', { data: { contextLength: 48 } }],
  ['the shortest context', { data: { contextLength: 16, heldOut: 0.5 } }],
  ['packed rows', { data: { contextLength: 400, packing: true }, curriculum: { pacing: 'root' } }],
  ['packed short rows', { data: { contextLength: 97, packing: true }, batchRows: 5, accumulate: 5 }],
  [
    'hard first',
    { curriculum: { order: 'hard-first', pacing: 'step', gamma: 100 }, data: { contextLength: 64 } },
  ],
  ['a random ranking', { curriculum: { order: 'shuffled', pacing: 'root' }, seed: 4294967295 }],
  ['no ranking', { curriculum: { order: 'random' }, data: { heldOut: 0 }, steps: 7 }],
  ['entropies alone', { curriculum: { alpha: 0, beta: 0, gamma: 2.5 } }],
  ['rewards', { objective: { weights: { trajectory: 'reward' } }, data: { contextLength: 64 } }],
  ['successes', { objective: { weights: { trajectory: 'success' } }, data: { contextLength: 200 } }],
  ['steps that count less', { objective: { weights: { stepDecay: 0.3 } }, data: { contextLength: 64 } }],
  [
    'steps that come to nothing',
    { objective: { weights: { stepDecay: 1e-12 } }, data: { contextLength: 64 } },
  ],
  [
    'capped thoughts',
    {
      objective: { thoughtCap: 3 },
      data: { contextLength: 48, packing: true },
      curriculum: { order: 'random' },
    },
  ],
  [
    'all weights',
    {
      objective: { arm: 'token-kd', weights: { trajectory: 'reward', stepDecay: 0.9 }, thoughtCap: 1 },
      data: { contextLength: 80, packing: true },
      curriculum: { order: 'easy-first' },
    },
  ],
]

const NOTHING: [string, RecipeInput, 'none' | 'all' | 'prompts'][] = [
  ['no trajectories', {}, 'none'],
  ['no weight', { objective: { lambda: { reason: 0, act: 0 } } }, 'all'],
  ['no outcomes', { objective: { weights: { trajectory: 'success' } } }, 'prompts'],
  ['no steps', {}, 'prompts'],
  ['no thoughts', { objective: { arm: 'reason-only' } }, 'prompts'],
  ['no observations', { objective: { lambda: { reason: 0, act: 0, observation: 1 } } }, 'prompts'],
]
const SETS = {
  none: [],
  all: trajectories,
  prompts: ODD_TRAJECTORIES.slice(3, 4),
}

const plainRow = ({ trajectory, ids, kinds, steps, places, weights, difficulty }: Row) => ({
  trajectory,
  ids: [...ids],
  kinds: [...kinds],
  steps: [...steps],
  places: [...places],
  weights: weights ? [...weights] : null,
  difficulty,
})

const plainBatch = (batch: PlacedBatch) => ({
  rows: batch.rows,
  length: batch.length,
  tokens: batch.tokens,
  ids: [...batch.ids],
  kinds: [...batch.kinds],
  trajectories: [...batch.trajectories],
  places: [...batch.places],
  steps: [...batch.steps],
  weights: batch.weights ? [...batch.weights] : null,
  segments: batch.segments ? [...batch.segments] : null,
  positions: batch.segments ? [...tokenRows(batch).positions!] : null,
})

interface Told {
  labelled: { ids: number[]; kinds: number[]; steps: number[] }[]
  datasets: {
    report: Dataset['report']
    rowLength: number
    train: unknown[]
    packs: unknown[][] | null
    heldOut: unknown[]
    drawn: number[][]
    backwards: number[]
    batches: unknown[]
    measured: unknown[]
  }[]
  refusals: string[]
}

const SOURCE = `import pathlib
from sad_scale.data.batches import Deck, held_out_batches, pad_rows
from sad_scale.data.dataset import build_dataset
from sad_scale.data.labels import label_tokens
from sad_scale.data.token_files import open_store
from sad_scale.errors import ScaleError
from sad_scale.recipe import parse_recipe
from sad_scale.tokenizer import tokenizer_from_json
from sad_scale.trajectories import Trajectories

tokenizer = tokenizer_from_json(asked["tokenizer"], "t.json")
sets = {name: Trajectories([path]) if path else [] for name, path in asked["sets"].items()}
cache = pathlib.Path(asked["cache"])

def row(row):
    return {"trajectory": row.trajectory, "ids": row.ids.tolist(), "kinds": row.kinds.tolist(),
            "steps": row.steps.tolist(), "places": row.places.tolist(),
            "weights": None if row.weights is None else row.weights.tolist(), "difficulty": row.difficulty}

def flat(tensor):
    return None if tensor is None else tensor.flatten().tolist()

def batch(batch):
    told = {name: flat(getattr(batch, name)) for name in
            ("ids", "kinds", "trajectories", "places", "steps", "weights", "segments")}
    return {"rows": batch.rows, "length": batch.length, "tokens": batch.tokens, **told,
            "positions": flat(batch.positions)}

def dataset(input):
    recipe = parse_recipe(input)
    # Tokens from files and tokens in memory are the same.
    store = open_store(sets["all"], tokenizer, cache) if recipe.data.packing else None
    built = build_dataset(sets["all"], tokenizer, recipe, asked["entropies"], store)
    deck = Deck(built, recipe)
    drawn = [deck.drawn_at(step) for step in range(asked["drawn"])]
    batches = [pad_rows(deck.rows_at(step), recipe.batchRows, built.row_length, built.end_of_text_id)
               for step in (0, 7, 59)]
    return {"report": built.report, "rowLength": built.row_length, "train": [row(each) for each in built.train],
            "packs": None if built.packs is None else [[row(each) for each in pack] for pack in built.packs],
            "heldOut": [row(each) for each in built.held_out], "drawn": drawn, "backwards": deck.drawn_at(3),
            "batches": [batch(each) for each in batches],
            "measured": [batch(each) for each in held_out_batches(built, recipe)]}

def refusal(input, name):
    try:
        build_dataset(sets[name], tokenizer, parse_recipe(input))
    except ScaleError as error:
        return str(error)

answer({
    "labelled": [{"ids": each.ids.tolist(), "kinds": each.kinds.tolist(), "steps": each.steps.tolist()}
                 for each in (label_tokens(t, i, tokenizer) for i, t in enumerate(sets["all"]))],
    "datasets": [dataset(input) for input in asked["recipes"]],
    "refusals": [refusal(input, name) for input, name in asked["nothing"]],
})`

describe('the data in Python', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sad-scale-data-'))
  let told: Told

  beforeAll(async () => {
    const sets: Record<string, string | null> = {}
    for (const [name, set] of Object.entries(SETS)) {
      sets[name] = set.length > 0 ? join(folder, `${name}.jsonl`) : null
      const lines = set.map((trajectory) => `${JSON.stringify(spanLine(trajectory))}\n`)
      if (sets[name]) writeFileSync(sets[name], lines.join(''))
    }
    told = await ask<Told>(SOURCE, {
      tokenizer: tokenizer.toJSON(),
      sets,
      cache: join(folder, 'cache'),
      entropies,
      drawn: DRAWN,
      recipes: RECIPES.map(([, recipe]) => recipe),
      nothing: NOTHING.map(([, recipe, set]) => [recipe, set]),
    })
  }, 300_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('labels tokens as the lab does', () => {
    const labelled = trajectories.map((trajectory, i) => {
      const { ids, kinds, steps } = labelTokens(trajectory, i, tokenizer)
      return { ids: [...ids], kinds: [...kinds], steps: [...steps] }
    })
    expect(told.labelled).toEqual(labelled)
  })

  describe.each(RECIPES.map(([name, input], i) => [name, input, i] as const))('with %s', (_, input, i) => {
    const recipe = parseRecipe(input)
    const dataset = buildDataset(trajectories, tokenizer, recipe, entropies)

    test('reports what the lab does', () => {
      expect(told.datasets[i]!.report).toEqual(dataset.report)
      expect(told.datasets[i]!.rowLength).toBe(dataset.rowLength)
    })

    test('makes the same rows', () => {
      expect(told.datasets[i]!.train).toEqual(dataset.train.map(plainRow))
      expect(told.datasets[i]!.packs).toEqual(dataset.packs?.map((pack) => pack.map(plainRow)) ?? null)
      expect(told.datasets[i]!.heldOut).toEqual(dataset.heldOut.map(plainRow))
    })

    test('draws the same rows for each step', () => {
      const drawn = Array.from({ length: DRAWN }, (_, step) => drawnAt(dataset, step, recipe))
      expect(told.datasets[i]!.drawn).toEqual(drawn)
      expect(told.datasets[i]!.backwards).toEqual(drawn[3])
    })

    test('pads them to the same batches', () => {
      expect(told.datasets[i]!.batches).toEqual(
        [0, 7, 59].map((step) => plainBatch(batchAt(dataset, step, recipe))),
      )
      expect(told.datasets[i]!.measured).toEqual(heldOutBatches(dataset, recipe).map(plainBatch))
    })
  })

  test.each(NOTHING.map(([name, input, set], i) => [name, input, set, i] as const))(
    'refuses %s as the lab does',
    (_, input, set, i) => {
      let refusal = ''
      try {
        buildDataset(SETS[set], tokenizer, parseRecipe(input))
      } catch (error) {
        refusal = (error as Error).message
      }
      expect(refusal).not.toBe('')
      // What a person can do about an empty set differs.
      const own = (sentence: string) => sentence.replace(/;.*/, set === 'none' ? '' : '$&')
      expect(own(told.refusals[i]!)).toBe(own(refusal))
    },
  )
})

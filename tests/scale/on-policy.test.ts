import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowsAt } from '../../workers/dataset/batches.ts'
import { buildDataset, type Dataset } from '../../workers/dataset/dataset.ts'
import { KIND_CODES } from '../../workers/dataset/row.ts'
import type { Weights } from '../../workers/kernels/operations.ts'
import { reference } from '../../workers/kernels/reference.ts'
import { readStudentFolder } from '../../workers/models/folder.ts'
import { type GptConfig, gptParameters } from '../../workers/models/parameters.ts'
import { modelOn } from '../../workers/models/textModel.ts'
import { normalisedPlan, tokenF1 } from '../../workers/objective/reasoningMatch.ts'
import { parseRecipe, type Recipe } from '../../workers/recipe.ts'
import type { Tokenizer } from '../../workers/tokenizer/tokenizer.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { OnPolicy } from '../../workers/training/onPolicy.ts'
import { ReasoningSamples } from '../../workers/training/reasoningSamples.ts'
import { spanLine } from '../../workers/trajectories/export.ts'
import { readTrajectories } from '../../workers/trajectories/read.ts'
import type { Trajectory } from '../../workers/trajectories/trajectory.ts'
import { openForTest } from '../unit/backends.ts'
import { household } from '../unit/household.ts'
import { buildLab, type LabCommand } from './labCommand.ts'
import { python } from './python.ts'

/** What a student writes in the place of steps: the rows that the lab would choose, written and labelled as it would. */

const STEPS = 4
const recipe: Recipe = parseRecipe({
  seed: 11,
  batchRows: 6,
  data: { contextLength: 160, heldOut: 0.3 },
  tokenizer: { kind: 'teacher' },
  teacher: { kind: 'model', source: 'teacher' },
  objective: { arm: 'on-policy' },
  onPolicy: { share: 0.75, maxTokens: 40, temperature: 0.7 },
  evaluate: { cotSamples: 6, cotTokens: 32 },
})
/** Symbols of two UTF-16 units, and of several tokens each. */
const lamps = (place: string) => `Question: Where is the 🪔 of ${place}? 🎉
Thought 1: I look 🪔🛢 it up, two times.
Action 1: Search[🪔 ${place}]
Observation 1: In 🎉 ${place}.
Thought 2: So it is 🛢 ${place}.
Action 2: Finish[${place} 🪔]
`

let lab: LabCommand
let folder: string
let trajectories: Trajectory[]
let tokenizer: Tokenizer
let dataset: Dataset
let config: GptConfig
let weights: () => Weights
/** What Python chose, wrote and measured. */
let theirs: {
  steps: {
    rows: { ids: number[]; kinds: number[]; steps: number[]; places: number[] }[]
    written: number[]
  }[]
  halves: number[][][]
  cot: number[]
}

beforeAll(async () => {
  ;[lab] = await Promise.all([buildLab(), openForTest('wasm')])
  folder = mkdtempSync(join(tmpdir(), 'scale-on-policy-'))
  const places = ['Brevik', 'Ås', 'Bodø', 'Vik', 'Moss', 'Røst']
  trajectories = [
    ...places.flatMap((place) => readTrajectories('a', new TextEncoder().encode(lamps(place))).trajectories),
    ...household(6),
  ]
  tokenizer = trainBpe(
    trajectories.map(({ text }) => text),
    320,
  )
  dataset = buildDataset(trajectories, tokenizer, recipe)
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe))
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer.toJSON()))
  const lines = trajectories.map((trajectory) => `${JSON.stringify(spanLine(trajectory))}\n`)
  writeFileSync(join(folder, 'spans.jsonl'), lines.join(''))
  // Python trains the student, long enough for it to write lines that read as steps, and leaves its folder.
  const { stdout, stderr, status } = await python(['-c', SCRIPT, folder], { SAD_LAB: lab.command })
  if (status !== 0) throw new Error(stderr)
  theirs = JSON.parse(stdout)
  const files = readdirSync(join(folder, 'student')).map(
    (name) => [name, readFileSync(join(folder, 'student', name))] as const,
  )
  const student = readStudentFolder(new Map(files), 'student')
  config = student.config
  const model = reference.frozen(gptParameters(config), () => student.parameters)
  weights = () => model.weights
}, 300_000)

afterAll(() => {
  lab?.remove()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

const SCRIPT = `import json, sys, torch
from pathlib import Path
from sad_scale.data.batches import Deck, pad_rows
from sad_scale.data.dataset import build_dataset
from sad_scale.folder import write_student
from sad_scale.lab_reader import LabReader
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.on_policy import OnPolicy
from sad_scale.reasonings import ReasoningSamples
from sad_scale.recipe import read_recipe
from sad_scale.tokenizer import tokenizer_from_json
from sad_scale.trajectories import Trajectories
folder = Path(sys.argv[1])
recipe = read_recipe(folder / "recipe.json")
tokenizer = tokenizer_from_json(json.loads((folder / "tokenizer.json").read_text()), "tokenizer.json")
trajectories = Trajectories([folder / "spans.jsonl"])
dataset = build_dataset(trajectories, tokenizer, recipe)
model = initial_gpt(GptConfig(tokenizer.vocabulary_size, 160, 1, 32, 2), 5)
optimiser = torch.optim.Adam(model.parameters(), 0.02)
deck = Deck(dataset, recipe)
for step in range(150):
    batch = pad_rows(deck.rows_at(step), recipe.batchRows, dataset.row_length, dataset.end_of_text_id)
    logits = model.logits(model.hidden(batch.ids[:, :-1]))
    optimiser.zero_grad()
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.ids[:, 1:].flatten()).backward()
    optimiser.step()
write_student(folder / "student", model, tokenizer)
reader = LabReader(recipe.to_json()["reading"])
policy = OnPolicy(trajectories, tokenizer, recipe, dataset.row_length, reader)
tell = lambda row: {name: getattr(row, name).tolist() for name in ("ids", "kinds", "steps", "places")}
steps, halves = [], []
for step in range(${STEPS}):
    rows = deck.rows_at(step)
    written, told = policy.write(rows, step, model)
    steps.append({"rows": [tell(row) for row in written], "written": [told.rows, told.tokens, told.parsed]})
    parts = [policy.write(rows, step, model, own=range(start, 6, 2))[0] for start in range(2)]
    halves.append([parts[i % 2][i // 2].ids.tolist() for i in range(6)])
samples = ReasoningSamples(dataset, trajectories, tokenizer, recipe, reader)
parts = [samples.measure(model, slice(rank, None, 2)) for rank in range(2)]
cot = [sum(getattr(part, name) for part in parts) for name in ("samples", "exact", "near", "shared")]
reader.stop()
print(json.dumps({"steps": steps, "halves": halves, "cot": cot}))`

const goesOn = async () => true

describe('what a student writes in the place of steps', () => {
  test('is what it writes in the lab, of the same rows, with the same labels', async () => {
    const onPolicy = new OnPolicy(trajectories, tokenizer, recipe, dataset.rowLength)
    let parsed = 0
    let symbols = 0
    for (let step = 0; step < STEPS; step++) {
      const rows = rowsAt(dataset, step, recipe)
      const own = (await onPolicy.write(rows, step, modelOn(reference, config, weights), goesOn))!
      const told = own.rows.map(({ ids, kinds, steps, places }) => ({
        ids: [...ids],
        kinds: [...kinds],
        steps: [...steps],
        places: [...places],
      }))
      expect(theirs.steps[step]!.rows).toEqual(told)
      const { rows: count, tokens, parsed: share } = own.metrics
      expect(theirs.steps[step]!.written).toEqual([count, tokens, Math.round(share! * count)])
      parsed += share! * count
      for (const row of own.rows) {
        const supervised = row.ids.filter(
          (_, t) => row.places[t] === -1 && [KIND_CODES.reason, KIND_CODES.act].includes(row.kinds[t]!),
        )
        if (/[\u{10000}-\u{10ffff}]/u.test(tokenizer.decode(supervised))) symbols++
      }
    }
    // Else this would show little.
    expect(parsed).toBeGreaterThan(3)
    expect(symbols).toBeGreaterThan(0)
  })

  test('is the same where two ranks share its rows', () => {
    for (const [step, halves] of theirs.halves.entries()) {
      expect(halves).toEqual(theirs.steps[step]!.rows.map(({ ids }) => ids))
    }
  })

  test('has the reasonings of held-out steps compared as in the lab', async () => {
    const samples = new ReasoningSamples(dataset, trajectories, tokenizer, recipe)
    const own = await samples.measure(modelOn(reference, config, weights), goesOn)
    const [count, exact, near, shared] = theirs.cot as [number, number, number, number]
    expect(count).toBe(own.cotSamples)
    expect(count).toBeGreaterThan(2)
    expect([exact / count, near / count]).toEqual([own.cotMatch, own.cotNearMatch])
    expect(shared / count).toBeCloseTo(own.cotF1!, 12)
    expect(shared).toBeGreaterThan(0)
  })
})

test('plans are normalised and compared as in the lab', async () => {
  const texts = [
    'Buy TWO lamps for 1,200.50 or 007, not b12 or 3.1.4!',
    'Ⅳ ﬁve\u00a0\ufefftwenty-one  1,2345 1.50, ٣٤ ½ x2 二 zero.',
    '  \u2028 nineteen🪔nineteen 00 0.0 10. .5 1,000,000 ',
    '',
    '🪔',
    'ΑΣ İI ſ',
    '1,23 12,345.600.7 a_two_b two_ _',
  ]
  const { stdout, stderr } = await python([
    '-c',
    `import json
from sad_scale.reasoning_match import normalised_plan, token_f1
texts = json.loads(${JSON.stringify(JSON.stringify(texts))})
print(json.dumps([[normalised_plan(text) for text in texts], [[token_f1(a, b) for a in texts] for b in texts]]))`,
  ])
  expect(stderr).toBe('')
  const [plans, scores] = JSON.parse(stdout)
  expect(plans).toEqual(texts.map(normalisedPlan))
  expect(scores).toEqual(texts.map((b) => texts.map((a) => tokenF1(a, b))))
})

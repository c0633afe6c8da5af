import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Weights } from '../../workers/kernels/operations.ts'
import { reference } from '../../workers/kernels/reference.ts'
import { writeStudentFolder } from '../../workers/models/folder.ts'
import { type WritingOptions, writeAll } from '../../workers/models/generate.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../workers/models/parameters.ts'
import { Random } from '../../workers/random.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { openForTest } from '../unit/backends.ts'
import { python } from './python.ts'

/** What Python writes with a student is what the lab writes with it, token for token. */

const tokenizer = trainBpe(['> go to desk 1\n'.repeat(9)], 270)
const CONFIG: GptConfig = {
  vocabularySize: tokenizer.vocabularySize + 2,
  contextLength: 24,
  layers: 2,
  width: 16,
  heads: 2,
}
const specs = gptParameters(CONFIG)
/** Prompts around the lengths at which windows begin and move on. */
const PROMPTS = [1, 3, 22, 23, 24, 25, 30, 61].map((length, which) =>
  Array.from({ length }, (_, i) => (i * 13 + which * 5) % tokenizer.vocabularySize),
)
const SETTINGS = [
  { maxTokens: 40, temperature: 0, topK: 0, topP: 1 },
  { maxTokens: 40, temperature: 1, topK: 0, topP: 1 },
  { maxTokens: 17, temperature: 1.7, topK: 5, topP: 1 },
  { maxTokens: 17, temperature: 0.8, topK: 0, topP: 0.7 },
  { maxTokens: 29, temperature: 2, topK: 40, topP: 0.95 },
]
const room = PROMPTS.map((_, which) => which * 7)

let folder: string
let weights: () => Weights

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scale-generation-'))
  await openForTest('wasm')
  const start = initialParameters(specs, 2).map((value) => (value === 1 ? 1 : 10 * value))
  for (const [name, content] of Object.entries(writeStudentFolder(CONFIG, start, tokenizer))) {
    writeFileSync(join(folder, name), content)
  }
  const model = reference.frozen(specs, () => start)
  weights = () => model.weights
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('greedy and drawn texts are the lab’s, for all manners of drawing, windows that move, and rooms that differ', async () => {
  const { stdout, stderr, status } = await python([
    '-c',
    `import json, sys
from sad_scale.folder import read_student
from sad_scale.generation import write_all
from sad_scale.random import Random
model, tokenizer = read_student(sys.argv[1])
texts = []
for setting in ${JSON.stringify(SETTINGS)}:
    for room in (None, ${JSON.stringify(room)}):
        texts.append(write_all(model, ${JSON.stringify(PROMPTS)}, max_tokens=setting["maxTokens"],
            temperature=setting["temperature"], top_k=setting["topK"], top_p=setting["topP"], room=room,
            random=lambda i: Random(7).fork(f"text {i}"), end_of_text_id=tokenizer.end_of_text_id,
            vocabulary_size=tokenizer.vocabulary_size))
print(json.dumps(texts))`,
    folder,
  ])
  expect(status, stderr).toBe(0)
  const texts = JSON.parse(stdout)
  for (const [which, setting] of SETTINGS.entries()) {
    for (const [at, given] of [undefined, room].entries()) {
      const options: WritingOptions = {
        ...setting,
        room: given,
        random: (text) => new Random(7).fork(`text ${text}`),
        endOfTextId: tokenizer.endOfTextId,
        vocabularySize: tokenizer.vocabularySize,
      }
      const own = await writeAll(reference, CONFIG, weights, PROMPTS, options)
      expect(texts[2 * which + at], JSON.stringify(setting)).toEqual(own)
    }
  }
})

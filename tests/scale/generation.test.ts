import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Weights } from '../../workers/kernels/operations.ts'
import { reference } from '../../workers/kernels/reference.ts'
import { writeStudentFolder } from '../../workers/models/folder.ts'
import { type WritingOptions, writeAll } from '../../workers/models/generate.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../workers/models/parameters.ts'
import { modelOn } from '../../workers/models/textModel.ts'
import { Random } from '../../workers/random.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { openForTest } from '../unit/backends.ts'
import { python, torchrun } from './python.ts'

// Several processes begin PyTorch, which takes long where others do so at the same time.
vi.setConfig({ testTimeout: 180_000 })

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
const room = PROMPTS.map((_, which) => which * 7)
const SETTINGS = [
  { maxTokens: 34, temperature: 0, topK: 0, topP: 1, room: null },
  { maxTokens: 34, temperature: 1, topK: 0, topP: 1, room },
  { maxTokens: 12, temperature: 1.7, topK: 5, topP: 1, room: null },
  { maxTokens: 12, temperature: 0.8, topK: 0, topP: 0.7, room: null },
  { maxTokens: 12, temperature: 2, topK: 40, topP: 0.95, room },
]

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
for setting in json.loads('${JSON.stringify(SETTINGS)}'):
    texts.append(write_all(model, ${JSON.stringify(PROMPTS)}, max_tokens=setting["maxTokens"],
        temperature=setting["temperature"], top_k=setting["topK"], top_p=setting["topP"], room=setting["room"],
        random=lambda i: Random(7).fork(f"text {i}"), end_of_text_id=tokenizer.end_of_text_id,
        vocabulary_size=tokenizer.vocabulary_size))
print(json.dumps(texts))`,
    folder,
  ])
  expect(status, stderr).toBe(0)
  const texts = JSON.parse(stdout)
  for (const [which, { room, ...setting }] of SETTINGS.entries()) {
    const options: WritingOptions = {
      ...setting,
      room: room ?? undefined,
      random: (text) => new Random(7).fork(`text ${text}`),
      endOfTextId: tokenizer.endOfTextId,
      vocabularySize: tokenizer.vocabularySize,
    }
    const own = await writeAll(modelOn(reference, CONFIG, weights), PROMPTS, options)
    expect(texts[which], JSON.stringify(setting)).toEqual(own)
  }
})

test('the command writes the same rollouts on two ranks as on one', async () => {
  const spoken = PROMPTS.map((ids) => `${JSON.stringify({ prompt: tokenizer.decode(ids) })}\n`)
  writeFileSync(join(folder, 'prompts.jsonl'), spoken.join(''))
  const args = (out: string) => {
    const files = ['generate', folder, '--prompts', join(folder, 'prompts.jsonl'), '--out', join(folder, out)]
    return [...files, '--max-tokens', '30', '--temperature', '1.2', '--device', 'cpu']
  }
  const [one, two] = await Promise.all([
    python(['-m', 'sad_scale', ...args('one.jsonl')]),
    torchrun(2, args('two.jsonl')),
  ])
  for (const { status, stderr } of [one, two]) expect(status, stderr).toBe(0)
  expect(one.stderr).toMatch(/^8 prompts; 1 rank on cpu\.\n8 of 8 texts, \d+ tokens\/s\n$/)
  const lines = readFileSync(join(folder, 'one.jsonl'), 'utf8')
  expect(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).index),
  ).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(readFileSync(join(folder, 'two.jsonl'), 'utf8')).toBe(lines)
})

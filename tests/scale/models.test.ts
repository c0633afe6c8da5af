import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TokenRows } from '../../workers/kernels/operations.ts'
import { reference } from '../../workers/kernels/reference.ts'
import { readStudentFolder, writeStudentFolder } from '../../workers/models/folder.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../workers/models/parameters.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { openForTest } from '../unit/backends.ts'
import { logitsOf } from '../unit/models/pass.ts'
import { python } from './python.ts'

// PyTorch takes long to begin where others do so at the same time.
vi.setConfig({ testTimeout: 180_000 })

/** The lab's GPT in Python: the same values at the start, the same forward pass, the same folder. */

const TEXT =
  'Thought 1: the 🪔 lamp, naïve “☂”, is on desk 10, so 2 + 10.\n> go to desk 1\n\t\u0000\u007f\u2028 007'
const tokenizer = trainBpe([TEXT.repeat(4)], 300)
const CONFIG: GptConfig = {
  vocabularySize: tokenizer.vocabularySize + 3,
  contextLength: 24,
  layers: 3,
  width: 20,
  heads: 2,
}
const specs = gptParameters(CONFIG)
const parameters = initialParameters(specs, 4294967295)
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scale-models-'))
  await openForTest('wasm')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a Python script prints as JSON; `folder` is its first argument. */
async function run<T>(script: string): Promise<T> {
  const { stdout, stderr, status } = await python(['-c', script, folder])
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const shape = JSON.stringify(Object.values(CONFIG))

test('a student begins with the values of the lab’s, in the lab’s order', async () => {
  const [names, shapes, decayed] = await run<[string[], number[][], string[]]>(`import json, sys, torch
from sad_scale.model import GptConfig, initial_gpt
from sad_scale.safetensors import write_safetensors
model = initial_gpt(GptConfig(*${shape}), 4294967295)
flat = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
write_safetensors(sys.argv[1] + "/initial.safetensors", {"flat": flat}, {})
named = list(model.named_parameters())
print(json.dumps([[name for name, _ in named], [list(value.shape) for _, value in named], sorted(model.decayed())]))`)
  expect(names).toEqual(specs.map(({ name }) => name))
  expect(shapes).toEqual(specs.map((spec) => spec.shape))
  expect(decayed).toEqual(
    specs
      .filter(({ decays }) => decays)
      .map(({ name }) => name)
      .sort(),
  )
  const file = readFileSync(join(folder, 'initial.safetensors'))
  const values = new Float32Array(parameters.length)
  new Uint8Array(values.buffer).set(file.subarray(file.length - 4 * values.length))
  // Math.cos and Math.log may differ from C's in the last digit of a double, which float32 all but never shows.
  let different = 0
  for (const [i, value] of values.entries()) {
    if (value !== parameters[i]) different++
    expect(Math.abs(value - parameters[i]!)).toBeLessThan(1e-8)
  }
  expect(different).toBeLessThan(values.length / 1000)
})

test('a folder that Python writes is that of the lab, byte for byte, and each reads the other’s', async () => {
  const files = writeStudentFolder(CONFIG, parameters, tokenizer)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  await run<null>(`import sys
from sad_scale.folder import read_student, write_student
write_student(sys.argv[1] + "/again", *read_student(sys.argv[1]))
print("null")`)
  expect(readdirSync(join(folder, 'again')).sort()).toEqual(Object.keys(files).sort())
  for (const [name, content] of Object.entries(files)) {
    expect(Buffer.compare(readFileSync(join(folder, 'again', name)), content), name).toBe(0)
  }
  const again = Object.keys(files).map((name) => [name, readFileSync(join(folder, 'again', name))] as const)
  expect(readStudentFolder(new Map(again), 'again').parameters).toEqual(parameters)
})

test('logits are the lab’s, of whole rows and of windows side by side', async () => {
  const [rows, length] = [3, 23]
  const ids = Array.from({ length: rows * length }, (_, i) => (i * 31 + (i % 7)) % CONFIG.vocabularySize)
  const windows = [5, 1, 11, 3]
  const segments = Array.from({ length: rows }, () =>
    windows.flatMap((size, window) => Array<number>(size).fill(window)).concat([-1, -1, -1]),
  ).flat()
  const positions = segments.map((segment, i) => {
    let start = i
    while (start % length > 0 && segments[start - 1] === segment) start--
    return i - start
  })
  const parts = { ids, segments, positions }
  // Ten times GPT-2's start: logits and attention that are not all but alike.
  const tenfold = parameters.map((value) => (value === 1 ? 1 : 10 * value))
  for (const [name, content] of Object.entries(writeStudentFolder(CONFIG, tenfold, tokenizer))) {
    writeFileSync(join(folder, name), content)
  }
  const [plain, packed, recomputed] = await run<[number[], number[], number[]]>(`import json, sys, torch
from sad_scale.folder import read_student
model, _ = read_student(sys.argv[1])
ids, segments, positions = (torch.tensor(part).view(${rows}, ${length}) for part in ${JSON.stringify(Object.values(parts))})
passes = [model.hidden(ids), model.hidden(ids, segments, positions), model.hidden(ids, segments, positions, True)]
print(json.dumps([model.logits(hidden).flatten().tolist() for hidden in passes]))`)
  const model = reference.frozen(specs, () => tenfold)
  const whole: TokenRows = { rows, length, ids: Int32Array.from(ids) }
  const windowed = { ...whole, segments: Int32Array.from(segments), positions: Int32Array.from(positions) }
  const passes: [number[], TokenRows][] = [
    [plain, whole],
    [packed, windowed],
    [recomputed, windowed],
  ]
  for (const [ours, tokens] of passes) {
    const logits = await logitsOf(reference, CONFIG, () => model.weights, tokens)
    const most = Math.max(...logits.map(Math.abs))
    expect(most).toBeGreaterThan(1)
    let largest = 0
    for (const [i, value] of logits.entries()) {
      if (tokens.segments && segments[Math.floor(i / CONFIG.vocabularySize)]! < 0) continue
      largest = Math.max(largest, Math.abs(value - ours[i]!))
    }
    expect(largest / most).toBeLessThan(1e-5)
  }
  model.dispose()
})

const DAMAGE: [string, string, RegExp][] = [
  ['config.json', '{"a": ', /config\.json is not valid JSON/],
  ['model.safetensors', 'short', /is not a readable safetensors file: it is shorter than eight bytes\.$/],
  ['model.safetensors', `${'\u0001'.padEnd(8, '\u0000')}{`, /its header is broken/],
  ['model.safetensors', '12345678', /it ends inside its header/],
  ['tokenizer.json', '[]', /tokenizer\.json: not a tokenizer\.json, which is a JSON object/],
]

test('a damaged folder is refused by the name of the file and what is wrong with it', async () => {
  for (const [i, [name, content]] of DAMAGE.entries()) {
    const files = { ...writeStudentFolder(CONFIG, parameters, tokenizer), [name]: content }
    mkdirSync(join(folder, `damaged-${i}`))
    for (const [file, whole] of Object.entries(files))
      writeFileSync(join(folder, `damaged-${i}`, file), whole)
  }
  const said = await run<string[]>(`import json, sys
from sad_scale.errors import ScaleError
from sad_scale.folder import read_student
said = []
for i in range(${DAMAGE.length}):
    try:
        read_student(f"{sys.argv[1]}/damaged-{i}")
        said.append("read")
    except ScaleError as error:
        said.append(str(error))
print(json.dumps(said))`)
  for (const [i, [name, , message]] of DAMAGE.entries()) {
    expect(said[i]).toContain(`damaged-${i}`)
    expect(said[i]).toContain(name)
    expect(said[i]).toMatch(message)
  }
})

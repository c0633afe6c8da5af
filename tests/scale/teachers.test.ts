import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { targetsParts } from '../../workers/cluster/targetsFile.ts'
import { padRows } from '../../workers/dataset/batches.ts'
import { buildDataset } from '../../workers/dataset/dataset.ts'
import type { Device } from '../../workers/device/device.ts'
import { reference } from '../../workers/kernels/reference.ts'
import { type StudentFolder, writeStudentFolder } from '../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../workers/models/parameters.ts'
import type { MetricsLine } from '../../workers/objective/metrics.ts'
import { parseRecipe } from '../../workers/recipe.ts'
import { Capture } from '../../workers/teacher/capture.ts'
import { captureTeacher } from '../../workers/teacher/captureTeacher.ts'
import { MemoryFile } from '../../workers/teacher/memoryFile.ts'
import { reportTargets } from '../../workers/teacher/report.ts'
import { captureTargets, fileTargets } from '../../workers/teacher/sources.ts'
import { StoredTeacher, storedEntropies } from '../../workers/teacher/stored.ts'
import { ORIGINS, type TargetSource, type TokenTargets } from '../../workers/teacher/targets.ts'
import { ModelTeacher } from '../../workers/teacher/teacher.ts'
import type { Tokenizer } from '../../workers/tokenizer/tokenizer.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { Run } from '../../workers/training/run.ts'
import { teacherEntropies } from '../../workers/training/teacherEntropies.ts'
import { contentHash } from '../../workers/trajectories/contentHash.ts'
import { spanLine } from '../../workers/trajectories/export.ts'
import type { SpanKind, Trajectory } from '../../workers/trajectories/trajectory.ts'
import { openForTest } from '../unit/backends.ts'
import { trajectoryOf } from '../unit/dataset/fixtures.ts'
import { python, SCALE } from './python.ts'

/** What Python's teachers read, write and say, against the lab's. */

const ODD: [SpanKind, string, number][][] = [
  [
    ['prompt', 'You look for the lamp. 🪔🏠 Go!\n', -1],
    ['reason', 'Thought: 灯可能在架子上，我去看看。\n', 0],
    ['act', 'Action: go to shelf 1\n', 0],
    ['observation', `On shelf 1 there is a ${'='.repeat(70)} lamp 👩‍🚀.\n`, 0],
    ['reason', 'Thought: I take the lamp, naïvely…\n', 1],
    ['act', 'Action: take the lamp\n', 1],
  ],
  [
    ['reason', `Thought: ${'aaaaaaaaaa'.repeat(12)} the the the\r\n\t \n`, 0],
    ['act', 'Action: say "e\u0301" \ud83d half\n', 0],
    ['observation', ' 12345 67.89 \u2028\u3000日本語日本語\n', 0],
    ['act', 'take the mug', 1],
  ],
  [
    ['prompt', 'ok', -1],
    ['act', '😀', 0],
  ],
  [
    ['prompt', 'You look for the mug.\n', -1],
    ['reason', 'Thought: the mug may be on shelf 2.\n', 0],
    ['act', 'Action: go to shelf 2\n', 0],
    ['observation', 'On shelf 2 there is a mug.\n', 0],
    ['act', 'Action: take the mug\n', 1],
  ],
]

const trajectories: Trajectory[] = ODD.map((parts, index) => ({ ...trajectoryOf(parts), index }))
const texts = trajectories.map(({ text }) => text)
const teacherTokenizer = trainBpe(texts, 320)
/** Students that cut the same texts into smaller, larger and other pieces. */
const students: Record<string, Tokenizer> = {
  same: teacherTokenizer,
  bytes: trainBpe([], 257),
  other: trainBpe(
    ['take the lamp 日本 and look at shelf 2; Thought: Action: 🪔🪔 '.repeat(3), texts[1]!],
    420,
  ),
}
const K = 5
const config = { vocabularySize: 330, contextLength: 48, layers: 2, width: 16, heads: 2 }
const folder: StudentFolder = {
  config,
  parameters: initialParameters(gptParameters(config), 3).map((value) => 6 * value),
  tokenizer: teacherTokenizer.toJSON(),
}
const recipe = parseRecipe({
  steps: 6,
  batchRows: 2,
  evaluateEvery: 6,
  data: { contextLength: 64, heldOut: 0.25 },
  tokenizer: { kind: 'teacher' },
  student: { layers: 1, width: 16, heads: 2 },
  teacher: { kind: 'stored', source: 'big' },
  optimiser: { learningRate: 0.01, warmupSteps: 0 },
})

let work: string
let device: Device
let file: MemoryFile
let capture: Capture
let said: Record<string, { answer?: unknown; problem?: string }>

/** What Python found in one of its parts, teachers.py. */
function answerOf<T>(part: string): T {
  const { answer, problem } = said[part]!
  if (problem) throw new Error(problem)
  return answer as T
}

const at = (name: string) => join(work, name)

function bytesIn(from: MemoryFile): Uint8Array {
  const bytes = new Uint8Array(from.getSize())
  from.read(bytes, { at: 0 })
  return bytes
}

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'sad-teachers-'))
  device = await openForTest('wasm')
  file = new MemoryFile()
  capture = await captureTeacher(reference, { trajectories, teacher: folder, name: 'big', k: K, file })
  writeFileSync(at('lab.capture'), bytesIn(file))
  writeFileSync(at('spans.jsonl'), trajectories.map((one) => `${JSON.stringify(spanLine(one))}\n`).join(''))
  for (const [name, tokenizer] of Object.entries(students)) {
    writeFileSync(at(`${name}.json`), JSON.stringify(tokenizer.toJSON()))
  }
  const own = writeStudentFolder(config, folder.parameters, teacherTokenizer)
  for (const [name, content] of Object.entries(own)) writeFileSync(at(name), content)
  writeFileSync(at('wide.json'), JSON.stringify(widened()))
  for (const [name, bytes] of damaged()) writeFileSync(at(name), bytes)
  const parts: Uint8Array[] = []
  for await (const part of targetsParts(scored, students.other!, async (i) => scored[i]!)) parts.push(part)
  writeFileSync(at('targets.safetensors'), Buffer.concat(parts))
  const asked = {
    k: K,
    recipe,
    students: Object.keys(students),
    damaged: damaged().map(([name]) => name),
    widest: WIDE - 1,
    teacherReads: config.contextLength,
  }
  writeFileSync(at('asked.json'), JSON.stringify(asked))
  const { status, stderr } = await python([join(SCALE, '../tests/scale/teachers.py'), work])
  if (status !== 0) throw new Error(stderr)
  said = JSON.parse(readFileSync(at('said.json'), 'utf8'))
}, 300_000)

afterAll(() => rmSync(work, { recursive: true, force: true }))

const opened = (name: string) => Capture.open(new MemoryFile(readFileSync(at(name))), name)

interface Listed {
  k: number
  ids: number[]
  logs: number[]
  origins: number[]
}

function expectTargets(found: Listed | null, own: TokenTargets | null): void {
  if (!own || !found) {
    expect(found).toBe(own)
    return
  }
  expect(found.k).toBe(own.k)
  expect(found.ids).toEqual([...own.ids])
  expect(found.origins).toEqual([...own.origins])
  for (const [e, value] of own.logProbabilities.entries())
    expect(Math.abs(found.logs[e]! - value)).toBeLessThan(1e-6)
}

/** Ids that do not fit into 16 bits. */
const WIDE = 65_600

/** The teacher's vocabulary with many more special tokens, which stand for no text. */
function widened(): unknown {
  const json = structuredClone(teacherTokenizer.toJSON()) as {
    added_tokens: { id: number; content: string }[]
  }
  const [end] = json.added_tokens
  for (let id = teacherTokenizer.vocabularySize; id < WIDE; id++) {
    json.added_tokens.push({ ...end!, id, content: `<|${id}|>` })
  }
  return json
}

/** Captures with something wrong, by name. */
function damaged(): [string, Uint8Array][] {
  const whole = bytesIn(file)
  const changed = (end: number[]) => {
    const bytes = whole.slice()
    bytes.set(end, whole.length - end.length)
    return bytes
  }
  return [
    ['cut', whole.slice(0, whole.length - 1)],
    ['short', whole.slice(0, 12)],
    ['head', whole.slice(0, 200)],
    ['none', new TextEncoder().encode('no capture at all, just words')],
    ['above', changed([0, 0x3c])],
    ['nan', changed([0, 0x7e])],
  ]
}

/** Words that came with log-probabilities, in all trajectories but one. */
const scored: Trajectory[] = trajectories.map((one, index) =>
  index === 2
    ? one
    : {
        ...one,
        logprobs: Array.from(one.text.matchAll(/\s*[a-zA-Z]+/g), (word) => ({
          start: word.index,
          end: word.index + word[0].length,
          logprob: -0.5,
          top: [
            { token: word[0], logprob: -0.5 },
            { token: ' zebra', logprob: -2 },
          ],
        })),
      },
)

const listOf = (source: TargetSource, set = trajectories) => set.map((_, index) => source.of(index))

describe('captures', () => {
  test('of the lab are read by Python, and written again byte for byte', async () => {
    const found = answerOf<{ entries: Record<string, unknown>[]; header: unknown[] }>('read')
    expect(found.header).toEqual(['big', K, 4, capture.header.tokens])
    for (const [i, text] of texts.entries()) {
      const own = capture.get(contentHash(text))!
      const plain = Object.fromEntries(
        Object.entries(own)
          .filter(([name]) => name in found.entries[i]!)
          .map(([name, values]) => [name, [...(values as Float32Array)]]),
      )
      expect(found.entries[i]).toEqual(plain)
    }
    expect(readFileSync(at('again.capture')).equals(bytesIn(file))).toBe(true)
  })

  test('with a vocabulary beyond 16 bits are written and read alike', async () => {
    const listed = answerOf<number[]>('wide')
    expect(listed.every((id) => id === WIDE - 1)).toBe(true)
    const wide = opened('wide.capture')
    expect(wide.tokenizer.vocabularySize).toBe(WIDE)
    const { ids, topIds, top } = wide.get(contentHash(texts[0]!))!
    const own = capture.get(contentHash(texts[0]!))!
    expect(ids).toEqual(own.ids)
    expect(top).toEqual(own.top)
    expect(topIds[K - 1]).toBe(WIDE - 1)
  })

  test('that are damaged are refused by both in the same words', async () => {
    const said = answerOf<Record<string, string>>('damaged')
    for (const [name] of damaged()) {
      let own = ''
      try {
        const read = opened(name)
        for (const text of texts) read.get(contentHash(text))
      } catch (error) {
        own = (error as Error).message
      }
      expect(own).not.toBe('')
      // Where the lab names its own ways to make one, Python names its own as well.
      expect(said[name]!.replace('"sad_scale score", with ', '').replace(/ \(.*\)/, '')).toBe(
        own.replace(/ \(.*\)/, ''),
      )
    }
  })
})

describe('targets', () => {
  test('from captures are the lab’s, whatever tokens the student has', async () => {
    const found = answerOf<Record<string, Listed[]>>('targets')
    for (const [name, tokenizer] of Object.entries(students)) {
      const own = listOf(captureTargets(capture, trajectories, tokenizer))
      expect(own.some((targets) => targets?.origins.includes(ORIGINS.chosen))).toBe(name === 'other')
      for (const [i, targets] of own.entries()) expectTargets(found[name]![i]!, targets)
    }
  })

  test('that came with files are read as the lab has packed them', async () => {
    const found = answerOf<(Listed | null)[]>('files')
    const own = listOf(fileTargets(scored, students.other!), scored)
    expect(own[0]!.origins.includes(ORIGINS.stop)).toBe(true)
    expect(own[2]).toBeNull()
    for (const [i, targets] of own.entries()) expectTargets(found[i]!, targets)
  })
})

describe('a stored teacher', () => {
  test('supervises, says and reports what the lab’s does', async () => {
    const tokenizer = students.other!
    const source = captureTargets(capture, trajectories, tokenizer)
    const data = buildDataset(trajectories, tokenizer, recipe)
    const rows = data.train.slice(0, 3)
    const batch = padRows(rows, 4, data.rowLength)
    const report = reportTargets(source, trajectories, tokenizer)
    const teacher = new StoredTeacher(source, report.k)
    const { ids, logProbabilities } = teacher.consult(batch)
    const found = answerOf<Record<string, number[]>>('stored')
    expect(found.before).toEqual([...batch.kinds])
    expect(found.kinds).toEqual([...teacher.supervised(batch).kinds])
    const saidIds = found.ids as unknown as number[][]
    const saidLogs = found.logs as unknown as number[][]
    for (let n = 0; n < saidIds.length; n++) {
      for (let e = 0; e < report.k; e++) {
        const id = ids[n * report.k + e]!
        expect(saidIds[n]![e] ?? -1).toBe(id)
        if (id >= 0)
          expect(Math.abs(saidLogs[n]![e]! - logProbabilities[n * report.k + e]!)).toBeLessThan(1e-6)
      }
    }
    const entropies = storedEntropies(source, data.train, trajectories.length)
    expect(entropies.some((entropy) => entropy > 0)).toBe(true)
    for (const [i, entropy] of entropies.entries()) expect(found.entropies![i]).toBeCloseTo(entropy, 6)
    const { trajectories: known, missing, stoppedEarly, tokens, aligned, chosenOnly } = report
    expect(found.report).toEqual([known, missing, stoppedEarly, tokens, aligned, chosenOnly])
  })
})

describe('a model', () => {
  test('scored by Python is captured as by the lab, and the lab trains on it', async () => {
    answerOf('scored')
    const own = opened('scored.capture')
    expect(own.header).toEqual({ ...capture.header, model: own.header.model })
    for (const text of texts) {
      const [lab, other] = [capture.get(contentHash(text))!, own.get(contentHash(text))!]
      expect(other.ids).toEqual(lab.ids)
      const close = (a: Float32Array, b: Float32Array) => {
        for (const [i, value] of a.entries())
          expect(Math.abs(value - b[i]!)).toBeLessThan(Math.max(2e-5, Math.abs(value) * 2 ** -10))
      }
      close(lab.written, other.written)
      close(lab.top, other.top)
      // Two tokens as likely as each other to the last digit may change places.
      const differing = lab.topIds.filter((id, i) => id !== other.topIds[i]).length
      expect(differing).toBeLessThanOrEqual(lab.topIds.length / 100)
    }
    const [lines, others] = [await metricsOf(capture), await metricsOf(own)]
    expect(others.length).toBe(lines.length)
    for (const [i, line] of lines.entries()) {
      expect(others[i]!.act.tokens).toBe(line.act.tokens)
      expect(Math.abs(others[i]!.act.loss - line.act.loss)).toBeLessThan(2e-3)
      expect(Math.abs(others[i]!.reason.kl - line.reason.kl)).toBeLessThan(2e-3)
    }
  })

  test('has the entropies that the lab measures beside the student', async () => {
    const data = buildDataset(trajectories, teacherTokenizer, {
      ...recipe,
      data: { ...recipe.data, contextLength: 48 },
    })
    const teacher = new ModelTeacher(reference, folder)
    const own = await teacherEntropies(reference, teacher, data, trajectories.length, recipe)
    teacher.dispose()
    const found = answerOf<number[]>('entropies')
    expect(own.some((entropy) => entropy > 0)).toBe(true)
    for (const [i, entropy] of own.entries()) expect(found[i]).toBeCloseTo(entropy, 4)
  })

  test('whose tokens the lab could not read is aligned before, to what the lab’s own alignment gives', async () => {
    answerOf('aligned')
    const student = students.other!
    const found = listOf(captureTargets(opened('aligned.capture'), trajectories, student))
    const own = listOf(captureTargets(capture, trajectories, student))
    const idOfByte = new Map<number, number>()
    for (let id = 0; id < student.vocabularySize; id++) {
      const bytes = student.bytesOf(id)
      if (bytes?.length === 1) idOfByte.set(id, bytes[0]!)
    }
    let made = 0
    for (const [i, targets] of own.entries()) {
      const { ids } = student.encode(texts[i]!)
      for (let t = 1; t < targets!.origins.length; t++) {
        if (targets!.origins[t] === ORIGINS.none) continue
        const aligned = entriesOf(found[i]!, t)
        for (const [id, value] of entriesOf(targets!, t)) {
          expect(aligned.get(id)).toBeDefined()
          expect(Math.abs(aligned.get(id)! - value)).toBeLessThan(Math.max(2e-3, Math.abs(value) * 2 ** -10))
          aligned.delete(id)
        }
        // All else that is listed cannot stand there, and weighs nothing.
        for (const [id, value] of aligned) {
          expect(value).toBeLessThan(-16.6)
          const next = new TextDecoder('utf-8', { fatal: true })
          const before = Buffer.concat(Array.from(ids.subarray(0, t), (one) => student.bytesOf(one)!))
          const start = Buffer.concat([before, Uint8Array.of(idOfByte.get(id)!)])
          expect(() => next.decode(start, { stream: true })).toThrow()
          made++
        }
      }
    }
    expect(made).toBeGreaterThan(100)
  })
})

function entriesOf({ k, ids, logProbabilities }: TokenTargets, t: number): Map<number, number> {
  const found = new Map<number, number>()
  for (let e = t * k; e < (t + 1) * k; e++) if (ids[e]! >= 0) found.set(ids[e]!, logProbabilities[e]!)
  return found
}

async function metricsOf(of: Capture): Promise<MetricsLine[]> {
  const lines: MetricsLine[] = []
  const run = new Run(
    { recipe, trajectories, teacher: null, capture: of, tokenizer: of.tokenizer },
    {
      state: (state, message) => {
        if (state === 'failed') throw new Error(message)
      },
      metrics: (added) => lines.push(...added),
    },
  )
  const { end } = await run.start(device, reference)
  await end
  return lines
}

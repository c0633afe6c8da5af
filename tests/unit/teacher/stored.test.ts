import { beforeAll, describe, expect, it } from 'vitest'
import { padRows } from '../../../workers/dataset/batches.ts'
import { buildDataset } from '../../../workers/dataset/dataset.ts'
import { labelTokens } from '../../../workers/dataset/label.ts'
import { KIND_CODES } from '../../../workers/dataset/row.ts'
import { windowRows } from '../../../workers/dataset/window.ts'
import { LabError } from '../../../workers/errors.ts'
import { Capture } from '../../../workers/teacher/capture.ts'
import type { CapturedTrajectory } from '../../../workers/teacher/captureFormat.ts'
import { CaptureWriter } from '../../../workers/teacher/captureWriter.ts'
import { MemoryFile } from '../../../workers/teacher/memoryFile.ts'
import {
  captureTargets,
  fileTargets,
  foreseenTargets,
  KeptTargets,
} from '../../../workers/teacher/sources.ts'
import { StoredTeacher, storedEntropies, teachesAny } from '../../../workers/teacher/stored.ts'
import { ORIGINS, type TokenTargets } from '../../../workers/teacher/targets.ts'
import type { Tokenizer } from '../../../workers/tokenizer/tokenizer.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { contentHash } from '../../../workers/trajectories/contentHash.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { recipeOf, trajectoryOf } from '../dataset/fixtures.ts'

const TEXT = 'look at the lamp and look at the mug'
const trajectories = [
  trajectoryOf([
    ['prompt', 'look ', -1],
    ['reason', 'at the lamp ', 0],
    ['act', 'and look at the mug', 0],
  ]),
]
const bytes = trainBpe([], 257)
const words = trainBpe([`${TEXT}; ${TEXT}; ${TEXT}`], 300)

/** Every token at `p`, another at (1 - p) / 2, the rest unknown. */
function certain(ids: Int32Array, p: number, other: number): CapturedTrajectory {
  const predicted = ids.length - 1
  const topIds = new Int32Array(predicted * 2)
  const top = new Float32Array(predicted * 2)
  for (let t = 0; t < predicted; t++) {
    topIds.set([ids[t + 1]!, ids[t + 1] === other ? other + 1 : other], 2 * t)
    top.set([Math.log(p), Math.log((1 - p) / 2)], 2 * t)
  }
  return { ids, written: new Float32Array(predicted).fill(Math.log(p)), topIds, top }
}

const idsOf = (tokenizer: Tokenizer) => labelTokens(trajectories[0]!, 0, tokenizer).ids

function captureOf(tokenizer: Tokenizer, entry: CapturedTrajectory, text = TEXT, k = 2): Capture {
  const file = new MemoryFile()
  const writer = new CaptureWriter(file, 'big', k, tokenizer)
  writer.add(contentHash(text), entry)
  writer.finish()
  return Capture.open(file, 'big.sadt')
}

const entriesOf = ({ k, ids, logProbabilities }: TokenTargets, t: number) =>
  Array.from({ length: k }, (_, e) => t * k + e)
    .filter((e) => ids[e]! >= 0)
    .map((e) => [ids[e], Number(Math.exp(logProbabilities[e]!).toFixed(3))])

describe('a capture', () => {
  it('with the student’s own tokens is taken as it is', () => {
    const ids = idsOf(words)
    const targets = captureTargets(captureOf(words, certain(ids, 0.5, 7)), trajectories, words).of(0)!
    expect(entriesOf(targets, 0)).toEqual([])
    for (let t = 1; t < ids.length; t++) {
      expect(entriesOf(targets, t)).toEqual([
        [ids[t], 0.5],
        [ids[t] === 7 ? 8 : 7, 0.25],
      ])
    }
    expect([...targets.origins]).toEqual([ORIGINS.none, ...Array(ids.length - 1).fill(ORIGINS.listed)])
  })

  it('keeps the recorded token beside the likeliest where it is none of them', () => {
    const ids = idsOf(words)
    const entry = certain(ids, 0.5, 7)
    entry.topIds.set([3, 4], 2)
    entry.written[1] = Math.log(0.01)
    const targets = captureTargets(captureOf(words, entry), trajectories, words).of(0)!
    expect(entriesOf(targets, 2)).toEqual([
      [3, 0.5],
      [4, 0.25],
      [ids[2], 0.01],
    ])
  })

  it('with other tokens is aligned: of many bytes the product, of one word the chain', () => {
    const byBytes = certain(idsOf(bytes), 0.5, 7)
    const aligned = captureTargets(captureOf(bytes, byBytes), trajectories, words).of(0)!
    const ids = idsOf(words)
    for (let t = 1; t < ids.length - 1; t++) {
      const length = words.bytesOf(ids[t]!)!.length
      expect(entriesOf(aligned, t).find(([id]) => id === ids[t])![1]).toBeCloseTo(0.5 ** length, 2)
    }
    // The end of the text stays the end of the text, whatever its id.
    expect(entriesOf(aligned, ids.length - 1)).toContainEqual([words.endOfTextId, 0.5])

    const byWords = certain(idsOf(words), 0.5, words.encode('z').ids[0]!)
    const targets = captureTargets(captureOf(words, byWords), trajectories, bytes).of(0)!
    const own = idsOf(bytes)
    const joint = (from: number, to: number) => {
      let sum = 0
      for (let t = from; t < to; t++) {
        const at =
          t * targets.k +
          Array.from(targets.ids.subarray(t * targets.k, (t + 1) * targets.k)).indexOf(own[t]!)
        sum += targets.logProbabilities[at]!
      }
      return sum
    }
    // The first word was never predicted.
    const first = words.bytesOf(ids[0]!)!.length
    expect(joint(first, own.length)).toBeCloseTo((ids.length - 1) * Math.log(0.5), 2)
    expect([...targets.origins.subarray(0, first)]).toEqual(Array(first).fill(ORIGINS.none))
  })

  it('of another text knows nothing, and of another vocabulary is refused', () => {
    const entry = certain(idsOf(words), 0.5, 7)
    expect(captureTargets(captureOf(words, entry, 'another'), trajectories, words).of(0)).toBeNull()
    const swapped = { ...entry, ids: entry.ids.map((id) => (id === entry.ids[3] ? 5 : id)) }
    const refuse = () => captureTargets(captureOf(words, swapped), trajectories, words).of(0)
    expect(refuse).toThrow(LabError)
    expect(refuse).toThrow(
      /^big\.sadt: the ids of fixture\.txt, trajectory 1, are not those that the tokenizer\.json/,
    )
  })
})

describe('tokens that a teacher will be asked about', () => {
  it('are told apart: with alternatives where one token of its covers them, else with their own only', () => {
    const finer = foreseenTargets(trajectories, bytes, words).of(0)!
    expect([...finer.origins.subarray(10)].every((origin) => origin === ORIGINS.listed)).toBe(true)
    const coarser = foreseenTargets(trajectories, words, bytes).of(0)!
    const ids = idsOf(words)
    for (const [t, origin] of coarser.origins.entries()) {
      if (t === 0) continue
      const length = words.bytesOf(ids[t]!)?.length ?? 1
      expect(origin).toBe(length > 1 ? ORIGINS.chosen : ORIGINS.listed)
    }
  })
})

describe('a stored teacher', () => {
  beforeAll(async () => {
    await openForTest('wasm')
  })

  const recipe = recipeOf({ data: { contextLength: 16, heldOut: 0 }, batchRows: 4 })

  function partly(): Trajectory {
    const parts = trajectoryOf([
      ['prompt', 'go', -1],
      ['reason', 'abc', 0],
      ['act', 'de', 0],
      ['observation', 'ooo', 0],
      ['reason', 'fgh', 1],
      ['act', 'ij', 1],
    ])
    const at = (start: number, end: number, p: number) => ({ start, end, logprob: Math.log(p) })
    parts.logprobs = [at(2, 3, 0.5), at(3, 4, 0.25), at(5, 6, 0.125), at(10, 13, 0.5), at(13, 14, 0.75)]
    return parts
  }

  it('speaks at t of the token t + 1, in rows that are windows, and of no token that it does not know', async () => {
    const run = partly()
    const source = fileTargets([run], bytes)
    // Two windows: the second has the prompt and the second step.
    const { rows } = windowRows(labelTokens(run, 0, bytes), 10)
    expect(rows.map(({ ids }) => bytes.decode(ids))).toEqual(['goabcdeooo', 'gofghij'])
    const batch = padRows([rows[1]!, rows[0]!], 3, 12)
    const teacher = new StoredTeacher(source, 1)
    const supervised = teacher.supervised(batch)
    const text = (row: number) => {
      let known = ''
      for (let t = 1; t < 12; t++) {
        const kind = supervised.kinds[row * 12 + t]!
        if (kind === KIND_CODES.reason || kind === KIND_CODES.act)
          known += bytes.decode([batch.ids[row * 12 + t]!])
      }
      return known
    }
    expect([text(0), text(1)]).toEqual(['fghi', 'abd'])
    // The batch itself is as it was.
    expect(batch.kinds[2]).toBe(KIND_CODES.reason)

    const { ids: idValues, logProbabilities: values } = teacher.consult(batch)
    for (let t = 0; t < 12; t++) expect(idValues[24 + t]).toBe(-1)
    for (const [at, token, p] of [
      [12 + 1, 'a', 0.5],
      [12 + 2, 'b', 0.25],
      [12 + 4, 'd', 0.125],
      [1, 'f', 0.5],
      [4, 'i', 0.75],
    ] as const) {
      expect(bytes.decode([idValues[at]!])).toBe(token)
      expect(Math.exp(values[at]!)).toBeCloseTo(p, 5)
    }
  })

  it('tells where there is nothing to train on', () => {
    const run = partly()
    const { train } = buildDataset([run], bytes, recipe)
    const acts = (kind: number) => kind === KIND_CODES.act
    expect(teachesAny(fileTargets([run], bytes), train, acts)).toBe(true)
    run.logprobs = run.logprobs!.slice(0, 2)
    expect(teachesAny(fileTargets([run], bytes), train, acts)).toBe(false)
  })

  it('has the entropy of its act tokens, what is not listed as one outcome', () => {
    const run = partly()
    const { train } = buildDataset([run], bytes, recipeOf({ data: { contextLength: 32, heldOut: 0 } }))
    const entropy = (p: number) => -p * Math.log(p) - (1 - p) * Math.log(1 - p)
    const [mean] = storedEntropies(fileTargets([run], bytes), train, 1)
    expect(mean).toBeCloseTo((entropy(0.125) + entropy(0.75)) / 2, 5)
  })
})

describe('targets that are kept', () => {
  it('are made again only when there was no room for them', () => {
    const made: number[] = []
    const targets = (n: number): TokenTargets => ({
      k: 1,
      ids: new Int32Array(n),
      logProbabilities: new Float32Array(n),
      origins: new Uint8Array(n),
    })
    const kept = new KeptTargets((trajectory) => {
      made.push(trajectory)
      return trajectory === 9 ? null : targets(10)
    }, 350)
    for (const trajectory of [0, 1, 0, 1, 9, 9, 2, 0, 1]) kept.of(trajectory)
    expect(made).toEqual([0, 1, 9, 2, 0, 1])
  })
})

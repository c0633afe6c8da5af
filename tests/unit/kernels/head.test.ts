import { beforeAll, describe, expect, it } from 'vitest'
import { DryRunner } from '../../../workers/kernels/gpu/dryRunner.ts'
import { GpuGradient } from '../../../workers/kernels/gpu/gradient.ts'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import { fusedHead } from '../../../workers/kernels/head/fused.ts'
import {
  DIVERGENCES,
  type Divergence,
  HEAD_SUMS,
  type HeadTargets,
  type HeadTeacher,
  type Operations,
  type Values,
} from '../../../workers/kernels/operations.ts'
import { Random } from '../../../workers/random.ts'
import { draw, drawIds, expectSame, gradientOf, openFused, relativeError, type Work } from './compare.ts'
import { exactHead, logitsAt } from './exactHead.ts'

const PLAIN: Divergence = {
  name: 'forward-kl',
  temperature: 1,
  temperatureSquared: true,
  beta: 0.3,
  alpha: 0.2,
  hardShare: 0,
}

interface Case {
  /** Hidden states, predictions among them, and both widths. */
  positions: number
  count: number
  width: number
  vocabulary: number
  teacher: 'model' | 'half' | 'stored' | 'all' | 'text'
  divergence: Partial<Divergence>
  /** Largest logit, about. */
  scale?: number
  gradients?: 'none' | 'hidden' | 'both'
  rowWise?: boolean
  /** Positions whose hidden state is not a number. */
  spoilt?: number[]
}

const TEACHER_WIDTH = 12
const TERMS = 3

/** Some positions in no order, each once. */
function someOf(positions: number, count: number): Int32Array {
  const random = new Random(11)
  const all = Int32Array.from({ length: positions }, (_, i) => i)
  for (let i = positions - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = all[i]!
    all[i] = all[j]!
    all[j] = kept
  }
  return all.slice(0, count)
}

/** k different tokens a position with some missing, of which some are impossible; or all tokens there are. */
function stored(positions: number, vocabulary: number, all: boolean): HeadTeacher {
  const random = new Random(5)
  const k = all ? vocabulary : Math.min(vocabulary, 5)
  const ids = new Int32Array(positions * k)
  const logProbabilities = new Float32Array(positions * k)
  for (let n = 0; n < positions; n++) {
    const first = random.below(vocabulary)
    const shares = Array.from({ length: k }, () => random.next() + 0.01)
    const sum = shares.reduce((a, b) => a + b, 0) * (k === vocabulary ? 1 : 1.2)
    for (let e = 0; e < k; e++) {
      const missing = !all && (n % 4 === 3 ? e > 0 : n % 4 === 2 && e === 1)
      ids[n * k + e] = missing ? -1 : (first + e * (all ? 1 : 7919)) % vocabulary
      logProbabilities[n * k + e] = Math.log(shares[e]! / sum)
    }
    if (k < vocabulary && n % 5 === 4) logProbabilities[n * k] = Number.NEGATIVE_INFINITY
  }
  return { kind: 'stored', k, ids, logProbabilities }
}

function teacherRows({ positions }: Case): Float32Array {
  return draw(positions * TEACHER_WIDTH, 3)
}

/** Of few digits, so that half precision holds them as they are. */
function teacherTable({ vocabulary, scale = 4 }: Case): Float32Array {
  return draw(vocabulary * TEACHER_WIDTH, 4, scale / 3).map((value) => Math.round(64 * value) / 64)
}

function teacherOf(operations: Operations, one: Case): HeadTeacher | null {
  const { positions, vocabulary, teacher } = one
  if (teacher === 'text') return null
  if (teacher === 'stored' || teacher === 'all') return stored(positions, vocabulary, teacher === 'all')
  const size = vocabulary * TEACHER_WIDTH
  const parameter = { name: 't', shape: [vocabulary, TEACHER_WIDTH], offset: 0, size, decays: true }
  const { weights } = operations.frozen([parameter], () => teacherTable(one), teacher === 'half')
  const hidden = operations.upload(teacherRows(one), [positions, TEACHER_WIDTH])
  return { kind: 'model', hidden, table: weights.get('t')! }
}

function targetsOf(operations: Operations, one: Case): HeadTargets {
  const { count, vocabulary } = one
  const weights = draw(count, 7)
  // Every fifth is measured only.
  for (let i = 2; i < count; i += 5) weights[i] = 0
  return {
    positions: someOf(one.positions, count),
    tokens: drawIds(count, vocabulary, 6),
    weights,
    // Of the middle term there are none.
    terms: Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 0 : 2)),
    termCount: TERMS,
    tokenWeights: one.rowWise ? draw(count, 8, 2) : null,
    teacher: teacherOf(operations, one),
    divergence: { ...PLAIN, ...one.divergence },
    rowWise: one.rowWise,
  }
}

function hiddenOf(one: Case): Float32Array {
  const hidden = draw(one.positions * one.width, 1)
  for (const n of one.spoilt ?? []) hidden[n * one.width] = Number.NaN
  return hidden
}

/** Everything that the head gives, with the columns of sums apart: each has its own size. */
const work =
  (one: Case): Work =>
  async (operations) => {
    const { positions, width, vocabulary, gradients = 'both', scale = 4 } = one
    const hidden = operations.upload(hiddenOf(one), [positions, width])
    const table = operations.upload(draw(vocabulary * width, 2, scale / Math.sqrt(width)), [
      vocabulary,
      width,
    ])
    const { gradient, read } = gradientOf(operations, [vocabulary, width])
    const asked = gradients === 'none' ? null : { table: gradients === 'both' ? gradient : null }
    const targets = targetsOf(operations, one)
    const result = operations.head(hidden, table, targets, asked)
    expect(result.sums.shape).toEqual([TERMS, HEAD_SUMS.length])
    const [sums] = await operations.read(result.sums)
    const found: Record<string, Values | Float32Array> = {}
    for (const [column, name] of HEAD_SUMS.entries()) {
      found[name] = sums!.filter((_, i) => i % HEAD_SUMS.length === column)
    }
    if (result.rows) found.rows = result.rows
    if (result.gradients) found.hidden = result.gradients.hidden
    if (result.gradients) found.squares = result.gradients.squares
    if (gradients === 'both') found.table = await read()
    return found
  }

/** Room for this many rows of logits, so that there are several chunks. */
function bytesFor(rows: number, vocabulary: number): number {
  return rows * 4 * Math.ceil(vocabulary / 64) * 64
}

let fused: Operations
let runner: TfjsRunner
let chunked: (bytes: number) => Operations

beforeAll(async () => {
  const opened = await openFused()
  fused = opened.operations
  runner = opened.runner
  chunked = (bytes) => ({ ...fused, head: fusedHead(runner, bytes) })
})

/** What each divergence is asked with, against every teacher that it can have. */
const ASKED: [string, Case['teacher'], Partial<Divergence>][] = DIVERGENCES.flatMap((name) => {
  const teachers: Case['teacher'][] = ['model', 'stored', 'all', 'text']
  const plain = teachers.map((teacher): [string, Case['teacher'], Partial<Divergence>] => [
    `${name} against ${teacher}`,
    teacher,
    { name, hardShare: teacher === 'stored' ? 0.25 : 0 },
  ])
  if (name === 'cross-entropy') return plain
  const warm = { name, temperature: 2.5 }
  return [
    ...plain,
    [`${name} against a model at a temperature`, 'model', { ...warm, hardShare: 0.4 }],
    [`${name} against a packed model without τ²`, 'half', { ...warm, temperatureSquared: false }],
  ]
})

describe.each([513, 2])('the head over a vocabulary of %i', (vocabulary) => {
  const one = { positions: 43, count: 37, width: 10, vocabulary, rowWise: true }
  it.each(ASKED)('gives values and gradients as the reference does: %s', async (_, teacher, divergence) => {
    await expectSame(fused, work({ ...one, teacher, divergence }), 1e-5)
  })
})

/** How far the sums and the gradient are from what double precision makes of a case. */
async function errorsOf(operations: Operations, one: Case) {
  const { positions, width, vocabulary, scale = 4 } = one
  const hidden = hiddenOf(one)
  const table = draw(vocabulary * width, 2, scale / Math.sqrt(width))
  const targets = targetsOf(operations, one)
  const [rows, ofTeacher] = [teacherRows(one), teacherTable(one)]
  const teacher =
    targets.teacher?.kind === 'model'
      ? { logits: (n: number) => logitsAt(rows, ofTeacher, TEACHER_WIDTH, n) }
      : targets.teacher
  const exact = exactHead({ hidden, table, width, targets, teacher })
  const result = operations.head(
    operations.upload(hidden, [positions, width]),
    operations.upload(table, [vocabulary, width]),
    targets,
    { table: null },
  )
  const [sums, gradient] = await operations.read(result.sums, result.gradients!.hidden)
  const values = sums!.filter((_, i) => i % HEAD_SUMS.length === 0)
  return [relativeError(values, exact.values), relativeError(gradient!, exact.gradient)] as const
}

describe('the head against double precision', () => {
  const soft = DIVERGENCES.filter((name) => name !== 'cross-entropy')
  it.each(soft)('is right of a text that is certain: %s', async (name) => {
    const one = { positions: 43, count: 37, width: 10, vocabulary: 513, rowWise: true }
    for (const error of await errorsOf(fused, { ...one, teacher: 'text', divergence: { name } }))
      expect(error).toBeLessThan(1e-5)
  })

  it.each([
    ['jsd', 'model', 2.5],
    ['forward-kl', 'stored', 1],
    ['reverse-kl', 'stored', 1],
  ] as const)(
    'is right over 50257 tokens, in chunks: %s against %s at τ %f',
    async (name, teacher, temperature) => {
      const divergence = { name, temperature, hardShare: 0.25 }
      const one = { positions: 24, count: 19, width: 6, vocabulary: 50257, rowWise: true, scale: 8 }
      for (const error of await errorsOf(chunked(bytesFor(32, 50257)), { ...one, teacher, divergence }))
        expect(error).toBeLessThan(1e-5)
    },
  )
})

describe('the head', () => {
  const one = { positions: 130, count: 117, width: 10, vocabulary: 513, rowWise: true }
  const jsd = { name: 'jsd' } as const

  it.each(['model', 'stored', 'text'] as const)('measures without gradients: %s', async (teacher) => {
    await expectSame(fused, work({ ...one, teacher, divergence: jsd, gradients: 'none' }))
  })

  it.each(['model', 'stored'] as const)('gives the gradient of hidden states alone: %s', async (teacher) => {
    await expectSame(fused, work({ ...one, teacher, divergence: jsd, gradients: 'hidden' }))
  })

  it.each(['model', 'stored', 'text'] as const)('adds several chunks up: %s', async (teacher) => {
    for (const rows of [16, 64]) {
      await expectSame(chunked(bytesFor(rows, 513)), work({ ...one, teacher, divergence: jsd }))
    }
  })

  it.each([1, 64, 65])('takes %i predictions of a width that is no multiple of 4', async (count) => {
    const odd = { positions: count + 3, count, width: 7, vocabulary: 65, rowWise: true }
    await expectSame(fused, work({ ...odd, teacher: 'model', divergence: jsd }))
    await expectSame(fused, work({ ...odd, teacher: 'stored', divergence: jsd }))
  })

  it.each(['model', 'stored', 'text'] as const)(
    'gives zeros where nothing is predicted: %s',
    async (teacher) => {
      const empty = { ...one, positions: 9, count: 0, teacher, divergence: {} }
      const found = await Promise.all(
        Object.values(await work(empty)(fused)).map(async (values) =>
          values instanceof Float32Array ? values : (await fused.read(values))[0]!,
        ),
      )
      expect(found.every((values) => values.every((value) => value === 0))).toBe(true)
      await expectSame(fused, work({ ...empty, gradients: 'none' }))
    },
  )

  it.each(['model', 'stored', 'text'] as const)(
    'lets what is not a number spoil the sums of its own term only: %s',
    async (teacher) => {
      const [position] = someOf(one.positions, one.count)
      const spoilt = {
        ...one,
        teacher,
        divergence: jsd,
        spoilt: [position!],
        gradients: 'none',
      }
      const found = (await work(spoilt as Case)(fused)) as Record<string, Float32Array>
      const plain = (await work({ ...spoilt, spoilt: [] } as Case)(fused)) as Record<string, Float32Array>
      for (const column of ['divergence', 'kl', 'crossEntropy'] as const) {
        expect(found[column]![0]).toBeNaN()
        expect(found[column]!.subarray(1)).toEqual(plain[column]!.subarray(1))
      }
    },
  )

  it.each(DIVERGENCES)('stays exact where both are certain, of different tokens: %s', async (name) => {
    // Logits of ±250 and 0: each hidden state has one width of its own, each token one too.
    const [count, vocabulary] = [5, 7]
    const work: Work = async (operations) => {
      const identity = (scale: number, shift: number) => {
        const values = new Float32Array(count * vocabulary)
        for (let n = 0; n < count; n++) values[n * vocabulary + ((n + shift) % vocabulary)] = scale
        return operations.upload(values, [count, vocabulary])
      }
      const eye = new Float32Array(vocabulary * vocabulary)
      for (let v = 0; v < vocabulary; v++) eye[v * vocabulary + v] = 1
      const table = operations.upload(eye, [vocabulary, vocabulary])
      const targets: HeadTargets = {
        positions: Int32Array.from({ length: count }, (_, i) => i),
        tokens: drawIds(count, vocabulary, 6),
        weights: new Float32Array(count).fill(1),
        terms: new Uint8Array(count),
        termCount: 1,
        teacher: { kind: 'model', hidden: identity(500, 2), table },
        divergence: { ...PLAIN, name },
        rowWise: true,
      }
      const result = operations.head(identity(500, 0), table, targets, { table: null })
      return { sums: result.sums, rows: result.rows!, hidden: result.gradients!.hidden }
    }
    await expectSame(fused, work)
    const { sums, hidden } = (await work(fused)) as Record<string, Values>
    for (const values of await fused.read(sums!, hidden!)) expect(values.every(Number.isFinite)).toBe(true)
  })

  it.each(['model', 'stored'] as const)('gives the same bits twice: %s', async (teacher) => {
    const once = async () => {
      const found = await work({ ...one, teacher, divergence: { name: 'reverse-kl' } })(fused)
      return Promise.all(
        Object.values(found).map(async (v) => (v instanceof Float32Array ? v : (await fused.read(v))[0]!)),
      )
    }
    expect(await once()).toEqual(await once())
  })

  it('adds to the gradient that the table has already', async () => {
    const { positions, width, vocabulary } = one
    const twice: Work = async (operations) => {
      const { gradient, read } = gradientOf(operations, [vocabulary, width])
      for (const seed of [1, 2]) {
        const hidden = operations.upload(draw(positions * width, seed), [positions, width])
        const table = operations.upload(draw(vocabulary * width, 2), [vocabulary, width])
        const targets = targetsOf(operations, { ...one, teacher: 'text', divergence: {} })
        operations.head(hidden, table, targets, { table: gradient })
      }
      return { table: await read() }
    }
    await expectSame(fused, twice)
  })

  it('holds no more logits than its chunks have, and leaves nothing behind', () => {
    const rehearse = (vocabulary: number, count: number, teacher: Case['teacher']) => {
      const dry = new DryRunner(runner.limits)
      const hidden = dry.array([count, 64])
      const table = dry.array([vocabulary, 64])
      const gradient = new GpuGradient(dry.array([vocabulary, 64]))
      const dTable = { table: gradient }
      const before = dry.memory().liveBytes
      const model = { kind: 'model', hidden, table } as const
      const targets: HeadTargets = {
        ...targetsOf(fused, {
          ...one,
          positions: count,
          count,
          vocabulary,
          teacher: 'text',
          divergence: jsd,
        }),
        teacher: teacher === 'model' ? model : null,
      }
      const result = fusedHead(dry)(hidden, table, targets, dTable)
      const peak = dry.memory().peakBytes - before
      dry.free(result.sums, result.rows, result.gradients!.hidden, result.gradients!.squares)
      expect(dry.memory().liveBytes).toBe(before)
      return { dispatches: dry.dispatches, peak }
    }
    expect(rehearse(50257, 1024, 'model').peak).toBeLessThan(64e6)
    expect(rehearse(512, 256, 'model').dispatches).toBe(8)
    expect(rehearse(512, 256, 'text').dispatches).toBe(7)
  })

  it('refuses what has no meaning', () => {
    const refused = (divergence: Partial<Divergence>, teacher: Case['teacher']) => () =>
      fused.scope(() => {
        const small = { ...one, positions: 3, count: 2, vocabulary: 5, teacher, divergence }
        const hidden = fused.upload(hiddenOf(small), [3, one.width])
        const table = fused.upload(draw(5 * one.width, 2), [5, one.width])
        fused.head(hidden, table, targetsOf(fused, small), null)
      })
    expect(refused({ name: 'jsd', beta: undefined }, 'model')).toThrow('beta must be between 0 and 1')
    expect(refused({ name: 'skew-kl', alpha: 1 }, 'model')).toThrow('alpha must be between 0 and 1')
    expect(refused({ temperature: 2 }, 'stored')).toThrow('needs the logits of a teacher')
    expect(refused({ temperature: 2 }, 'text')).toThrow('needs the logits of a teacher')
    expect(refused({ name: 'cross-entropy', temperature: 2 }, 'model')).toThrow('needs the logits')
  })
})

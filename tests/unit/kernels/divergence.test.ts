import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BackendName } from '../../../workers/device/backends.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import {
  LOG_FLOOR,
  measureRows,
  type RowTeacher,
  TAIL_FLOOR,
} from '../../../workers/kernels/head/divergence.ts'
import {
  DIVERGENCES,
  type Divergence,
  type DivergenceName,
  HEAD_SUMS,
} from '../../../workers/kernels/operations.ts'
import { BACKENDS, openForTest } from '../backends.ts'

type TeacherKind = 'model' | 'top-k' | 'chosen' | 'text'

interface Stored {
  ids: number[][]
  /** null is −∞. */
  logProbabilities: (number | null)[][]
}
interface RowCase {
  divergence: Divergence
  teacher: TeacherKind
  values: number[]
  gradient: number[]
}
interface RowSet {
  name: string
  vocabulary: number
  logits: number[]
  teacherLogits: number[]
  tokens: number[]
  stored: Record<'top-k' | 'chosen', Stored>
  cases: RowCase[]
}
interface LargeCase {
  divergence: Divergence
  teacher: 'model' | 'top-k'
  values: number[]
  picked: number[]
  weighted: number[]
  absolute: number[]
}

const golden = JSON.parse(readFileSync('tests/golden/objective.json', 'utf8')) as {
  floors: { log: number; tail: number }
  rows: RowSet[]
  large: {
    vocabulary: number
    tokens: number[]
    stored: Stored
    picks: number[]
    cases: LargeCase[]
  }
}

const named = ({ divergence, teacher }: { divergence: Divergence; teacher: TeacherKind }) =>
  `${Object.entries(divergence)
    .map(([key, value]) => (key === 'name' ? value : `${key} ${value}`))
    .join(', ')}, teacher: ${teacher}`

function storedTeacher({ ids, logProbabilities }: Stored): RowTeacher {
  return {
    kind: 'stored',
    ids: tf.tensor2d(ids, undefined, 'int32'),
    logProbabilities: tf.tensor2d(
      logProbabilities.map((row) => row.map((value) => value ?? Number.NEGATIVE_INFINITY)),
    ),
  }
}

interface Rows {
  values: number[]
  kl: number[]
  crossEntropy: number[]
  entropy: number[]
  agreement: number[]
  gradient: Float32Array
}

/** measureRows of plain numbers; everything that it makes is given back. */
async function measure(
  logits: ArrayLike<number>,
  tokens: number[],
  teacher: () => RowTeacher | null,
  divergence: Divergence,
): Promise<Rows> {
  const rows = tokens.length
  const { columns, dLogits } = tf.tidy(() => {
    const z = tf.tensor2d(Float32Array.from(logits), [rows, logits.length / rows])
    const measured = measureRows(z, tf.tensor1d(tokens, 'int32'), teacher(), divergence, true)
    return { columns: measured.columns, dLogits: measured.dLogits! }
  })
  const [values, gradient] = await Promise.all([columns.data(), dLogits.data()])
  tf.dispose([columns, dLogits])
  const column = (name: (typeof HEAD_SUMS)[number]) =>
    tokens.map((_, row) => values[row * HEAD_SUMS.length + HEAD_SUMS.indexOf(name)]!)
  return {
    values: column('divergence'),
    kl: column('kl'),
    crossEntropy: column('crossEntropy'),
    entropy: column('teacherEntropy'),
    agreement: column('agreement'),
    gradient: gradient as Float32Array,
  }
}

function modelTeacher(logits: ArrayLike<number>, rows: number): RowTeacher {
  return { kind: 'model', logits: tf.tensor2d(Float32Array.from(logits), [rows, logits.length / rows]) }
}

const plain = (name: DivergenceName, extra: Partial<Divergence> = {}): Divergence => ({
  name,
  temperature: 1,
  temperatureSquared: true,
  hardShare: 0,
  ...(name === 'jsd' ? { beta: 0.5 } : {}),
  ...(name === 'skew-kl' ? { alpha: 0.1 } : {}),
  ...extra,
})

/** What rounding of logarithms up to log 50257 leaves; Vulkan asks less of a driver's exp and log than C does. */
const ROUNDING: Record<BackendName, number> = { cpu: 6e-7, wasm: 6e-7, webgpu: 2e-6 }

/**
 * Within 1e-5 of the row's largest expected value, or of rounding at the row's `size`: a gradient is a difference of
 * terms as large as the divergence.
 */
function expectClose(
  actual: ArrayLike<number>,
  expected: number[],
  sizes: number[],
  rounding: number,
  what: string,
): void {
  const width = expected.length / sizes.length
  expect(actual.length, what).toBe(expected.length)
  for (const [row, size] of sizes.entries()) {
    const own = expected.slice(row * width, (row + 1) * width)
    const allowed = 1e-5 * Math.max(...own.map(Math.abs)) + rounding * Math.max(1, size)
    for (const [i, value] of own.entries()) {
      const found = actual[row * width + i]!
      expect(Math.abs(found - value), `${what}, row ${row}: ${found} for ${value}`).toBeLessThanOrEqual(
        allowed,
      )
    }
  }
}

/** The same logits in [-4, 4) as objective.py makes, from integers. */
function largeLogits(seed: number, vocabulary: number): Float32Array {
  return Float32Array.from({ length: vocabulary }, (_, v) => {
    const state = (Math.imul(v, 2654435761) + seed * 40503) >>> 0
    return ((Math.imul(state ^ (state >>> 15), 2246822519) >>> 0) / 2 ** 32) * 8 - 4
  })
}

function joined(...rows: Float32Array[]): Float32Array {
  const all = new Float32Array(rows.length * rows[0]!.length)
  for (const [row, values] of rows.entries()) all.set(values, row * values.length)
  return all
}

describe.each(BACKENDS)('on %s, as PyTorch has it in float64', (backend) => {
  beforeAll(() => openForTest(backend))

  const sets = golden.rows.flatMap((set) =>
    set.cases.map((one) => [`${named(one)}; rows: ${set.name}`, set, one] as const),
  )
  it.each(sets)('value and gradient by logit: %s', async (what, set, one) => {
    const teacher = (): RowTeacher | null => {
      if (one.teacher === 'text') return null
      if (one.teacher === 'model') return modelTeacher(set.teacherLogits, set.tokens.length)
      return storedTeacher(set.stored[one.teacher])
    }
    const rows = await measure(set.logits, set.tokens, teacher, one.divergence)
    expectClose(
      rows.values,
      one.values,
      one.values.map(() => 1),
      ROUNDING[backend],
      `${what}, value`,
    )
    expectClose(rows.gradient, one.gradient, one.values, ROUNDING[backend], `${what}, gradient`)
  })

  const { vocabulary, tokens, stored, picks, cases } = golden.large
  it.each(cases.map((one) => [named(one), one] as const))(
    'value and gradient over 50257 tokens: %s',
    async (what, one) => {
      const logits = joined(largeLogits(1, vocabulary), largeLogits(2, vocabulary))
      const teacherLogits = joined(
        largeLogits(3, vocabulary).map((value) => 3 * value),
        largeLogits(4, vocabulary).map((value) => 4 * value),
      )
      const rows = await measure(
        logits,
        tokens,
        () => (one.teacher === 'model' ? modelTeacher(teacherLogits, 2) : storedTeacher(stored)),
        one.divergence,
      )
      expectClose(rows.values, one.values, [1, 1], ROUNDING[backend], `${what}, value`)
      // Total variation is not smooth: of 50257 tokens some have p = q but for rounding, and pull to either side.
      const wide = one.divergence.name === 'total-variation' ? 2e-2 : 5e-5
      for (const row of [0, 1]) {
        const gradient = rows.gradient.subarray(row * vocabulary, (row + 1) * vocabulary)
        const scale = one.absolute[row]!
        const rounding = 2 * ROUNDING[backend]
        for (const [i, v] of picks.entries()) {
          expect(Math.abs(gradient[v]! - one.picked[row * picks.length + i]!)).toBeLessThan(
            1e-5 * scale + rounding,
          )
        }
        const weighted = gradient.reduce((sum, value, v) => sum + value * ((v % 11) - 5), 0)
        expect(Math.abs(weighted - one.weighted[row]!), `${what}, row ${row}`).toBeLessThan(
          wide * scale + rounding,
        )
        const absolute = gradient.reduce((sum, value) => sum + Math.abs(value), 0)
        expect(Math.abs(absolute - scale), `${what}, row ${row}`).toBeLessThan(wide * scale + rounding)
      }
    },
  )
})

describe('a divergence', () => {
  beforeAll(() => openForTest('cpu'))

  const soft = DIVERGENCES.filter((name) => name !== 'cross-entropy')
  const LOGITS = [0.5, -1, 2, 0.25, 3, -2, 0, 0.125]

  it('states its floors as the golden numbers have them', () => {
    expect([LOG_FLOOR, TAIL_FLOOR]).toEqual([golden.floors.log, golden.floors.tail])
  })

  it.each(soft)('is 0 with gradient 0 when student and teacher are one: %s', async (name) => {
    for (const temperature of [1, 2, 0.5]) {
      const same = await measure(LOGITS, [2, 0], () => modelTeacher(LOGITS, 2), plain(name, { temperature }))
      for (const value of [...same.values, ...same.kl, ...same.gradient]) {
        expect(Math.abs(value)).toBeLessThan(1e-6)
      }
      expect(same.agreement).toEqual([1, 1])
    }
  })

  it.each(DIVERGENCES)(
    'has a gradient that adds up to 0 in each row, whatever the logits: %s',
    async (name) => {
      const logit = fc.oneof(fc.double({ min: -8, max: 8, noNaN: true }), fc.constantFrom(-1e4, 1e4, 0))
      const row = fc.array(logit, { minLength: 5, maxLength: 5 })
      await fc.assert(
        fc.asyncProperty(row, row, fc.constantFrom(1, 2, 0.5), async (student, teacher, tau) => {
          const temperature = name === 'cross-entropy' ? 1 : tau
          const rows = await measure(
            student,
            [3],
            () => modelTeacher(teacher, 1),
            plain(name, { temperature }),
          )
          expect([...rows.values, ...rows.kl, ...rows.gradient].every(Number.isFinite)).toBe(true)
          expect(rows.values[0]).toBeGreaterThan(-1e-4)
          const size = Math.max(1, rows.values[0]!, ...rows.gradient.map(Math.abs))
          expect(Math.abs(rows.gradient.reduce((a, b) => a + b, 0))).toBeLessThan(1e-5 * size)
        }),
        { numRuns: 60 },
      )
    },
  )

  it('of reverse KL stays finite where the teacher gives what the student likes a probability of 0', async () => {
    const excluded = { ids: [[0, 1]], logProbabilities: [[null, 0]] }
    const rows = await measure([4, 0, 0], [0], () => storedTeacher(excluded), plain('reverse-kl'))
    expect(rows.values[0]).toBeGreaterThan(50)
    expect(rows.values[0]).toBeLessThan(-LOG_FLOOR)
    expect(rows.gradient.every(Number.isFinite)).toBe(true)
    expect(rows.gradient[0]).toBeGreaterThan(0)
    const text = await measure([4, 0, 0], [1], () => null, plain('reverse-kl'))
    expect(text.values[0]).toBeLessThan(-Math.log(TAIL_FLOOR))
    expect(text.gradient[1]).toBeLessThan(0)
  })

  it('is multiplied by τ² once, or not at all where that is switched off', async () => {
    const measured = (squared: boolean) =>
      measure(LOGITS, [2, 0], () => modelTeacher([...LOGITS].reverse(), 2), {
        ...plain('forward-kl'),
        temperature: 3,
        temperatureSquared: squared,
      })
    const [on, off] = [await measured(true), await measured(false)]
    for (const row of [0, 1]) expect(on.values[row]! / off.values[row]!).toBeCloseTo(9, 4)
    for (const [i, value] of on.gradient.entries()) expect(value).toBeCloseTo(9 * off.gradient[i]!, 5)
    // What is reported does not know the temperature.
    expect(on.kl).toEqual(off.kl)
  })

  it('of text is cross-entropy when it is the forward KL, and never more than it is otherwise', async () => {
    const hard = await measure(LOGITS, [2, 0], () => null, plain('cross-entropy'))
    const forward = await measure(LOGITS, [2, 0], () => null, plain('forward-kl'))
    expect(forward).toEqual(hard)
    expect(hard.entropy).toEqual([0, 0])
    for (const name of ['jsd', 'skew-kl', 'total-variation'] as const) {
      const { values } = await measure(LOGITS, [2, 0], () => null, plain(name))
      for (const row of [0, 1]) expect(values[row]).toBeLessThan(hard.values[row]!)
    }
  })

  it('over stored tokens grows to that over the vocabulary as more of it is stored', async () => {
    const teacherLogits = [1, 0.5, 0, -0.5]
    const total = Math.log(teacherLogits.reduce((sum, z) => sum + Math.exp(z), 0))
    const student = [-1, 1, 0.5, 0.25]
    for (const name of soft) {
      const whole = await measure(student, [0], () => modelTeacher(teacherLogits, 1), plain(name))
      const partial: number[] = []
      for (const k of [1, 2, 3, 4]) {
        const ids = [[0, 1, 2, 3].slice(0, k)]
        const logProbabilities = [teacherLogits.slice(0, k).map((z) => z - total)]
        const stored = () => storedTeacher({ ids, logProbabilities })
        partial.push((await measure(student, [0], stored, plain(name))).values[0]!)
      }
      for (let k = 1; k < 4; k++) expect(partial[k]).toBeGreaterThanOrEqual(partial[k - 1]! - 1e-6)
      // The tail of one token is that token.
      expect(partial[2]).toBeCloseTo(whole.values[0]!, 5)
      expect(partial[3]).toBeCloseTo(whole.values[0]!, 5)
    }
  })

  it('teaches nothing where nothing is stored of a row, and agrees with the recorded token', async () => {
    const nothing = { ids: [[-1, -1]], logProbabilities: [[0, 0]] }
    for (const name of soft) {
      const rows = await measure([4, 0, 0], [0], () => storedTeacher(nothing), plain(name))
      expect([...rows.values, ...rows.gradient].every((value) => Math.abs(value) < 1e-6)).toBe(true)
      expect(rows.agreement).toEqual([1])
    }
  })

  it('refuses a temperature where not all logits are known, and a coefficient outside (0, 1)', async () => {
    const warm = { temperature: 2 }
    const one = { ids: [[0]], logProbabilities: [[0]] }
    await expect(measure(LOGITS, [0, 1], () => null, plain('jsd', warm))).rejects.toThrow(/temperature/)
    await expect(measure([0, 1], [0], () => storedTeacher(one), plain('forward-kl', warm))).rejects.toThrow(
      /temperature/,
    )
    for (const beta of [0, 1, undefined]) {
      await expect(
        measure(LOGITS, [0, 1], () => modelTeacher(LOGITS, 2), plain('jsd', { beta })),
      ).rejects.toThrow(/beta must be between 0 and 1/)
    }
  })
})

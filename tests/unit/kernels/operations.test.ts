import { describe, expect, it } from 'vitest'
import type { BackendName } from '../../../workers/device/backends.ts'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
import type {
  Divergence,
  HeadGradients,
  HeadResult,
  HeadTargets,
  LinearInput,
  LinearOptions,
  TokenRows,
  Values,
} from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { BACKENDS, openForTest } from '../backends.ts'
import { draw, drawIds, gradientOf } from './compare.ts'

type Numbers = Record<string, number[]>

const sizeOf = (shape: number[]) => shape.reduce((product, side) => product * side, 1)

/** The same numbers in [-1, 1) on every backend. */
const array = (shape: number[], seed: number) => reference.upload(draw(sizeOf(shape), seed), shape)

const slot = (...shape: number[]) => gradientOf(reference, shape)

/** What a case computes: arrays, and gradients that it has added to. */
type Computed = Record<string, Values | { read(): Promise<Float32Array> } | null>

async function read(computed: Computed): Promise<Numbers> {
  const numbers: Numbers = {}
  for (const [name, values] of Object.entries(computed)) {
    if (!values) continue
    const read = 'read' in values ? await values.read() : (await reference.read(values))[0]!
    numbers[name] = Array.from(read)
  }
  return numbers
}

const CROSS_ENTROPY: Divergence = {
  name: 'cross-entropy',
  temperature: 1,
  temperatureSquared: true,
  hardShare: 0,
}

const headTargets = (M: number, V: number, extra: Partial<HeadTargets> = {}): HeadTargets => ({
  positions: Int32Array.from({ length: M }, (_, i) => i),
  tokens: drawIds(M, V, 31),
  weights: draw(M, 32),
  terms: new Uint8Array(M),
  termCount: 1,
  teacher: null,
  divergence: CROSS_ENTROPY,
  ...extra,
})

const headNumbers = ({ sums, rows, gradients }: HeadResult): Computed => ({
  sums,
  rows,
  hidden: gradients?.hidden ?? null,
  squares: gradients?.squares ?? null,
})

function normed(N: number, D: number, added?: Values): Computed {
  const [gain, bias] = [slot(D), slot(D)]
  const { output, saved } = reference.layerNorm.forward(array([N, D], 1), array([D], 2), array([D], 3))
  const into = { gain: gain.gradient, bias: bias.gradient }
  return { output, x: reference.layerNorm.backward(saved, array([N, D], 4), into, added), gain, bias }
}

function rmsNormed(N: number, D: number, added?: Values): Computed {
  const gain = slot(D)
  const { output, saved } = reference.rmsNorm.forward(array([N, D], 1), array([D], 2))
  const x = reference.rmsNorm.backward(saved, array([N, D], 4), { gain: gain.gradient }, added)
  return { output, x, gain }
}

function linear(N: number, In: number, Out: number, options?: LinearOptions, input?: LinearInput): Computed {
  const [weight, bias] = [slot(In, Out), slot(Out)]
  const [x, w] = [array([N, In], 1), array([In, Out], 2)]
  const forward = reference.linear.forward(x, w, array([Out], 3), options)
  const into = { weight: weight.gradient, bias: bias.gradient }
  const { x: dx, gate } = reference.linear.backward(x, w, array([N, Out], 4), into, input)
  return { ...forward, x: dx, gate, weight, bias }
}

const tokenRows = (rows: number, length: number, below: number, extra: Partial<TokenRows> = {}) =>
  reference.rows({ rows, length, ids: drawIds(rows * length, below, 1), ...extra })

/** Two sequences in each row of 7, and their places. */
const PACKED = {
  segments: Int32Array.from([0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1]),
  positions: Int32Array.from([0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1]),
}

function attended(
  rows: number,
  length: number,
  heads: number,
  keyHeads: number,
  S: number,
  packed?: Partial<TokenRows>,
) {
  const batch = tokenRows(rows, length, 2, packed)
  const width = (heads + 2 * keyHeads) * S
  const shape = { heads, keyHeads }
  const { output, saved } = reference.attention.forward(array([rows * length, width], 1), batch, shape)
  const dOutput = array([rows * length, heads * S], 2)
  return { output, qkv: reference.attention.backward(saved, dOutput, batch, shape) }
}

/** Logits with no two near one another, so that rounding changes no order, but for equals. */
function spread(rows: number, V: number): Values {
  const logits = Float32Array.from({ length: rows * V }, (_, i) => (((i * 7919) % 1009) % V) / 40)
  return reference.upload(logits, [rows, V])
}

const DRAWS = Float32Array.from([0, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 0.999])

/** Forward and backward of one operation at awkward shapes; each returns everything it computes. */
const CASES: Record<string, () => Computed> = {
  'layer norm of a single column': () => normed(5, 1),
  'layer norm, 7 rows of 13': () => normed(7, 13, array([7, 13], 5)),
  'RMS norm of two columns': () => rmsNormed(5, 2),
  'RMS norm, 7 rows of 13': () => rmsNormed(7, 13, array([7, 13], 5)),
  'linear from 3 to 5 over 1 row': () => linear(1, 3, 5),
  'linear from 13 to 7 with GELU and residual': () =>
    linear(11, 13, 7, { gelu: true, residual: array([11, 7], 5) }),
  'linear from 13 to 7 behind GELU': () => linear(11, 13, 7, { residual: array([11, 7], 5) }, { gelu: true }),
  'linear from 13 to 7 with a gate': () => linear(11, 13, 7, { gate: array([11, 7], 5) }),
  'linear from 13 to 7 behind a gate': () => linear(11, 13, 7, {}, { gate: array([11, 13], 5) }),
  'linear without a bias': () => {
    const weight = slot(3, 5)
    const [x, w] = [array([2, 3], 1), array([3, 5], 2)]
    const into = { weight: weight.gradient, bias: null }
    const { x: dx } = reference.linear.backward(x, w, array([2, 5], 4), into)
    return { output: reference.linear.forward(x, w, null).output, x: dx, weight }
  },
  'rotary positions of 3 heads with one of keys': () => {
    const [batch, heads] = [tokenRows(2, 7, 2, PACKED), { heads: 3, keyHeads: 1 }]
    return {
      output: reference.rotary.forward(array([14, 30], 1), batch, heads, 10000),
      qkv: reference.rotary.backward(array([14, 30], 2), batch, heads, 10000),
    }
  },
  'attention over a single position': () => attended(2, 1, 1, 1, 3),
  'attention, 3 heads of 5 over 65 positions': () => attended(1, 65, 3, 3, 5),
  'attention, 6 heads that share 2 of keys': () => attended(2, 9, 6, 2, 4),
  'attention, 4 heads that share one of keys, two sequences a row': () => attended(2, 7, 4, 1, 5, PACKED),
  'attention to a cache': () => {
    const heads = { heads: 4, keyHeads: 2 }
    const cache = reference.attention.cache(2, 40, 6)
    const read = (length: number, lengths: number[], seed: number) =>
      reference.attention.cached(
        array([2 * length, 24], seed),
        cache,
        tokenRows(2, length, 2),
        heads,
        Int32Array.from(lengths),
      )
    const computed = { first: read(5, [0, 0], 1), next: read(1, [5, 3], 2), last: read(33, [6, 4], 3) }
    cache.dispose()
    return computed
  },
  'embedding with two ids, rows shorter than the positions': () => {
    const [tokens, positions] = [slot(2, 3), slot(9, 3)]
    const batch = tokenRows(2, 7, 2)
    const into = { tokens: tokens.gradient, positions: positions.gradient }
    reference.embedding.backward(batch, array([14, 3], 4), into)
    const output = reference.embedding.forward(batch, array([2, 3], 2), array([9, 3], 3))
    return { output, tokens, positions }
  },
  'embedding of two sequences a row': () => {
    const [tokens, positions] = [slot(5, 3), slot(9, 3)]
    const batch = tokenRows(2, 7, 5, PACKED)
    const into = { tokens: tokens.gradient, positions: positions.gradient }
    reference.embedding.backward(batch, array([14, 3], 4), into)
    const output = reference.embedding.forward(batch, array([5, 3], 2), array([9, 3], 3))
    return { output, tokens, positions }
  },
  'embedding without positions': () => {
    const tokens = slot(5, 3)
    const batch = tokenRows(2, 7, 5)
    reference.embedding.backward(batch, array([14, 3], 4), { tokens: tokens.gradient, positions: null })
    return { output: reference.embedding.forward(batch, array([5, 3], 2), null), tokens }
  },
  'head over two ids': () => {
    const table = slot(2, 5)
    const into = { table: table.gradient }
    const result = reference.head(array([3, 5], 1), array([2, 5], 2), headTargets(3, 2), into)
    return { ...headNumbers(result), table }
  },
  'head of 513 ids against a teacher at τ = 3, at some positions of three terms': () => {
    const table = slot(513, 5)
    const targets = headTargets(17, 513, {
      positions: Int32Array.from({ length: 17 }, (_, i) => (5 * i + 3) % 29),
      terms: Uint8Array.from({ length: 17 }, (_, i) => i % 3),
      termCount: 3,
      tokenWeights: draw(17, 33),
      teacher: { kind: 'model', hidden: array([29, 3], 3), table: array([513, 3], 4) },
      divergence: { ...CROSS_ENTROPY, name: 'forward-kl', temperature: 3 },
      rowWise: true,
    })
    const into = { table: table.gradient }
    return { ...headNumbers(reference.head(array([29, 5], 1), array([513, 5], 2), targets, into)), table }
  },
  'head of 513 ids against 20 stored ones by JSD, mixed with cross-entropy': () => {
    const drawn = drawIds(17, 25, 5)
    const table = slot(513, 5)
    const targets = headTargets(17, 513, {
      teacher: {
        kind: 'stored',
        k: 20,
        ids: Int32Array.from({ length: 340 }, (_, i) => 25 * (i % 20) + drawn[Math.floor(i / 20)]!),
        logProbabilities: draw(340, 6).map((value) => value - 4),
      },
      divergence: { ...CROSS_ENTROPY, name: 'jsd', beta: 0.25, hardShare: 0.5 },
    })
    const into = { table: table.gradient }
    return { ...headNumbers(reference.head(array([17, 5], 1), array([513, 5], 2), targets, into)), table }
  },
  'head of 50257 ids, in more than one chunk': () => {
    const table = slot(50257, 2)
    const into = { table: table.gradient }
    const targets = headTargets(90, 50257)
    const result = reference.head(array([90, 2], 1), array([50257, 2], 2), targets, into)
    const part = { read: async () => (await table.read()).slice(0, 2 * 999) }
    return { ...headNumbers(result), table: part }
  },
  'head of no prediction': () => {
    const targets = headTargets(0, 7, { rowWise: true })
    return headNumbers(reference.head(array([4, 3], 1), array([7, 3], 2), targets, { table: null }))
  },
  'logits at some positions': () => ({
    logits: reference.logits(array([5, 3], 1), array([7, 3], 2), Int32Array.from([4, 0])),
  }),
  'likeliest tokens of 513, of which 500 are any': () => ({
    ...reference.likeliest(array([9, 5], 1), array([513, 5], 2), {
      positions: Int32Array.from([8, 0, 3]),
      tokens: Int32Array.from([512, 7, 0]),
      k: 6,
      vocabularySize: 500,
    }),
  }),
  'the most likely token of 97': () => ({
    ids: reference.sample(spread(8, 97), { temperature: 0, vocabularySize: 90 }, DRAWS),
  }),
  'a token drawn from all of 97': () => ({
    ids: reference.sample(spread(8, 97), { temperature: 0.7 }, DRAWS),
  }),
  'a token drawn from the 5 most likely': () => ({
    ids: reference.sample(spread(8, 97), { temperature: 2, topK: 5 }, DRAWS),
  }),
  'a token drawn from the most likely 9 tenths of the first 20': () => ({
    ids: reference.sample(spread(8, 97), { temperature: 2, topK: 20, topP: 0.9, vocabularySize: 61 }, DRAWS),
  }),
}

async function compute(backend: BackendName, name: string): Promise<Numbers> {
  await openForTest(backend)
  return read(reference.scope(() => CASES[name]!()))
}

const known = new Map<string, Promise<Numbers>>()

function onPlainCpu(name: string): Promise<Numbers> {
  const numbers = known.get(name) ?? compute('cpu', name)
  known.set(name, numbers)
  return numbers
}

describe.each(BACKENDS.filter((backend) => backend !== 'cpu'))('on %s', (backend) => {
  it.each(Object.keys(CASES))('computes what the plain CPU computes: %s', async (name) => {
    const expected = await onPlainCpu(name)
    const actual = await compute(backend, name)
    for (const [key, values] of Object.entries(expected)) {
      const scale = Math.max(1e-6, ...values.map(Math.abs))
      const worst = Math.max(0, ...values.map((value, i) => Math.abs(value - actual[key]![i]!)))
      expect(actual[key], key).toHaveLength(values.length)
      expect(worst / scale, key).toBeLessThan(2e-5)
    }
  })
})

describe.each(BACKENDS)('the head on %s', (backend) => {
  it('lets a prediction that is not finite spoil the sums of its own term and of no other', async () => {
    await openForTest(backend)
    const hidden = reference.upload(Float32Array.from([1, 2, Number.NaN, 0, 0, 1]), [3, 2])
    const targets = headTargets(3, 4, { terms: [0, 1, 1], termCount: 2 })
    const { sums } = reference.head(hidden, array([4, 2], 2), targets, null)
    const [values] = await reference.read(sums)
    expect(values!.subarray(0, 5).every(Number.isFinite)).toBe(true)
    expect(values![5 + 2]).toBeNaN()
  })
})

describe('the head', () => {
  it('gives the same in chunks as in one piece', async () => {
    await openForTest('cpu')
    const [M, V, D] = [90, 50257, 2]
    const whole = tf.tidy(() => {
      const { tokens, weights } = headTargets(M, V)
      const loss = (h: Tensor, w: Tensor) => {
        const logQ = tf.logSoftmax(tf.matMul(h, tf.transpose(w)))
        const recorded = tf.oneHot(tf.tensor1d(tokens, 'int32'), V)
        const rows = tf.sum(tf.mul(recorded, logQ), -1)
        return tf.neg(tf.sum(tf.mul(tf.tensor1d(weights), rows))) as tf.Scalar
      }
      const inputs = [array([M, D], 1), array([V, D], 2)] as Tensor[]
      const [dHidden, dTable] = tf.grads(loss)(inputs) as [Tensor, Tensor]
      return { dHidden, dTable: tf.slice(dTable, [0, 0], [999, D]) }
    })
    const expected = await read(whole)
    const actual = await onPlainCpu('head of 50257 ids, in more than one chunk')
    const difference = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
    expect(difference(actual.hidden!, expected.dHidden!)).toBeLessThan(1e-5)
    expect(difference(actual.table!, expected.dTable!)).toBeLessThan(1e-5)
  })

  it('measures a prediction of weight 0 without learning from it', async () => {
    await openForTest('cpu')
    const table = slot(7, 3)
    const targets = headTargets(4, 7, { weights: new Float32Array(4) })
    const into: HeadGradients = { table: table.gradient }
    const { sums } = reference.head(array([4, 3], 1), array([7, 3], 2), targets, into)
    expect((await reference.read(sums))[0]![2]).toBeGreaterThan(1)
    expect(Math.max(...(await table.read()).map(Math.abs))).toBe(0)
  })

  it('stays finite when the teacher is certain and the student is certain of something else', async () => {
    await openForTest('cpu')
    const identity = reference.upload(Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]), [3, 3])
    const hidden = (...values: number[]) => reference.upload(Float32Array.from(values), [1, 3])
    const targets = headTargets(1, 3, {
      tokens: Int32Array.from([0]),
      weights: Float32Array.from([1]),
      teacher: { kind: 'model', hidden: hidden(500, 0, 0), table: identity },
      divergence: { ...CROSS_ENTROPY, name: 'forward-kl' },
    })
    const { sums, gradients } = reference.head(hidden(0, 500, 0), identity, targets, { table: null })
    const [values, dHidden] = await reference.read(sums, gradients!.hidden)
    expect(values![0]).toBeCloseTo(500, 2)
    expect(Array.from(dHidden!)).toEqual([-1, 1, 0])
  })

  it('sums the squares of its gradients and its weighted divergences by term, at positions in any order', async () => {
    await openForTest('cpu')
    const [M, D] = [6, 5]
    const positions = Int32Array.from([8, 0, 3, 5, 1, 7])
    const terms = [2, 0, 2, 0, 0, 2]
    const tokenWeights = draw(M, 9)
    const [hidden, table] = [array([9, D], 1), array([11, D], 2)]
    const targets = headTargets(M, 11, { positions, terms, termCount: 3, tokenWeights })
    const { sums, gradients } = reference.head(hidden, table, targets, { table: null })
    const [all, dHidden, squares] = await reference.read(sums, gradients!.hidden, gradients!.squares)
    const expected = { squares: [0, 0, 0], weighted: [0, 0, 0], plain: [0, 0, 0] }
    for (const [i, term] of terms.entries()) {
      const one = {
        positions: positions.subarray(i, i + 1),
        tokens: targets.tokens.subarray(i, i + 1),
        weights: targets.weights.subarray(i, i + 1),
      }
      const alone = reference.head(hidden, table, headTargets(1, 11, one), { table: null })
      const [own, gradient] = await reference.read(alone.sums, alone.gradients!.hidden)
      const at = positions[i]!
      for (const [d, value] of gradient!.subarray(at * D, (at + 1) * D).entries()) {
        expect(dHidden![at * D + d]).toBeCloseTo(value, 6)
        expected.squares[term]! += value * value
      }
      expected.weighted[term]! += tokenWeights[i]! * own![0]!
      expected.plain[term]! += own![2]!
    }
    for (const term of [0, 1, 2]) {
      expect(squares![term]).toBeCloseTo(expected.squares[term]!, 5)
      expect(all![5 * term]).toBeCloseTo(expected.weighted[term]!, 4)
      expect(all![5 * term + 2]).toBeCloseTo(expected.plain[term]!, 4)
    }
    for (const at of [2, 4, 6]) {
      expect(Array.from(dHidden!.subarray(at * D, (at + 1) * D))).toEqual([0, 0, 0, 0, 0])
    }
  })
})

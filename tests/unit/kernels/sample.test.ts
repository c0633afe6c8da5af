import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import type { Operations, Sampling } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { Random } from '../../../workers/random.ts'
import { draw, openFused } from './compare.ts'

let fused: Operations

beforeAll(async () => {
  fused = (await openFused()).operations
})

/** Sums of many float32 numbers differ by about this part of them. */
const ROUNDING = 2e-5

/** Rows of logits, uniform within ±scale; a grid makes many of them equal. */
function rowsOf(rows: number, V: number, seed: number, scale: number, grid = 0): Float32Array {
  const logits = draw(rows * V, seed, scale)
  return grid > 0 ? logits.map((logit) => Math.round(logit / grid) * grid) : logits
}

/** Numbers in [0, 1) that float32 holds exactly. */
function drawsOf(rows: number, seed: number): Float32Array {
  const random = new Random(seed)
  return Float32Array.from({ length: rows }, () => random.below(2 ** 24) / 2 ** 24)
}

/** p of every id that may be drawn, in double precision and by sorting; `share` stands in for topP. */
function chances(logits: Float32Array, sampling: Sampling, share = sampling.topP ?? 1): Float64Array {
  const { temperature, topK = 0, vocabularySize = logits.length } = sampling
  const ids = Array.from({ length: vocabularySize }, (_, id) => id)
  ids.sort((a, b) => logits[b]! - logits[a]! || a - b)
  const kept = topK > 0 ? ids.slice(0, topK) : ids
  const weight = (id: number) => Math.exp((logits[id]! - logits[ids[0]!]!) / temperature)
  const goal = share * kept.reduce((sum, id) => sum + weight(id), 0)
  const result = new Float64Array(logits.length)
  let sum = 0
  for (const id of kept) {
    if (sum >= goal) break
    result[id] = weight(id)
    sum += weight(id)
  }
  return result.map((weight) => weight / sum)
}

/** Tokens that the rule allows where sums may be rounded: one, unless a border is as near as that. */
function allowed(logits: Float32Array, sampling: Sampling, number: number): Set<number> {
  if (sampling.temperature === 0) {
    const candidates = logits.subarray(0, sampling.vocabularySize)
    return new Set([candidates.indexOf(Math.max(...candidates))])
  }
  const found = new Set<number>()
  const share = sampling.topP ?? 1
  for (const part of share < 1 ? [share * (1 - ROUNDING), share, share * (1 + ROUNDING)] : [1]) {
    const p = chances(logits, sampling, part)
    for (const point of [number - ROUNDING, number, number + ROUNDING]) {
      let sum = 0
      let last = 0
      for (const [id, chance] of p.entries()) {
        if (chance === 0) continue
        last = id
        sum += chance
        if (sum > point) break
      }
      found.add(last)
    }
  }
  return found
}

async function sampled(
  operations: Operations,
  logits: Float32Array,
  V: number,
  how: Sampling,
  draws: Float32Array,
) {
  const tokens = operations.scope(() =>
    operations.sample(operations.upload(logits, [logits.length / V, V]), how, draws),
  )
  const [ids] = await operations.read(tokens)
  operations.free(tokens)
  return Array.from(ids!)
}

async function onCpu<T>(work: () => Promise<T>): Promise<T> {
  const before = tf.getBackend()
  await tf.setBackend('cpu')
  try {
    return await work()
  } finally {
    await tf.setBackend(before)
  }
}

/** Both implementations draw what the rule allows, which is one token only in all but some cases. */
async function expectByRule(
  logits: Float32Array,
  V: number,
  how: Sampling,
  draws: Float32Array,
  some = Math.ceil(draws.length / 8),
) {
  const ours = await sampled(fused, logits, V, how, draws)
  const theirs = await onCpu(() => sampled(reference, logits, V, how, draws))
  let borderline = 0
  for (const [row, number] of draws.entries()) {
    const right = allowed(logits.subarray(row * V, (row + 1) * V), how, number)
    expect(right, `fused, row ${row}`).toContain(ours[row])
    expect(right, `reference, row ${row}`).toContain(theirs[row])
    if (right.size > 1) borderline++
  }
  expect(borderline).toBeLessThanOrEqual(some)
}

const MANNERS: [string, Sampling][] = [
  ['the likeliest token', { temperature: 0 }],
  ['from all tokens', { temperature: 1 }],
  ['at a low temperature', { temperature: 0.1 }],
  ['at a high temperature', { temperature: 7 }],
  ['from the 1 likeliest', { temperature: 1, topK: 1 }],
  ['from the 3 likeliest', { temperature: 1.5, topK: 3 }],
  ['from the 40 likeliest', { temperature: 0.8, topK: 40 }],
  ['from as many as there are', { temperature: 1, topK: 513 }],
  ['from more than there are', { temperature: 1, topK: 100_000 }],
  ['from nine tenths', { temperature: 0.8, topP: 0.9 }],
  ['from a hundredth', { temperature: 1, topP: 0.01 }],
  ['from all of the sum', { temperature: 1, topP: 1 }],
  ['from 47 of 100 of the 30 likeliest', { temperature: 1, topK: 30, topP: 0.47 }],
  ['from nearly all of the 2 likeliest', { temperature: 1, topK: 2, topP: 0.999 }],
]

describe('drawing a token', () => {
  for (const [name, how] of MANNERS) {
    it(`${name} goes by the rule`, async () => {
      for (const V of [2, 7, 64, 513]) {
        await expectByRule(rowsOf(17, V, V, 5), V, how, drawsOf(17, 1))
      }
    })

    it(`${name} goes by the rule where many logits are equal`, async () => {
      for (const [V, grid] of [
        [2, 10],
        [65, 1],
        [513, 2],
      ] as const) {
        await expectByRule(rowsOf(17, V, V, 5, grid), V, how, drawsOf(17, 2))
      }
    })

    it(`${name} goes by the rule below a padded vocabulary`, async () => {
      const logits = rowsOf(17, 130, 3, 5)
      for (let row = 0; row < 17; row++) logits.fill(50, row * 130 + 101, (row + 1) * 130)
      await expectByRule(logits, 130, { ...how, vocabularySize: 101 }, drawsOf(17, 3))
    })
  }

  it('goes by the rule over all of GPT-2’s vocabulary', async () => {
    const V = 50_257
    for (const how of [
      { temperature: 0 },
      { temperature: 0.9, topK: 50, topP: 0.95 },
      { temperature: 1, topP: 0.7, vocabularySize: 50_001 },
    ]) {
      await expectByRule(rowsOf(2, V, 9, 6), V, how, drawsOf(2, 4), 1)
    }
  })

  it('takes equal logits for equal, minus zero for zero, and the lowest id first', async () => {
    const V = 5
    const logits = Float32Array.from([-1, -0, 0, -0, -3])
    expect(await sampled(fused, logits, V, { temperature: 0 }, Float32Array.of(0))).toEqual([1])
    const two = { temperature: 1, topK: 2 }
    const rows = new Float32Array(3 * V).map((_, i) => logits[i % V]!)
    expect(await sampled(fused, rows, V, two, Float32Array.of(0, 0.49, 0.999))).toEqual([1, 1, 2])
    const equal = new Float32Array(4 * V)
    const draws = Float32Array.of(0, 0.3, 0.5, 0.99)
    expect(await sampled(fused, equal, V, { temperature: 1 }, draws)).toEqual([0, 1, 2, 4])
    expect(await sampled(fused, equal, V, { temperature: 1, topP: 0.5 }, draws)).toEqual([0, 0, 1, 2])
  })

  it('tells logits apart that differ in their last bit', async () => {
    const V = 6
    const close = new Float32Array(Int32Array.of(0, 3, 1, 5, 4, 2).map((i) => 0x3f800000 + i).buffer)
    const draws = Float32Array.of(0, 0.3, 0.6, 0.9)
    const rows = new Float32Array(4 * V).map((_, i) => close[i % V]!)
    const two = { temperature: 1, topK: 2 }
    expect(await sampled(fused, rows, V, two, draws)).toEqual([3, 3, 4, 4])
    expect(await sampled(fused, rows, V, { temperature: 1, topK: 3 }, draws)).toEqual([1, 1, 3, 4])
    expect(await sampled(fused, rows, V, { temperature: 1, topP: 0.49 }, draws)).toEqual([1, 1, 3, 4])
    expect(await sampled(fused, rows, V, { temperature: 0 }, draws)).toEqual([3, 3, 3, 3])
  })

  it('draws a token that may be drawn even where a number is as good as 1 or a temperature as good as 0', async () => {
    const V = 300
    const logits = rowsOf(8, V, 5, 5)
    const draws = new Float32Array(8).fill(1)
    for (const how of [{ temperature: 1 }, { temperature: 1, topK: 4 }, { temperature: 1, topP: 0.3 }]) {
      const ids = await sampled(fused, logits, V, how, draws)
      for (const [row, id] of ids.entries()) {
        expect(chances(logits.subarray(row * V, (row + 1) * V), how)[id]).toBeGreaterThan(0)
      }
    }
    const greedy = await sampled(fused, logits, V, { temperature: 0 }, draws)
    expect(await sampled(fused, logits, V, { temperature: 1e-6, topP: 0.9 }, drawsOf(8, 1))).toEqual(greedy)
  })

  it('gives an id of the vocabulary whatever the logits are', async () => {
    const V = 70
    const logits = new Float32Array(4 * V).fill(Number.NaN, 0, V).fill(Number.POSITIVE_INFINITY, V, 2 * V)
    logits.fill(Number.NEGATIVE_INFINITY, 2 * V, 3 * V)
    for (const how of MANNERS.map(([, how]) => how)) {
      for (const id of await sampled(fused, logits, V, how, drawsOf(4, 1))) {
        expect(id).toBeGreaterThanOrEqual(0)
        expect(id).toBeLessThan(V)
      }
    }
  })

  it('happens as often as the probabilities say', async () => {
    const V = 40
    const rows = 500
    const row = rowsOf(1, V, 12, 3)
    const logits = new Float32Array(rows * V).map((_, i) => row[i % V]!)
    for (const how of [{ temperature: 1.3 }, { temperature: 1, topK: 20, topP: 0.8 }]) {
      const counts = new Float64Array(V)
      for (const id of await sampled(fused, logits, V, how, drawsOf(rows, 6))) counts[id]!++
      for (const [id, p] of chances(row, how).entries()) {
        // Within five standard deviations of the binomial.
        expect(Math.abs(counts[id]! - rows * p)).toBeLessThanOrEqual(5 * Math.sqrt(rows * p * (1 - p)))
      }
    }
  })

  it('gives the same tokens twice, and leaves nothing on the device', async () => {
    const logits = rowsOf(20, 2048, 8, 4)
    const how = { temperature: 1, topK: 300, topP: 0.9 }
    const once = await sampled(fused, logits, 2048, how, drawsOf(20, 9))
    const { liveBytes } = fused.memory()
    expect(await sampled(fused, logits, 2048, how, drawsOf(20, 9))).toEqual(once)
    expect(fused.memory().liveBytes).toBe(liveBytes)
  })
})

describe('drawing a token in the large workgroups of a GPU', () => {
  beforeAll(async () => {
    fused = (await openFused({ software: false })).operations
  })

  for (const [name, how] of MANNERS.slice(-6)) {
    it(`${name} goes by the rule`, async () => {
      await expectByRule(rowsOf(9, 513, 21, 5), 513, how, drawsOf(9, 5))
      await expectByRule(rowsOf(9, 1000, 22, 5, 0.5), 1000, how, drawsOf(9, 6))
    })
  }
})

import { describe, expect, it } from 'vitest'
import type { Share } from '../../../../workers/evaluation/statistics.ts'
import { Random } from '../../../../workers/random.ts'
import {
  holm,
  type Pair,
  pairedDifference,
  rankCorrelation,
  signFlipP,
  studentQuantile,
} from '../../../../workers/study/paired.ts'

const of = (...values: number[]): Share[] => values.map((value) => [value, 1])
const pair = (first: Share[], second: Share[]): Pair => ({ first, second })
const difference = (worlds: Pair[][]) => pairedDifference(worlds)

describe('a paired difference', () => {
  it('is the mean over seeds of what the same episodes differ by', () => {
    const pairs = [pair(of(1, 1, 0, 0), of(0, 0, 0, 0)), pair(of(1, 0, 0, 0), of(1, 1, 1, 0))]
    const { mean, ofPairs } = difference([pairs])
    expect(ofPairs).toEqual([0.5, -0.5])
    expect(mean).toBe(0)
  })

  it('of ratios is that of sums of parts over sums of wholes', () => {
    const first: Share[] = [
      [3, 4],
      [1, 4],
    ]
    const second: Share[] = [
      [1, 1],
      [0, 3],
    ]
    expect(difference([[pair(first, second)]]).mean).toBe(0.25)
  })

  it('has no width where every seed and episode differs by the same', () => {
    const alike = pair(of(1, 1, 1), of(0, 0, 0))
    expect(difference([[alike, alike, alike]])).toEqual({ mean: 1, low: 1, high: 1, ofPairs: [1, 1, 1] })
  })

  it('of seeds whose episodes are all alike is the t interval of their differences', () => {
    // Nothing varies inside a seed, so that only the seeds are left: mean ± t · s / √n.
    const values = [0.1, 0.2, 0.6, 0.3, 0.8]
    const pairs = values.map((value) => pair(of(value, value, value), of(0, 0, 0)))
    const { mean, low, high } = difference([pairs])
    const s = Math.sqrt(values.reduce((sum, value) => sum + (value - 0.4) ** 2, 0) / 4)
    const half = (2.776 * s) / Math.sqrt(5)
    expect(mean).toBeCloseTo(0.4, 12)
    expect(Math.abs(high! - low! - 2 * half)).toBeLessThan(1e-3 * half)
    expect((low! + high!) / 2).toBeCloseTo(0.4, 12)
  })

  it('of one seed is the normal interval of the paired episodes, far narrower where they go together', () => {
    const random = new Random(3)
    const first = of(...Array.from({ length: 300 }, () => random.below(2)))
    // Nine of ten do the same.
    const second = first.map(([value], i): Share => [i % 10 === 0 ? 1 - value : value, 1])
    const { mean, low, high } = difference([[pair(first, second)]])
    const differences = first.map(([value], i) => value - second[i]![0])
    const variance = differences.reduce((sum, value) => sum + (value - mean!) ** 2, 0) / 299
    const half = 1.968 * Math.sqrt(variance / 300)
    expect(Math.abs(high! - low! - 2 * half)).toBeLessThan(0.01 * half)
    expect(half).toBeLessThan(0.04)
  })

  it('over worlds lets each count the same, however many seeds it has', () => {
    const one = [pair(of(1, 1), of(0, 0))]
    const other = [pair(of(0, 0), of(0, 0)), pair(of(0, 0), of(0, 0)), pair(of(0, 0), of(0, 0))]
    expect(difference([one, other])).toMatchObject({ mean: 0.5, ofPairs: [1, 0, 0, 0] })
  })

  it('leaves out pairs in which one side measured nothing, and has no value without any', () => {
    const nothing: Share[] = [
      [0, 0],
      [0, 0],
    ]
    expect(difference([[pair(of(1, 1), nothing), pair(of(1, 1), of(0, 0))]]).ofPairs).toEqual([1])
    const none = { mean: null, low: null, high: null, ofPairs: [] }
    expect(difference([[pair(of(1, 1), nothing)]])).toEqual(none)
    expect(difference([])).toEqual(none)
  })

  // Skills of a seed differ by `seed`, how much a task suits the one student better by `task`.
  it.each([
    { what: 'seeds matter much', seeds: 5, seed: 0.15, task: 0 },
    { what: 'neither seeds nor tasks matter', seeds: 5, seed: 0, task: 0 },
    { what: 'both matter', seeds: 5, seed: 0.05, task: 0.2 },
    { what: 'there are three seeds', seeds: 3, seed: 0.1, task: 0.1 },
    { what: 'there is one', seeds: 1, seed: 0, task: 0.1 },
  ])('holds the true difference about 95 times of 100 where $what', ({ seeds, seed, task }) => {
    const random = new Random(11)
    const runs = 600
    let held = 0
    for (let run = 0; run < runs; run++) {
      // The first is better by .1 on the average.
      const suits = Array.from({ length: 60 }, () => task * (random.next() - 0.5))
      const pairs = Array.from({ length: seeds }, () => {
        const [up, down] = [0.5 + seed * random.normal(), 0.4 + seed * random.normal()]
        const play = (skill: number, times: number) =>
          of(...suits.map((more) => Number(random.next() < skill + times * more)))
        return pair(play(up, 1), play(down, -1))
      })
      const { low, high } = difference([pairs])
      if (low! <= 0.1 && high! >= 0.1) held++
    }
    expect(held / runs).toBeGreaterThan(0.93)
    expect(held / runs).toBeLessThan(0.995)
  })
})

describe('the quantile of Student’s t', () => {
  it('is that of the tables', () => {
    const table = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 12: 2.179, 30: 2.042 }
    for (const [freedom, t] of Object.entries(table)) {
      expect(Math.abs(studentQuantile(Number(freedom)) - t)).toBeLessThan(0.006 * t)
    }
    expect(studentQuantile(Number.POSITIVE_INFINITY)).toBeCloseTo(1.96, 3)
  })
})

describe('the permutation test', () => {
  const p = (...differences: number[]) => signFlipP(differences, new Random(1))

  it('counts the signs with which the differences are as far from 0', () => {
    expect(p(1, 2, 3, 4, 5)).toBe(2 / 32)
    // Of ±1 ± 2 ± 3 the sums −6, 6, −4 and 4 are as far as 4.
    expect(p(-1, 2, 3)).toBe(4 / 8)
    expect(p(1, -1)).toBe(1)
    expect(p(0, 0, 0)).toBe(1)
  })

  it('says nothing of fewer than two', () => {
    expect(p(0.5)).toBeNull()
    expect(p()).toBeNull()
  })

  it('draws signs where there are too many to try them all', () => {
    const many = Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? -1 : 1))
    // Sums of 20 signs of at least 10 in size: 2 · Σ C(20, k) for k ≤ 5, over 2²⁰.
    const exact = (2 * (1 + 20 + 190 + 1140 + 4845 + 15504)) / 2 ** 20
    expect(Math.abs(p(...many)! - exact)).toBeLessThan(0.005)
  })
})

describe('Holm’s correction', () => {
  it('multiplies the smallest by how many there are, the next by one less, and never goes down', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
    expect(holm([0.5, 0.9])).toEqual([1, 1])
  })

  it('leaves out what has no p', () => {
    expect(holm([null, 0.02, null])).toEqual([null, 0.02, null])
    expect(holm([])).toEqual([])
  })
})

describe('the rank correlation', () => {
  it('sees the order alone, with ties at their mean rank', () => {
    expect(
      rankCorrelation([
        [1, 1],
        [2, 10],
        [3, 100],
      ]),
    ).toBe(1)
    expect(
      rankCorrelation([
        [1, 3],
        [2, 2],
        [9, 1],
      ]),
    ).toBe(-1)
    // Ranks 1.5, 1.5, 3 and 1, 2, 3: covariance 1.5, variances 1.5 and 2.
    expect(
      rankCorrelation([
        [5, 1],
        [5, 2],
        [6, 3],
      ]),
    ).toBeCloseTo(1.5 / Math.sqrt(1.5 * 2), 12)
  })

  it('has no value for two points or a constant', () => {
    expect(
      rankCorrelation([
        [1, 1],
        [2, 2],
      ]),
    ).toBeNull()
    expect(
      rankCorrelation([
        [1, 1],
        [1, 2],
        [1, 3],
      ]),
    ).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { type Estimate, estimate, quantile, type Share } from '../../../workers/evaluation/statistics.ts'
import { Random } from '../../../workers/random.ts'

const of = (...values: number[]): Share[] => values.map((value) => [value, 1])
const estimated = (seeds: Share[][], seed = 1) => estimate(seeds, new Random(seed))
/** An interval's two ends, known to be there. */
const ends = ({ low, high }: Estimate): [number, number] => [low!, high!]

/** n values 0 or 1, of which a share p is 1. */
const successes = (n: number, p: number) => of(...Array.from({ length: n }, (_, i) => (i < n * p ? 1 : 0)))

describe('an estimate', () => {
  it('is the sum of the parts over the sum of the wholes, not the mean of ratios', () => {
    const shares: Share[] = [
      [1, 1],
      [0, 3],
      [4, 6],
    ]
    expect(estimated([shares])).toMatchObject({ mean: 0.5, of: 10 })
  })

  it('lets every seed count the same, however many episodes it has', () => {
    expect(estimated([of(1, 1, 1, 1, 1, 1), of(0)])).toMatchObject({ mean: 0.5, of: 7 })
  })

  it('has no value where nothing was measured, and leaves seeds out in which nothing was', () => {
    const nothing: Estimate = { mean: null, low: null, high: null, of: 0 }
    expect(estimated([])).toEqual(nothing)
    expect(estimated([[], []])).toEqual(nothing)
    expect(estimated([[[0, 0]], [[0, 0]]])).toEqual(nothing)
    expect(estimated([of(1, 0), [[0, 0]]])).toEqual(estimated([of(1, 0)]))
  })

  it('has an interval of no width where all episodes are alike', () => {
    expect(estimated([of(1, 1, 1)])).toEqual({ mean: 1, low: 1, high: 1, of: 3 })
    expect(estimated([of(2, 2), of(2, 2, 2)])).toEqual({ mean: 2, low: 2, high: 2, of: 5 })
  })

  it('of two episodes that differ reaches from one to the other, as each of four resamples is as likely', () => {
    expect(ends(estimated([of(0, 1)]))).toEqual([0, 1])
  })

  it('resamples seeds where there are several: of two that differ one alone is drawn half of the time', () => {
    expect(ends(estimated([of(0, 0, 0), of(1, 1, 1)]))).toEqual([0, 1])
    // Inside one seed the same six episodes tell much more.
    const [low, high] = ends(estimated([of(0, 0, 0, 1, 1, 1)]))
    expect(low).toBeGreaterThan(0)
    expect(high).toBeLessThan(1)
  })

  it('of many episodes comes close to the normal interval p ± 1.96 √(p (1 − p) / n)', () => {
    for (const [n, p] of [
      [300, 0.5],
      [300, 0.9],
      [1000, 0.2],
    ] as const) {
      const half = 1.96 * Math.sqrt((p * (1 - p)) / n)
      const [low, high] = ends(estimated([successes(n, p)]))
      expect(Math.abs(low - (p - half))).toBeLessThan(0.15 * half)
      expect(Math.abs(high - (p + half))).toBeLessThan(0.15 * half)
    }
  })

  it('of seeds and episodes has the sum of both variances', () => {
    // Seeds with success rates .3, .4, .5, .6, .7 of 50 episodes each.
    const rates = [0.3, 0.4, 0.5, 0.6, 0.7]
    const between = 0.02 / rates.length
    const within = rates.reduce((sum, p) => sum + (p * (1 - p)) / 50, 0) / rates.length ** 2
    const half = 1.96 * Math.sqrt(between + within)
    const { mean, low, high } = estimated(rates.map((p) => successes(50, p)))
    expect(mean).toBeCloseTo(0.5, 12)
    expect(Math.abs(high! - low! - 2 * half)).toBeLessThan(0.1 * 2 * half)
  })

  it('holds the true mean about 95 times of 100', () => {
    const random = new Random(7)
    let held = 0
    for (let i = 0; i < 200; i++) {
      const [low, high] = ends(
        estimated([of(...Array.from({ length: 50 }, () => Number(random.next() < 0.4)))], i),
      )
      if (low <= 0.4 && high >= 0.4) held++
    }
    // The percentile bootstrap is a little too narrow for 50 episodes.
    expect(held).toBeGreaterThanOrEqual(180)
    expect(held).toBeLessThan(200)
  })

  it('is the same for the same generator', () => {
    const shares = successes(40, 0.3)
    expect(estimated([shares], 3)).toEqual(estimated([shares], 3))
    const measured = of(...Array.from({ length: 40 }, (_, i) => Math.sqrt(i)))
    expect(estimated([measured], 3)).not.toEqual(estimated([measured], 4))
  })
})

describe('a quantile', () => {
  it('lies on the line between its neighbours', () => {
    expect([0, 0.25, 0.5, 0.9, 1].map((q) => quantile([1, 2, 3, 4], q))).toEqual([1, 1.75, 2.5, 3.7, 4])
    expect(quantile([5], 0.3)).toBe(5)
  })
})

import { RESAMPLES, type Share } from '../evaluation/statistics.ts'
import type { Random } from '../random.ts'

/** What two students did who were trained with the same seed: the same episodes in the same order. */
export interface Pair {
  first: readonly Share[]
  second: readonly Share[]
}

/** A mean of differences, first − second, with its 95 % interval; null where nothing was measured. */
export interface Difference {
  mean: number | null
  low: number | null
  high: number | null
  /** Of each pair that could be measured, world by world. */
  ofPairs: number[]
}

/** How a difference comes by its interval and its p, for those who read it. */
export const DIFFERENCE_METHOD =
  `mean over the training seeds of (first − second) over the same test episodes; its standard error by ${RESAMPLES} ` +
  'resamples of the seeds and, the same for all seeds and for both students, of the episodes, times √(n ÷ (n − 1)) for n ' +
  'seeds; the interval is the mean ± t of n − 1 degrees of freedom times it (Hesterberg 2015, arXiv 1411.5279). Over ' +
  'several worlds each world counts the same, and the degrees of freedom are Satterthwaite’s. p is of the exact ' +
  'permutation test that flips the signs of the seeds’ differences, two-sided, and Holm’s correction is for all ' +
  'comparisons of one table'

/**
 * Differences between two students, with an interval that takes both the seeds and the episodes for a sample. Few seeds
 * make the percentile bootstrap far too narrow, hence the t interval; it is a little too wide where seeds do not matter.
 *
 * @param worlds of each world its pairs, a pair for each seed, all with the same number of episodes
 * @param random the same generator gives the same interval
 */
export function pairedDifference(worlds: readonly (readonly Pair[])[], random: Random): Difference {
  const measured = worlds
    .map((pairs) => pairs.filter((pair) => differenceOf(pair) !== null))
    .filter((pairs) => pairs.length > 0)
  const ofPairs = measured.flat().map((pair) => differenceOf(pair)!)
  if (measured.length === 0) return { mean: null, low: null, high: null, ofPairs }
  const means = measured.map((pairs) => average(pairs.map((pair) => differenceOf(pair)!)))
  const mean = average(means)
  const errors = measured.map((pairs) => squaredError(pairs, random) / measured.length ** 2)
  const squared = sum(errors)
  if (squared === 0) return { mean, low: mean, high: mean, ofPairs }
  const freedom =
    squared ** 2 / sum(errors.map((error, i) => error ** 2 / degreesOfFreedom(measured[i]!.length)))
  const half = studentQuantile(freedom) * Math.sqrt(squared)
  return { mean, low: mean - half, high: mean + half, ofPairs }
}

/** Squared standard error of the mean difference of one world. */
function squaredError(pairs: readonly Pair[], random: Random): number {
  const columns = pairs.map(columnsOf)
  const episodes = pairs[0]!.first.length
  const times = new Float64Array(episodes)
  const means: number[] = []
  for (let i = 0; i < RESAMPLES; i++) {
    times.fill(0)
    for (let drawn = 0; drawn < episodes; drawn++) times[random.below(episodes)]! += 1
    const again = columns.map((one) => resampled(one, times))
    const drawn = pairs.length > 1 ? again.map(() => random.pick(again)) : again
    // Where the rare turns that a measure is about were not drawn, it has no value.
    if (drawn.every((difference) => difference !== null)) means.push(average(drawn as number[]))
  }
  if (means.length < 2) return 0
  const center = average(means)
  const variance = sum(means.map((mean) => (mean - center) ** 2)) / (means.length - 1)
  // Exactly equal means differ by rounding alone.
  if (variance < 1e-24) return 0
  return pairs.length > 1 ? (variance * pairs.length) / (pairs.length - 1) : variance
}

/** Parts and wholes of both students, an entry for each episode. */
type Columns = Record<'part1' | 'whole1' | 'part2' | 'whole2', Float64Array>

function columnsOf({ first, second }: Pair): Columns {
  const column = (shares: readonly Share[], at: 0 | 1) => Float64Array.from(shares, (share) => share[at])
  return {
    part1: column(first, 0),
    whole1: column(first, 1),
    part2: column(second, 0),
    whole2: column(second, 1),
  }
}

function resampled({ part1, whole1, part2, whole2 }: Columns, times: Float64Array): number | null {
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let i = 0; i < times.length; i++) {
    const count = times[i]!
    a += count * part1[i]!
    b += count * whole1[i]!
    c += count * part2[i]!
    d += count * whole2[i]!
  }
  return b > 0 && d > 0 ? a / b - c / d : null
}

function differenceOf(pair: Pair): number | null {
  return resampled(columnsOf(pair), new Float64Array(pair.first.length).fill(1))
}

function degreesOfFreedom(pairs: number): number {
  return pairs > 1 ? pairs - 1 : Number.POSITIVE_INFINITY
}

/**
 * The quantile .975 of Student's t (Abramowitz & Stegun 1964, 26.7.5; the first two are known in closed form).
 *
 * @param freedom degrees of freedom, at least 1, maybe infinite
 */
export function studentQuantile(freedom: number): number {
  const z = 1.959963984540054
  if (freedom < 1.5) return Math.tan(Math.PI * 0.475)
  if (freedom < 2.5) return 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2))
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ]
  return terms.reduce((t, term, i) => t + term / freedom ** (i + 1), z)
}

/** Up to here all signs are tried, beyond it as many at random. */
const MOST_SIGNS = 2 ** 16

/**
 * p of the permutation test that the differences' signs are chance, two-sided; n differences reach 2 / 2ⁿ at best.
 *
 * @returns null for fewer than two
 */
export function signFlipP(differences: readonly number[], random: Random): number | null {
  const n = differences.length
  if (n < 2) return null
  const observed = Math.abs(sum(differences)) - 1e-12
  const exact = 2 ** n <= MOST_SIGNS
  const tried = exact ? 2 ** n : MOST_SIGNS
  let asFar = exact ? 0 : 1
  for (let signs = 0; signs < tried; signs++) {
    const flipped = differences.map((difference, i) =>
      (exact ? (signs >> i) & 1 : random.below(2)) ? -difference : difference,
    )
    if (Math.abs(sum(flipped)) >= observed) asFar++
  }
  return asFar / (exact ? tried : tried + 1)
}

/** Holm's correction (1979) of p values for being many; null stays null and does not count. */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  const order = ps.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p)
  const corrected: (number | null)[] = ps.map(() => null)
  let largest = 0
  for (const [rank, { p, i }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, p * (order.length - rank)))
    corrected[i] = largest
  }
  return corrected
}

/**
 * Spearman's rank correlation, ties at their mean rank.
 *
 * @returns null for fewer than three points, or where one side is constant
 */
export function rankCorrelation(points: readonly (readonly [x: number, y: number])[]): number | null {
  if (points.length < 3) return null
  const x = ranks(points.map(([x]) => x))
  const y = ranks(points.map(([, y]) => y))
  const center = (points.length + 1) / 2
  const product = (a: readonly number[], b: readonly number[]) =>
    sum(a.map((rank, i) => (rank - center) * (b[i]! - center)))
  const spread = Math.sqrt(product(x, x) * product(y, y))
  return spread > 0 ? product(x, y) / spread : null
}

function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Of at least one value. */
export function average(values: readonly number[]): number {
  return sum(values) / values.length
}

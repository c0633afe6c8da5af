import type { Random } from '../random.ts'

/** What an episode adds to a measure: the measure is the sum of the parts over the sum of the wholes. */
export type Share = readonly [part: number, whole: number]

/** A mean and the interval that holds it with 95 % confidence; null where nothing was measured. */
export interface Estimate {
  mean: number | null
  low: number | null
  high: number | null
  /** The sum of the wholes: episodes, turns or actions that the mean is over. */
  of: number
}

/** Resamples of the bootstrap. */
export const RESAMPLES = 2000

/**
 * The mean of a measure with its 95 % interval by the percentile bootstrap (Efron & Tibshirani 1993, chapter 13): episodes
 * are drawn again with replacement inside a seed, and where there are several seeds, these are drawn first. Every seed
 * counts the same, however many episodes it has.
 *
 * @param seeds of each the shares of its episodes; seeds whose wholes are 0 are left out
 * @param random the same generator gives the same interval
 */
export function estimate(seeds: readonly (readonly Share[])[], random: Random): Estimate {
  const measured = seeds.filter((shares) => ratio(shares) !== null)
  const of = measured.flat().reduce((sum, [, whole]) => sum + whole, 0)
  const mean = average(measured.map((shares) => ratio(shares)))
  if (mean === null) return { mean: null, low: null, high: null, of }
  const means: number[] = []
  const columns = measured.map(columnsOf)
  for (let i = 0; i < RESAMPLES; i++) {
    const drawn = columns.map((own) => (columns.length > 1 ? random.pick(columns) : own))
    const again = average(drawn.map((one) => resampled(one, random)))
    // Where the rare turns that a measure is about were not drawn, it has no value.
    if (again !== null) means.push(again)
  }
  means.sort((a, b) => a - b)
  return { mean, low: quantile(means, 0.025), high: quantile(means, 0.975), of }
}

/** The quantile of sorted numbers, linear between neighbours (type 7 of Hyndman & Fan 1996); at least one number. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1)
  const below = Math.floor(at)
  const low = sorted[below]!
  return low + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - low)
}

/** Σ parts ÷ Σ wholes; null where the wholes add up to 0. */
export function ratio(shares: readonly Share[]): number | null {
  let part = 0
  let whole = 0
  for (const share of shares) {
    part += share[0]
    whole += share[1]
  }
  return whole > 0 ? part / whole : null
}

/** Shares in a row each for parts and wholes: millions of draws are made of them. */
type Columns = [parts: Float64Array, wholes: Float64Array]

function columnsOf(shares: readonly Share[]): Columns {
  return [Float64Array.from(shares, ([part]) => part), Float64Array.from(shares, ([, whole]) => whole)]
}

/** The ratio of as many shares as there are, drawn again with replacement. */
function resampled([parts, wholes]: Columns, random: Random): number | null {
  let part = 0
  let whole = 0
  for (let i = 0; i < parts.length; i++) {
    const drawn = random.below(parts.length)
    part += parts[drawn]!
    whole += wholes[drawn]!
  }
  return whole > 0 ? part / whole : null
}

function average(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null
}

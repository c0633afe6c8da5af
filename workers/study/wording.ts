import type { Estimate } from '../evaluation/statistics.ts'
import type { EnvironmentName } from './groups.ts'
import { isShare, type MeasureName } from './measures.ts'
import type { Difference } from './paired.ts'
import type { Study } from './study.ts'

/** The one place in which a study's numbers become text. */

/** What stands where nothing was measured. */
export const UNKNOWN = '–'

export const WORLD_NAMES: Record<EnvironmentName, string> = {
  household: 'Household',
  wiki: 'Wiki',
  shop: 'Shop',
}

/** -1.5 with one digit -> −1.5, with the sign that minus has; 0 has none. */
export function fixed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

/** A mean as its column shows it: shares in percent, without the sign. */
export function valueText(measure: MeasureName, value: number | null): string {
  if (value === null) return UNKNOWN
  return isShare(measure) ? fixed(value * 100, 1) : fixed(value, 1)
}

/** 45.0 [38.2, 51.9] */
export function estimateText(measure: MeasureName, estimate: Estimate | undefined): string {
  if (!estimate || estimate.mean === null) return UNKNOWN
  const { mean, low, high } = estimate
  return `${valueText(measure, mean)} [${valueText(measure, low)}, ${valueText(measure, high)}]`
}

/** +4.3 [−1.0, 9.6] */
export function differenceText(measure: MeasureName, { mean, low, high }: Difference): string {
  if (mean === null) return UNKNOWN
  return `${signed(measure, mean)} [${valueText(measure, low)}, ${valueText(measure, high)}]`
}

function signed(measure: MeasureName, value: number): string {
  const text = valueText(measure, value)
  return value > 0 && Number(text) !== 0 ? `+${text}` : text
}

/** p with as many digits as mean something. */
export function pText(p: number | null): string {
  if (p === null) return UNKNOWN
  return p < 0.001 ? '< 0.001' : p.toFixed(3)
}

/** A number for files, without the digits that say nothing; all else as it is. */
export function shortNumber(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(8)) : value
}

/** 12345 -> 12,345 */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

/** 1 seed, 2 seeds */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** Seconds as a person says them: 75 -> 1 min 15 s */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`
}

/** a, b and c */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** many (1,000 trajectories), student medium (2 layers, width 32) */
export function settingText(study: Study, amount: string, student: string): string {
  const size = study.students[student]
  const trajectories = study.amounts[amount]
  // Only of a report that was made elsewhere can either be missing.
  if (!size || trajectories === undefined) return `${amount}, student ${student}`
  const { layers, width } = size
  return `${amount} (${counted(trajectories, 'trajectory', 'trajectories')}), student ${student} (${counted(layers, 'layer')}, width ${width})`
}

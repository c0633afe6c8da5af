import { EPISODE_DEFINITIONS, HISTORY_DEFINITIONS, MEASURE_DEFINITIONS } from '../evaluation/definitions.ts'
import type { Shares } from '../evaluation/metrics.ts'
import type { Share } from '../evaluation/statistics.ts'
import type { Definition } from '../objective/definitions.ts'
import type { CellResult } from './result.ts'

/** What a study tells of every student, in the order of its tables' columns. */
export const MEASURES = [
  'success',
  'reward',
  'f1',
  'steps',
  'stepsOfSuccesses',
  'stoppedAtCap',
  'reasoningTokens',
  'cotMatch',
  'cotNearMatch',
  'actionMatch',
  'invalidActions',
] as const
export type MeasureName = (typeof MEASURES)[number]

/** What two students are compared by: the four that the paper reports. */
export const COMPARED = ['success', 'steps', 'reasoningTokens', 'cotMatch'] as const
export type ComparedName = (typeof COMPARED)[number]

export const DEFINITIONS: Record<MeasureName, Definition> = {
  ...EPISODE_DEFINITIONS,
  ...HISTORY_DEFINITIONS,
  f1: MEASURE_DEFINITIONS.f1!,
}

/** Shares are printed as percentages, the others as they are. */
export function isShare(measure: MeasureName): boolean {
  return !['steps', 'stepsOfSuccesses', 'reasoningTokens'].includes(measure)
}

/** Measured at the teacher's histories; the others in episodes of the student's own. */
export function isOfHistories(measure: MeasureName): boolean {
  return measure in HISTORY_DEFINITIONS
}

/** What each episode of a cell, or each history, adds to a measure. */
export function sharesOf(cell: Pick<CellResult, 'episodes' | 'histories'>, measure: MeasureName): Share[] {
  return shareList(isOfHistories(measure) ? cell.histories : cell.episodes, measure)
}

/** What each adds to a measure; nothing where it was not measured. */
export function shareList(measured: readonly Shares[], measure: MeasureName): Share[] {
  return measured.map(({ shares }) => shares[measure] ?? [0, 0])
}

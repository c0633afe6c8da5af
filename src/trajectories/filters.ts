import type { TrajectoryQuery } from '../../workers/protocol.ts'
import { count } from '../lab/format.ts'
import { KIND_NAMES } from './kinds.ts'
import { WARNING_NAMES } from './warningNames.ts'

/** One filter of a query in words, with the keys to take out to be rid of it. */
export interface ActiveFilter {
  label: string
  keys: (keyof TrajectoryQuery)[]
}

/** The filters of a query, the search aside. */
export function activeFilters(query: TrajectoryQuery): ActiveFilter[] {
  const filters: ActiveFilter[] = []
  const add = (label: string | undefined, ...keys: ActiveFilter['keys']) => {
    if (label !== undefined) filters.push({ label, keys })
  }
  const { file, success, warning, taskType, format, environment, has, lacks, excluded, corrected } = query
  add(file && `file ${file}`, 'file')
  add(success && { succeeded: 'succeeded', failed: 'failed', unknown: 'outcome unknown' }[success], 'success')
  add(warning && warningLabel(warning), 'warning')
  add(taskType && `task ${taskType}`, 'taskType')
  add(format && `format ${format}`, 'format')
  add(environment && `environment ${environment}`, 'environment')
  add(has && `has ${KIND_NAMES[has].name.toLowerCase()}`, 'has')
  add(lacks && `lacks ${KIND_NAMES[lacks].name.toLowerCase()}`, 'lacks')
  add(between(query.minSteps, query.maxSteps, 'steps'), 'minSteps', 'maxSteps')
  add(between(query.minCharacters, query.maxCharacters, 'characters'), 'minCharacters', 'maxCharacters')
  add(excluded === undefined ? undefined : excluded ? 'excluded' : 'not excluded', 'excluded')
  add(corrected === undefined ? undefined : corrected ? 'corrected' : 'not corrected', 'corrected')
  return filters
}

function warningLabel(warning: NonNullable<TrajectoryQuery['warning']>): string {
  if (warning === 'any') return 'with warnings'
  return warning === 'none' ? 'without warnings' : `warning: ${WARNING_NAMES[warning]}`
}

function between(least: number | undefined, most: number | undefined, what: string): string | undefined {
  if (least !== undefined && most !== undefined) return `${count(least)} to ${count(most)} ${what}`
  if (least !== undefined) return `at least ${count(least)} ${what}`
  return most === undefined ? undefined : `at most ${count(most)} ${what}`
}

/** A copy of a query without some of its parts. */
export function without(query: TrajectoryQuery, keys: readonly (keyof TrajectoryQuery)[]): TrajectoryQuery {
  const rest = { ...query }
  for (const key of keys) delete rest[key]
  return rest
}

/** Whether a query may leave anything out. */
export function isFiltered(query: TrajectoryQuery): boolean {
  return activeFilters(query).length > 0 || (query.search ?? '').trim() !== ''
}

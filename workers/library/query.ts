import type { EnvironmentName, SpanKind, WarningCode } from '../trajectories/trajectory.ts'

/** A trajectory in a few numbers, for lists; the text itself stays in the worker. */
export interface TrajectorySummary {
  id: number
  file: string
  index: number
  format: string
  environment: EnvironmentName
  /** The task in a few words. */
  title: string
  characters: number
  steps: number
  /** Number of spans of each kind. */
  spans: Record<SpanKind, number>
  warnings: WarningCode[]
  success?: boolean
  reward?: number
  taskType?: string
  /** Tokens that came with log-probabilities. */
  logprobs: number
  excluded: boolean
  corrected: boolean
}

/** What the list shows; every part that is given must hold. */
export interface TrajectoryQuery {
  /** Words that must all occur, in any case: in title, file, format, environment or task type, or in the text itself. */
  search?: string
  file?: string
  format?: string
  environment?: EnvironmentName
  taskType?: string
  /** A warning of this name; `any` for at least one, `none` for no warning. */
  warning?: WarningCode | 'any' | 'none'
  /** Has, or lacks, spans of this kind. */
  has?: SpanKind
  lacks?: SpanKind
  success?: 'succeeded' | 'failed' | 'unknown'
  minCharacters?: number
  maxCharacters?: number
  minSteps?: number
  maxSteps?: number
  excluded?: boolean
  corrected?: boolean
}

/** Everything of a query that can be told without the text. */
export function matches(summary: TrajectorySummary, query: TrajectoryQuery): boolean {
  const { warnings, spans, success, characters, steps } = summary
  for (const key of ['file', 'format', 'environment', 'taskType', 'excluded', 'corrected'] as const) {
    if (query[key] !== undefined && summary[key] !== query[key]) return false
  }
  const { warning } = query
  if (warning === 'any' && warnings.length === 0) return false
  if (warning === 'none' && warnings.length > 0) return false
  if (warning && warning !== 'any' && warning !== 'none' && !warnings.includes(warning)) return false
  if (query.has && spans[query.has] === 0) return false
  if (query.lacks && spans[query.lacks] > 0) return false
  const went = success === undefined ? 'unknown' : success ? 'succeeded' : 'failed'
  if (query.success && went !== query.success) return false
  return (
    characters >= (query.minCharacters ?? 0) &&
    characters <= (query.maxCharacters ?? Number.POSITIVE_INFINITY) &&
    steps >= (query.minSteps ?? 0) &&
    steps <= (query.maxSteps ?? Number.POSITIVE_INFINITY)
  )
}

/** The words of a search that a summary does not answer by itself, lower case: they must occur in the text. */
export function wordsLeft(summary: TrajectorySummary, search: string): string[] {
  const { title, file, format, environment, taskType = '' } = summary
  const known = `${title}\n${file}\n${format}\n${environment}\n${taskType}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && !known.includes(word))
}

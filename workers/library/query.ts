import {
  type EnvironmentName,
  SPAN_KINDS,
  type SpanKind,
  type WarningCode,
} from '../trajectories/trajectory.ts'

/** What is kept in memory of every trajectory, however many there are; all else is fetched with its text. */
export interface TrajectoryFacts {
  id: number
  file: string
  /** Its place in that file. */
  index: number
  format: string
  environment: EnvironmentName
  characters: number
  steps: number
  /** Bit k is set where it has spans of SPAN_KINDS[k]. */
  kinds: number
  warnings: WarningCode[]
  success?: boolean
  reward?: number
  taskType?: string
  /** Tokens that came with log-probabilities. */
  logprobs: number
  excluded: boolean
  corrected: boolean
}

/** A trajectory in a few numbers, for lists; the text itself stays in the worker. */
export interface TrajectorySummary extends Omit<TrajectoryFacts, 'kinds'> {
  /** The task in a few words. */
  title: string
  /** Number of spans of each kind. */
  spans: Record<SpanKind, number>
}

/** What the list shows; every part that is given must hold. */
export interface TrajectoryQuery {
  /** Words that must all occur, in any case: in file, format, environment or task type, or in the text itself. */
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
export function matches(facts: TrajectoryFacts, query: TrajectoryQuery): boolean {
  const { warnings, kinds, success, characters, steps } = facts
  for (const key of ['file', 'format', 'environment', 'taskType', 'excluded', 'corrected'] as const) {
    if (query[key] !== undefined && facts[key] !== query[key]) return false
  }
  const { warning } = query
  if (warning === 'any' && warnings.length === 0) return false
  if (warning === 'none' && warnings.length > 0) return false
  if (warning && warning !== 'any' && warning !== 'none' && !warnings.includes(warning)) return false
  if (query.has && (kinds & bitOf(query.has)) === 0) return false
  if (query.lacks && (kinds & bitOf(query.lacks)) !== 0) return false
  const went = success === undefined ? 'unknown' : success ? 'succeeded' : 'failed'
  if (query.success && went !== query.success) return false
  return (
    characters >= (query.minCharacters ?? 0) &&
    characters <= (query.maxCharacters ?? Number.POSITIVE_INFINITY) &&
    steps >= (query.minSteps ?? 0) &&
    steps <= (query.maxSteps ?? Number.POSITIVE_INFINITY)
  )
}

/** The bit of a span kind in `TrajectoryFacts.kinds`. */
export function bitOf(kind: SpanKind): number {
  return 1 << SPAN_KINDS.indexOf(kind)
}

/** The words of a search that the facts do not answer by themselves, lower case: they must occur in the text. */
export function wordsLeft(facts: TrajectoryFacts, search: string): string[] {
  const { file, format, environment, taskType = '' } = facts
  const known = `${file}\n${format}\n${environment}\n${taskType}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && !known.includes(word))
}

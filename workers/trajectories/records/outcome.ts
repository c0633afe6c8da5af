import type { Outcome } from '../formats/format.ts'

const SUCCESS_KEYS = [
  'success',
  'is_success',
  'isSuccess',
  'is_successful',
  'successful',
  'task_success',
  'solved',
  'is_solved',
  'resolved',
  'is_resolved',
  'passed',
  'won',
  'win',
  'correct',
  'is_correct',
  'isCorrect',
  'em',
  'exact_match',
  'outcome',
]
const REWARD_KEYS = [
  'reward',
  'final_reward',
  'finalReward',
  'total_reward',
  'episode_reward',
  'score',
  'final_score',
]
const TASK_TYPE_KEYS = ['task_type', 'taskType', 'task_category', 'category']
/** Where people put what belongs to the whole episode. */
const CONTAINERS = [
  'info',
  'metadata',
  'meta',
  'summary',
  'task',
  'reward_info',
  'evaluation',
  'extra_info',
  'test_result',
  'report',
  'outcome',
]
const DEEPEST_CONTAINER = 2
const LONGEST_TASK_TYPE = 80

const YES = new Set([
  'true',
  'yes',
  '1',
  '1.0',
  'success',
  'succeeded',
  'passed',
  'solved',
  'resolved',
  'won',
])
const NO = new Set([
  'false',
  'no',
  '0',
  '0.0',
  'failure',
  'fail',
  'failed',
  'unsolved',
  'unresolved',
  'not passed',
  'lost',
])
const NUMBER = /^[+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/

/**
 * What a record beside or around a transcript says about how its episode went. Only what it says plainly: a success
 * of 0.5, a `correct` that holds the right answer, or an agent that merely stopped ("submitted") tell nothing. Keys of
 * the record itself win over those in `info`, `metadata` and the like; of a list of `rewards` the last one counts.
 */
export function outcomeOf(record: object): Outcome {
  const found: Outcome = {}
  collect(record as Record<string, unknown>, found, 0)
  const outcome: Outcome = {}
  if (found.success !== undefined) outcome.success = found.success
  if (found.reward !== undefined) outcome.reward = found.reward
  if (found.taskType !== undefined) outcome.taskType = found.taskType
  return outcome
}

function collect(record: Record<string, unknown>, outcome: Outcome, depth: number): void {
  if (Array.isArray(record)) return
  outcome.success ??= first(record, SUCCESS_KEYS, truth)
  outcome.reward ??= first(record, REWARD_KEYS, amount) ?? lastAmount(record.rewards)
  outcome.taskType ??= first(record, TASK_TYPE_KEYS, taskType)
  if (depth === DEEPEST_CONTAINER) return
  for (const key of CONTAINERS) {
    const inner = Object.hasOwn(record, key) ? record[key] : undefined
    if (typeof inner === 'object' && inner !== null) {
      collect(inner as Record<string, unknown>, outcome, depth + 1)
    }
  }
}

function first<T>(
  record: Record<string, unknown>,
  keys: readonly string[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  for (const key of keys) {
    const value = Object.hasOwn(record, key) ? read(record[key]) : undefined
    if (value !== undefined) return value
  }
  return undefined
}

function truth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  if (typeof value !== 'string' || value.length > 20) return undefined
  const word = value.trim().toLowerCase()
  return YES.has(word) ? true : NO.has(word) ? false : undefined
}

function amount(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : undefined
}

function lastAmount(value: unknown): number | undefined {
  return Array.isArray(value) ? amount(value.at(-1)) : amount(value)
}

function taskType(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > LONGEST_TASK_TYPE || value.includes('\n')) return undefined
  return value.trim() || undefined
}

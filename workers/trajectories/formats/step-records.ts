import { isRecord } from '../../isRecord.ts'
import { outcomeOf } from '../records/outcome.ts'
import { isStepList, numberedSteps, parallelLists, stepValues } from '../records/stepLists.ts'
import { keyOfRow, splitRows, TASK_KEYS } from '../records/stepRows.ts'
import { fieldsOf, stepOf } from '../records/steps.ts'
import { typedStep } from '../records/typedSteps.ts'
import { type StepValue, valuePieces } from '../records/values.ts'
import type { Draft, Format, Outcome } from './format.ts'

/**
 * Episodes kept as records of steps rather than as text: a list of `{thought, action, observation}` inside a record or
 * bare, one such row per line of a file, parallel lists of thoughts, actions and observations, and DSPy's numbered
 * dictionary. The linear text is the values one after another, each ended by a newline; names are not written.
 */
export const stepRecords: Format = {
  id: 'step-records',
  title: 'step records (thought, action, observation in fields)',
  readJson(value) {
    if (Array.isArray(value)) return isStepList(value, false) ? splitRows(value).flatMap(rowDrafts) : null
    const record = value as Record<string, unknown>
    const own = bodyOf(record)
    if (own !== null) return draftsOf([record, own.first], own.steps)
    let only: { inner: Record<string, unknown>; body: Body } | undefined
    for (const inner of Object.values(record)) {
      const body = isRecord(inner) ? bodyOf(inner) : null
      if (body === null) continue
      // Several of them are trajectories of their own, under names.
      if (only !== undefined) return null
      only = { inner: inner as Record<string, unknown>, body }
    }
    if (only === undefined) return null
    const { inner, body } = only
    return draftsOf([inner, record, body.first], [...body.steps, ...answerOf(record, inner)])
  },
  rowKey(record) {
    if (!isRecord(record)) return null
    const fields = fieldsOf(record)
    if (typedStep(fields) !== null) return keyOfRow(fields)
    const step = stepOf(record, fields)
    if (step === null || !step.strong || !step.has.act) return null
    if (!step.has.reason && !step.has.observation) return null
    // Lists of thoughts or of steps: a whole episode.
    if (step.values.some(({ value }) => Array.isArray(value) && value.some(isRecord))) return null
    return bodyOf(record, fields) === null ? keyOfRow(fields) : null
  },
}

/** One episode out of its rows: the first tells the task, the last how it went. */
function rowDrafts(rows: Record<string, unknown>[]): Draft[] {
  return draftsOf([rows[0]!], stepValues(rows)).map((draft) => ({ ...draft, ...outcomeOf(rows.at(-1)!) }))
}

/** The lists in which people keep the steps of an episode. */
const STEP_LISTS = new Set([
  'steps',
  'step',
  'trajectory',
  'traj',
  'history',
  'turns',
  'trace',
  'transcript',
  'rollout',
  'episode',
  'interactions',
  'interaction',
  'interactionhistory',
  'actionhistory',
  'agenthistory',
  'actions',
  'log',
  'logs',
  'events',
  'path',
  'demonstration',
])

interface Body {
  steps: StepValue[]
  /** The first step as a record, where each is one: it may tell the task. */
  first: Record<string, unknown>
}

/** The steps that a record holds itself, whichever way; of one episode only. */
function bodyOf(record: Record<string, unknown>, fields = fieldsOf(record)): Body | null {
  const whole = numberedSteps(record) ?? parallelLists(fields)
  if (whole !== null) return { steps: whole, first: {} }
  for (const [name, { value }] of fields) {
    const named = STEP_LISTS.has(name)
    if (!Array.isArray(value) || !isStepList(value, named)) continue
    if (named || splitRows(value).length === 1) {
      return { steps: stepValues(value), first: value.find(isRecord)! }
    }
  }
  return null
}

/** Draft of one episode; `records` tell its task and its outcome, the first that does each. */
function draftsOf(records: Record<string, unknown>[], steps: StepValue[]): Draft[] {
  const prompt = records.map(promptOf).find((found) => found.length > 0) ?? []
  const pieces = valuePieces([...prompt, ...steps])
  if (!pieces.some(({ kind }) => kind === 'reason' || kind === 'act')) return []
  const outcome: Outcome = Object.assign({}, ...records.map(outcomeOf).reverse())
  return [{ pieces, ...outcome }]
}

const SYSTEM_KEYS = ['systemprompt', 'system']
const FIRST_SIGHT_KEYS = ['initialobservation', 'initobs', 'initialobs', 'initobservation', 'initialstate']

/** What the agent was told: system prompt, task, and what it saw before it began. */
function promptOf(record: Record<string, unknown>): StepValue[] {
  const fields = fieldsOf(record)
  const words = (names: readonly string[]) => {
    for (const name of names) {
      const value = fields.get(name)?.value
      const text = isRecord(value) ? descriptionOf(value) : value
      if (typeof text === 'string' && text.trim() !== '') return [{ kind: 'prompt' as const, value: text }]
    }
    return []
  }
  return [...words(SYSTEM_KEYS), ...words(TASK_KEYS), ...words(FIRST_SIGHT_KEYS)]
}

function descriptionOf(task: Record<string, unknown>): unknown {
  return ['description', 'instruction', 'question', 'goal', 'query', 'prompt', 'task']
    .map((key) => task[key])
    .find(isText)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

/**
 * What DSPy's predictions hold behind the trajectory: the reasoning of the last call to the model, and its outputs,
 * which are what the program answers.
 */
function answerOf(record: Record<string, unknown>, trajectory: Record<string, unknown>): StepValue[] {
  if (numberedSteps(trajectory) === null) return []
  const entries = Object.entries(record)
  const from = entries.findIndex(([, value]) => value === trajectory)
  const behind = entries.slice(from + 1)
  const at = behind.findIndex(([key, value]) => key === 'reasoning' && isText(value))
  if (at < 0) return []
  const asked = new Set(TASK_KEYS)
  const outputs = behind
    .slice(at + 1)
    .filter(([key, value]) => isText(value) && !asked.has(key.toLowerCase()))
  return [
    { kind: 'reason', value: behind[at]![1] },
    ...outputs.map(([, value]): StepValue => ({ kind: 'act', value })),
  ]
}

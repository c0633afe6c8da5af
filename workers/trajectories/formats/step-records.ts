import { isRecord } from '../fields.ts'
import { outcomeOf } from '../outcome.ts'
import { fieldsOf, numberedSteps, parallelLists, stepList, stepOf } from '../steps.ts'
import { type StepValue, valuePieces } from '../values.ts'
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
    if (Array.isArray(value)) return rowsOf(value)
    const record = value as Record<string, unknown>
    const own = bodyOf(record)
    if (own !== null) return draftsOf([record], own)
    let only: { inner: Record<string, unknown>; body: StepValue[] } | undefined
    for (const inner of Object.values(record)) {
      const body = isRecord(inner) ? bodyOf(inner) : null
      if (body === null) continue
      // Several of them are trajectories of their own, under names.
      if (only !== undefined) return null
      only = { inner: inner as Record<string, unknown>, body }
    }
    if (only === undefined) return null
    const { inner, body } = only
    return draftsOf([inner, record], [...body, ...answerOf(record, inner)])
  },
  rowKey,
}

/** The lists in which people keep the steps of an episode. */
const STEP_LISTS = new Set([
  'steps',
  'step',
  'trajectory',
  'traj',
  'trajectories',
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

/** The steps that a record holds itself, whichever way. */
function bodyOf(record: Record<string, unknown>): StepValue[] | null {
  const whole = numberedSteps(record) ?? parallelLists(record)
  if (whole !== null) return whole
  for (const [name, { value }] of fieldsOf(record)) {
    const steps = Array.isArray(value) ? stepList(value, STEP_LISTS.has(name)) : null
    if (steps !== null) return steps
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

const TASK_KEYS = [
  'task',
  'question',
  'instruction',
  'query',
  'goal',
  'claim',
  'objective',
  'intent',
  'problem',
  'problemstatement',
  'taskdescription',
  'taskinstruction',
  'userrequest',
  'userquery',
  'usermessage',
  'prompt',
  'input',
]
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
  const outputs = behind.slice(at + 1).filter(([, value]) => isText(value))
  return [
    { kind: 'reason', value: behind[at]![1] },
    ...outputs.map(([, value]): StepValue => ({ kind: 'act', value })),
  ]
}

const EPISODE_KEYS = [
  'trajectoryid',
  'trajid',
  'episodeid',
  'episode',
  'runid',
  'sessionid',
  'conversationid',
  'rolloutid',
  'taskid',
  'instanceid',
  'gameid',
  'gamefile',
  'questionid',
  'envid',
  'demoid',
]
/** Which of several attempts at the same task. */
const ATTEMPT_KEYS = ['trial', 'attempt', 'sample', 'sampleid', 'seed', 'run', 'epoch', 'rollout']
const ROW_TASK_KEYS = TASK_KEYS.filter((key) => key !== 'input' && key !== 'prompt')

/** Rows are told apart by the episode's id, by the task where there is none, and by the attempt. */
function rowKey(record: object): string | null {
  if (Array.isArray(record)) return null
  const row = record as Record<string, unknown>
  const step = stepOf(row)
  if (step === null || !step.strong || !step.has.act || !(step.has.reason || step.has.observation))
    return null
  if (step.values.some(({ value }) => Array.isArray(value) && value.some(isRecord)) || bodyOf(row) !== null) {
    return null
  }
  const fields = fieldsOf(row)
  const plain = (names: readonly string[]) => {
    const value = names
      .map((name) => fields.get(name)?.value)
      .find((found) => /string|number/.test(typeof found))
    return String(value ?? '')
  }
  const id = plain(EPISODE_KEYS)
  return [id === '' ? plain(ROW_TASK_KEYS) : id, ...ATTEMPT_KEYS.map((key) => plain([key]))].join('\n')
}

/** A list of steps: of one episode, or of several one after another. */
function rowsOf(list: readonly unknown[]): Draft[] | null {
  const steps = stepList(list, false)
  if (steps === null) return null
  const drafts: Draft[] = []
  let rows: Record<string, unknown>[] = []
  const close = () => {
    if (rows.length === 0) return
    const values = rows.flatMap((row) => stepOf(row)?.values ?? [])
    drafts.push(...draftsOf([rows[0]!], values).map((draft) => ({ ...draft, ...outcomeOf(rows.at(-1)!) })))
    rows = []
  }
  let key: string | null = null
  for (const row of list) {
    if (!isRecord(row)) continue
    const next = rowKey(row)
    if (
      rows.length > 0 &&
      ((next !== null && key !== null && next !== key) || beginsAgain(rows.at(-1)!, row))
    ) {
      close()
      key = null
    }
    rows.push(row)
    key = next ?? key
  }
  close()
  return drafts
}

const STEP_NUMBERS = [
  'step',
  'stepid',
  'stepidx',
  'stepindex',
  'stepnum',
  'stepnumber',
  'turn',
  'turnid',
  'timestep',
  't',
]
const ENDS = ['done', 'terminated', 'truncated', 'isterminal', 'terminal']

/** The count of steps begins anew, or the row before says that it was the last. */
function beginsAgain(before: Record<string, unknown>, row: Record<string, unknown>): boolean {
  const [last, next] = [fieldsOf(before), fieldsOf(row)]
  for (const name of STEP_NUMBERS) {
    const [a, b] = [numberOf(last.get(name)?.value), numberOf(next.get(name)?.value)]
    if (a !== undefined && b !== undefined) return b <= 1 && b < a
  }
  return ENDS.some((name) => [true, 'true', 'True', 1, '1'].includes(last.get(name)?.value as never))
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

import { isRecord } from '../../isRecord.ts'
import { typedStep } from './typedSteps.ts'
import { isWholeTurn, type StepValue, textOf } from './values.ts'

/**
 * Records that are one step of an episode, or part of one, under the names that people give to what the agent thought,
 * what it did and what it saw. Names are compared without capitals, blanks and underscores, so `Action Input`,
 * `action_input` and `actionInput` are the same.
 */

export const THOUGHTS = [
  'thought',
  'thoughts',
  'thinking',
  'think',
  'reasoning',
  'rationale',
  'cot',
  'innermonologue',
]
const PLANS = ['plan', 'reason']
/** What browser-use has its model write beside its actions. */
const SELF_REPORTS = ['evaluationpreviousgoal', 'memory', 'nextgoal']
const STRONG_ACTS = ['action', 'act', 'actions', 'toolcalls', 'toolcall', 'functioncall']
const WEAK_ACTS = ['tool', 'toolname', 'command', 'cmd', 'code']
const ACTS = [...STRONG_ACTS, ...WEAK_ACTS]
/** What ends an episode, in a step that thinks and does nothing else. */
const ANSWERS = ['finalanswer', 'answer', 'output']
/** All that the model wrote at a step. */
const RAW = [
  'modeloutput',
  'llmoutput',
  'modelresponse',
  'llmresponse',
  'rawprediction',
  'rawoutput',
  'rawresponse',
]
const TOOL_NAMES = [
  'tool',
  'toolname',
  'functionname',
  'function',
  'action',
  'actionname',
  'actiontype',
  'name',
]
const TOOL_INPUTS = [
  'toolinput',
  'toolargs',
  'toolparameters',
  'actioninput',
  'actionargs',
  'actionarguments',
  'actionparameters',
  'arguments',
  'args',
  'parameters',
  'params',
  'kwargs',
  'input',
]
const STRONG_OBSERVATIONS = ['observation', 'observations', 'obs']
const STRONG = [...THOUGHTS, ...STRONG_OBSERVATIONS]
const WEAK_OBSERVATIONS = [
  'toolresult',
  'tooloutput',
  'toolresponse',
  'result',
  'results',
  'output',
  'response',
  'environmentresponse',
  'envresponse',
  'feedback',
]

/** A record's fields by their compared names; of two that are the same, the first. */
export type Fields = ReadonlyMap<string, { value: unknown; place: number }>

const LONGEST_KEY = 60
const MOST_KEYS_KEPT = 2000
/** Compared names of keys that were met before: the records of a file share their keys. */
const compared = new Map<string, string>()

function nameOf(key: string): string {
  let name = compared.get(key)
  if (name === undefined) {
    name = key.toLowerCase().replace(/[^a-z0-9]/g, '')
    if (compared.size < MOST_KEYS_KEPT) compared.set(key, name)
  }
  return name
}

export function fieldsOf(record: object): Fields {
  const fields = new Map<string, { value: unknown; place: number }>()
  let place = 0
  for (const key of Object.keys(record)) {
    place++
    const value = (record as Record<string, unknown>)[key]
    if (value === null || value === undefined || key.length > LONGEST_KEY) continue
    const name = nameOf(key)
    if (!fields.has(name)) fields.set(name, { value, place })
  }
  return fields
}

function pick(fields: Fields, names: readonly string[]): { value: unknown; place: number } | undefined {
  for (const name of names) {
    const field = fields.get(name)
    if (field !== undefined) return field
  }
  return undefined
}

export interface Step {
  values: StepValue[]
  /** It names its thought or what it saw as nothing but a step of an agent does. */
  strong: boolean
  has: { reason: boolean; act: boolean; observation: boolean }
}

/**
 * The step that a record is; null when it has nothing of one, or is a message of a conversation. A record that keeps
 * what its model wrote in records of their own (`model_output.action`) is read with those unfolded.
 *
 * What was seen answers the act, unless the record names it before both thought and act: then it is what the agent saw
 * before it thought.
 */
export function stepOf(record: Record<string, unknown>, own = fieldsOf(record)): Step | null {
  if (isMessage(record)) return null
  const typed = typedStep(own)
  if (typed !== null) return typed
  const fields = pick(own, ACTS) === undefined ? unfolded(own) : own
  const reasons = reasonsOf(fields)
  const act = actOf(fields, reasons.length > 0)
  const observation = observationOf(fields, act?.place, reasons, act !== undefined)
  const has = { reason: reasons.length > 0, act: act !== undefined, observation: observation !== undefined }
  if (!has.reason && !has.act && !has.observation) return null
  const raw = has.reason ? undefined : rawOf(fields, act?.value, has.observation)
  const values: StepValue[] = reasons.map(({ value }) => ({ kind: 'reason', value }))
  if (raw !== undefined) values.push({ kind: 'turn', value: raw })
  else {
    const acts = act === undefined ? [] : Array.isArray(act.value) ? act.value : [act.value]
    for (const value of acts) values.push({ kind: 'act', value, group: record })
  }
  const thought = Math.min(...reasons.map(({ place }) => place), act?.place ?? Number.POSITIVE_INFINITY)
  if (observation !== undefined) {
    const seen: StepValue = { kind: 'observation', value: observation.value }
    if (observation.place < thought) values.unshift(seen)
    else values.push(seen)
  }
  const strong = pick(fields, STRONG) !== undefined
  return { values, strong, has }
}

/** The text that the model wrote, where that holds the thought that the record does not keep apart. */
function rawOf(fields: Fields, act: unknown, observed: boolean): string | undefined {
  const inAct = isRecord(act) ? pick(fieldsOf(act), RAW) : undefined
  const raw = pick(fields, RAW) ?? inAct ?? (observed ? fields.get('response') : undefined)
  return typeof raw?.value === 'string' && isWholeTurn(raw.value) ? raw.value : undefined
}

const DEEPEST_FOLD = 2

/** The fields of a record and of the records in it that hold none but a step's; its own win. */
function unfolded(own: Fields): Fields {
  let fields = own
  for (let depth = 0; depth < DEEPEST_FOLD; depth++) {
    const inner = [...fields].filter(([, { value }]) => isRecord(value) && !isMessage(value))
    if (inner.length === 0) break
    const wider = new Map(fields)
    for (const [folded, { value, place }] of inner) {
      wider.delete(folded)
      // In the place of the record they come from, in their own order.
      for (const [name, field] of fieldsOf(value as object)) {
        if (!fields.has(name)) wider.set(name, { ...field, place: place + field.place / 1e6 })
      }
    }
    fields = wider
  }
  return pick(fields, ACTS) === undefined ? own : fields
}

/** The turn of a conversation, or an entry of a list of tools: no step whatever else it holds. */
function isMessage(record: Record<string, unknown>): boolean {
  return typeof record.role === 'string' || (typeof record.from === 'string' && 'value' in record)
}

function reasonsOf(fields: Fields): { value: unknown; place: number }[] {
  const found: { value: unknown; place: number }[] = []
  for (const name of THOUGHTS) {
    const field = fields.get(name)
    if (field === undefined || typeof field.value === 'boolean' || typeof field.value === 'number') continue
    found.push(field)
  }
  const plan = pick(fields, PLANS)
  if (plan !== undefined && typeof plan.value === 'string') {
    if (fields.has('plan') || found.length === 0) found.push(plan)
  }
  if (fields.has('nextgoal')) {
    found.push(...SELF_REPORTS.map((name) => fields.get(name)).filter((field) => field !== undefined))
  }
  if (found.length < 2) return found
  const distinct = new Map(found.map((field) => [textOf(field.value).trim(), field]))
  return [...distinct.values()].sort((a, b) => a.place - b.place)
}

function actOf(fields: Fields, thinks: boolean): { value: unknown; place: number } | undefined {
  const input = pick(fields, TOOL_INPUTS)
  const name = pick(fields, TOOL_NAMES.slice(0, thinks ? undefined : -1))
  if (input !== undefined && name !== undefined && isToolName(name.value)) {
    return { value: { name: name.value, arguments: input.value }, place: name.place }
  }
  const act = pick(fields, ACTS)
  if (act !== undefined && typeof act.value !== 'boolean') return act
  return thinks ? pick(fields, ANSWERS) : undefined
}

/** A name such as `search` or `Google Search`, not an act that is written out: `search[x]`, `go to desk 1`. */
function isToolName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z_][\w.:/ -]{0,79}$/.test(value) && value.split(' ').length <= 4
}

function observationOf(
  fields: Fields,
  actPlace: number | undefined,
  reasons: { value: unknown }[],
  acts: boolean,
): { value: unknown; place: number } | undefined {
  const strong = pick(fields, STRONG_OBSERVATIONS)
  if (strong !== undefined) return strong
  const weak = acts ? pick(fields, WEAK_OBSERVATIONS) : undefined
  if (weak === undefined || weak.place === actPlace) return undefined
  // What the model wrote, thought and act in one text.
  const raw = typeof weak.value === 'string' ? weak.value : ''
  const repeated = reasons.some(({ value }) => {
    return typeof value === 'string' && value.trim() !== '' && raw.includes(value.trim())
  })
  return repeated ? undefined : weak
}

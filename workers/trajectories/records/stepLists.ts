import { isRecord } from '../../isRecord.ts'
import { type Fields, stepOf, THOUGHTS } from './steps.ts'
import type { StepValue } from './values.ts'

/** The ways in which one record or list keeps all steps of an episode. */

const RECORDS_LOOKED_AT = 8

/**
 * Whether a list is one of steps. Entries that are no records or say nothing may stand between them, as lists also
 * hold the end of the run, scores and the like.
 *
 * @param named true when the list stands where people keep the steps of an episode; else only names that nothing but
 *   an agent's steps have are believed
 */
export function isStepList(list: readonly unknown[], named: boolean): boolean {
  const sample = list.slice(0, RECORDS_LOOKED_AT).filter(isRecord)
  if (sample.length === 0 || sample.length * 2 < Math.min(list.length, RECORDS_LOOKED_AT)) return false
  const steps = sample.map((record) => stepOf(record)).filter((step) => step !== null)
  const acts = steps.some(({ has }) => has.act)
  const framed = steps.some(({ has }) => has.reason || has.observation)
  if (steps.length * 2 < sample.length || !acts || !framed) return false
  return named || steps.some(({ strong }) => strong)
}

/** The values of all steps in a list. */
export function stepValues(list: readonly unknown[]): StepValue[] {
  return list.flatMap((entry) => (isRecord(entry) ? (stepOf(entry)?.values ?? []) : []))
}

const ACT_LISTS = ['actions', 'action', 'acts', 'act', 'toolcalls', 'commands', 'calls']
const THOUGHT_LISTS = [...THOUGHTS.flatMap((name) => [name, `${name}s`]), 'reasons', 'plans']
const OBSERVATION_LISTS = ['observations', 'observation', 'obs', 'results', 'outputs', 'responses']

/** Steps kept as one list for thoughts, one for acts and one for observations, all of a length; null for others. */
export function parallelLists(fields: Fields): StepValue[] | null {
  const lists = (names: readonly string[]) => names.map((name) => fields.get(name)?.value).find(Array.isArray)
  const acts = lists(ACT_LISTS)
  if (acts === undefined) return null
  const reasons = lists(THOUGHT_LISTS)
  const observations = lists(OBSERVATION_LISTS)
  const beside = [reasons, observations].some(
    (list) => list?.length && Math.abs(list.length - acts.length) <= 1,
  )
  if (!beside) return null
  // Lists of records are lists of steps or messages.
  if (observations?.some(isRecord) && reasons === undefined) return null
  // Gymnasium's way: what is seen first comes before any act.
  const first = observations !== undefined && observations.length === acts.length + 1 ? 1 : 0
  const values: StepValue[] = []
  if (first > 0) values.push({ kind: 'observation', value: observations![0] })
  for (let i = 0; i < Math.max(reasons?.length ?? 0, acts.length, observations?.length ?? 0); i++) {
    if (reasons && i < reasons.length) values.push({ kind: 'reason', value: reasons[i] })
    const act: unknown = acts[i]
    for (const value of Array.isArray(act) ? act : [act]) values.push({ kind: 'act', value, group: i })
    if (observations && i + first < observations.length) {
      values.push({ kind: 'observation', value: observations[i + first] })
    }
  }
  return values
}

const NUMBERED = /^(thought|tool_name|tool_args|observation|action|action_input|reasoning)_(\d{1,6})$/

/**
 * The dictionary that DSPy's ReAct keeps: `thought_0`, `tool_name_0`, `tool_args_0`, `observation_0`, `thought_1` …;
 * null for anything else. A tool that returned nothing is written `None`, as the model read it.
 */
export function numberedSteps(record: Record<string, unknown>): StepValue[] | null {
  const steps = new Map<number, Record<string, unknown>>()
  for (const [key, value] of Object.entries(record)) {
    const last = key.charCodeAt(key.length - 1)
    const match = last >= 48 && last <= 57 ? NUMBERED.exec(key) : null
    if (match === null) continue
    const number = Number(match[2])
    const step = steps.get(number)
    if (step === undefined) steps.set(number, { [match[1]!]: value })
    else step[match[1]!] = value
  }
  const first = steps.values().next().value
  if (first === undefined || Object.keys(first).length < 2) return null
  const values: StepValue[] = []
  for (const [, step] of [...steps].sort(([a], [b]) => a - b)) {
    const read = stepOf({ ...step, observation: undefined })
    values.push(...(read?.values ?? []))
    if ('observation' in step) values.push({ kind: 'observation', value: step.observation ?? 'None' })
  }
  return values.some(({ kind }) => kind === 'act') ? values : null
}

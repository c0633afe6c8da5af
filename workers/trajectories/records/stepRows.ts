import { isRecord } from '../../isRecord.ts'
import { type Fields, fieldsOf } from './steps.ts'

/** Rows of one step each: which of them belong to one episode. */

/** Where people keep what the agent was asked to do. */
export const TASK_KEYS = [
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

/** What the rows of an episode share: its id, or the task where there is none, and the attempt. */
export function keyOfRow(fields: Fields): string {
  const plain = (names: readonly string[]) => {
    for (const name of names) {
      const value = fields.get(name)?.value
      if (typeof value === 'string' || typeof value === 'number') return String(value)
    }
    return ''
  }
  const id = plain(EPISODE_KEYS)
  return [id === '' ? plain(ROW_TASK_KEYS) : id, ...ATTEMPT_KEYS.map((key) => plain([key]))].join('\n')
}

/** Rows of several episodes, one after another: a new key, a count that begins again, or an end before it. */
export function splitRows(list: readonly unknown[]): Record<string, unknown>[][] {
  const episodes: Record<string, unknown>[][] = []
  let key = ''
  let last: Fields | undefined
  for (const row of list) {
    if (!isRecord(row)) continue
    const fields = fieldsOf(row)
    const own = keyOfRow(fields)
    const known = own.trim() !== ''
    if (last === undefined || (known && key !== '' && own !== key) || beginsAgain(last, fields)) {
      episodes.push([row])
      key = ''
    } else episodes.at(-1)!.push(row)
    if (known) key = own
    last = fields
  }
  return episodes
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
function beginsAgain(last: Fields, next: Fields): boolean {
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

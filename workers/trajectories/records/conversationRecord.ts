import { isRecord } from '../../isRecord.ts'
import type { Draft, Outcome } from '../formats/format.ts'
import { partsOf } from './contentParts.ts'
import { conversationPieces, type Turn } from './conversation.ts'
import { firstOf, jsonText, recordOf, unpacked, wordsOf } from './fields.ts'
import { isMessageList, turnsOf } from './message.ts'

/** Records that hold a conversation as a list of messages, under whatever names people give the list. */

const LIST_KEYS = [
  'messages',
  'conversation',
  'conversations',
  'history',
  'chat_history',
  'message_history',
  'traj',
  'trajectory',
  'transcript',
  'dialog',
  'dialogue',
  'dialogs',
  'chat',
  'turns',
  'steps',
  'interactions',
  'chosen_messages',
  'chosen',
] as const
/** Two lists, or a list and a message, that continue each other: preference and completion data, LangSmith's runs. */
const CONTINUED = [
  ['prompt', 'completion'],
  ['prompt', 'response'],
  ['prompt', 'chosen'],
  ['input', 'preferred_output'],
  ['input', 'output'],
  ['inputs', 'outputs'],
] as const
const INNER_KEYS = ['messages', 'input', 'output', 'message'] as const

export interface Conversation {
  turns: Turn[]
  outcome?: Outcome
  /** The record says that the agent has tools. */
  tools: boolean
}

/**
 * The conversation of a JSON value: a bare list of messages, or a record with one. A value that holds several versions
 * of it (a list for every step, each beginning with the one before) has the longest only.
 *
 * @param accepts asked with the first message of a list; false leaves the list to another format
 * @returns null when the value holds no such list
 */
export function conversationsOf(
  value: object,
  accepts: (first: Record<string, unknown>) => boolean,
): Conversation[] | null {
  const isOwn = (list: unknown): list is unknown[] => isMessageList(list) && accepts(recordOf(list[0])!)
  if (Array.isArray(value)) {
    if (isOwn(value)) return [{ turns: turnsOf(value), tools: false }]
    return value.length > 1 && value.every(isOwn) ? withoutPrefixes(value) : null
  }
  const record = value as Record<string, unknown>
  const messages = listOf(record, isOwn)
  if (messages === null) return null
  const turns = turnsOf(messages)
  return [
    {
      turns: [...systemOf(record, turns), ...turns],
      tools: offersTools(record),
      outcome: gradeOf(record),
    },
  ]
}

/** The drafts of conversations; one in which no agent speaks gives none. */
export function conversationDrafts(conversations: Conversation[]): Draft[] {
  return conversations.flatMap(({ turns, tools, outcome }) => {
    const pieces = conversationPieces(turns, tools)
    return pieces === null ? [] : [{ pieces, ...outcome }]
  })
}

type IsOwn = (list: unknown) => list is unknown[]

function listOf(record: Record<string, unknown>, isOwn: IsOwn): unknown[] | null {
  for (const key of LIST_KEYS) {
    const list = unpacked(record[key])
    if (!isOwn(list)) continue
    // The better of two answers stands under what was asked.
    const asked = key === 'chosen' ? listIn(record.prompt, isOwn) : null
    return asked === null || begins(asked, list) ? answered(list, record, isOwn) : [...asked, ...list]
  }
  for (const [before, after] of CONTINUED) {
    const asked = listIn(record[before], isOwn)
    const reply = asked === null ? null : listIn(record[after], isOwn)
    if (asked === null || reply === null) continue
    // An answer that repeats what was asked holds the whole conversation.
    return begins(asked, reply) ? reply : [...asked, ...reply]
  }
  return null
}

/** A list in which the agent has not answered yet, with the answer that the record prefers. */
function answered(list: unknown[], record: Record<string, unknown>, isOwn: IsOwn): unknown[] {
  const { chosen } = record
  if (!isOwn([chosen]) || turnsOf(list).at(-1)?.speaker === 'agent') return list
  return [...list, chosen]
}

/** A list of messages, a single message, or either inside `{messages: ...}`. */
function listIn(value: unknown, isOwn: IsOwn): unknown[] | null {
  const data = unpacked(value)
  if (isOwn(data)) return data
  if (!isRecord(data)) return null
  if (isOwn([data])) return [data]
  const list = unpacked(firstOf(data, INNER_KEYS))
  if (isOwn(list)) return list
  // LangChain runs several conversations in one call, nearly always one.
  if (Array.isArray(list) && list.length === 1 && isOwn(list[0])) return list[0]
  return isRecord(list) && isOwn([list]) ? [list] : null
}

function begins(short: unknown[], long: unknown[]): boolean {
  return (
    short.length < long.length &&
    short.every((message, i) => jsonText(turnsOf([message])) === jsonText(turnsOf([long[i]])))
  )
}

/** Of lists that each begin with the one before (what the agent saw at each of its steps), the last. */
function withoutPrefixes(lists: unknown[][]): Conversation[] | null {
  const whole = lists.filter((list, i) => i + 1 === lists.length || !begins(list, lists[i + 1]!))
  if (whole.length === lists.length) return null
  return whole.map((list) => ({ turns: turnsOf(list), tools: false }))
}

/** The system prompt that a record keeps beside its messages (Anthropic, LLaMA-Factory). */
function systemOf(record: Record<string, unknown>, turns: Turn[]): Turn[] {
  if (turns[0]?.speaker === 'system') return []
  const system = firstOf(record, ['system', 'system_prompt'])
  // A single word is the name of a setting.
  if (typeof system === 'string' && !/\S\s+\S/.test(system)) return []
  if (!Array.isArray(system) && wordsOf(system) === undefined) return []
  return [{ speaker: 'system', parts: partsOf(system) }]
}

/** Inspect AI's grades of a sample, by scorer: C is correct, I incorrect; where several disagree they tell nothing. */
function gradeOf(record: Record<string, unknown>): Outcome | undefined {
  const scores = recordOf(record.scores)
  if (scores === undefined) return undefined
  const grades = new Set(Object.values(scores).map((score) => recordOf(score)?.value))
  if (grades.size !== 1 || !(grades.has('C') || grades.has('I'))) return undefined
  return { success: grades.has('C') }
}

/** Whether a record says that its agent has tools: it lists them, or (tau-bench) the calls that solve the task. */
function offersTools(record: Record<string, unknown>): boolean {
  const expected = recordOf(recordOf(record.info)?.task)?.actions
  if (Array.isArray(expected)) return true
  return [record.tools, record.functions, record.available_tools].some((field) => {
    const tools = unpacked(field)
    return Array.isArray(tools) ? tools.length > 0 : isRecord(tools) && Object.keys(tools).length > 0
  })
}

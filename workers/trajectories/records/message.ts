import { isRecord } from '../../isRecord.ts'
import { callsOf } from './calls.ts'
import { asCalls, partsOf, reasonText, resultText } from './contentParts.ts'
import type { Part, Speaker, Turn } from './conversation.ts'
import { firstOf, recordOf } from './fields.ts'
import { tokensOf } from './logprobs.ts'

/**
 * One message of a conversation, under whatever names people keep its speaker, its text, its reasoning and its calls:
 * OpenAI, Anthropic and LLaMA-Factory's content blocks, ShareGPT's from and value, LangChain's types.
 */

const SPEAKERS = new Map<string, Speaker>()
function speakers(speaker: Speaker, names: string): void {
  for (const name of names.split(' ')) SPEAKERS.set(name, speaker)
}
speakers('agent', 'assistant gpt agent model ai bot chatbot chatgpt assistant_thought')
speakers('agent', 'function_call tool_call tool_calls thought thinking reasoning')
speakers('user', 'user human environment env')
speakers('system', 'system developer')
speakers('tool', 'tool function ipython observation function_response tool_response tool_result tool_results')
speakers('tool', 'function_call_output function_result functionexecutionresult')

/** Speakers whose whole text is a call, or a thought. */
const CALLERS = new Set(['function_call', 'tool_call', 'tool_calls'])
const THINKERS = new Set(['thought', 'thinking', 'reasoning', 'assistant_thought'])

/** Types of messages; other types ("thought", "observation") are kinds of steps. */
const TYPES = new Set([
  'human',
  'ai',
  'system',
  'tool',
  'function',
  'user',
  'assistant',
  'functionexecutionresult',
])

const SPEAKER_KEYS = ['role', 'from', 'speaker', 'sender'] as const
const CONTENT_KEYS = ['content', 'value', 'text', 'message', 'parts', 'blocks', 'system_prompt'] as const
const REASON_KEYS = [
  'reasoning_content',
  'reasoning',
  'thinking',
  'thinking_content',
  'reasoning_details',
  'thinking_blocks',
  'thought',
  'thoughts',
] as const

/** The name of the speaker in lower case, `AIMessageChunk` as `ai`; undefined when the record is no message. */
function speakerName(record: Record<string, unknown>): string | undefined {
  const given = firstOf(record, SPEAKER_KEYS)
  if (typeof given === 'string' && given !== '') return given.toLowerCase()
  const author = recordOf(record.author)?.role
  if (typeof author === 'string') return author.toLowerCase()
  // Pydantic AI: {kind: "request", parts}.
  if (Array.isArray(record.parts) && record.kind === 'request') return 'user'
  if (Array.isArray(record.parts) && record.kind === 'response') return 'model'
  // LangChain: {type: "ai", ...} and {lc: 1, id: [..., "AIMessage"], kwargs: {...}}.
  const { type, id, kwargs } = record
  const named = isRecord(kwargs) && Array.isArray(id) ? id.at(-1) : type
  if (typeof named !== 'string') return undefined
  const short = named.replace(/Message(?:Chunk)?$/, '').toLowerCase()
  return TYPES.has(short) ? short : undefined
}

/** What a record wraps around the message's own fields. */
function bodyOf(record: Record<string, unknown>): Record<string, unknown> {
  for (const key of ['data', 'kwargs', 'message'] as const) {
    const inner = record[key]
    if (isRecord(inner) && ('content' in inner || 'role' in inner)) return inner
  }
  return record
}

/** Whether this value says who speaks, by name, and what. */
export function isMessage(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false
  const body = bodyOf(value)
  if ((speakerName(body) ?? speakerName(value)) === undefined) return false
  const content = firstOf(body, CONTENT_KEYS)
  if (content !== undefined) return typeof content === 'string' || typeof content === 'object'
  return [...CONTENT_KEYS, ...REASON_KEYS, 'tool_calls', 'function_call', 'tool_results'].some(
    (key) => key in body,
  )
}

const MOST_MESSAGES_CHECKED = 4

/** A list whose first entries are messages, one of them by a speaker of a name that people use. */
export function isMessageList(value: unknown): value is unknown[] {
  if (!Array.isArray(value) || value.length === 0) return false
  const first = value.slice(0, MOST_MESSAGES_CHECKED)
  return first.every(isMessage) && first.some((message) => SPEAKERS.has(nameOf(message)))
}

function nameOf(message: Record<string, unknown>): string {
  return speakerName(bodyOf(message)) ?? speakerName(message) ?? ''
}

/** The turns of a list of messages; entries that are none are passed over. */
export function turnsOf(messages: readonly unknown[]): Turn[] {
  const own = messages.filter(isMessage)
  const turns = own.map(turnOf)
  // AutoGen keeps a talk as one side sees it: what that side asked first is "assistant", too.
  if (turns[1]?.speaker === 'agent' && turns[0]!.speaker === 'agent' && areNamed(own[0]!, own[1]!)) {
    turns[0]!.speaker = 'user'
  }
  return turns
}

/** Whether two messages carry the names of different speakers. */
function areNamed({ name: one }: Record<string, unknown>, { name: other }: Record<string, unknown>): boolean {
  return typeof one === 'string' && typeof other === 'string' && one !== other
}

/** One message as a turn; a speaker of an unknown name is one of the others. */
export function turnOf(message: Record<string, unknown>): Turn {
  const name = nameOf(message)
  const body = bodyOf(message)
  // Some keep what belongs to a message beside it: `{message: {role, content}, reasoning_content, tool_calls}`.
  const records = body === message ? [body] : [body, message]
  const speaker = SPEAKERS.get(name) ?? 'user'
  const said = firstOf(body, CONTENT_KEYS)
  const data = speaker === 'tool' && Array.isArray(said) && said.every((one) => typeof one === 'string')
  const content =
    said === undefined ? resultParts(body.tool_results) : partsOf(data ? resultText(said) : said)
  const turn: Turn = { speaker, parts: speaker === 'agent' ? agentParts(name, records, content) : content }
  const tokens = speaker === 'agent' ? records.map(tokensOf).find((found) => found !== null) : undefined
  if (tokens !== undefined && tokens !== null) turn.tokens = tokens
  if (records.some((record) => record.is_demo === true || record.example === true)) turn.demonstration = true
  if (message.message_type === 'demonstration') turn.demonstration = true
  if (records.some(isMuted)) turn.supervised = false
  return turn
}

/** Cohere's results: what each call was answered. */
function resultParts(results: unknown): Part[] {
  if (!Array.isArray(results)) return []
  return results.map((result) => ({ kind: 'result', text: resultText(recordOf(result)?.outputs ?? result) }))
}

/** Flags by which training data leaves a turn out of the loss. */
function isMuted({ loss, weight, loss_weight, train }: Record<string, unknown>): boolean {
  return loss === false || weight === 0 || loss_weight === 0 || train === false
}

function agentParts(name: string, records: Record<string, unknown>[], content: Part[]): Part[] {
  // Open Interpreter runs what stands in messages of this type.
  if (CALLERS.has(name) || records.at(-1)!.type === 'code') return content.flatMap(asCalls)
  if (THINKERS.has(name)) {
    return content.map((part) => (part.kind === 'text' ? { ...part, kind: 'reason' } : part))
  }
  const extras = records
    .map((record) => recordOf(record.additional_kwargs))
    .filter((extra) => extra !== undefined)
  const fields = extras.length === 0 ? records : [...records, ...extras]
  const thought = content.some(({ kind }) => kind === 'reason') ? null : reasonOf(fields, content)
  const parts = thought === null ? content : [thought, ...content]
  if (!parts.some(({ kind }) => kind === 'call')) parts.push(...callsIn(fields))
  // What the tools answered, where a record keeps it with the turn that called them.
  for (const { observation } of records) {
    if (observation === undefined) continue
    for (const part of partsOf(recordOf(observation)?.results ?? observation)) {
      if (part.kind === 'text') parts.push({ ...part, kind: 'result' })
    }
  }
  return parts
}

/** The calls of the first field that holds any. */
function callsIn(records: Record<string, unknown>[]): Part[] {
  for (const { tool_calls, function_call } of records) {
    for (const field of [tool_calls, function_call]) {
      const calls = field ? callsOf(field) : []
      if (calls.length > 0) return calls.map((call) => ({ kind: 'call', call }))
    }
  }
  return []
}

/** Reasoning in a field of its own; null where there is none, or the text holds it as well. */
function reasonOf(records: Record<string, unknown>[], content: Part[]): Part | null {
  for (const key of REASON_KEYS) {
    for (const record of records) {
      const text = record[key] === undefined ? undefined : reasonText(record[key])
      if (text === undefined) continue
      const said = content.some((part) => part.kind === 'text' && saysFirst(part.text, text.trim()))
      return said ? null : { kind: 'reason', text }
    }
  }
  return null
}

const OPENING = /\s*(?:<\w{1,20}>|[A-Z][a-z]{2,12}:)?\s*/y

/** Whether a text begins with a thought, perhaps behind its marker. */
function saysFirst(text: string, thought: string): boolean {
  OPENING.lastIndex = 0
  const at = OPENING.test(text) ? OPENING.lastIndex : 0
  return text.startsWith(thought, at) || text.trimStart().startsWith(thought)
}

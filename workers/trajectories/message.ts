import { callOf, callsOf, callsOfText } from './calls.ts'
import type { Part, Speaker, Turn } from './conversation.ts'
import { firstOf, isRecord, jsonText, recordOf, wordsOf } from './fields.ts'
import { isBlank } from './lines.ts'
import { tokensOf } from './logprobs.ts'
import { spacedJson } from './toolCall.ts'

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
speakers('tool', 'function_call_output function_result')

/** Speakers whose whole text is a call, or a thought. */
const CALLERS = new Set(['function_call', 'tool_call', 'tool_calls'])
const THINKERS = new Set(['thought', 'thinking', 'reasoning', 'assistant_thought'])

/** Types of messages; other types ("thought", "observation") are kinds of steps. */
const TYPES = new Set(['human', 'ai', 'system', 'tool', 'function', 'user', 'assistant'])

const SPEAKER_KEYS = ['role', 'from', 'speaker', 'sender'] as const
const CONTENT_KEYS = ['content', 'value', 'text', 'message', 'parts'] as const
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
  return [...CONTENT_KEYS, ...REASON_KEYS, 'tool_calls', 'function_call'].some((key) => key in body)
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
  return messages.filter(isMessage).map(turnOf)
}

/** One message as a turn; a speaker of an unknown name is one of the others. */
export function turnOf(message: Record<string, unknown>): Turn {
  const name = nameOf(message)
  const body = bodyOf(message)
  const speaker = SPEAKERS.get(name) ?? 'user'
  const said = firstOf(body, CONTENT_KEYS)
  const data = speaker === 'tool' && Array.isArray(said) && said.every((one) => typeof one === 'string')
  const content = partsOf(data ? resultText(said) : said)
  const parts = speaker === 'agent' ? agentParts(name, body, content) : content
  const turn: Turn = { speaker, parts }
  const tokens = speaker === 'agent' ? (tokensOf(body) ?? tokensOf(message)) : null
  if (tokens !== null) turn.tokens = tokens
  const flags = [message, body]
  if (flags.some((record) => record.is_demo === true || record.example === true)) turn.demonstration = true
  if (message.message_type === 'demonstration') turn.demonstration = true
  if (flags.some((record) => record.loss === false || record.weight === 0 || record.train === false)) {
    turn.supervised = false
  }
  return turn
}

function agentParts(name: string, body: Record<string, unknown>, content: Part[]): Part[] {
  if (CALLERS.has(name)) return content.flatMap(asCalls)
  if (THINKERS.has(name)) {
    return content.map((part) => (part.kind === 'text' ? { ...part, kind: 'reason' } : part))
  }
  const parts = content.some(({ kind }) => kind === 'reason')
    ? content
    : [...reasonOf(body, content), ...content]
  if (parts.some(({ kind }) => kind === 'call')) return parts
  const extra = recordOf(body.additional_kwargs)
  for (const calls of [body.tool_calls, body.function_call, extra?.tool_calls, extra?.function_call]) {
    const found = callsOf(calls)
    if (found.length > 0) return [...parts, ...found.map((call): Part => ({ kind: 'call', call }))]
  }
  return parts
}

/** Text that stands where a call should: the call it holds as JSON, or an act as it was written. */
function asCalls(part: Part): Part[] {
  if (part.kind !== 'text') return [part]
  const calls = callsOfText(part.text)
  return calls?.map((call) => ({ kind: 'call', call })) ?? [{ ...part, kind: 'act' }]
}

/** Reasoning in a field of its own, unless the text holds it as well. */
function reasonOf(body: Record<string, unknown>, content: Part[]): Part[] {
  const extra = recordOf(body.additional_kwargs)
  for (const key of REASON_KEYS) {
    const text = reasonText(body[key] ?? extra?.[key])
    if (text === undefined) continue
    const said = content.some((part) => part.kind === 'text' && saysFirst(part.text, text.trim()))
    return said ? [] : [{ kind: 'reason', text }]
  }
  return []
}

const OPENING = /\s*(?:<\w{1,20}>|[A-Z][a-z]{2,12}:)?\s*/y

/** Whether a text begins with a thought, perhaps behind its marker. */
function saysFirst(text: string, thought: string): boolean {
  OPENING.lastIndex = 0
  const at = OPENING.test(text) ? OPENING.lastIndex : 0
  return text.startsWith(thought, at) || text.trimStart().startsWith(thought)
}

const REASON_TEXT_KEYS = ['text', 'thinking', 'content', 'summary', 'reasoning', 'value'] as const

/** A string, {text} or {thinking}, or a list of these, each on lines of its own. */
function reasonText(value: unknown): string | undefined {
  if (typeof value === 'string') return wordsOf(value)
  if (isRecord(value)) return reasonText(firstOf(value, REASON_TEXT_KEYS))
  if (!Array.isArray(value)) return undefined
  const texts = value.map((one) => (Array.isArray(one) ? undefined : reasonText(one)))
  return wordsOf(texts.filter((text) => text !== undefined).join('\n'))
}

/**
 * What a content field holds: a string, a list of blocks or strings (texts next to each other are one), or data that a
 * tool answered with, which is written as JSON.
 */
export function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (isRecord(content)) {
    if (Array.isArray(content.parts)) return partsOf(content.parts)
    const block = blockParts(content)
    return block.length > 0 || 'type' in content ? block : [textPart(spacedJson(jsonText(content)))]
  }
  if (!Array.isArray(content)) return []
  const parts: Part[] = []
  for (const block of content) {
    for (const part of typeof block === 'string' ? [textPart(block)] : blockParts(block)) {
      const last = parts.at(-1)
      if (part.kind === 'text' && last?.kind === 'text') last.text += part.text
      else parts.push({ ...part })
    }
  }
  return parts
}

function textPart(text: string): Part {
  return { kind: 'text', text }
}

/** A content block of OpenAI, Anthropic, Gemini, LangChain or LLaMA-Factory; pictures and the like leave no text. */
function blockParts(block: unknown): Part[] {
  if (!isRecord(block)) return []
  const type = typeof block.type === 'string' ? block.type : ''
  if (block.functionCall !== undefined || block.function_call !== undefined) return callParts(block)
  const answered = block.functionResponse ?? block.function_response
  if (isRecord(answered)) return [{ kind: 'result', text: resultText(answered.response ?? answered.output) }]
  if (/tool_result|tool_response|function_response|function_call_output|tool_output/.test(type)) {
    return [{ kind: 'result', text: resultText(firstOf(block, ['content', 'output', 'value', 'text'])) }]
  }
  if (/^(?:server_|mcp_)?tool_(?:call|use)$|^function(?:_call)?$|^toolCall$/.test(type)) {
    return callParts(block)
  }
  if (/reason|think|thought/.test(type) || block.thought === true) {
    const text = reasonText(block)
    return text === undefined ? [] : [{ kind: 'reason', text }]
  }
  const text = block.text ?? block.value ?? (typeof block.content === 'string' ? block.content : undefined)
  if (typeof text === 'string') return [{ kind: 'text', text }]
  const inner = recordOf(text)?.value
  return typeof inner === 'string' ? [{ kind: 'text', text: inner }] : []
}

/** A block that is a call, its fields beside the type or as JSON in `value`. */
function callParts(block: Record<string, unknown>): Part[] {
  if (typeof block.value === 'string') return asCalls({ kind: 'text', text: block.value })
  const call = callOf(isRecord(block.value) ? block.value : block)
  return call === null ? [] : [{ kind: 'call', call }]
}

/**
 * What a tool answered: its text, the texts of its blocks on lines of their own, or the data as JSON in the form of a
 * call's arguments.
 */
export function resultText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  const blocks = Array.isArray(value) ? value.map(textOfBlock) : [textOfBlock(value)]
  if (blocks.every((text) => text !== undefined)) return blocks.filter((text) => !isBlank(text)).join('\n')
  return spacedJson(jsonText(value))
}

/** The text of a block; '' for a picture; undefined for what is no block. */
function textOfBlock(block: unknown): string | undefined {
  if (!isRecord(block) || typeof block.type !== 'string') return undefined
  return wordsOf(block.text) ?? wordsOf(block.value) ?? ''
}

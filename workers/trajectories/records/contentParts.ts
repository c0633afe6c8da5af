import { isRecord } from '../../isRecord.ts'
import { isBlank } from '../notation/lines.ts'
import { spacedJson } from '../toolCall.ts'
import { callOf, callsOfText } from './calls.ts'
import type { Part } from './conversation.ts'
import { firstOf, jsonText, recordOf, wordsOf } from './fields.ts'

/** The content of a message: text, blocks of OpenAI, Anthropic, Gemini, LangChain and LLaMA-Factory, or data. */

const REASON_TEXT_KEYS = [
  'text',
  'thinking',
  'content',
  'summary',
  'reasoning',
  'reasoningText',
  'value',
] as const
/** Wrappers around a thought that are looked into. */
const DEEPEST_REASON = 4

/** Reasoning as records keep it: a string, {text} or {thinking}, or a list of these, each on lines of its own. */
export function reasonText(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return wordsOf(value)
  if (depth > DEEPEST_REASON) return undefined
  if (isRecord(value)) return reasonText(firstOf(value, REASON_TEXT_KEYS), depth + 1)
  if (!Array.isArray(value)) return undefined
  const texts = value.map((one) => reasonText(one, depth + 1))
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
      // Pydantic AI puts the system prompt and what the user says into one list.
      const same = !(isRecord(block) && 'part_kind' in block)
      if (same && part.kind === 'text' && last?.kind === 'text') last.text += part.text
      else parts.push({ ...part })
    }
  }
  return parts
}

function textPart(text: string): Part {
  return { kind: 'text', text }
}

/** Fields that wrap a call, and those that wrap what it was answered: Gemini, Bedrock, Haystack, Vercel. */
const CALL_KEYS = ['functionCall', 'function_call', 'toolUse', 'tool_call', 'toolInvocation'] as const
const RESULT_KEYS = ['functionResponse', 'function_response', 'toolResult', 'tool_call_result'] as const
const ANSWER_KEYS = ['response', 'content', 'output', 'result', 'value', 'text'] as const

const RESULT_TYPE = /(?:tool|function|call)_(?:result|response|return|output)$/
const CALL_TYPE =
  /^(?:server_|mcp_)?tool_?(?:call|use|invocation)$|^function(?:_call)?$|^dynamic_tool$|^tool_\w/i
const REASON_TYPE = /reason|think|thought/

/** A block of a content list; pictures and the like leave no text. */
function blockParts(block: unknown): Part[] {
  if (!isRecord(block)) return []
  const given = firstOf(block, ['type', 'part_kind', 'block_type'])
  const type = typeof given === 'string' ? given.replaceAll('-', '_') : ''
  const answered = RESULT_KEYS.map((key) => block[key]).find(isRecord)
  if (answered !== undefined || RESULT_TYPE.test(type)) return resultParts(answered ?? block)
  const called = CALL_KEYS.map((key) => block[key]).find(isRecord)
  if (called !== undefined) return [...callParts(called), ...answerOf(called)]
  // AutoGen's calls have no type.
  const bare = type === '' && typeof block.name === 'string' && 'arguments' in block
  if (bare || CALL_TYPE.test(type)) return [...callParts(block), ...answerOf(block)]
  const thought =
    block.reasoningContent ?? (REASON_TYPE.test(type) || block.thought === true ? block : undefined)
  if (thought !== undefined) {
    const text = reasonText(thought)
    return text === undefined ? [] : [{ kind: 'reason', text }]
  }
  const text = block.text ?? block.value ?? (typeof block.content === 'string' ? block.content : undefined)
  if (typeof text === 'string') return [{ kind: 'text', text }]
  const inner = recordOf(text)?.value
  return typeof inner === 'string' ? [{ kind: 'text', text: inner }] : []
}

function resultParts(answer: Record<string, unknown>): Part[] {
  return [{ kind: 'result', text: resultText(firstOf(answer, ANSWER_KEYS)) }]
}

/** What a call was answered, where the block of the call holds that too (Vercel's invocations). */
function answerOf(call: Record<string, unknown>): Part[] {
  const answer = 'state' in call ? (call.result ?? call.output) : undefined
  return answer === undefined || answer === null ? [] : [{ kind: 'result', text: resultText(answer) }]
}

/** A block that is a call, its fields beside the type or as JSON in `value`. */
function callParts(block: Record<string, unknown>): Part[] {
  if (typeof block.value === 'string') return asCalls({ kind: 'text', text: block.value })
  const call = callOf(isRecord(block.value) ? block.value : block)
  if (call !== null) return [{ kind: 'call', call }]
  // Vercel's `{type: "tool-search", input}`.
  const name = typeof block.type === 'string' ? /^tool-(\S{1,200})$/.exec(block.type)?.[1] : undefined
  return name === undefined ? [] : [{ kind: 'call', call: { name, arguments: jsonText(block.input ?? {}) } }]
}

/**
 * What a tool answered: its text, the texts of its blocks on lines of their own, or the data as JSON in the form of a
 * call's arguments.
 */
export function resultText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  const blocks = Array.isArray(value)
    ? value.map((block) => textOfBlock(block) ?? untypedText(block))
    : [textOfBlock(value)]
  if (blocks.every((text) => text !== undefined)) return blocks.filter((text) => !isBlank(text)).join('\n')
  return spacedJson(jsonText(value))
}

const MEDIA = /image|audio|video|file|document|media|resource/

/** The text of a block; '' for a picture and the like; undefined for data. */
function textOfBlock(block: unknown): string | undefined {
  if (!isRecord(block) || typeof block.type !== 'string') return undefined
  const { type, text, value } = block
  const words = wordsOf(text) ?? wordsOf(value) ?? wordsOf(recordOf(block.resource)?.text)
  return words ?? (MEDIA.test(type) || typeof text === 'string' ? '' : undefined)
}

/** Bedrock's `{text}` and `{json}`. */
function untypedText(block: unknown): string | undefined {
  if (!isRecord(block)) return undefined
  const [key, another] = Object.keys(block)
  if (another !== undefined) return undefined
  if (key === 'json') return spacedJson(jsonText(block.json))
  return key === 'text' && typeof block.text === 'string' ? block.text : undefined
}

/** Text that stands where a call should: the call it holds as JSON, or an act as it was written. */
export function asCalls(part: Part): Part[] {
  if (part.kind !== 'text') return [part]
  const calls = callsOfText(part.text)
  return calls?.map((call) => ({ kind: 'call', call })) ?? [{ ...part, kind: 'act' }]
}

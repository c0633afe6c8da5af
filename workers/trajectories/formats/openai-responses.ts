import { isRecord } from '../../isRecord.ts'
import { callOf } from '../records/calls.ts'
import { partsOf, resultText } from '../records/contentParts.ts'
import { conversationPieces, type Turn } from '../records/conversation.ts'
import { jsonText, recordOf, unpacked, wordsOf } from '../records/fields.ts'
import { tokensOf } from '../records/logprobs.ts'
import { isMessage, turnOf } from '../records/message.ts'
import type { Draft, Format } from './format.ts'
import { openaiMessages } from './openai-messages.ts'

/**
 * Items of OpenAI's Responses API: reasoning, message, function_call, function_call_output and their kin, as a bare
 * list, as the output of a response, or as a rollout with the request's `input` before it (NeMo Gym).
 */
export const openaiResponses: Format = {
  id: 'openai-responses',
  title: 'OpenAI Responses items (reasoning, message, function_call, function_call_output)',
  readJson(value) {
    if (Array.isArray(value)) return isItemList(value) ? draftsOf(value.map(turnOfItem)) : null
    const record = value as Record<string, unknown>
    const response = recordOf(unpacked(record.response)) ?? record
    const output = unpacked(response.output)
    if (!isItemList(output)) return null
    const request = REQUEST_KEYS.map((key) => recordOf(unpacked(record[key]))).find(
      (one) => one !== undefined,
    )
    const asked = inputTurns(request?.input ?? response.input ?? record.input)
    const told = wordsOf(request?.instructions) ?? wordsOf(response.instructions)
    const system: Turn[] = told === undefined ? [] : [{ speaker: 'system', parts: partsOf(told) }]
    return draftsOf([...system, ...asked, ...output.map(turnOfItem)])
  },
  rowKey(record) {
    // What the user asked may stand before the items as a plain message.
    const own = isRecord(record) && (isItem(record) || isItemMessage(record))
    return own || openaiMessages.rowKey?.(record) === '' ? 'items' : null
  },
}

const REQUEST_KEYS = ['responses_create_params', 'request', 'params'] as const

function draftsOf(turns: Turn[]): Draft[] {
  const pieces = conversationPieces(turns, true)
  return pieces === null ? [] : [{ pieces }]
}

/** The item types of the API that chat messages do not have. */
const ITEM_TYPE =
  /^(?:reasoning|item_reference|compaction|(?:function|custom_tool|tool_search|mcp|computer|local_shell|shell|apply_patch|web_search|file_search|code_interpreter|image_generation)_call(?:_output)?|mcp_list_tools|mcp_approval_(?:request|response))$/
const MOST_ITEMS_CHECKED = 4

/** Items of the API, at least one of which is no plain message, or all of them messages that name themselves so. */
function isItemList(value: unknown): value is Record<string, unknown>[] {
  if (!Array.isArray(value) || value.length === 0) return false
  const items = value as unknown[]
  if (!items.slice(0, MOST_ITEMS_CHECKED).every((item) => isItem(item) || isMessage(item))) return false
  if (!items.every(isRecord)) return false
  return items.some(isItem) || items.every(isItemMessage)
}

function isItem(item: unknown): boolean {
  return isRecord(item) && typeof item.type === 'string' && ITEM_TYPE.test(item.type) && !('role' in item)
}

function isItemMessage(item: Record<string, unknown>): boolean {
  return (
    item.type === 'message' && typeof item.role === 'string' && 'content' in item && !('stop_reason' in item)
  )
}

/** The request's input: a sentence of the user, or items. */
function inputTurns(input: unknown): Turn[] {
  const value = unpacked(input)
  if (typeof value === 'string') return [{ speaker: 'user', parts: partsOf(value) }]
  return Array.isArray(value) ? value.filter(isRecord).map(turnOfItem) : []
}

const SILENT = new Set(['item_reference', 'compaction', 'mcp_list_tools'])

/** One item as a turn; bookkeeping leaves no text. */
export function turnOfItem(item: Record<string, unknown>): Turn {
  const type = typeof item.type === 'string' ? item.type : ''
  const message: boolean = isMessage(item)
  if (message) return messageTurn(item)
  if (SILENT.has(type)) return { speaker: 'system', parts: [] }
  if (type === 'reasoning') {
    // What the model thought, where the provider shows it; otherwise the summary it gives.
    const text = resultText(item.content) || resultText(item.summary) || resultText(item.text)
    return { speaker: 'agent', parts: [{ kind: 'reason', text: blankList(text) }] }
  }
  if (/_(?:output|response)$/.test(type)) {
    return { speaker: 'tool', parts: [{ kind: 'result', text: resultText(item.output ?? item.content) }] }
  }
  return callTurn(item, type)
}

/** `[]` is how an empty list is written as data. */
function blankList(text: string): string {
  return text === '[]' ? '' : text
}

function messageTurn(item: Record<string, unknown>): Turn {
  const turn = turnOf(item)
  const blocks = Array.isArray(item.content) ? item.content.filter(isRecord) : []
  const tokens = blocks.map(tokensOf).filter((found) => found !== null)
  return tokens.length > 0 && turn.speaker === 'agent' ? { ...turn, tokens: tokens.flat() } : turn
}

/** A call, under its own name or under that of a tool that the provider runs, with the answer where it is part of it. */
function callTurn(item: Record<string, unknown>, type: string): Turn {
  const named = callOf(item)
  const given = item.action ?? item.queries ?? item.code ?? item.operation
  const call = named ?? { name: type.replace(/_call$/, ''), arguments: given && jsonText(given) }
  const answered = item.output ?? item.results ?? item.outputs ?? item.error
  const turn: Turn = { speaker: 'agent', parts: [{ kind: 'call', call }] }
  if (answered !== undefined && answered !== null) {
    turn.parts.push({ kind: 'result', text: resultText(answered) })
  }
  return turn
}

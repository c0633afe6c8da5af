import { isRecord } from '../../isRecord.ts'
import type { ToolCall } from '../formats/format.ts'
import { jsonText, unpacked } from './fields.ts'

/**
 * Tool calls as records hold them, under the names that people give to the tool and its arguments: OpenAI's nested
 * `function`, the flat one of Inspect AI, LangChain's `args`, Anthropic's `input`, Cohere's `parameters`.
 */

export const NAME_KEYS = [
  'name',
  'tool_name',
  'toolName',
  'function_name',
  'tool',
  'action',
  'recipient_name',
] as const
export const ARGUMENT_KEYS = [
  'arguments',
  'args',
  'input',
  'parameters',
  'kwargs',
  'tool_input',
  'tool_args',
  'action_input',
  'params',
] as const

/** Wrappers around a call that are looked into. */
const DEEPEST_CALL = 4

/** One call; null when the value names no tool. */
export function callOf(value: unknown, depth = 0): ToolCall | null {
  if (!isRecord(value) || depth > DEEPEST_CALL) return null
  // OpenAI's {function: {...}}, its {custom: {...}}, Gemini's {functionCall: {...}}.
  for (const key of ['function', 'custom', 'functionCall', 'function_call', 'tool_call'] as const) {
    const inner = value[key]
    if (isRecord(inner)) return callOf(inner, depth + 1)
  }
  const flat = typeof value.function === 'string' ? value.function : undefined
  const key = NAME_KEYS.find((one) => typeof value[one] === 'string' && value[one] !== '')
  const name = flat ?? (key === undefined ? undefined : (value[key] as string))
  if (name === undefined || name.trim() === '') return null
  const given = ARGUMENT_KEYS.find((one) => value[one] !== undefined)
  const data: unknown = given === undefined ? undefined : value[given]
  return { name: name.trim(), arguments: typeof data === 'object' && data !== null ? jsonText(data) : data }
}

/** All calls of a list, of a single one, or of either as JSON in a string; what names no tool is left out. */
export function callsOf(value: unknown): ToolCall[] {
  const list = unpacked(value)
  const calls = Array.isArray(list) ? list.map((one) => callOf(one)) : [callOf(list)]
  return calls.filter((call) => call !== null)
}

/**
 * The calls that a text is, and nothing else: a JSON object that names a tool, or a list of them. Their arguments stay
 * JSON in a string, digit for digit.
 *
 * @returns null when the text is anything else
 */
export function callsOfText(text: string): ToolCall[] | null {
  const value = unpacked(text)
  const list = Array.isArray(value) ? value : [value]
  const calls = list.map((one) => callOf(one))
  if (calls.length === 0 || !calls.every((call) => call !== null)) return null
  if (calls.length > 1) return calls
  const call = calls[0]!
  const key = ARGUMENT_KEYS.find((one) => isRecord(value) && value[one] !== undefined)
  if (key === undefined || typeof (value as Record<string, unknown>)[key] === 'string') return [call]
  return [{ name: call.name, arguments: memberSource(text, key) ?? call.arguments }]
}

/** A string, a number or word, or a sign of valid JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}[\]:,]+|[{}[\]:,]/gs

/** The source of a member of the outermost object of valid JSON; undefined when it has none of that name. */
function memberSource(json: string, name: string): string | undefined {
  let depth = 0
  let from = -1
  let before = ''
  let key = ''
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (from >= 0 && depth === 1 && (token === ',' || token === '}')) return json.slice(from, index).trim()
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    if (depth === 1 && token === ':' && from < 0) {
      key = before
      if (key === JSON.stringify(name)) from = index + 1
    }
    before = token
  }
  return undefined
}

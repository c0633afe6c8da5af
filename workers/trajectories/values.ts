import type { Piece, ToolCall } from './formats/format.ts'
import { spacedJson } from './toolCall.ts'
import type { SpanKind } from './trajectory.ts'

/**
 * Values that a record keeps for a thought, an act or an observation. What people put there varies: strings, calls as
 * objects or as JSON in a string, lists of content parts.
 */

const NAME_KEYS = ['name', 'tool_name', 'tool', 'function_name', 'function', 'action', 'action_name']
const ARGUMENT_KEYS = [
  'arguments',
  'args',
  'parameters',
  'params',
  'input',
  'tool_input',
  'tool_args',
  'action_input',
  'kwargs',
]
/** What may stand beside the name of a call without arguments. */
const LABEL_KEYS = new Set(['type', 'id', 'call_id', 'tool_call_id', 'index'])
const LONGEST_NAME = 200

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The call that a recorded value is: `{"name", "arguments"}` under the names that frameworks give them, the same
 * inside `function`, or an object whose single member names the call and holds its arguments. A string may hold such
 * an object as JSON; its numbers are kept digit for digit. Null for anything else.
 */
export function callOf(value: unknown): ToolCall | null {
  let record = value
  let sources: Map<string, string> | undefined
  if (typeof value === 'string') {
    const text = value.trim()
    if (!(text.startsWith('{') && text.endsWith('}'))) return null
    try {
      record = JSON.parse(text)
    } catch {
      return null
    }
    sources = memberSources(text)
  }
  if (!isRecord(record)) return null
  if (isRecord(record.function)) return callOf(sources?.get('function') ?? record.function)
  const found = nameAndArguments(record)
  if (found === null) return null
  const { name, key } = found
  if (key === undefined) return { name, arguments: undefined }
  const given = record[key]
  if (typeof given === 'string') return { name, arguments: given }
  const json = sources?.get(key) ?? jsonText(given)
  return { name, arguments: given === null ? undefined : json }
}

/** The name of a call and the key of its arguments, which it may lack. */
function nameAndArguments(record: Record<string, unknown>): { name: string; key?: string } | null {
  const nameKey = NAME_KEYS.find((key) => isName(record[key]))
  if (nameKey !== undefined) {
    const name = record[nameKey] as string
    const key = ARGUMENT_KEYS.find((candidate) => Object.hasOwn(record, candidate))
    if (key !== undefined) return { name, key }
    const bare = Object.keys(record).every((other) => other === nameKey || LABEL_KEYS.has(other))
    return bare && nameKey !== 'action' ? { name } : null
  }
  const [entry, another] = Object.entries(record)
  if (entry === undefined || another !== undefined || !isRecord(entry[1]) || !isName(entry[0])) return null
  return { name: entry[0], key: entry[0] }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME && /^\S[^\n]*$/.test(value)
}

/** A string, a number or word, or a sign of valid JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}[\]:,]+|[{}[\]:,]/gs

/** The members of a valid JSON object as they are written. */
function memberSources(json: string): Map<string, string> {
  const sources = new Map<string, string>()
  let depth = 0
  let token = ''
  let key: string | null = null
  let from = 0
  for (const match of json.matchAll(TOKEN)) {
    const before = token
    token = match[0]
    if (depth === 1 && token === ':' && key === null) {
      key = JSON.parse(before) as string
      from = match.index + 1
    } else if (depth === 1 && (token === ',' || token === '}')) {
      if (key !== null) sources.set(key, json.slice(from, match.index).trim())
      key = null
    }
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
  }
  return sources
}

/**
 * A value as text: strings as they are, the texts of content parts on lines of their own, anything else as JSON in the
 * form of a call's arguments; '' for nothing at all.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (Array.isArray(value) && value.length > 0 && value.every(isTextPart)) {
    return value.map((part) => part.text).join('\n')
  }
  if (isTextPart(value)) return value.text
  return spacedJson(jsonText(value))
}

function isTextPart(value: unknown): value is { text: string } {
  return (
    isRecord(value) && typeof value.text === 'string' && (value.type === 'text' || value.type === undefined)
  )
}

/** JSON, or '' for what JSON cannot hold; nothing in it throws. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)) ?? ''
  } catch {
    // Nested more deeply than the engine's stack reaches.
    return ''
  }
}

/** A value on its way to a piece. */
export interface StepValue {
  kind: 'prompt' | 'reason' | 'act' | 'observation' | 'other'
  value: unknown
  /** Acts of one group in a row are parallel calls of one step. */
  group?: unknown
}

const MARKERS: Partial<Record<SpanKind, RegExp>> = {
  reason: /\s{0,8}(?:thoughts?|reasoning|think)(?: ?#?\d{1,4})? ?:/iy,
  act: /\s{0,8}actions?(?: ?#?\d{1,4})? ?:/iy,
  observation: /\s{0,8}(?:observations?|obs)(?: ?#?\d{1,4})? ?:/iy,
}
const THINK_ACT = /\s{0,8}(?:actions?(?: ?#?\d{1,4})? ?:\s{0,8})?think ?[[:]/iy

/**
 * Values in their order as pieces, each on lines of its own. A thought that is recorded as an act is a thought; what
 * is observed before the first thought or act is part of the prompt.
 */
export function valuePieces(values: Iterable<StepValue>): Piece[] {
  const pieces: Piece[] = []
  let begun = false
  let actedIn: unknown
  for (const { kind, value, group } of values) {
    const parallel = kind === 'act' && actedIn !== undefined && group === actedIn
    const piece = pieceOf(kind, value)
    if (piece === null) continue
    begun ||= piece.kind === 'reason' || piece.kind === 'act'
    if (!begun && piece.kind === 'observation') piece.kind = 'prompt'
    if (parallel && piece.kind === 'act') piece.sameStep = true
    actedIn = piece.kind === 'act' ? group : undefined
    pieces.push(piece)
  }
  return pieces
}

function pieceOf(kind: StepValue['kind'], value: unknown): Piece | null {
  const call = kind === 'act' ? callOf(value) : null
  if (call !== null) return { kind: /^think$/i.test(call.name) ? 'reason' : 'act', text: '', call }
  const text = textOf(value)
  if (text.trim() === '') return null
  const line = text.endsWith('\n') ? text : `${text}\n`
  const thought = kind === 'act' ? markerEnd(THINK_ACT, text) : 0
  if (thought > 0) return { kind: 'reason', text: line, marker: thought, closer: ']' }
  const marker = MARKERS[kind]
  return { kind, text: line, marker: marker === undefined ? 0 : markerEnd(marker, text) }
}

/** Where a sticky pattern that fits at the start of a text ends; 0 when it does not fit. */
function markerEnd(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0
  return pattern.test(text) ? pattern.lastIndex : 0
}

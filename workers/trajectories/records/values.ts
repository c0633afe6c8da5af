import { isRecord } from '../../isRecord.ts'
import type { Piece, ToolCall } from '../formats/format.ts'
import { agentPieces, unmarkedPiece } from '../notation/turns.ts'
import { spacedJson } from '../toolCall.ts'
import type { SpanKind } from '../trajectory.ts'
import { ARGUMENT_KEYS, callOf, callsOfText, NAME_KEYS } from './calls.ts'
import { jsonText, unpacked } from './fields.ts'

/**
 * Values that a record keeps for a thought, an act or an observation. What people put there varies: strings, calls as
 * objects or as JSON in a string, lists of content parts.
 */

/** What may stand beside the name of a call without arguments. */
const LABEL_KEYS = new Set(['type', 'id', 'call_id', 'tool_call_id', 'index'])
const LONGEST_NAME = 200
const FIRST_KEY = /^\{\s*"(?:[^"\\]|\\.)*"\s*:/

/**
 * The call that a recorded act is: one that `calls.ts` knows, if nothing in it but a call says so, or an object whose
 * single member names the call and holds its arguments. A string may hold such an object as JSON; its numbers are kept
 * digit for digit. Null for anything else, which is an act in words of its own.
 */
function actCall(value: unknown): ToolCall | null {
  const text = typeof value === 'string' ? value.trim() : undefined
  if (text !== undefined && !(text.startsWith('{') && text.endsWith('}'))) return null
  const record = unpacked(text ?? value)
  if (!isRecord(record)) return null
  const inner = record.function
  if (isRecord(inner) ? isCall(inner) : isCall(record)) {
    return plain(text === undefined ? callOf(record) : (callsOfText(text)?.[0] ?? null))
  }
  const [entry, another] = Object.entries(record)
  if (entry === undefined || another !== undefined || !isRecord(entry[1]) || !isName(entry[0])) return null
  return plain({ name: entry[0], arguments: text?.replace(FIRST_KEY, '').slice(0, -1).trim() ?? entry[1] })
}

/** It has arguments beside a name, or nothing else. */
function isCall(record: Record<string, unknown>): boolean {
  const nameKey = ['function', ...NAME_KEYS].find((key) => isName(record[key]))
  if (nameKey === undefined) return false
  if (ARGUMENT_KEYS.some((key) => Object.hasOwn(record, key))) return true
  return nameKey !== 'action' && Object.keys(record).every((key) => key === nameKey || LABEL_KEYS.has(key))
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME && /^\S[^\n]*$/.test(value)
}

/** Arguments as JSON, so that no value there is can fail to be written. */
function plain(call: ToolCall | null): ToolCall | null {
  if (call === null || typeof call.arguments !== 'object' || call.arguments === null) return call
  return { name: call.name, arguments: jsonText(call.arguments) }
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
  return isRecord(value) && value.type === 'text' && typeof value.text === 'string'
}

/** A value on its way to a piece. */
export interface StepValue {
  /** `turn`: all that the agent wrote in one, to be cut by the notation it uses. */
  kind: SpanKind | 'turn'
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
    if (kind === 'turn') {
      pieces.push(...turnPieces(textOf(value)))
      begun = true
      actedIn = undefined
      continue
    }
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

/** Whether a text holds a thought and an act in a notation that is known. */
export function isWholeTurn(text: string): boolean {
  const kinds = new Set(agentPieces(ended(text))?.map(({ kind }) => kind))
  return kinds.has('reason') && kinds.has('act')
}

function turnPieces(text: string): Piece[] {
  return agentPieces(ended(text)) ?? [unmarkedPiece(ended(text))]
}

/** A text with a newline at its end. */
export function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

function pieceOf(kind: SpanKind, value: unknown): Piece | null {
  const call = kind === 'act' ? actCall(value) : null
  if (call !== null) return { kind: /^think$/i.test(call.name) ? 'reason' : 'act', text: '', call }
  const text = textOf(value)
  if (text.trim() === '') return null
  const line = ended(text)
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

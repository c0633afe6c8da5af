import type { Span } from '../../workers/protocol.ts'
import { rowAt, spanAt, type TextRow } from './textRows.ts'

/** What a caret moves in. */
export interface Ground {
  text: string
  rows: TextRow[]
  spans: Span[]
}

/** A key as it was pressed; `far` with the modifier that takes larger steps. */
export interface Press {
  key: string
  far: boolean
}

/**
 * Where a key takes a caret, as in an editor: characters, rows, pages; with the modifier words, spans (up and down) and
 * the ends of the text. Offsets are UTF-16, and never between the two halves of a character.
 *
 * @param page rows in sight
 * @returns undefined for a key that moves no caret
 */
export function moved(press: Press, at: number, ground: Ground, page: number): number | undefined {
  const { text, rows, spans } = ground
  const row = rows[rowAt(rows, at)]!
  switch (press.key) {
    case 'ArrowLeft':
      return press.far ? wordBefore(text, at) : before(text, at)
    case 'ArrowRight':
      return press.far ? wordAfter(text, at) : after(text, at)
    case 'ArrowUp':
      return press.far ? spanBefore(spans, at) : rowsFurther(ground, at, -1)
    case 'ArrowDown':
      return press.far ? spans[spanAt(spans, at)]!.end : rowsFurther(ground, at, 1)
    case 'PageUp':
      return rowsFurther(ground, at, -page)
    case 'PageDown':
      return rowsFurther(ground, at, page)
    case 'Home':
      return press.far ? 0 : row.start
    case 'End':
      return press.far ? text.length : row.end
    default:
      return undefined
  }
}

function before(text: string, at: number): number {
  return Math.max(0, at - (isLow(text, at - 1) ? 2 : 1))
}

function after(text: string, at: number): number {
  return Math.min(text.length, at + (isLow(text, at + 1) ? 2 : 1))
}

/** The second half of a character; texts are well formed, so the first stands before it. */
function isLow(text: string, at: number): boolean {
  return text.charCodeAt(at) >> 10 === 0x37
}

function whole(text: string, at: number): number {
  return isLow(text, at) ? at - 1 : at
}

function isSpace(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at))
}

function wordBefore(text: string, from: number): number {
  let at = from
  while (at > 0 && isSpace(text, at - 1)) at--
  while (at > 0 && !isSpace(text, at - 1)) at--
  return at
}

function wordAfter(text: string, from: number): number {
  let at = from
  while (at < text.length && isSpace(text, at)) at++
  while (at < text.length && !isSpace(text, at)) at++
  return at
}

function spanBefore(spans: Span[], at: number): number {
  const index = spanAt(spans, at)
  return spans[index]!.start < at ? spans[index]!.start : spans[Math.max(0, index - 1)]!.start
}

/** The same column so many rows further; past the first or last row, the end of the text. */
function rowsFurther({ text, rows }: Ground, at: number, step: number): number {
  const from = rowAt(rows, at)
  const to = from + step
  if (to < 0) return 0
  if (to >= rows.length) return text.length
  const { start, end } = rows[to]!
  return whole(text, Math.min(end, start + at - rows[from]!.start))
}

/** What a double click picks: the letters and digits, the blanks or the signs around an offset, within its row. */
export function wordAround(text: string, row: TextRow, at: number): [number, number] {
  if (row.start === row.end) return [at, at]
  const inside = whole(text, Math.min(Math.max(at, row.start), row.end - 1))
  const kind = kindOfCharacter(text, inside)
  let start = inside
  while (start > row.start && kindOfCharacter(text, before(text, start)) === kind) start = before(text, start)
  let end = after(text, inside)
  while (end < row.end && kindOfCharacter(text, end) === kind) end = after(text, end)
  return [start, end]
}

function kindOfCharacter(text: string, at: number): 'word' | 'space' | 'sign' {
  const character = String.fromCodePoint(text.codePointAt(at)!)
  return /[\p{L}\p{M}\p{N}_]/u.test(character) ? 'word' : /\s/.test(character) ? 'space' : 'sign'
}

/** What a triple click picks: the line of a row with its newline, however many rows it takes. */
export function lineAround(text: string, rows: TextRow[], index: number): [number, number] {
  let first = index
  while (rows[first]!.continued) first--
  let last = index
  while (rows[last + 1]?.continued) last++
  return [rows[first]!.start, Math.min(text.length, rows[last]!.end + 1)]
}

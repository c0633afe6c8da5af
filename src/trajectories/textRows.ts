import type { Span } from '../../workers/protocol.ts'

/** Characters after which a line is broken for display; a line of a megabyte must not become one element. */
const LONGEST_ROW = 1000

/** One row of the span viewer: a line of the text, or a stretch of a very long one. Offsets are UTF-16. */
export interface TextRow {
  start: number
  /** One past the last character, the newline left out. */
  end: number
  /** Counted from 1. */
  line: number
  /** Continues the line of the row before. */
  continued: boolean
}

/** Cuts a text into rows for display. */
export function textRows(text: string, longest = LONGEST_ROW): TextRow[] {
  const rows: TextRow[] = []
  let line = 1
  for (let start = 0; start <= text.length; line++) {
    const newline = text.indexOf('\n', start)
    const lineEnd = newline < 0 ? text.length : newline
    let from = start
    do {
      let to = Math.min(from + longest, lineEnd)
      // Never between the two halves of a surrogate pair.
      if (to < lineEnd && to - from > 1 && isHighSurrogate(text.charCodeAt(to - 1))) to--
      rows.push({ start: from, end: to, line, continued: from > start })
      from = to
    } while (from < lineEnd)
    if (newline < 0) break
    start = newline + 1
    // A final newline ends the last line; it does not begin another.
    if (start === text.length) break
  }
  return rows
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

/** The row in which an offset lies. */
export function rowAt(rows: TextRow[], offset: number): number {
  return Math.max(
    0,
    lastAtOrBefore(rows.length, (index) => rows[index]!.start, offset),
  )
}

/** The span in which an offset lies; the last one for the end of the text. */
export function spanAt(spans: Span[], offset: number): number {
  return Math.max(
    0,
    lastAtOrBefore(spans.length, (at) => spans[at]!.start, offset),
  )
}

/** A stretch of a row that lies in one span. */
export interface Segment {
  span: number
  start: number
  end: number
  /** The span begins here, not in an earlier row. */
  opens: boolean
}

/** The stretches of one row, by span. A row without characters has one empty segment: that of its newline. */
export function segmentsOf(row: TextRow, spans: Span[]): Segment[] {
  const segments: Segment[] = []
  for (let index = spanAt(spans, row.start); index < spans.length; index++) {
    const span = spans[index]!
    if (span.start > row.start && span.start >= row.end) break
    const start = Math.max(span.start, row.start)
    segments.push({ span: index, start, end: Math.min(span.end, row.end), opens: span.start === start })
  }
  return segments
}

/** Cuts [start, end) where tokens begin; the pieces, in order. */
export function tokenPieces(start: number, end: number, starts: ArrayLike<number>): [number, number][] {
  const pieces: [number, number][] = []
  let from = start
  let index = lastAtOrBefore(starts.length, (at) => starts[at]!, start) + 1
  for (; index < starts.length && starts[index]! < end; index++) {
    if (starts[index]! > from) {
      pieces.push([from, starts[index]!])
      from = starts[index]!
    }
  }
  if (from < end) pieces.push([from, end])
  return pieces
}

/** Cuts pieces once more, at offsets that lie inside them; in order, and NaN for none. */
export function cutPieces(pieces: [number, number][], at: number[]): [number, number][] {
  return pieces.flatMap(([start, end]): [number, number][] => {
    const edges = at.filter((edge) => edge > start && edge < end)
    const borders = [start, ...edges, end]
    return borders.slice(1).map((border, index) => [borders[index]!, border])
  })
}

/** Whether a token begins exactly at an offset. */
export function beginsToken(starts: ArrayLike<number>, offset: number): boolean {
  return starts[lastAtOrBefore(starts.length, (at) => starts[at]!, offset)] === offset
}

/** The last index whose value is at most `limit`, by halving; -1 when there is none. Values ascend. */
function lastAtOrBefore(length: number, value: (index: number) => number, limit: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (value(middle) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

import type { Piece } from '../formats/format.ts'
import { isBlank, lineEnd } from './lines.ts'
import type { Mark } from './markers.ts'

const FINAL_CALL = /\s*(?:finish|submit)\[[^\n]*\][ \t\r]*\n/iy
const MARKER_WORDS = /(?:Thought|Action|Observation)(?: \d{1,4})?:/

/**
 * Cuts [marks[0].start, end) of a text at its marks: each piece runs to the next mark. What follows a finished
 * `Finish[...]` line is not part of the act.
 */
export function cut(text: string, marks: Mark[], end: number): Piece[] {
  const pieces: Piece[] = []
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!
    const stop = marks[i + 1]?.start ?? end
    const own = ownEnd(text, mark, stop)
    const piece: Piece = {
      kind: mark.kind === 'head' ? 'prompt' : mark.kind,
      text: text.slice(mark.start, own),
      marker: mark.markerEnd - mark.start,
      closer: mark.closer,
    }
    pieces.push(piece)
    if (mark.kind === 'act') warnOfMarkers(text, mark, piece)
    if (own < stop) pieces.push({ kind: 'other', text: text.slice(own, stop) })
  }
  return pieces
}

function warnOfMarkers(text: string, mark: Mark, piece: Piece): void {
  const end = mark.start + piece.text.length
  const inside = mark.insideArgument ?? markerInside(text, mark.markerEnd, end)
  // A log's own line may have ended the act before the words that its argument seemed to hold.
  if (inside < mark.markerEnd || inside >= end) return
  const message = 'Marker words stand inside an action; they were read as part of it, so check where it ends.'
  piece.warnings = [{ code: 'marker-inside-argument', message, offset: inside - mark.start }]
}

/** Offset of the first marker word; -1 when there is none. */
function markerInside(text: string, from: number, end: number): number {
  const at = text.slice(from, end).search(MARKER_WORDS)
  return at < 0 ? -1 : from + at
}

/** Where a mark's own text ends, the newline behind it included; blanks up to the next mark are its own as well. */
export function ownEnd(text: string, mark: Mark, stop: number): number {
  let end = mark.end ?? stop
  if (mark.kind === 'act' && mark.end === undefined) {
    FINAL_CALL.lastIndex = mark.markerEnd
    if (FINAL_CALL.test(text)) end = FINAL_CALL.lastIndex
  }
  if (end >= stop || isBlank(text, end, stop)) return stop
  const newline = lineEnd(text, end - 1)
  return isBlank(text, end, newline) ? newline : end
}

import type { Piece } from './formats/format.ts'
import { isBlank, lineEnd } from './lines.ts'
import type { Mark } from './markers.ts'

const FINAL_CALL = /\s*(?:finish|submit)\[[^\n]*\][ \t\r]*\n/iy
const MARKER_WORDS = /(?:Thought|Action|Observation)(?: \d{1,4})?:/

/**
 * Cuts [marks[0].start, end) of a text at its marks: each piece runs to the next mark. What follows a finished
 * `Finish[...]` line is not part of the act.
 */
export function cut(text: string, marks: Mark[], end: number): Piece[] {
  return marks.flatMap((mark, i) => {
    const stop = marks[i + 1]?.start ?? end
    const kind = mark.kind === 'head' ? 'prompt' : mark.kind
    const piece: Piece = {
      kind,
      text: text.slice(mark.start, stop),
      marker: mark.markerEnd - mark.start,
      closer: mark.closer,
    }
    const own = ownEnd(text, mark, stop)
    const rest: Piece[] = own < stop ? [{ kind: 'other', text: text.slice(own, stop) }] : []
    if (own < stop) piece.text = text.slice(mark.start, own)
    if (kind !== 'act') return [piece, ...rest]
    const inside = mark.insideArgument ?? mark.markerEnd + piece.text.slice(piece.marker).search(MARKER_WORDS)
    // A log's own line may have ended the act before the words that its argument seemed to hold.
    if (inside >= mark.markerEnd && inside < mark.start + piece.text.length) {
      piece.warnings = [
        {
          code: 'marker-inside-argument',
          message:
            'Marker words stand inside an action; they were read as part of it, so check where it ends.',
          offset: inside - mark.start,
        },
      ]
    }
    return [piece, ...rest]
  })
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

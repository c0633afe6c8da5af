import type { Piece } from './formats/format.ts'
import { isBlank } from './lines.ts'
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
    if (kind !== 'act') return [piece]
    let rest: Piece[] = []
    FINAL_CALL.lastIndex = mark.markerEnd
    if (FINAL_CALL.test(text) && FINAL_CALL.lastIndex < stop && !isBlank(text, FINAL_CALL.lastIndex, stop)) {
      piece.text = text.slice(mark.start, FINAL_CALL.lastIndex)
      rest = [{ kind: 'other', text: text.slice(FINAL_CALL.lastIndex, stop) }]
    }
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

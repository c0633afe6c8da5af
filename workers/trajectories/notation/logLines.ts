import { lineStart, trimSpace } from './lines.ts'
import type { Mark } from './markers.ts'

/** What programs print into a console between an agent's words: records of Python's logging, requests, progress bars. */
const LOG_LINE =
  /[ \t]{0,4}(?:(?:INFO|DEBUG|WARNING|ERROR|CRITICAL):[\w.]{1,80}:|\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|HTTP Request: |\d{1,3}%\|)/y

/** Ends thoughts and acts where a program's own lines begin behind them. */
export function withoutLogLines(text: string, marks: Mark[]): Mark[] {
  for (const [i, mark] of marks.entries()) {
    if ((mark.kind !== 'reason' && mark.kind !== 'act') || mark.end !== undefined) continue
    const stop = marks[i + 1]?.start ?? text.length
    const end = logLinesFrom(text, mark.markerEnd, stop)
    if (end < stop) mark.end = end
  }
  return marks
}

/** Where the lines of a log begin that stand at the end of [from, to); `to` when none do. */
function logLinesFrom(text: string, from: number, to: number): number {
  let end = to
  for (;;) {
    const last = trimSpace(text, from, end)
    if (last === from) return end
    const line = lineStart(text, last)
    if (line < from) return end
    LOG_LINE.lastIndex = line
    if (!LOG_LINE.test(text)) return end
    end = line
  }
}

import type { Format } from './formats/format.ts'
import { FORMATS } from './formats/index.ts'
import { mappingFormat } from './mapping/mapping.ts'
import { isBlank, lineEnd } from './notation/lines.ts'
import { agentPieces } from './notation/turns.ts'
import type { Reading } from './reading.ts'
import { segment } from './segmenter.ts'
import type { Span, Trajectory } from './trajectory.ts'

/** The spans of what stands behind `head`, counted from there; null where it does not read as a step. */
type Rule = (head: string, written: string) => Span[] | null

/** What a student wrote at a step border, as spans counted from its first character; null where it is no step. */
export type ContinuationReader = (written: string) => Span[] | null

/**
 * Reads what somebody else writes in place of a step, by the rules that read the trajectory: as running text where it
 * was running text, else as an agent's turn, else as words before calls on lines of their own. The first of them that
 * reads the true step as it is labelled is taken, so a step whose labels no rule gives (corrected by hand, say) is
 * told from one that is.
 *
 * @param from where the step begins, at most the white space before it earlier than its first span
 * @param step which step of the trajectory it is
 * @returns null where no rule reads the true step as labelled
 */
export function continuationReader(
  trajectory: Trajectory,
  from: number,
  step: number,
  reading: Reading,
): ContinuationReader | null {
  const { text, spans } = trajectory
  const head = text.slice(0, from)
  const own = spans.filter((span) => span.step === step && span.end > from)
  const answered = own.findIndex(({ kind }) => kind !== 'reason' && kind !== 'act')
  const recorded = answered < 0 ? own : own.slice(0, answered)
  if (recorded.length === 0) return null
  const written = text.slice(from, recorded.at(-1)!.end)
  const rule = [...textRules(trajectory, reading), asTurn, asCalls].find((candidate) => {
    const read = candidate(head, written)
    return read?.length === recorded.length && read.every((span, i) => sameSpan(span, recorded[i]!, from))
  })
  return rule === undefined ? null : (other) => rule(head, other)
}

function sameSpan(read: Span, labelled: Span, from: number): boolean {
  return (
    read.kind === labelled.kind &&
    read.contentStart + from === labelled.contentStart &&
    read.contentEnd + from === labelled.contentEnd
  )
}

function textRules({ format }: Trajectory, reading: Reading): Rule[] {
  const formats = [...reading.mappings.map(mappingFormat), ...FORMATS]
  return formats.filter(({ id, readText }) => id === format && readText !== undefined).map(asText)
}

/** The whole text anew, its true beginning included: what counts as a marker may depend on all before it. */
function asText({ id, readText }: Format): Rule {
  return (head, written) => {
    const text = head + written
    const draft = readText!(text)?.[0]
    const read = draft && segment(draft, { file: '', index: 0, format: id })
    if (!read?.text.startsWith(head)) return null
    return spansFrom(read.text, read.spans, head.length)
  }
}

/** As a turn of the agent's in a conversation. */
function asTurn(_: string, written: string): Span[] | null {
  const pieces = agentPieces(written)
  const read = pieces && segment({ pieces }, { file: '', index: 0, format: '' })
  return read && spansFrom(read.text, read.spans, 0)
}

const CALL = /[ \t]*[A-Za-z_][\w.-]{0,63}\([^\n]*\)[ \t\r]*(?:\n|$)/y

/** Calls as the segmenter writes them, on lines of their own, after words that are reasoning. */
function asCalls(_: string, written: string): Span[] | null {
  let first = -1
  let end = 0
  for (let at = 0; at < written.length; at = lineEnd(written, at)) {
    CALL.lastIndex = at
    if (!CALL.test(written)) {
      if (first >= 0 && !isBlank(written, at, lineEnd(written, at))) break
      continue
    }
    if (first < 0) first = at
    end = CALL.lastIndex
  }
  if (first < 0) return null
  const pieces = [
    { kind: 'reason' as const, text: written.slice(0, first) },
    { kind: 'act' as const, text: written.slice(first, end) },
    { kind: 'observation' as const, text: written.slice(end) },
  ]
  const read = segment({ pieces }, { file: '', index: 0, format: '' })
  return read && spansFrom(read.text, read.spans, 0)
}

/** Spans from a border on, counted from it; null where no thought or act begins there. */
function spansFrom(text: string, spans: readonly Span[], border: number): Span[] | null {
  const own = spans.filter(
    (span) => span.end > border && !isBlank(text, Math.max(span.start, border), span.end),
  )
  const first = own[0]
  if (first === undefined || (first.kind !== 'reason' && first.kind !== 'act')) return null
  if (first.start < border || !isBlank(text, border, first.start)) return null
  return own.map((span) => ({
    ...span,
    start: span.start - border,
    end: span.end - border,
    contentStart: span.contentStart - border,
    contentEnd: span.contentEnd - border,
  }))
}

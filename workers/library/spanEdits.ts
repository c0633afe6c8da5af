import { isBlank, skipSpace, trimSpace } from '../trajectories/notation/lines.ts'
import { spanWarnings } from '../trajectories/segmenter.ts'
import type { Span, SpanKind, Trajectory } from '../trajectories/trajectory.ts'

/** What a person may do to the spans of a trajectory; offsets are UTF-16 code units of its text. */
export type SpanEdit =
  /** Gives [start, end) a kind of its own, cutting the spans it begins and ends in. */
  | { type: 'relabel'; start: number; end: number; kind: SpanKind }
  /** Cuts one span in two of the same kind. */
  | { type: 'split'; at: number }
  /** Makes one span of all that [start, end) touches; it takes the kind of the first. */
  | { type: 'merge'; start: number; end: number }

/** Spans without what can be worked out from them: the kind and the end of each, in order. */
export type SpanOutline = [kind: SpanKind, end: number][]

/**
 * The outline after an edit; the same one where it changes nothing. Offsets outside the text are taken to its borders,
 * and none is placed between the two halves of a character.
 */
export function edited(text: string, outline: SpanOutline, edit: SpanEdit): SpanOutline {
  const place = (offset: number) => wholeCharacter(text, Math.max(0, Math.min(text.length, offset)))
  if (edit.type === 'split') return cutAt(outline, place(edit.at))
  const [start, end] = [place(edit.start), place(edit.end)]
  if (start >= end) return outline
  if (edit.type === 'relabel') {
    const next = cutAt(cutAt(outline, start), end)
    // What is selected becomes one span.
    return next.flatMap(([kind, to]): SpanOutline => {
      if (to <= start || to > end) return [[kind, to]]
      return to === end ? [[edit.kind, end]] : []
    })
  }
  let from = 0
  let first: SpanKind | undefined
  const next: SpanOutline = []
  for (const [kind, to] of outline) {
    if (to > start && from < end) {
      if (first !== undefined) next.pop()
      first ??= kind
      next.push([first, to])
    } else next.push([kind, to])
    from = to
  }
  return next
}

function cutAt(outline: SpanOutline, at: number): SpanOutline {
  let from = 0
  return outline.flatMap(([kind, to]): SpanOutline => {
    const cut = from < at && at < to
    from = to
    return cut
      ? [
          [kind, at],
          [kind, to],
        ]
      : [[kind, to]]
  })
}

function wholeCharacter(text: string, offset: number): number {
  const low = text.charCodeAt(offset) >> 10 === 0x37
  return low && text.charCodeAt(offset - 1) >> 10 === 0x36 ? offset - 1 : offset
}

export function outlineOf(spans: readonly Span[]): SpanOutline {
  return spans.map(({ kind, end }) => [kind, end])
}

/** Whether an outline partitions a text into whole characters: in order, without an empty span, to its very end. */
export function fits(text: string, outline: SpanOutline): boolean {
  let from = 0
  return (
    outline.every(([, to]) => {
      const grows = to > from
      from = to
      return grows && wholeCharacter(text, to) === to
    }) && from === text.length
  )
}

/**
 * A trajectory with its spans redrawn. White space joins the span before it; a span keeps its marker where it still
 * begins with it; steps are counted anew; warnings that follow from the spans are, too.
 */
export function redrawn(trajectory: Trajectory, outline: SpanOutline): Trajectory {
  const { text } = trajectory
  const spans: Span[] = []
  let start = 0
  for (const [kind, end] of outline) {
    const previous = spans.at(-1)
    if (isBlank(text, start, end) && previous !== undefined) {
      previous.end = end
    } else spans.push({ kind, start, end, contentStart: start, contentEnd: end, step: -1 })
    start = end
  }
  // White space at the very beginning has none before it.
  if (spans.length > 1 && isBlank(text, spans[0]!.start, spans[0]!.end)) {
    spans[1]!.start = spans.shift()!.start
  }
  placeContents(text, spans, trajectory.spans)
  countSteps(spans, trajectory.spans)
  const kept = trajectory.warnings.filter(({ code }) => !FROM_SPANS.has(code))
  const warnings = [...kept, ...spanWarnings(text, spans, trajectory.environment)]
  return { ...trajectory, spans, warnings: warnings.sort((a, b) => a.offset - b.offset) }
}

const FROM_SPANS = new Set(['no-reason-span', 'no-act-span', 'unfinished', 'unmarked-turn', 'wrong-role'])

function placeContents(text: string, spans: Span[], before: readonly Span[]): void {
  const beginnings = new Map(before.map((span) => [span.start, span]))
  const endings = new Map(before.map((span) => [span.end, span]))
  for (const span of spans) {
    const opened = beginnings.get(span.start)
    const closed = endings.get(span.end)
    const contentStart = skipSpace(text, Math.min(opened?.contentStart ?? span.start, span.end), span.end)
    const end = closed && closed.contentEnd > closed.contentStart ? closed.contentEnd : span.end
    const contentEnd = trimSpace(text, contentStart, Math.max(contentStart, Math.min(end, span.end)))
    span.contentStart = Math.min(contentStart, contentEnd)
    span.contentEnd = contentEnd
    if (span.contentStart === span.contentEnd) {
      span.contentStart = span.contentEnd = Math.max(span.start, trimSpace(text, span.start, span.end))
    }
  }
}

/** As the segmenter counts; acts that stood in one step before (parallel calls) still do. */
function countSteps(spans: Span[], before: readonly Span[]): void {
  const stepsBefore = new Map(
    before.filter(({ kind }) => kind === 'act').map(({ start, step }) => [start, step]),
  )
  let step = -1
  let acted = true
  let lastAct: number | undefined
  for (const span of spans) {
    if (span.kind === 'reason' || span.kind === 'act') {
      const was = span.kind === 'act' ? stepsBefore.get(span.start) : undefined
      const together = was !== undefined && was === lastAct
      if (acted && !together) step++
      acted = span.kind === 'act'
      lastAct = was
    }
    span.step = step
  }
}

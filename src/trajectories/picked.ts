import type { Span, SpanEdit, SpanKind } from '../../workers/protocol.ts'
import { counted } from '../lab/format.ts'
import { KIND_NAMES } from './kinds.ts'
import { spanAt } from './textRows.ts'

/** A picked stretch of a text, UTF-16 offsets; its ends are the same for a caret. */
export interface Picked {
  start: number
  end: number
}

/** What is picked, whichever way it was. */
export function pickedIn(pick: { anchor: number; focus: number } | null): Picked | undefined {
  if (!pick) return undefined
  return { start: Math.min(pick.anchor, pick.focus), end: Math.max(pick.anchor, pick.focus) }
}

/** Gives what is picked a kind; at a caret, the whole span. */
export function relabelOf({ start, end }: Picked, spans: Span[], kind: SpanKind): SpanEdit {
  if (start < end) return { type: 'relabel', start, end, kind }
  const span = spans[spanAt(spans, start)]!
  return { type: 'relabel', start: span.start, end: span.end, kind }
}

/** Cuts a span where the picked text begins; undefined where a span begins anyway. */
export function splitOf({ start }: Picked, spans: Span[]): SpanEdit | undefined {
  const span = spans[spanAt(spans, start)]!
  return span.start < start && start < span.end ? { type: 'split', at: start } : undefined
}

/** Makes one of the spans that the picked text touches; undefined where it is only one. */
export function mergeOf({ start, end }: Picked, spans: Span[]): SpanEdit | undefined {
  return touched({ start, end }, spans) > 1 ? { type: 'merge', start, end } : undefined
}

/** How many spans picked text lies in. */
function touched({ start, end }: Picked, spans: Span[]): number {
  return spanAt(spans, Math.max(start, end - 1)) - spanAt(spans, start) + 1
}

/** What is picked, in words. */
export function wordsOfPick(picked: Picked | undefined, spans: Span[]): string {
  if (!picked) return 'Select text, or click into a span, to correct its kind.'
  const index = spanAt(spans, picked.start)
  const span = spans[index]!
  const name = `${KIND_NAMES[span.kind].name}, span ${index + 1} of ${spans.length}`
  if (picked.start === picked.end) return name
  const characters = counted(picked.end - picked.start, 'character')
  const many = touched(picked, spans)
  if (many > 1) return `${characters} in ${counted(many, 'span')}`
  return picked.start === span.start && picked.end === span.end
    ? `${name}, whole`
    : `${characters} of ${name}`
}

/** The same in as few words as fit beside the buttons. */
export function shortWordsOfPick(picked: Picked | undefined, spans: Span[]): string {
  if (!picked) return 'Select text to correct it'
  const many = touched(picked, spans)
  return many > 1 ? counted(many, 'span') : `Span ${spanAt(spans, picked.start) + 1} of ${spans.length}`
}

import type { Span, SpanEdit, TrajectoryView } from '../../workers/protocol.ts'
import { counted } from '../lab/format.ts'
import { KIND_NAMES } from './kinds.ts'
import { spanAt } from './textRows.ts'

type Cut = Pick<TrajectoryView, 'text' | 'spans' | 'warnings'>

/** Characters of a text that are read out. */
const LONGEST_QUOTE = 60

/** What an edit did to a trajectory, as a sentence for those who do not see it. */
export function wordsOfEdit(edit: SpanEdit, before: Cut, after: Cut): string {
  if (sameSpans(before.spans, after.spans)) return 'Nothing changed: the spans were cut like this already.'
  return `${deed(edit, after)} ${counted(after.spans.length, 'span')}${warned(before, after)}.`
}

function deed(edit: SpanEdit, { text, spans }: Cut): string {
  const at = edit.type === 'split' ? edit.at : edit.start
  const { kind, start, end } = spans[spanAt(spans, at)]!
  const { name } = KIND_NAMES[kind]
  if (edit.type === 'split') return `${name} split before “${quote(text, at, end)}”.`
  if (edit.type === 'merge') return `Merged into one span, ${name}: “${quote(text, start, end)}”.`
  return `Now ${name}: “${quote(text, at, edit.end)}”.`
}

function warned(before: Cut, after: Cut): string {
  if (before.warnings.length === after.warnings.length) return ''
  return after.warnings.length === 0 ? ', no warnings' : `, ${counted(after.warnings.length, 'warning')}`
}

/** The beginning of a stretch, on one line. */
export function quote(text: string, start: number, end: number): string {
  const from = text.slice(start, Math.min(end, start + 4 * LONGEST_QUOTE))
  const words = from.trim().replace(/\s+/g, ' ')
  if (words.length <= LONGEST_QUOTE) return words
  return `${words
    .slice(0, LONGEST_QUOTE)
    .toWellFormed()
    .replace(/\uFFFD$/, '')} …`
}

/** Whether two cuts of one text are the same. */
export function sameSpans(before: Span[], after: Span[]): boolean {
  return (
    before.length === after.length &&
    before.every(({ kind, end }, index) => after[index]!.kind === kind && after[index]!.end === end)
  )
}

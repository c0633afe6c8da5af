import type { SpanKind, TurnView } from '../../../workers/protocol.ts'

/** A stretch of a turn that is of one kind. */
export interface Line {
  kind: SpanKind
  text: string
}

/** What somebody wrote in a turn, without the world's markers; what does not read as a turn is shown as it is. */
export function linesOf({
  kind,
  reasoning,
  action,
  text,
}: Pick<TurnView, 'kind' | 'reasoning' | 'action' | 'text'>) {
  const lines: Line[] = []
  if (kind === 'malformed') return [{ kind: 'other', text: text.trimEnd() } satisfies Line]
  if (reasoning !== null) lines.push({ kind: 'reason', text: reasoning })
  if (action !== null) lines.push({ kind: 'act', text: action })
  return lines
}

/** Begins a line of reasoning or of action in any world's notation, which an unfinished turn is told by. */
const MARKERS: readonly [RegExp, SpanKind][] = [
  [/^[ \t]*(?:>[ \t]*think:|Thought(?: ?\d+)?[ \t]*:|Action:[ \t]*think\[)[ \t]*/i, 'reason'],
  [/^[ \t]*(?:>|Action(?: ?\d+)?[ \t]*:)[ \t]*/i, 'act'],
]

/** What is being written, as far as it has come: lines go on in the kind of the marker before them. */
export function draftLines(text: string): Line[] {
  const lines: Line[] = []
  for (const written of text.split('\n')) {
    const found = MARKERS.map(([marker, kind]) => ({ kind, length: marker.exec(written)?.[0].length ?? 0 }))
    const marked = found.find(({ length }) => length > 0)
    const last = lines.at(-1)
    if (marked) lines.push({ kind: marked.kind, text: written.slice(marked.length) })
    else if (last) last.text += `\n${written}`
    else if (written !== '') lines.push({ kind: 'other', text: written })
  }
  return lines.map(({ kind, text }) => ({ kind, text: text.trimEnd() }))
}

/** Lines, and characters, of an observation beyond which it is folded, and what is shown of it then. */
const LONG = { lines: 14, characters: 900 }
const FOLDED = { lines: 6, characters: 400 }

/** The beginning of a long text; null where it is short enough to be shown whole. */
export function folded(text: string): string | null {
  const lines = text.split('\n')
  if (lines.length <= LONG.lines && text.length <= LONG.characters) return null
  const first = lines.slice(0, FOLDED.lines).join('\n')
  // A pair of surrogates is one character, and half of it none.
  return `${first
    .slice(0, FOLDED.characters)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()} …`
}

/** What is to be said of a turn beside what it reads: nothing of one that was as it should be. */
export function faultsOf({ kind, valid, spent }: Pick<TurnView, 'kind' | 'valid' | 'spent'>): string[] {
  if (kind === 'malformed') return ['not a turn']
  if (kind === 'thought') return spent ? ['spent a step'] : []
  return valid ? [] : ['invalid']
}

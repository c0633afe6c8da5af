import { type Candidate, scan, scanLowerCase, scanMarkdown, type Word } from './scan.ts'

export interface Stretch {
  start: number
  end: number
}

/**
 * The lines that may be markers; indented or in lower case only where no thought or act is written otherwise.
 *
 * @param alone true for a single turn, in which nobody answers
 * @param held stretches in order, in which no line is a marker
 */
export function candidatesOf(text: string, alone: boolean, held: readonly Stretch[]): Candidate[] {
  const candidates = resolved(outside(held, scan(text)))
  if (candidates.some(isStep)) return candidates
  const indented = resolved(outside(held, scan(text, true)))
  if (indented.filter(isStep).length > 1) return indented
  const lower = outside(held, scanLowerCase(text))
  // Settings are written like that as well; agents are answered.
  if (lower.filter(isStep).length < 2 || !(alone || lower.some(({ word }) => word === 'observation'))) {
    return inMarkdown(text, held) ?? candidates
  }
  const heads = candidates.filter(({ word }) => word === 'head' || word === 'task')
  return [...heads, ...lower].sort((a, b) => a.start - b.start)
}

/** The lines of a page that shows a run in lists or under headings; one thought is how pages explain the format. */
function inMarkdown(text: string, held: readonly Stretch[]): Candidate[] | null {
  if (!text.includes('**') && !text.includes('__') && !text.includes('# ')) return null
  const candidates = outside(held, scanMarkdown(text)).filter(({ word }) => !(word in STANDS_FOR))
  const count = (wanted: Word) => candidates.filter(({ word }) => word === wanted).length
  return count('thought') > 1 && count('action') > 0 && count('observation') > 0 ? candidates : null
}

/** What a word stands in for, and the words that must be there for it to do so. */
const STANDS_FOR: Partial<Record<Word, { word: Word; beside: Word[] }>> = {
  'maybe-thought': { word: 'thought', beside: ['action'] },
  'maybe-action': { word: 'action', beside: ['thought', 'observation'] },
  'maybe-observation': { word: 'observation', beside: ['thought', 'action'] },
}

/** Takes the words that stand in for missing ones at their word, and leaves the others out: "Result:" is a heading. */
function resolved(candidates: Candidate[]): Candidate[] {
  if (!candidates.some(({ word }) => word in STANDS_FOR)) return candidates
  const used = new Set(candidates.map(({ word }) => word))
  const there = (word: Word) => used.has(word) || (word === 'thought' && used.has('maybe-thought'))
  return candidates.flatMap((candidate) => {
    const meant = STANDS_FOR[candidate.word]
    if (meant === undefined) return [candidate]
    return !used.has(meant.word) && meant.beside.every(there) ? [{ ...candidate, word: meant.word }] : []
  })
}

/** Whether a line looks like a thought or an act. */
export function isStep({ word }: Candidate): boolean {
  return word === 'thought' || word === 'action'
}

function outside(held: readonly Stretch[], candidates: Candidate[]): Candidate[] {
  if (held.length === 0) return candidates
  let i = 0
  return candidates.filter(({ start }) => {
    while (i < held.length && held[i]!.end <= start) i++
    return i === held.length || start < held[i]!.start
  })
}

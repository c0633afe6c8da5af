import { type Candidate, scan, scanLowerCase, type Word } from './scan.ts'

export interface Stretch {
  start: number
  end: number
}

/** The lines that may be markers; in lower case or indented only where no thought or act is written otherwise. */
export function candidatesOf(text: string, held: readonly Stretch[]): Candidate[] {
  const candidates = resolved(outside(held, scan(text)))
  if (candidates.some(isStep)) return candidates
  for (const others of [outside(held, scan(text, true)), outside(held, scanLowerCase(text))]) {
    if (others.filter(isStep).length < 2) continue
    const all = [...candidates.filter(({ word }) => word === 'head' || word === 'task'), ...others]
    return resolved(all.sort((a, b) => a.start - b.start))
  }
  return candidates
}

const PLAIN: Partial<Record<Word, Word>> = {
  'maybe-thought': 'thought',
  'maybe-action': 'action',
  'maybe-observation': 'observation',
}

/** Takes the words that stand in for missing ones at their word, and leaves the others out. */
function resolved(candidates: Candidate[]): Candidate[] {
  if (!candidates.some(({ word }) => word in PLAIN)) return candidates
  const used = new Set(candidates.map(({ word }) => word))
  // One kind at least must be written as usual: "Result:" by itself is a heading.
  const usual = used.has('action') || used.has('thought')
  return candidates.flatMap((candidate) => {
    const word = PLAIN[candidate.word]
    if (word === undefined) return [candidate]
    return usual && !used.has(word) ? [{ ...candidate, word }] : []
  })
}

function isStep({ word }: Candidate): boolean {
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

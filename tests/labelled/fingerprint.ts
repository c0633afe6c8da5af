import { createHash } from 'node:crypto'
import type { SpanKind, Trajectory } from '../../workers/trajectories/trajectory.ts'

/** Kind, length in UTF-16 code units, first and last 16 characters, first 12 hex digits of the SHA-256 in UTF-8. */
export type Fingerprint = [kind: SpanKind, length: number, head: string, tail: string, hash: string]

/** One trajectory as people cut it; see README.md. */
export interface Labelled {
  /** Relative to `shared/trajectories/`. */
  file: string
  /** Its place among the trajectories of that file, counted from 0. */
  index: number
  spans: Fingerprint[]
}

const SHOWN = 16

/** What a trajectory's spans are compared by: see "What is compared" in README.md. */
export function fingerprints({ text, spans }: Trajectory): Fingerprint[] {
  const found: Fingerprint[] = []
  for (let i = 0; i < spans.length; i++) {
    const { kind, start, contentStart, contentEnd } = spans[i]!
    let content = text.slice(contentStart, contentEnd)
    if (kind === 'prompt' || kind === 'other') {
      while (spans[i + 1]?.kind === kind) i++
      content = text.slice(start, spans[i]!.end).replace(/\s+/g, ' ')
    }
    content = content.trim()
    if (content !== '') found.push(fingerprint(kind, content))
  }
  return found
}

function fingerprint(kind: SpanKind, content: string): Fingerprint {
  const characters = [...content]
  return [
    kind,
    content.length,
    characters.slice(0, SHOWN).join(''),
    characters.slice(-SHOWN).join(''),
    createHash('sha256').update(content).digest('hex').slice(0, 12),
  ]
}

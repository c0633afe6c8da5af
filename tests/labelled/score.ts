import type { SpanKind } from '../../workers/trajectories/trajectory.ts'
import type { Fingerprint } from './fingerprint.ts'

/** Spans that were labelled, spans that were read, and those that are the same in both. */
export interface Score {
  labelled: number
  read: number
  same: number
}

/** Of the spans read, how many are right; 1 when none was read. */
export const precision = ({ read, same }: Score) => (read === 0 ? 1 : same / read)
/** Of the spans labelled, how many were found; 1 when none was labelled. */
export const recall = ({ labelled, same }: Score) => (labelled === 0 ? 1 : same / labelled)

export function sum(scores: Score[]): Score {
  const total = { labelled: 0, read: 0, same: 0 }
  for (const { labelled, read, same } of scores) {
    total.labelled += labelled
    total.read += read
    total.same += same
  }
  return total
}

/** The spans of one trajectory: the same ones, in the same order, of the same kind and content, count as found. */
export function score(labelled: Fingerprint[], read: Fingerprint[]): Map<SpanKind, Score> {
  const kinds = new Map<SpanKind, Score>()
  const of = (kind: SpanKind) => {
    const score = kinds.get(kind) ?? { labelled: 0, read: 0, same: 0 }
    kinds.set(kind, score)
    return score
  }
  for (const [kind] of labelled) of(kind).labelled++
  for (const [kind] of read) of(kind).read++
  for (const [kind] of common(labelled, read)) of(kind).same++
  return kinds
}

const sameSpan = (a: Fingerprint, b: Fingerprint) => a[0] === b[0] && a[1] === b[1] && a[4] === b[4]

/** The longest common subsequence. */
function common(a: Fingerprint[], b: Fingerprint[]): Fingerprint[] {
  const longest = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i]![j] = sameSpan(a[i]!, b[j]!)
        ? longest[i + 1]![j + 1]! + 1
        : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
    }
  }
  const found: Fingerprint[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (sameSpan(a[i]!, b[j]!)) {
      found.push(a[i]!)
      i++
      j++
    } else if (longest[i + 1]![j]! >= longest[i]![j + 1]!) i++
    else j++
  }
  return found
}

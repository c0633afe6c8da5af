import { ORIGINS, packTargets, type Target, type TokenTargets } from './targets.ts'

/** Puts a teacher's log-probabilities to the tokens of a student who cuts the same text otherwise. */

/** What else the teacher might have written in the place of a token. */
export interface Candidate {
  /** Its text as the student writes it; empty where the student cannot. */
  ids: readonly number[]
  logprob: number
}

/** One token of the teacher's, over bytes [start, end) of the text's UTF-8. */
export interface ScoredToken {
  start: number
  end: number
  /** Of the token that was written. */
  logprob: number
  /** All others that are listed; empty where only the written one is. */
  others: readonly Candidate[]
}

/** The student's tokens: ids [n], and for each the offset in bytes at which it ends. */
export interface StudentTokens {
  ids: ArrayLike<number>
  ends: ArrayLike<number>
}

/** The teacher's tokens between two of their common borders. */
interface Segment {
  start: number
  end: number
  /** None where nothing is listed; several where they share a character and so cannot be told apart. */
  tokens: readonly ScoredToken[]
}

/**
 * Both tokenisations are walked to their common borders, as the GOLD trainer of TRL does; between two of these stands a
 * group.
 *
 * - One token of the teacher's, one or more of the student's: the chain rule. With w the student's tokens written so far
 *   in the group, P(s | w) is the probability of the teacher's candidates that the student would begin to write as w, s,
 *   over that of those it would begin as w. At the group's first token the latter is 1, so that all that is not listed
 *   is in the tail.
 * - Several of the teacher's: the probability of what was written only. The logarithm of that of all the text up to an
 *   offset is known at the teacher's borders and interpolated between them, so a single token of the student's has the
 *   product of the teacher's.
 * - Any stretch without log-probabilities: no target.
 *
 * In all of them the product over a group is the probability of what was written, or of all that begins with it where
 * a candidate only goes on. Linear in the tokens and candidates.
 *
 * @param teacher in the order of the text
 */
export function alignTokens(student: StudentTokens, teacher: readonly ScoredToken[]): TokenTargets {
  const n = student.ids.length
  const targets = new Array<Target | undefined>(n).fill(undefined)
  const segments = segmentsOf(teacher, n > 0 ? student.ends[n - 1]! : 0)
  for (let i = 0, s = 0; i < n; ) {
    const first = i
    const firstSegment = s
    let end = student.ends[i++]!
    let segmentEnd = segments[s++]!.end
    while (end !== segmentEnd) {
      if (end < segmentEnd) end = student.ends[i++]!
      else segmentEnd = segments[s++]!.end
    }
    const group = segments.slice(firstSegment, s)
    if (group.some(({ tokens }) => tokens.length === 0)) continue
    const only = group.length === 1 && group[0]!.tokens.length === 1 ? group[0]!.tokens[0]! : undefined
    const found = only ? chained(student, first, i, only) : interpolated(student, first, i, group)
    for (const [offset, target] of found.entries()) targets[first + offset] = target
  }
  return packTargets(targets)
}

/** The teacher's tokens and the stretches between them, over [0, length) without a gap. */
function segmentsOf(teacher: readonly ScoredToken[], length: number): Segment[] {
  const segments: Segment[] = []
  let at = 0
  for (let first = 0; first < teacher.length; ) {
    const { start } = teacher[first]!
    let { end } = teacher[first]!
    let next = first + 1
    while (next < teacher.length && teacher[next]!.start < end) end = Math.max(end, teacher[next++]!.end)
    if (start > at) segments.push({ start: at, end: start, tokens: [] })
    segments.push({ start, end, tokens: teacher.slice(first, next) })
    at = end
    first = next
  }
  if (at < length) segments.push({ start: at, end: length, tokens: [] })
  return segments
}

function chained({ ids }: StudentTokens, first: number, last: number, token: ScoredToken): Target[] {
  const written = Array.from({ length: last - first }, (_, i) => ids[first + i]!)
  let live = [{ ids: written as readonly number[], logprob: token.logprob }, ...token.others].map(
    ({ ids, logprob }) => ({ ids, probability: Math.exp(logprob) }),
  )
  const origin = token.others.length > 0 ? ORIGINS.listed : ORIGINS.chosen
  let begun = 1
  return written.map((id, depth) => {
    const probabilities = new Map<number, number>()
    for (const candidate of live) {
      const next = candidate.ids[depth]
      if (next === undefined) continue
      probabilities.set(next, (probabilities.get(next) ?? 0) + candidate.probability / begun)
    }
    live = live.filter((candidate) => candidate.ids[depth] === id)
    begun = live.reduce((sum, { probability }) => sum + probability, 0)
    return { origin, probabilities }
  })
}

function interpolated({ ids, ends }: StudentTokens, first: number, last: number, group: Segment[]): Target[] {
  let segment = 0
  let before = 0
  /** log P of the group's text up to an offset; asked for rising offsets. */
  const upTo = (offset: number) => {
    while (offset > group[segment]!.end) before += logprobOf(group[segment++]!)
    const { start, end } = group[segment]!
    return before + (logprobOf(group[segment]!) * (offset - start)) / (end - start)
  }
  let known = 0
  return Array.from({ length: last - first }, (_, i) => {
    const now = upTo(ends[first + i]!)
    const probability = Math.exp(now - known)
    known = now
    return { origin: ORIGINS.chosen, probabilities: new Map([[ids[first + i]!, probability]]) }
  })
}

function logprobOf({ tokens }: Segment): number {
  return tokens.reduce((sum, { logprob }) => sum + logprob, 0)
}

import type { TokenView } from '../protocol.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { SPAN_KINDS, type SpanKind, type Trajectory } from '../trajectories/trajectory.ts'
import { labelTokens } from './label.ts'
import { KIND_CODES } from './row.ts'

/** The boundaries of a trajectory's tokens, and how many of them are of each kind. @param id the trajectory's */
export function tokenView(trajectory: Trajectory, id: number, tokenizer: Tokenizer): TokenView {
  const { starts, ends } = tokenizer.encode(trajectory.text)
  const tokens = Object.fromEntries(SPAN_KINDS.map((kind) => [kind, 0])) as Record<SpanKind, number>
  for (const code of labelTokens(trajectory, id, tokenizer).kinds) {
    tokens[SPAN_KINDS.find((kind) => KIND_CODES[kind] === code)!]++
  }
  return { id, vocabularySize: tokenizer.vocabularySize, starts, ends, tokens }
}

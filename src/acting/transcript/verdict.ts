import type { ProposedTurn, TurnView } from '../../../workers/protocol.ts'
import { percent } from '../../lab/format.ts'

/** How two turns at the same history compare. */
export interface Verdict {
  /** Nothing in them differs that would be done or planned otherwise. */
  same: boolean
  /** For each part that can be compared, and what cannot; never empty. */
  words: string[]
}

type Taken = Pick<TurnView, 'kind' | 'reasoning' | 'action'>
type Proposed = Pick<ProposedTurn, 'kind' | 'reasoning' | 'action' | 'likeness'>

/** Tells whether a turn that was taken and one that another would write are the same action and the same plan. */
export function verdictOf(taken: Taken, proposed: Proposed): Verdict {
  const malformed = [taken, proposed].filter(({ kind }) => kind === 'malformed').length
  if (malformed === 2) return { same: false, words: ['neither reads as a turn'] }
  if (malformed === 1) return { same: false, words: ['one of them does not read as a turn'] }
  if (taken.kind !== proposed.kind) {
    return { same: false, words: ['one thinks where the other acts'] }
  }
  const parts: { same: boolean; words: string }[] = []
  if (taken.action !== null && proposed.action !== null) {
    const same = taken.action === proposed.action
    parts.push({ same, words: same ? 'same action' : 'another action' })
  }
  const { reasoning = null } = proposed.likeness ?? {}
  if (taken.reasoning !== null && proposed.reasoning !== null && reasoning) {
    const { same, f1 } = reasoning
    parts.push({ same, words: same ? 'same plan' : `another plan (words in common: ${percent(f1)})` })
  } else if (taken.reasoning !== proposed.reasoning) {
    parts.push({ same: false, words: 'only one gives a reason' })
  }
  return { same: parts.every(({ same }) => same), words: parts.map(({ words }) => words) }
}

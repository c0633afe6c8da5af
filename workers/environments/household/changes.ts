import type { ReceptacleType } from './catalogue.ts'
import { CLEANABLE, COOLABLE, HEATABLE } from './rules.ts'

/** What can be done to a thing in hand, as alfred.pddl has it. */
interface Change {
  /** The kind of receptacle that it is done with; it need not be open. */
  tool: ReceptacleType
  /** What the thing then is, and what it is no longer. */
  state: 'clean' | 'hot' | 'cool'
  undoes: 'hot' | 'cool' | null
  /** Things that can undergo it. */
  able: ReadonlySet<string>
}

/** Each under the verb that does it, which also names the task that asks for it. */
export const CHANGES = {
  clean: { tool: 'sinkbasin', state: 'clean', undoes: null, able: CLEANABLE },
  heat: { tool: 'microwave', state: 'hot', undoes: 'cool', able: HEATABLE },
  cool: { tool: 'fridge', state: 'cool', undoes: 'hot', able: COOLABLE },
} satisfies Record<string, Change>

export type ChangeVerb = keyof typeof CHANGES

/** The change that a task asks for; undefined where it asks for none. */
export function changeFor(taskType: string): Change | undefined {
  return Object.hasOwn(CHANGES, taskType) ? CHANGES[taskType as ChangeVerb] : undefined
}

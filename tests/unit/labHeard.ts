import { afterEach } from 'vitest'
import { Lab } from '../../workers/lab.ts'
import type { LabEvent, RunState } from '../../workers/protocol.ts'

export interface Heard {
  lab: Lab
  events: LabEvent[]
  /** All events of one type. */
  of<T extends LabEvent['type']>(type: T): Extract<LabEvent, { type: T }>[]
  /** Resolves when the run is next heard to be in one of these states. */
  state(...states: RunState[]): Promise<void>
}

const labs: Lab[] = []

afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.stop()
})

/** A lab whose events are kept; its run is stopped when the test is over. */
export function labHeard(): Heard {
  const lab = new Lab()
  labs.push(lab)
  const events: LabEvent[] = []
  const waiting: { states: RunState[]; resolve: () => void }[] = []
  lab.subscribe((event) => {
    events.push(event)
    if (event.type !== 'run') return
    for (const one of waiting) if (one.states.includes(event.status.state)) one.resolve()
  })
  return {
    lab,
    events,
    of: (type) => events.filter((event) => event.type === type) as never,
    state: (...states) => new Promise((resolve) => waiting.push({ states, resolve })),
  }
}

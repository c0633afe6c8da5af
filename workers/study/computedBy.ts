import type { Actor } from '../evaluation/actor.ts'
import type { StudyDevice } from './ports.ts'
import type { ComputedBy } from './result.ts'

/** What a device has computed. @param began when it did, by `performance.now` */
export function computedBy({ device, operations }: StudyDevice, began: number): ComputedBy {
  const { backend, adapter } = device
  return computedSince({ backend, engine: operations.name, adapter }, began)
}

/** The same of an actor's computer. */
export function computedSince(computed: Actor['computed'], began: number): ComputedBy {
  return { ...computed, seconds: (performance.now() - began) / 1000 }
}

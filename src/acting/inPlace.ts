import { messageOf } from '../../workers/protocol.ts'
import type { LabState } from '../lab/store.ts'

/** Where in the tab a sentence about what went wrong stands. */
export type Place = 'world' | 'task' | 'episode' | 'evaluation'

export interface InPlaceSlice {
  /** What went wrong with the last call at each place; a sentence. */
  actingErrors: Partial<Record<Place, string>>
}

type Set = (change: (state: LabState) => Partial<LabState>) => void

/**
 * Waits for a call to the worker; what it rejects with stands where it was asked for until the next call there, and
 * undefined comes back.
 */
export async function attemptAt<T>(set: Set, place: Place, call: Promise<T>): Promise<T | undefined> {
  const tell = (sentence: string | undefined) =>
    set(({ actingErrors }) => ({ actingErrors: { ...actingErrors, [place]: sentence } }))
  tell(undefined)
  try {
    return await call
  } catch (thrown) {
    tell(messageOf(thrown))
    return undefined
  }
}

import { LabError } from '../errors.ts'
import { Pauses } from '../pauses.ts'

/** The longest stretch of work between two chances to hear that it should stop, in milliseconds. */
const BUSY_MS = 30

/** Work that a person can stop, several pieces of it side by side. */
export class Stops {
  private readonly running = new Map<AbortController, Promise<unknown>>()

  /**
   * Does some work.
   *
   * @param work is handed what ends it alone, and what to ask now and then: false says that it should end
   * @throws LabError why it was stopped, where that was no wish
   */
  async during<T>(work: (abort: AbortController, goesOn: () => Promise<boolean>) => Promise<T>): Promise<T> {
    const abort = new AbortController()
    const { signal } = abort
    const pauses = new Pauses(BUSY_MS)
    // What waits for a lost device may wait for ever.
    const failed = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => signal.reason instanceof LabError && reject(signal.reason))
    })
    const done = work(abort, async () => {
      if (pauses.due && !signal.aborted) await pauses.take()
      return !signal.aborted
    }).catch((error) => {
      // What a lost device did says more than what the work then tripped over.
      throw signal.reason instanceof LabError ? signal.reason : error
    })
    const ended = Promise.race([done, failed])
    this.running.set(
      abort,
      ended.catch(() => {}),
    )
    try {
      return await ended
    } finally {
      this.running.delete(abort)
      pauses.close()
    }
  }

  /** @param error why, where it is not a person's wish */
  stop(error?: LabError): void {
    for (const abort of this.running.keys()) abort.abort(error)
  }

  /** Resolves when nothing of what is under way now runs any more. */
  get ended(): Promise<void> {
    return Promise.all(this.running.values()).then(() => {})
  }
}

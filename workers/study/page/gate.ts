import { Pauses } from '../../pauses.ts'

/** Milliseconds of work between two moments at which a pause or a stop is heard. */
const PATIENCE_MS = 30

/** What long work asks now and then whether it goes on: it waits there while paused, and ends where it was stopped. */
export class Gate {
  paused = false
  stopped = false
  /** Why the work cannot go on. */
  failure: Error | null = null
  private wake: (() => void) | null = null
  private readonly pauses = new Pauses(PATIENCE_MS)

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.wake?.()
  }

  stop(): void {
    this.stopped = true
    this.wake?.()
  }

  fail(failure: Error): void {
    this.failure ??= failure
    this.wake?.()
  }

  /** Resolves when the work may go on, or, with false, is to end. @throws what it failed for */
  goesOn = async (): Promise<boolean> => {
    if (this.pauses.due) await this.pauses.take()
    while (this.paused && !this.stopped && !this.failure) {
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
    if (this.failure) throw this.failure
    return !this.stopped
  }

  /** When the work is over. */
  close(): void {
    this.pauses.close()
  }
}

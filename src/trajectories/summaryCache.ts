import type { TrajectorySummary } from '../../workers/protocol.ts'

type Fetch = (ids: Int32Array) => Promise<TrajectorySummary[]>

interface Held {
  /** Missing where the trajectory is no longer loaded. */
  summary?: TrajectorySummary
  /** Of the library, when it was asked for. */
  version: number
}

/**
 * The summaries of the rows in sight and of some around them, outside React. One question is under way at a time, and
 * the next is about what is in sight by then: whoever scrolls fast does not wait for what has passed by.
 */
export class SummaryCache {
  /** Changes when there is something new to draw. */
  revision = 0

  private readonly held = new Map<number, Held>()
  private wanted: { ids: Int32Array; version: number } | undefined
  private asking = false
  private readonly listeners = new Set<() => void>()

  /**
   * @param fetch asks the worker; it leaves out what is no longer loaded
   * @param most summaries to keep
   */
  constructor(
    private readonly fetch: Fetch,
    private readonly most = 2000,
  ) {}

  /** The newest summary that is here, even when an older version of the library is all that it knows. */
  get(id: number): TrajectorySummary | undefined {
    return this.held.get(id)?.summary
  }

  /** Says which rows are in sight; those that are missing or older than `version` are asked for. */
  want(ids: Int32Array, version: number): void {
    this.wanted = { ids, version }
    if (!this.asking) void this.askForWanted()
  }

  /**
   * Resolves when these are as new as `version`.
   *
   * @throws what the worker throws
   */
  async bring(ids: Int32Array, version: number): Promise<void> {
    const missing = ids.filter((id) => !this.isNew(id, version))
    if (missing.length === 0) return
    const answers = new Map((await this.fetch(missing)).map((summary) => [summary.id, summary]))
    for (const id of missing) {
      this.held.delete(id)
      this.held.set(id, { summary: answers.get(id), version })
    }
    // A Map gives its keys in the order in which they came: the oldest go first.
    for (const id of this.held.keys()) {
      if (this.held.size <= this.most) break
      this.held.delete(id)
    }
    this.revision++
    for (const listener of this.listeners) listener()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private async askForWanted(): Promise<void> {
    this.asking = true
    try {
      while (this.wanted) {
        const { ids, version } = this.wanted
        this.wanted = undefined
        await this.bring(ids, version)
      }
    } catch {
      // The worker is gone, and the page says so; placeholders stay.
    } finally {
      this.asking = false
    }
  }

  private isNew(id: number, version: number): boolean {
    const held = this.held.get(id)
    // Ids are never used twice: what is gone does not come back.
    return held !== undefined && (held.summary === undefined || held.version >= version)
  }
}

import { LabError } from '../errors.ts'
import type { Trajectory, TrajectorySet } from '../trajectories/trajectory.ts'
import { packed, unpacked } from './packing.ts'
import { matches, type TrajectoryQuery, type TrajectorySummary, wordsLeft } from './query.ts'
import { summarise } from './summary.ts'
import { Tally } from './tally.ts'
import { createTextStore, type Place, type TextStore } from './textStore.ts'

interface Entry {
  summary: TrajectorySummary
  /** As the segmenter left it: here, or in the store. */
  read: Trajectory | Place
  /** With the spans that a person drew, where there are such. */
  corrected?: Trajectory
}

/** Texts beyond this many characters together go to the store. */
const KEPT_CHARACTERS = 8 * 2 ** 20
/** Milliseconds of work after which a long search lets other messages in. */
const PATIENCE = 20

/** The trajectories that are loaded, each under an id that never changes. */
export class Library {
  private readonly entries = new Map<number, Entry>()
  private readonly tally = new Tally()
  private kept = 0
  private searches = 0
  /** Grows with every change, so that what was computed from the texts can tell that it is stale. */
  version = 0

  /**
   * @param store for the texts that memory should not hold
   * @param nextId the first id to give out: ids are never used twice, over libraries that follow each other, too
   */
  constructor(
    private readonly store: TextStore = createTextStore(),
    public nextId = 0,
  ) {}

  get size(): number {
    return this.entries.size
  }

  add(trajectory: Trajectory, correction?: { excluded?: boolean; corrected?: Trajectory }): number {
    const id = this.nextId++
    const fits = this.kept + trajectory.text.length <= KEPT_CHARACTERS
    if (fits) this.kept += trajectory.text.length
    const summary = summarise(id, trajectory)
    this.entries.set(id, { summary, read: fits ? trajectory : this.store.put(packed(trajectory)) })
    this.tally.add(summary)
    if (correction) this.correct(id, correction)
    this.version++
    return id
  }

  /**
   * What a person decided about a trajectory: kept out, or with other spans. What is not given is as it was read.
   *
   * @returns whether the id is still loaded
   */
  correct(
    id: number,
    { excluded = false, corrected }: { excluded?: boolean; corrected?: Trajectory },
  ): boolean {
    const entry = this.entries.get(id)
    if (!entry) return false
    entry.corrected = corrected
    this.tally.remove(entry.summary)
    entry.summary = {
      ...summarise(id, corrected ?? this.asRead(id)!),
      title: entry.summary.title,
      excluded,
      corrected: corrected !== undefined,
    }
    this.tally.add(entry.summary)
    this.version++
    return true
  }

  /** Drops the trajectories of one file, or all. */
  remove(file?: string): void {
    const before = this.entries.size
    for (const [id, { summary, read }] of this.entries) {
      if (file !== undefined && summary.file !== file) continue
      this.tally.remove(summary)
      if ('text' in read) this.kept -= read.text.length
      this.entries.delete(id)
    }
    if (this.entries.size === 0) this.store.clear()
    if (this.entries.size < before) this.version++
  }

  /** Gives the texts back; the library is empty then. */
  async close(): Promise<void> {
    this.entries.clear()
    await this.store.close()
  }

  /** What is loaded, in numbers. */
  state() {
    return this.tally.state()
  }

  /** With the spans that a person drew. */
  get(id: number): Trajectory | undefined {
    return this.entries.get(id)?.corrected ?? this.asRead(id)
  }

  /** @throws LabError `not-now` for an id that is no longer loaded */
  loaded(id: number): Trajectory {
    const trajectory = this.get(id)
    if (!trajectory) throw new LabError('not-now', `Trajectory ${id} is no longer loaded.`)
    return trajectory
  }

  /** With the spans that the segmenter found. */
  asRead(id: number): Trajectory | undefined {
    const read = this.entries.get(id)?.read
    return read === undefined || 'text' in read ? read : unpacked(this.store.get(read))
  }

  summary(id: number): TrajectorySummary | undefined {
    return this.entries.get(id)?.summary
  }

  /** In the order in which they were loaded. */
  *summaries(): Iterable<TrajectorySummary> {
    for (const { summary } of this.entries.values()) yield summary
  }

  /** Finds the ids of the same text as a given one's, itself included; holds until the library changes. */
  twins(): (id: number) => number[] {
    const alike = new Map<string, number[]>()
    const keyOf = ({ characters, title }: TrajectorySummary) => `${characters} ${title}`
    for (const summary of this.summaries()) {
      const ids = alike.get(keyOf(summary))
      if (ids) ids.push(summary.id)
      else alike.set(keyOf(summary), [summary.id])
    }
    return (id) => {
      const ids = alike.get(keyOf(this.summary(id)!))!
      const text = ids.length > 1 ? this.asRead(id)!.text : ''
      return ids.filter((other) => other === id || this.asRead(other)!.text === text)
    }
  }

  /** What training and exports see: all that is not excluded, in the order of loading; texts come when asked for. */
  included(): TrajectorySet {
    const ids = [...this.summaries()].filter(({ excluded }) => !excluded).map(({ id }) => id)
    return {
      length: ids.length,
      at: (index) => this.get(ids[index]!),
      characters: (index) => this.summary(ids[index]!)?.characters ?? 0,
    }
  }

  /**
   * The ids that a query finds, in the order of loading. A search in the texts takes as long as reading them, so a
   * later call ends it; it then returns what it has found.
   */
  async find(query: TrajectoryQuery): Promise<number[]> {
    const search = ++this.searches
    if (Object.values(query).every((part) => part === undefined)) return [...this.entries.keys()]
    const found: number[] = []
    let since = performance.now()
    for (const { summary } of [...this.entries.values()]) {
      if (!matches(summary, query)) continue
      const words = query.search ? wordsLeft(summary, query.search) : []
      if (words.length > 0) {
        const text = this.asRead(summary.id)?.text.toLowerCase()
        if (performance.now() - since > PATIENCE) {
          await new Promise((resolve) => setTimeout(resolve))
          if (search !== this.searches) return found
          since = performance.now()
        }
        if (!words.every((word) => text?.includes(word))) continue
      }
      found.push(summary.id)
    }
    return found
  }
}

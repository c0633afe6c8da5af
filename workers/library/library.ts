import { LabError } from '../errors.ts'
import { Pauses } from '../pauses.ts'
import type { Trajectory, TrajectorySet } from '../trajectories/trajectory.ts'
import { packed, packedText, unpacked } from './packing.ts'
import {
  matches,
  type TrajectoryFacts,
  type TrajectoryQuery,
  type TrajectorySummary,
  wordsLeft,
} from './query.ts'
import { factsOf, summaryOf } from './summary.ts'
import { Tally } from './tally.ts'
import { createTextStore, type Place, type TextStore } from './textStore.ts'

interface Entry {
  facts: TrajectoryFacts
  /** Differs for most texts that differ. */
  fingerprint: number
  /** As the segmenter left it: here, or at a place in the store. */
  read: Trajectory | Place
  /** With the spans that a person drew, where there are such. */
  corrected: Trajectory | undefined
}

/** Texts beyond this many characters together go to the store. */
const KEPT_CHARACTERS = 8 * 2 ** 20
/** Milliseconds of work on many trajectories after which other messages are let in. */
export const PATIENCE_MS = 20

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
    const facts = factsOf(id, trajectory)
    this.entries.set(id, {
      facts,
      fingerprint: fingerprintOf(trajectory.text),
      read: fits ? trajectory : this.store.put(packed(trajectory)),
      corrected: undefined,
    })
    this.tally.add(facts)
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
    this.tally.remove(entry.facts)
    const facts = factsOf(id, corrected ?? this.asRead(id)!)
    entry.facts = { ...facts, excluded, corrected: corrected !== undefined }
    this.tally.add(entry.facts)
    this.version++
    return true
  }

  /** Drops the trajectories of one file, or all. */
  remove(file?: string): void {
    const before = this.entries.size
    for (const [id, { facts, read }] of this.entries) {
      if (file !== undefined && facts.file !== file) continue
      this.tally.remove(facts)
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

  facts(id: number): TrajectoryFacts | undefined {
    return this.entries.get(id)?.facts
  }

  summary(id: number): TrajectorySummary | undefined {
    const entry = this.entries.get(id)
    if (!entry) return undefined
    const read = this.asRead(id)!
    return summaryOf(entry.facts, entry.corrected ?? read, read)
  }

  /** In the order in which they were loaded. */
  ids(): number[] {
    return [...this.entries.keys()]
  }

  /** Finds the ids of the same text as a given one's, itself included; holds until the library changes. */
  twins(): (id: number) => number[] {
    const alike = new Map<number, number[]>()
    for (const [id, { fingerprint }] of this.entries) {
      const ids = alike.get(fingerprint)
      if (ids) ids.push(id)
      else alike.set(fingerprint, [id])
    }
    return (id) => {
      const ids = alike.get(this.entries.get(id)!.fingerprint)!
      const text = ids.length > 1 ? this.textOf(id) : ''
      return ids.filter((other) => other === id || this.textOf(other) === text)
    }
  }

  private textOf(id: number): string {
    const { read } = this.entries.get(id)!
    return 'text' in read ? read.text : packedText(this.store.get(read))
  }

  /** What training and exports see: all that is not excluded, in the order of loading; texts come when asked for. */
  included(): TrajectorySet {
    const ids = this.ids().filter((id) => !this.facts(id)!.excluded)
    return {
      length: ids.length,
      at: (index) => this.get(ids[index]!),
      characters: (index) => this.facts(ids[index]!)?.characters ?? 0,
    }
  }

  /**
   * The ids that a query finds, in the order of loading. A search in the texts takes as long as reading them, so a
   * later call ends it; it then returns what it has found.
   */
  async find(query: TrajectoryQuery): Promise<number[]> {
    const search = ++this.searches
    if (Object.values(query).every((part) => part === undefined)) return this.ids()
    const found: number[] = []
    const pauses = new Pauses(PATIENCE_MS)
    try {
      for (const id of this.ids()) {
        const facts = this.facts(id)
        if (!facts || !matches(facts, query)) continue
        const words = query.search ? wordsLeft(facts, query.search) : []
        if (words.length > 0) {
          const text = this.textOf(id).toLowerCase()
          if (pauses.due) {
            await pauses.take()
            if (search !== this.searches) return found
          }
          if (!words.every((word) => text.includes(word))) continue
        }
        found.push(id)
      }
      return found
    } finally {
      pauses.close()
    }
  }
}

/** Characters that a fingerprint looks at, spread evenly. */
const LOOKED_AT = 256

/** A small whole number (FNV-1a) from a text's length and some of its characters. */
function fingerprintOf(text: string): number {
  let hash = 2166136261 ^ text.length
  const stride = Math.max(1, Math.floor(text.length / LOOKED_AT))
  for (let at = 0; at < text.length; at += stride) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619)
  return hash >> 2
}

import { Pauses } from '../pauses.ts'
import { contentHash } from '../trajectories/contentHash.ts'
import type { Trajectory } from '../trajectories/trajectory.ts'
import type { Correction, Corrections } from './corrections.ts'
import { type Library, PATIENCE_MS } from './library.ts'
import type { TrajectoryFacts } from './query.ts'
import { edited, outlineOf, redrawn, type SpanEdit } from './spanEdits.ts'

/** A change by hand that can be taken back. */
interface Change {
  /** In a few words, for "Undo …". */
  label: string
  /** The only trajectory it is about, if it is only one. */
  id?: number
  corrections: { hash: string; ids: number[]; before?: Correction; after?: Correction }[]
}

type Decide = (before: Correction | undefined) => Correction

/** A change further back than this cannot be undone. */
const MOST_CHANGES = 200

/** What a person does to the trajectories of a library, step by step, back and forth. */
export class Corrector {
  private done: Change[] = []
  private undone: Change[] = []

  constructor(
    private readonly corrections: Corrections,
    private readonly library: () => Library,
    private readonly changed: () => void,
  ) {}

  /** What undo and redo would do. */
  next(): { undo?: string; redo?: string } {
    return { undo: this.done.at(-1)?.label, redo: this.undone.at(-1)?.label }
  }

  /** Nothing can be undone any more: the ids it was about are gone. */
  forget(): void {
    this.done = []
    this.undone = []
  }

  /** What the corrections say of a trajectory as it was read; undefined where they say nothing. */
  decisionOn(read: Trajectory): { excluded?: boolean; corrected?: Trajectory } | undefined {
    const { trajectory, correction } = this.corrections.apply(read)
    const corrected = trajectory === read ? undefined : trajectory
    return correction && { excluded: correction.excluded, corrected }
  }

  /** Puts a trajectory into the state that the corrections say. */
  recall(id: number): void {
    const read = this.library().asRead(id)
    if (read) this.library().correct(id, this.decisionOn(read) ?? {})
  }

  editSpans(id: number, edit: SpanEdit): void {
    const trajectory = this.library().loaded(id)
    const outline = outlineOf(trajectory.spans)
    const next = outlineOf(redrawn(trajectory, edited(trajectory.text, outline, edit)).spans)
    if (JSON.stringify(next) !== JSON.stringify(outline)) {
      const name = { relabel: 'change of kind', split: 'split', merge: 'merge' }[edit.type]
      const asRead = outlineOf(this.library().asRead(id)!.spans)
      // Spans drawn back to what the segmenter found are no correction.
      const drawn = JSON.stringify(next) === JSON.stringify(asRead) ? undefined : next
      this.correct(name, id, (before) => ({ ...before, spans: drawn }))
    }
  }

  resetSpans(id: number): void {
    this.library().loaded(id)
    this.correct('reset', id, (before) => ({ ...before, spans: undefined }))
  }

  async setExcluded(ids: Iterable<number>, excluded: boolean): Promise<void> {
    const wanted = Array.from(ids, (id) => this.library().facts(id)).filter(
      (facts) => facts !== undefined && facts.excluded !== excluded,
    ) as TrajectoryFacts[]
    if (wanted.length === 0) return
    const many = wanted.length === 1 ? 'trajectory' : `${wanted.length} trajectories`
    const label = `${excluded ? 'exclusion' : 'inclusion'} of ${wanted.length === 1 ? 'a ' : ''}${many}`
    const changes: Change['corrections'] = []
    const twins = this.library().twins()
    const seen = new Set<number>()
    const pauses = new Pauses(PATIENCE_MS)
    try {
      for (const { id } of wanted) {
        if (seen.has(id)) continue
        const change = this.change(id, twins(id), (before) => ({
          ...before,
          excluded: excluded || undefined,
        }))
        for (const twin of change.ids) seen.add(twin)
        changes.push(change)
        if (pauses.due) await pauses.take()
      }
    } finally {
      pauses.close()
    }
    this.take({ label, id: wanted.length === 1 ? wanted[0]!.id : undefined, corrections: changes })
  }

  private correct(label: string, id: number, decide: Decide): void {
    this.take({ label, id, corrections: [this.change(id, this.library().twins()(id), decide)] })
  }

  private change(id: number, ids: number[], decide: Decide): Change['corrections'][number] {
    const hash = contentHash(this.library().loaded(id).text)
    const before = this.corrections.get(hash)
    const { excluded, spans } = decide(before)
    const after = excluded || spans ? { ...(excluded && { excluded }), ...(spans && { spans }) } : undefined
    return { hash, ids, before, after }
  }

  private take(change: Change): void {
    this.done.push(change)
    if (this.done.length > MOST_CHANGES) this.done.shift()
    this.undone = []
    this.put(change, 'after')
  }

  private put(change: Change, side: 'before' | 'after'): number | undefined {
    for (const { hash, ids, [side]: correction } of change.corrections) {
      this.corrections.set(hash, correction)
      for (const id of ids) this.recall(id)
    }
    this.changed()
    return change.id
  }

  /** @returns the trajectory that changed, if it was a single one */
  undo(): number | undefined {
    const change = this.done.pop()
    if (!change) return undefined
    this.undone.push(change)
    return this.put(change, 'before')
  }

  redo(): number | undefined {
    const change = this.undone.pop()
    if (!change) return undefined
    this.done.push(change)
    return this.put(change, 'after')
  }
}

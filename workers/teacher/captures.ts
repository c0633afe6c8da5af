import { LabError } from '../errors.ts'
import type { Operations } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { Recipe } from '../recipe.ts'
import type { TrajectorySet } from '../trajectories/trajectory.ts'
import type { Capture } from './capture.ts'
import { openCaptureFolder } from './captureFolder.ts'
import { CaptureShelf, type CaptureSummary } from './captureShelf.ts'
import { captureTeacher } from './captureTeacher.ts'

/** A capture under way. */
export interface CaptureStatus {
  teacher: string
  /** Trajectories. */
  done: number
  trajectories: number
}

export interface CapturesListener {
  changed(captures: CaptureSummary[]): void
  status(status: CaptureStatus | null): void
}

/** The captures of this visit and earlier ones, and the one that may be under way. */
export class Captures {
  private shelf: CaptureShelf | null = null
  /** Those of earlier visits are there once this is. */
  readonly opened: Promise<CaptureShelf>
  private abort: AbortController | null = null

  constructor(private readonly listener: CapturesListener) {
    this.opened = openCaptureFolder()
      .then((folder) => CaptureShelf.open(folder))
      .then((shelf) => {
        this.shelf = shelf
        this.changed()
        return shelf
      })
  }

  private changed(): void {
    this.listener.changed(this.summaries())
  }

  summaries(): CaptureSummary[] {
    return this.shelf?.summaries() ?? []
  }

  /**
   * The capture that a recipe names; null where its teacher is none. Only once they are `opened`.
   *
   * @throws LabError `invalid-recipe` when it is not here
   */
  of(recipe: Recipe): Capture | null {
    return this.shelf?.of(recipe) ?? null
  }

  get busy(): boolean {
    return this.abort !== null
  }

  /** Captures a teacher over trajectories; one at a time. */
  async make(
    operations: Operations,
    teacher: StudentFolder,
    name: string,
    k: number,
    trajectories: TrajectorySet,
  ): Promise<CaptureSummary> {
    const abort = new AbortController()
    this.abort = abort
    const { signal } = abort
    const progress = (done: number) =>
      this.listener.status({ teacher: name, done, trajectories: trajectories.length })
    progress(0)
    try {
      const shelf = await this.opened
      return await shelf.keep(`${name}, top ${k}`, (file) =>
        captureTeacher(operations, { trajectories, teacher, name, k, file, signal, progress }),
      )
    } catch (error) {
      // What a lost device did says more than what the capture then tripped over.
      throw signal.reason instanceof LabError ? signal.reason : error
    } finally {
      this.abort = null
      this.listener.status(null)
      this.changed()
    }
  }

  /** @param error why, where it is not a person's wish */
  cancel(error?: LabError): void {
    this.abort?.abort(error)
  }

  async export(name: string): Promise<Blob> {
    return (await this.opened).export(name)
  }

  async import(name: string, file: Blob): Promise<CaptureSummary> {
    const summary = await (await this.opened).import(name, file)
    this.changed()
    return summary
  }

  async remove(name: string): Promise<void> {
    await (await this.opened).remove(name)
    this.changed()
  }
}

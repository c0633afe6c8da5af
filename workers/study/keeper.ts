import { LabError } from '../errors.ts'
import { actorOn } from '../evaluation/actor.ts'
import type { StudyCell } from './cells.ts'
import { resultFile } from './files.ts'
import type { StudyStatus, StudySummary, StudyView } from './page/api.ts'
import { allCells, StudyLibrary } from './page/library.ts'
import { claimed } from './page/locks.ts'
import { openStudies } from './page/studyFiles.ts'
import { StudyRun } from './page/studyRun.ts'
import type { StudyDevice, StudyPorts } from './ports.ts'
import type { StudyReport } from './report.ts'
import { readCellResult } from './result.ts'
import type { Study } from './study.ts'
import { type OtherTeachers, trainHere } from './trainHere.ts'

/** What a study takes of the lab. */
export interface StudyPlace {
  /** @throws LabError `no-backend` where none is open */
  device(): StudyDevice
  /** Null where none is open. */
  present(): StudyDevice | null
  /** The model that a study names; what comes with the page is fetched. */
  teacher: StudyPorts['teacher']
  others: OtherTeachers
}

export interface StudyKeeperListener {
  status(status: StudyStatus): void
  /** Which there are, or how much of them is done. */
  changed(studies: StudySummary[]): void
}

/** Results that are looked at to know how long a cell takes. */
const MOST_TIMED = 8

/** The studies of the page, and the one that is run here. */
export class StudyKeeper {
  private library: Promise<StudyLibrary> | null = null
  private run: StudyRun | null = null
  /** Resolves when the study that is run, if there is one, is over. */
  private ended: Promise<void> = Promise.resolve()
  /** One has been asked for and is about to begin. */
  private beginning = false

  constructor(
    private readonly place: StudyPlace,
    private readonly listener: StudyKeeperListener,
  ) {}

  get busy(): boolean {
    return this.beginning || this.isUnderWay()
  }

  /** Of the study that is run, or was last. */
  get status(): StudyStatus | null {
    return this.run?.status ?? null
  }

  private isUnderWay(id?: string): boolean {
    const { status } = this
    return (
      status !== null &&
      ['running', 'paused', 'stopping'].includes(status.state) &&
      (id === undefined || status.id === id)
    )
  }

  private opened(): Promise<StudyLibrary> {
    this.library ??= openStudies().then((shelf) => StudyLibrary.open(shelf))
    // What could not be opened may be asked for again.
    this.library.catch(() => {
      this.library = null
    })
    return this.library
  }

  async summaries(): Promise<StudySummary[]> {
    return (await this.opened()).summaries()
  }

  private async changed(): Promise<void> {
    this.listener.changed(await this.summaries())
  }

  async open(file: File): Promise<StudySummary> {
    const library = await this.opened()
    const id = await library.take(file)
    await this.changed()
    return library.summary(id)
  }

  /** @throws LabError `not-now` while it is run */
  async remove(id: string): Promise<void> {
    if (this.isUnderWay(id)) {
      throw new LabError('not-now', 'This study is under way: stop it before you put it away.')
    }
    await (await this.opened()).remove(id)
    await this.changed()
  }

  async view(id: string): Promise<StudyView> {
    const library = await this.opened()
    const study = library.study(id)
    const { cells, candidates } = allCells(study)
    const done = await library.done(study.name)
    const told = (list: StudyCell[]) => list.map((cell) => ({ ...cell, done: done.has(cell.id) }))
    const everywhere = study.worlds.map(({ environment }) => environment)
    return {
      summary: await library.summary(id),
      blocks: study.blocks.map((block) => ({ ...block, worlds: block.worlds ?? everywhere })),
      students: study.students,
      amounts: study.amounts,
      cells: told(cells),
      candidates: told(candidates),
      teachers: [...new Set(study.worlds.map(({ teacher }) => teacher))],
      lasting: library.lasting,
      secondsPerCell: await this.secondsPerCell(library, study, done),
    }
  }

  /** Mean over the newest cells that were done by this page on a device like the one that is open. */
  private async secondsPerCell(
    library: StudyLibrary,
    { name }: Study,
    done: ReadonlySet<string>,
  ): Promise<number | null> {
    const present = this.place.present()
    if (present === null) return null
    const { device, operations } = present
    const files = library.files(name)
    const seconds: number[] = []
    for (const id of [...done].slice(-MOST_TIMED)) {
      const text = await files.read(resultFile(id))
      if (text === null) continue
      const { trainedBy, evaluatedBy } = readCellResult(text, resultFile(id))
      const here = [trainedBy, evaluatedBy].every(
        ({ adapter, engine }) => adapter === device.adapter && engine === operations.name,
      )
      if (here && trainedBy.program === 'lab') seconds.push(trainedBy.seconds + evaluatedBy.seconds)
    }
    return seconds.length > 0 ? seconds.reduce((sum, one) => sum + one, 0) / seconds.length : null
  }

  async report(id: string): Promise<StudyReport | null> {
    return (await this.opened()).report(id)
  }

  async reportFiles(id: string): Promise<Record<string, string>> {
    return (await this.opened()).reportFiles(id)
  }

  async export(id: string): Promise<Blob> {
    return (await this.opened()).export(id)
  }

  /**
   * Begins to run cells of a study.
   *
   * @throws LabError `not-now` while one is under way, `usage` where none of the cells is left to do
   */
  async begin(id: string, cells: readonly string[]): Promise<void> {
    if (this.busy) {
      throw new LabError(
        'not-now',
        'A study is under way: stop it, or wait for its end, before you run another.',
      )
    }
    this.beginning = true
    try {
      this.place.device()
      const library = await this.opened()
      const study = library.study(id)
      const done = await library.done(study.name)
      const wanted = new Set(cells.filter((cell) => !done.has(cell)))
      if (wanted.size === 0) {
        throw new LabError('usage', `All of these cells of “${study.name}” are done: choose others.`)
      }
      const seconds = await this.secondsPerCell(library, study, done)
      const run = new StudyRun(id, study, wanted, done, seconds, {
        status: (status) => this.listener.status(status),
        cell: () => void this.changed(),
      })
      this.run = run
      this.ended = run.run(this.ports(library, study)).then(() => this.changed())
    } finally {
      this.beginning = false
    }
  }

  private ports(library: StudyLibrary, { name }: Study): Omit<StudyPorts, 'goesOn' | 'news'> {
    const { place } = this
    const { read, write } = library.files(name)
    return {
      store: { read, write: kept(write), claim: (part) => claimed(`${name} ${part}`) },
      teacher: place.teacher,
      actor: async (folder, where) => actorOn(place.device(), folder, where),
      train: (job, watching) => trainHere(job, place.device(), place.others, watching),
    }
  }

  pause(): void {
    this.run?.pause()
  }

  resume(): void {
    this.run?.resume()
  }

  async stop(): Promise<void> {
    this.run?.stop()
    await this.ended
  }

  /** The device is gone on which it is run. */
  fail(error: LabError): void {
    if (this.isUnderWay()) this.run?.fail(error)
  }
}

/** Says what to do where the browser has no room left. */
function kept(write: StudyPorts['store']['write']): StudyPorts['store']['write'] {
  return async (path, text) => {
    try {
      await write(path, text)
    } catch (error) {
      throw new LabError(
        'not-now',
        `The browser has no room for ${path} (${error instanceof Error ? error.message : error}): put finished studies away, or free some space.`,
      )
    }
  }
}

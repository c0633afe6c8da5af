import { LabError, messageOf } from '../../errors.ts'
import { cellsWanted, type StudyCell } from '../cells.ts'
import type { StudyNews, StudyPorts } from '../ports.ts'
import { runStudy } from '../runner.ts'
import type { Study } from '../study.ts'
import type { StudyStatus } from './api.ts'
import { Gate } from './gate.ts'

/** Milliseconds between two reports of how far a cell is. */
const TELL_EVERY = 150

export interface StudyRunListener {
  status(status: StudyStatus): void
  /** A cell is done; the study's tables have changed. */
  cell(cell: StudyCell): void
}

/** One running of a study's cells in the page, with pause and stop between cells and inside them. */
export class StudyRun {
  status: StudyStatus
  private readonly gate = new Gate()
  private toldAt = 0
  /** Of the cells that were done here, and how many these are. */
  private seconds = 0
  private finished = 0

  /**
   * @param ids of the cells that are wanted; those that `done` has are left as they are
   * @param secondsPerCell from earlier cells, if known
   */
  constructor(
    id: string,
    private readonly study: Study,
    private readonly ids: ReadonlySet<string>,
    done: ReadonlySet<string>,
    private readonly secondsPerCell: number | null,
    private readonly listener: StudyRunListener,
  ) {
    const open = cellsWanted(study, (cell) => ids.has(cell.id)).filter((cell) => !done.has(cell.id))
    this.status = {
      id,
      state: 'running',
      cell: null,
      notices: [],
      done: 0,
      cells: open.length,
      ...this.left(open.length),
    }
  }

  /** Runs to the end, whatever that is; it is told in the status. */
  async run(ports: Omit<StudyPorts, 'goesOn' | 'news'>): Promise<void> {
    this.tell({})
    try {
      const { state, failed } = await runStudy(
        this.study,
        { ...ports, goesOn: this.gate.goesOn, news: (news) => this.hear(news) },
        { wanted: (cell) => this.ids.has(cell.id) },
      )
      const [first] = failed
      const message = first && `${first.cell.id} could not be done: ${first.message}`
      const more =
        failed.length > 1 ? ` So it was with ${failed.length} cells, which are tried again next time.` : ''
      this.end(state, message && `${message}${more}`)
    } catch (error) {
      const known = error instanceof LabError
      this.end('failed', known ? error.message : `The study broke off: ${messageOf(error)}.`)
    } finally {
      this.gate.close()
    }
  }

  pause(): void {
    if (this.status.state !== 'running') return
    this.gate.pause()
    this.tell({ state: 'paused' })
  }

  resume(): void {
    if (this.status.state !== 'paused') return
    this.gate.resume()
    this.tell({ state: 'running' })
  }

  stop(): void {
    if (this.status.state !== 'running' && this.status.state !== 'paused') return
    this.gate.stop()
    this.tell({ state: 'stopping' })
  }

  /** Its device is gone. */
  fail(error: LabError): void {
    this.gate.fail(error)
  }

  private hear(news: StudyNews): void {
    if (news.kind === 'notice') {
      this.tell({ notices: [...this.status.notices, news.text] })
      return
    }
    if (news.kind === 'progress') {
      const { cell, what, done, of } = news
      const doing = { what, done, of }
      const same = cell === this.status.cell && what === this.status.doing?.what
      this.status = { ...this.status, cell, doing }
      if (!same || done >= of || performance.now() - this.toldAt > TELL_EVERY) this.tell({})
      return
    }
    const { cell } = news
    if (news.state === 'begun') {
      this.tell({ cell: cell.id, doing: undefined })
      return
    }
    const done = this.status.done + 1
    if (news.state === 'done') {
      const { trainedBy, evaluatedBy } = news.result
      const seconds = trainedBy.seconds + evaluatedBy.seconds
      this.seconds += seconds
      this.finished++
      this.listener.cell(cell)
    }
    this.tell({ cell: null, doing: undefined, done, ...this.left(this.status.cells - done) })
  }

  /** How long so many cells take. */
  private left(cells: number): Pick<StudyStatus, 'remainingMs'> {
    const each = this.finished > 0 ? this.seconds / this.finished : this.secondsPerCell
    return { remainingMs: each === null ? undefined : 1000 * each * cells }
  }

  private end(state: StudyStatus['state'], message?: string): void {
    this.tell({ state, cell: null, doing: undefined, remainingMs: undefined, message })
  }

  private tell(change: Partial<StudyStatus>): void {
    this.toldAt = performance.now()
    this.status = { ...this.status, ...change }
    this.listener.status(this.status)
  }
}

import { LabError, type LabErrorCode } from '../errors.ts'
import { gptParameters, parameterCount } from '../models/parameters.ts'
import { metricsJsonl } from '../training/metricsFile.ts'
import { type CellPlan, planCell, refuseStale, runCell } from './cell.ts'
import { candidatesOf, cellsOf, cellsWanted, type StudyCell } from './cells.ts'
import { type Choice, choiceOf } from './choosing.ts'
import { cellClaim, metricsFile, resultFile, STUDY_FILE, worldClaim } from './files.ts'
import type { StudyPorts, StudyWatching } from './ports.ts'
import { type CellResult, readCellResult } from './result.ts'
import type { Study } from './study.ts'
import { PreparedWorld, prepareWorld } from './world.ts'

export interface RunOptions {
  /** The cells that are wanted, all where left out; candidates that they need are done as well. */
  wanted?: (cell: StudyCell) => boolean
  /** Milliseconds until it is looked again for what others are at. */
  patienceMs?: number
}

export interface StudyEnd {
  state: 'finished' | 'stopped'
  /** Cells that could not be trained or measured, each with why; they are tried again next time. */
  failed: { cell: StudyCell; message: string }[]
}

const PATIENCE_MS = 2000
/** Cells that fail one after another until it is taken for no fault of theirs. */
const MOST_FAILURES = 3
/** What is wrong for all cells alike. */
const NOT_OF_A_CELL: LabErrorCode[] = ['device-lost', 'no-backend', 'not-now', 'usage']

/**
 * Runs a study cell by cell; what is done already is left as it is. Others may run the same study in the same place: what
 * they are at is left to them, and waited for where something depends on it.
 *
 * @throws LabError `broken-record` where there are results of another study; what goes wrong with a world, and the last of
 * three failures in a row
 */
export async function runStudy(
  study: Study,
  ports: StudyPorts,
  { wanted = () => true, patienceMs = PATIENCE_MS }: RunOptions = {},
): Promise<StudyEnd> {
  return new Runner(study, ports).run(cellsWanted(study, wanted), patienceMs)
}

type Attempt = 'done' | 'later' | 'stopped'

class Runner {
  private readonly worlds = new Map<string, PreparedWorld>()
  /** Of candidates; of other cells nothing is kept. */
  private readonly measured: CellResult[] = []
  private readonly done = new Set<string>()
  private readonly failed: StudyEnd['failed'] = []
  private failuresInARow = 0

  constructor(
    private readonly study: Study,
    private readonly ports: StudyPorts,
  ) {}

  async run(cells: readonly StudyCell[], patienceMs: number): Promise<StudyEnd> {
    for (let open = cells; open.length > 0; ) {
      const later: StudyCell[] = []
      for (const [i, cell] of open.entries()) {
        const attempt = await this.attempt(cell, open.length - i - 1 + later.length)
        if (attempt === 'stopped') return { state: 'stopped', failed: this.failed }
        if (attempt === 'later') later.push(cell)
      }
      // Only others can help where nothing was to be done.
      if (later.length === open.length) await new Promise((resolve) => setTimeout(resolve, patienceMs))
      open = later
    }
    return { state: 'finished', failed: this.failed }
  }

  /** @param left cells that are open beside it */
  private async attempt(cell: StudyCell, left: number): Promise<Attempt> {
    const { goesOn = async () => true } = this.ports
    if (!(await goesOn())) return 'stopped'
    const world = await this.world(cell)
    if (!(world instanceof PreparedWorld)) return world
    if (this.done.has(cell.id)) return 'done'
    const chosen = this.chosen(cell)
    if (chosen === 'later' || chosen === 'done') return chosen
    const plan = planCell(this.study, cell, world, chosen)
    if (await this.find(plan)) return 'done'
    const claim = await this.ports.store.claim(cellClaim(cell.id))
    if (claim === null) return 'later'
    try {
      // Somebody may have finished it just now.
      if (await this.find(plan)) return 'done'
      return await this.compute(plan, left)
    } finally {
      await claim.release()
    }
  }

  private async compute(plan: CellPlan, left: number): Promise<Attempt> {
    const { cell } = plan
    const { store, news } = this.ports
    news?.({ kind: 'cell', cell, state: 'begun' })
    try {
      const run = await runCell(plan, this.ports, this.watching(cell.environment, cell.id))
      if (run === null) return 'stopped'
      await store.write(metricsFile(cell.id), metricsJsonl(run.metrics))
      await store.write(resultFile(cell.id), `${JSON.stringify(run.result)}\n`)
      this.failuresInARow = 0
      this.take(run.result)
      news?.({ kind: 'cell', cell, state: 'done', result: run.result, left })
    } catch (error) {
      if (!(error instanceof LabError) || NOT_OF_A_CELL.includes(error.code)) throw error
      this.fail(cell, error.message)
      if (++this.failuresInARow >= MOST_FAILURES) throw error
    }
    return 'done'
  }

  /** The world of a cell, prepared when it is first asked for; with it what is there already is looked at. */
  private async world({ environment }: StudyCell): Promise<PreparedWorld | Attempt> {
    const known = this.worlds.get(environment)
    if (known) return known
    const claim = await this.ports.store.claim(worldClaim(environment))
    if (claim === null) return 'later'
    try {
      const world = this.study.worlds.find((one) => one.environment === environment)!
      const prepared = await prepareWorld(this.study, world, this.ports, this.watching(environment, null))
      if (prepared === null) return 'stopped'
      this.worlds.set(environment, prepared)
      await this.look(prepared)
      await this.ports.store.write(STUDY_FILE, `${JSON.stringify(this.study, null, 2)}\n`)
      this.notice(prepared)
      return prepared
    } finally {
      await claim.release()
    }
  }

  /** Takes all results that a world has, lest a stale one be found after hours. */
  private async look(world: PreparedWorld): Promise<void> {
    for (const cell of [...candidatesOf(this.study), ...cellsOf(this.study)]) {
      if (cell.environment !== world.environment.name) continue
      const chosen = cell.candidate === undefined ? this.choice(cell)?.chosen : undefined
      const isOpen = cell.candidate === undefined && this.study.arms[cell.arm]!.choose !== undefined
      if (isOpen && chosen === undefined) continue
      await this.find(planCell(this.study, cell, world, chosen))
    }
  }

  /** Takes the result of a cell where there is one. @throws LabError `broken-record` for a stale one */
  private async find(plan: CellPlan): Promise<boolean> {
    const file = resultFile(plan.cell.id)
    const content = await this.ports.store.read(file)
    if (content === null) return false
    const result = readCellResult(content, file)
    refuseStale(result, plan)
    this.take(result)
    return true
  }

  private take(result: CellResult): void {
    this.done.add(result.cell.id)
    if (result.cell.candidate !== undefined) this.measured.push(result)
  }

  /** The candidate that a cell is run with, where its arm has some; or that it must wait, or cannot be run. */
  private chosen(cell: StudyCell): number | undefined | Exclude<Attempt, 'stopped'> {
    if (cell.candidate !== undefined || !this.study.arms[cell.arm]!.choose) return undefined
    const choice = this.choice(cell)
    if (choice) return choice.chosen
    const { environment, arm } = cell
    const lost = this.failed.find(({ cell: one }) => one.environment === environment && one.arm === arm)
    if (!lost) return 'later'
    this.fail(cell, `there is nothing to choose its arm by, as ${lost.cell.id} failed`)
    return 'done'
  }

  private choice({ environment, arm }: StudyCell): Choice | null {
    return choiceOf(this.study, environment, arm, this.measured)
  }

  private fail(cell: StudyCell, message: string): void {
    this.failed.push({ cell, message })
    this.ports.news?.({ kind: 'cell', cell, state: 'failed', message })
  }

  /** The paper's students are small beside their teachers. */
  private notice({ environment, result, teacher }: PreparedWorld): void {
    for (const [name, shape] of Object.entries(this.study.students)) {
      const parameters = parameterCount(gptParameters({ ...teacher.config, ...shape }))
      if (parameters * 10 <= result.parameters) continue
      const text = `The student "${name}" has ${parameters} parameters with the vocabulary and context of the teacher of the ${environment.name}, more than a tenth of its ${result.parameters}.`
      this.ports.news?.({ kind: 'notice', text })
    }
  }

  private watching(environment: StudyCell['environment'], cell: string | null): StudyWatching {
    const { goesOn = async () => true, news } = this.ports
    return {
      goesOn,
      progress: (what, done, of) => news?.({ kind: 'progress', environment, cell, what, done, of }),
    }
  }
}

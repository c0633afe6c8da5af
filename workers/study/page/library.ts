import { LabError, messageOf } from '../../errors.ts'
import { isRecord } from '../../isRecord.ts'
import { isZip } from '../../trajectories/containers/signatures.ts'
import { candidatesOf, cellsOf } from '../cells.ts'
import { resultFile, STUDY_FILE } from '../files.ts'
import { differences } from '../fingerprint.ts'
import { reportFiles, type StudyReport } from '../report.ts'
import { readCellResult, readTeacherResult } from '../result.ts'
import { parseStudy, type Study } from '../study.ts'
import type { StudySummary } from './api.ts'
import { builtInResults, builtInStudies } from './builtInStudies.ts'
import { readReport } from './readReport.ts'
import { openReporter, type Reporter } from './reporter.ts'
import type { StudyFiles, StudyShelf } from './studyFiles.ts'
import { packStudy, unpackStudy } from './studyZip.ts'

/** A JSON file of a study, or of its report, has this many bytes at most. */
const LARGEST_JSON = 256 * 2 ** 20

type Entry = { builtIn: boolean } & (
  | { kind: 'study'; study: Study }
  | { kind: 'results'; report: StudyReport }
)

/** The studies and results that the page has, and what is kept of them. */
export class StudyLibrary {
  private readonly entries = new Map<string, Entry>()
  private readonly reporter: Pick<Reporter, 'report' | 'files'>

  private constructor(private readonly shelf: StudyShelf) {
    this.reporter = openReporter(shelf)
  }

  /** What came with the page, and what was kept on earlier visits. */
  static async open(shelf: StudyShelf): Promise<StudyLibrary> {
    const library = new StudyLibrary(shelf)
    for (const report of await builtInResults()) library.addReport(report, true)
    for (const study of builtInStudies()) library.addStudy(parseStudy(study), true)
    for (const name of await shelf.names()) {
      const text = await shelf.files(name).read(STUDY_FILE)
      // What another version of the page has kept may be none any more.
      const study = text === null ? null : await maybe(() => parseStudy(JSON.parse(text), name))
      if (study && !library.entries.has(idOf(name))) library.addStudy(study, false)
    }
    return library
  }

  async summaries(): Promise<StudySummary[]> {
    return Promise.all([...this.entries.keys()].map((id) => this.summary(id)))
  }

  async summary(id: string): Promise<StudySummary> {
    const entry = this.named(id)
    const { builtIn, kind } = entry
    if (entry.kind === 'results') {
      const { study, cells } = entry.report
      const { name, about } = study
      return { id, name, about, kind, builtIn, cells: cells.planned, done: cells.done }
    }
    const { name, about } = entry.study
    const done = await this.done(name)
    const cells = cellsOf(entry.study)
    const count = cells.filter((cell) => done.has(cell.id)).length
    return { id, name, about, kind, builtIn, cells: cells.length, done: count }
  }

  /** @throws LabError `usage` where it has gone, or is no study that could be run */
  study(id: string): Study {
    const entry = this.named(id)
    if (entry.kind === 'study') return entry.study
    throw new LabError(
      'usage',
      `Of “${entry.report.study.name}” only results are here: open its study to run it.`,
    )
  }

  /** Whether what is kept outlives the page. */
  get lasting(): boolean {
    return this.shelf.lasting
  }

  files(name: string): StudyFiles {
    return this.shelf.files(name)
  }

  /** Ids of the cells of a study that have a result. */
  async done(name: string): Promise<Set<string>> {
    const paths = new Set(await this.files(name).paths())
    const ids = [...paths].map((path) => /^cells\/([^/]+)\//.exec(path)?.[1]).filter((id) => id !== undefined)
    return new Set(ids.filter((id) => paths.has(resultFile(id))))
  }

  /** Null where nothing is done yet. */
  async report(id: string): Promise<StudyReport | null> {
    const entry = this.named(id)
    return entry.kind === 'results' ? entry.report : this.reporter.report(entry.study.name)
  }

  async reportFiles(id: string): Promise<Record<string, string>> {
    const entry = this.named(id)
    return entry.kind === 'results' ? reportFiles(entry.report) : this.reporter.files(entry.study.name)
  }

  /** @throws LabError `not-now` where nothing is kept of it */
  async export(id: string): Promise<Blob> {
    const { name } = this.study(id)
    const files = this.files(name)
    if ((await files.paths()).length === 0) {
      throw new LabError('not-now', `Nothing of the study “${name}” is done yet: run a cell first.`)
    }
    return packStudy(name, files)
  }

  /**
   * Takes in a study, a report, or the folder of a study as a zip; told by content.
   *
   * @returns its id
   * @throws LabError for what is none of these, or contradicts what is here
   */
  async take(file: File): Promise<string> {
    const head = new Uint8Array(await file.slice(0, 16).arrayBuffer())
    if (isZip(head)) return this.takeFolder(file)
    if (file.size > LARGEST_JSON) {
      throw new LabError(
        'file-too-large',
        `${file.name} has ${Math.round(file.size / 2 ** 20)} MiB: no study and no report of one is that large.`,
      )
    }
    const value = jsonOf(await file.text(), file.name)
    if (isRecord(value) && 'tables' in value) return this.addReport(readReport(value, file.name), false)
    if (isRecord(value) && 'blocks' in value) return this.takeStudy(parseStudy(value, file.name), file.name)
    throw new LabError(
      'usage',
      `${file.name} is neither a study (a JSON object with worlds, arms, blocks) nor the results.json of one.`,
    )
  }

  private async takeStudy(study: Study, where: string): Promise<string> {
    this.refuseNamesake(study, where)
    await this.files(study.name).write(STUDY_FILE, `${JSON.stringify(study, null, 2)}\n`)
    return this.addStudy(study, this.entries.get(idOf(study.name))?.builtIn ?? false)
  }

  private async takeFolder(zip: File): Promise<string> {
    const files = await unpackStudy(zip)
    const where = (path: string) => `${zip.name}: ${path}`
    const study = parseStudy(jsonOf(files.get(STUDY_FILE)!, where(STUDY_FILE)), where(STUDY_FILE))
    this.refuseNamesake(study, zip.name)
    for (const [path, text] of files) {
      if (path.endsWith('/result.json')) readCellResult(text, where(path))
      if (path.endsWith('/teacher.json')) readTeacherResult(text, where(path))
    }
    const kept = this.files(study.name)
    const known = new Set(await kept.paths())
    // A cell is done once it has its result, which therefore comes last.
    const late = (path: string) => Number(path.endsWith('/result.json'))
    for (const path of [...files.keys()].sort((a, b) => late(a) - late(b))) {
      if (path === STUDY_FILE || !known.has(path)) await kept.write(path, files.get(path)!)
    }
    return this.addStudy(study, this.entries.get(idOf(study.name))?.builtIn ?? false)
  }

  /** The cells of a study that came with the page are not to be mixed with those of another one of its name. */
  private refuseNamesake(study: Study, where: string): void {
    const entry = this.entries.get(idOf(study.name))
    if (!entry?.builtIn || entry.kind !== 'study') return
    const [different] = differences(entry.study, study, 1)
    if (different === undefined) return
    throw new LabError(
      'usage',
      `${where} is called “${study.name}”, as a study that came with this page, and is another one (${different}): give it a name of its own.`,
    )
  }

  /** Puts away an entry with all that is kept of it; of what came with the page only the latter. */
  async remove(id: string): Promise<void> {
    const entry = this.entries.get(id)
    if (!entry) return
    if (entry.kind === 'study') await this.files(entry.study.name).clear()
    if (!entry.builtIn) this.entries.delete(id)
  }

  private addStudy(study: Study, builtIn: boolean): string {
    const id = idOf(study.name)
    this.entries.set(id, { kind: 'study', study, builtIn })
    return id
  }

  private addReport(report: StudyReport, builtIn: boolean): string {
    const wished = `results ${report.study.name}`
    let id = wished
    for (let number = 2; this.entries.has(id); number++) id = `${wished} (${number})`
    this.entries.set(id, { kind: 'results', report, builtIn })
    return id
  }

  private named(id: string): Entry {
    const entry = this.entries.get(id)
    if (entry) return entry
    throw new LabError('usage', 'This study is not here any more: open its file again.')
  }
}

/** All cells that a study knows, those to choose by included. */
export function allCells(study: Study) {
  return { cells: cellsOf(study), candidates: candidatesOf(study) }
}

function idOf(name: string): string {
  return `study ${name}`
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new LabError('broken-record', `${where} is not valid JSON (${messageOf(error)}).`)
  }
}

async function maybe<T>(make: () => T): Promise<T | null> {
  try {
    return make()
  } catch {
    return null
  }
}

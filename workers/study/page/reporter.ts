import * as Comlink from 'comlink'
import { candidatesOf, cellsOf } from '../cells.ts'
import { STUDY_FILE } from '../files.ts'
import { reportOf, type StudyReport, writeReport } from '../report.ts'
import { type CellResult, readCellResult, readTeacherResult, type TeacherResult } from '../result.ts'
import { parseStudy, type Study } from '../study.ts'
import type { Memory } from '../tables.ts'
import type { StudyFiles, StudyShelf } from './studyFiles.ts'

/** Makes reports of what is kept of studies. */
export class Reporter {
  private readonly memories = new Map<string, Memory>()

  constructor(private readonly shelf: Promise<StudyShelf>) {}

  /** What a study has shown so far; null where nothing of it is done. */
  async report(name: string): Promise<StudyReport | null> {
    const kept = await this.kept(name)
    return kept && reportOf(kept.study, kept.results, kept.teachers, kept.memory)
  }

  /** The same as files. */
  async files(name: string): Promise<Record<string, string>> {
    const kept = await this.kept(name)
    return kept ? writeReport(kept.study, kept.results, kept.teachers, kept.memory) : {}
  }

  private async kept(name: string): Promise<(Kept & { memory: Memory }) | null> {
    const kept = await keptOf((await this.shelf).files(name))
    if (!kept) {
      this.memories.delete(name)
      return null
    }
    const memory = this.memories.get(name) ?? new Map()
    this.memories.set(name, memory)
    return { ...kept, memory }
  }
}

interface Kept {
  study: Study
  results: CellResult[]
  teachers: TeacherResult[]
}

/** @throws LabError `broken-record` for a result that is none */
async function keptOf(files: StudyFiles): Promise<Kept | null> {
  const text = await files.read(STUDY_FILE)
  if (text === null) return null
  const results: CellResult[] = []
  const teachers: TeacherResult[] = []
  for (const path of await files.paths()) {
    if (path.endsWith('/result.json')) results.push(readCellResult((await files.read(path)) ?? '', path))
    if (path.endsWith('/teacher.json')) teachers.push(readTeacherResult((await files.read(path)) ?? '', path))
  }
  if (results.length + teachers.length === 0) return null
  const study = parseStudy(JSON.parse(text), STUDY_FILE)
  const places = new Map([...candidatesOf(study), ...cellsOf(study)].map(({ id }, i) => [id, i]))
  // In the study's order, in whatever order they were done.
  const known = results.filter(({ cell }) => places.has(cell.id))
  known.sort((a, b) => places.get(a.cell.id)! - places.get(b.cell.id)!)
  return { study, results: known, teachers }
}

/** In a worker of its own where there are such, as the intervals of hundreds of cells take their time. */
export function openReporter(shelf: StudyShelf): Pick<Reporter, 'report' | 'files'> {
  if (!shelf.lasting || typeof Worker === 'undefined') return new Reporter(Promise.resolve(shelf))
  return Comlink.wrap<Reporter>(
    new Worker(new URL('./report.worker.ts', import.meta.url), { type: 'module' }),
  )
}

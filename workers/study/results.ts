import { LabError } from '../errors.ts'
import { candidatesOf, cellsOf } from './cells.ts'
import { resultFile, teacherFile } from './files.ts'
import { partOf } from './fingerprint.ts'
import type { StudyStore } from './ports.ts'
import { type CellResult, readCellResult, readTeacherResult, type TeacherResult } from './result.ts'
import type { Study } from './study.ts'

/** What is there of a study. */
export interface StudyResults {
  cells: CellResult[]
  teachers: TeacherResult[]
}

/**
 * All results of a study's cells and worlds, in the order of the study.
 *
 * @throws LabError `broken-record` for one that is damaged, or that cannot stand beside the others
 */
export async function readResults(study: Study, store: Pick<StudyStore, 'read'>): Promise<StudyResults> {
  const results: StudyResults = { cells: [], teachers: [] }
  for (const { environment } of study.worlds) {
    const file = teacherFile(environment)
    const content = await store.read(file)
    if (content !== null) results.teachers.push(readTeacherResult(content, file))
  }
  for (const { id } of [...candidatesOf(study), ...cellsOf(study)]) {
    const file = resultFile(id)
    const content = await store.read(file)
    if (content !== null) results.cells.push(readCellResult(content, file))
  }
  refuseMixed(results)
  return results
}

/** Cells of one world have one teacher, one set of trajectories for each amount, and one set of episodes for each split. */
function refuseMixed({ cells, teachers }: StudyResults): void {
  const known = new Map<string, { hash: string | undefined; where: string }>()
  const compare = (key: string, hash: string | undefined, where: string, what: string) => {
    const before = known.get(key)
    if (before === undefined) known.set(key, { hash, where })
    else if (before.hash !== hash) {
      throw new LabError(
        'broken-record',
        `${where} and ${before.where} are of different studies: ${what}. What was computed on several machines goes together where their worlds/ are copies of one.`,
      )
    }
  }
  for (const { environment, fingerprint } of teachers) {
    compare(`${environment} teacher`, partOf(fingerprint, 'teacher'), teacherFile(environment), '')
  }
  for (const { cell, fingerprint } of cells) {
    const { environment, amount, split, seed } = cell
    const where = resultFile(cell.id)
    // Candidates are measured on episodes of their own seed.
    const episodes = split === 'test' ? '' : seed
    for (const [key, part, what] of [
      ['teacher', 'teacher', 'their teachers are not the same model'],
      [amount, 'trajectories', 'they learnt from different trajectories'],
      [`${split} ${episodes}`, 'measuring', 'they were measured on different episodes'],
    ] as const) {
      compare(`${environment} ${key}`, partOf(fingerprint, part), where, what)
    }
  }
}

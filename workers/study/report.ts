import {
  type AgreementCurve,
  type CellPoint,
  type Correlation,
  correlationsOf,
  curvesOf,
  pointsOf,
} from './agreement.ts'
import { candidatesOf, cellsOf } from './cells.ts'
import { type Choice, choicesOf } from './choices.ts'
import { type Comparison, comparisonsOf } from './comparisons.ts'
import { cellsCsv, tablesCsv } from './csv.ts'
import { figuresOf } from './figures.ts'
import { markdownOf } from './markdown.ts'
import { type Passage, readingOf } from './reading.ts'
import type { CellResult, TeacherResult } from './result.ts'
import type { Study } from './study.ts'
import { type Memory, type StudyTable, tablesOf } from './tables.ts'
import { shortNumber } from './wording.ts'
import { type TeacherNote, teacherNotesOf, type Work, workOf } from './work.ts'

/** Everything that a study shows, as plain data: `results.json`, from which the page draws the same. */
export interface StudyReport {
  version: 1
  study: Study
  /** Cells of the tables and of the choices: how many there are, and how many are done. */
  cells: { planned: number; done: number }
  candidates: { planned: number; done: number }
  teachers: TeacherNote[]
  tables: StudyTable[]
  comparisons: Comparison[]
  choices: Choice[]
  curves: AgreementCurve[]
  points: CellPoint[]
  correlations: Correlation[]
  /** What was computed on what, and how long it took. */
  work: Work[]
  /** What the numbers show and what they do not, in sentences. */
  reading: Passage[]
}

/**
 * What a study has shown so far.
 *
 * @param results of cells of this study, in any order; others are left out
 * @param memory keeps what takes long from one call to the next, where the same one is given again
 */
export function reportOf(
  study: Study,
  results: readonly CellResult[],
  teachers: readonly TeacherResult[],
  memory: Memory = new Map(),
): StudyReport {
  const [cells, candidates] = [cellsOf(study), candidatesOf(study)]
  const planned = new Set([...cells, ...candidates].map(({ id }) => id))
  const known = results.filter(({ cell }) => planned.has(cell.id))
  const done = (split: 'test' | 'validation') => known.filter(({ cell }) => cell.split === split).length
  const points = pointsOf(study, known)
  const told: Omit<StudyReport, 'reading'> = {
    version: 1,
    study,
    cells: { planned: cells.length, done: done('test') },
    candidates: { planned: candidates.length, done: done('validation') },
    teachers: teacherNotesOf(study, teachers),
    tables: tablesOf(study, known, teachers, memory),
    comparisons: comparisonsOf(study, known, memory),
    choices: choicesOf(study, known),
    curves: curvesOf(study, known),
    points,
    correlations: correlationsOf(points),
    work: workOf(known, teachers),
  }
  return { ...told, reading: readingOf(told) }
}

/** The report as files, each by its name: tables and reading, the same as data, two CSV files, and figures. */
export function writeReport(
  study: Study,
  results: readonly CellResult[],
  teachers: readonly TeacherResult[],
  memory?: Memory,
): Record<string, string> {
  const report = reportOf(study, results, teachers, memory)
  return { ...reportFiles(report), 'cells.csv': cellsCsv(results) }
}

/** What can be written of a report alone, its cells not being at hand. */
export function reportFiles(report: StudyReport): Record<string, string> {
  const figures = figuresOf(report)
  return {
    'results.md': markdownOf(report, figures),
    'results.json': `${JSON.stringify(report, (_, value) => shortNumber(value))}\n`,
    'results.csv': tablesCsv(report.tables),
    ...Object.fromEntries(figures.map(({ name, svg }) => [`figures/${name}.svg`, svg])),
  }
}

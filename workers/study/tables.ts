import { estimates, type Shares } from '../evaluation/metrics.ts'
import type { Estimate } from '../evaluation/statistics.ts'
import { type EnvironmentName, type Group, Groups, worldsOf } from './groups.ts'
import { MEASURES, type MeasureName } from './measures.ts'
import type { CellResult, TeacherResult } from './result.ts'
import type { Study } from './study.ts'

/** What somebody did in a world: the teacher, the scripted expert, or the students of an arm. */
export interface Row {
  who: 'teacher' | 'expert' | 'student'
  /** Null but for students, as are the next two. */
  arm: string | null
  amount: string | null
  student: string | null
  parameters: number | null
  /** Seeds of training that are done, and those that the study has; 1 of 1 for who was not trained in it. */
  seeds: number
  planned: number
  /** A mean over seeds with its interval; not measured where nothing is there. */
  measures: Partial<Record<MeasureName, Estimate>>
  /** Success by type of task. */
  byTaskType: Record<string, Estimate>
}

/** The students of a block in one world beside their teacher. */
export interface StudyTable {
  environment: EnvironmentName
  /** The block's place in the study, from 0. */
  block: number
  taskTypes: string[]
  /** The columns: what was measured of anybody in this world. */
  measures: MeasureName[]
  /** Teacher and expert first, where they were measured. */
  rows: Row[]
}

/** Results that were computed before; what is made of the same cells is not computed again. */
export type Memory = Map<string, unknown>

/** Of the bootstrap, the same everywhere: the same episodes have the same intervals as in `lab evaluate`. */
const BOOTSTRAP_SEED = 1

/** A table for each block in each of its worlds, by world; students of whom nothing is there yet have rows without values. */
export function tablesOf(
  study: Study,
  results: readonly CellResult[],
  teachers: readonly TeacherResult[],
  memory: Memory = new Map(),
): StudyTable[] {
  const groups = new Groups(study, results)
  return study.worlds.flatMap(({ environment }) => {
    const ahead = teacherRows(teachers.find((teacher) => teacher.environment === environment))
    return study.blocks.flatMap((block, i) => {
      if (!worldsOf(study, block).includes(environment)) return []
      const students = block.amounts.flatMap((amount) =>
        block.students.flatMap((student) =>
          block.arms.map((arm) => {
            const group = groups.get({ environment, amount, student }, arm)
            const planned = study.seeds.length
            const row: Row = { ...NOBODY, who: 'student', arm, amount, student, planned }
            return group ? { ...row, ...measuredOnce(group, memory) } : row
          }),
        ),
      )
      return [tableOf(environment, i, [...ahead, ...students])]
    })
  })
}

const NOBODY = {
  arm: null,
  amount: null,
  student: null,
  parameters: null,
  seeds: 0,
  planned: 1,
  measures: {},
  byTaskType: {},
}

function tableOf(environment: EnvironmentName, block: number, rows: Row[]): StudyTable {
  const measures = MEASURES.filter((measure) => rows.some((row) => known(row, measure) !== null))
  const taskTypes = [...new Set(rows.flatMap((row) => Object.keys(row.byTaskType)))].sort()
  return {
    environment,
    block,
    taskTypes,
    // Where every goal is worth the same, the reward only says the success once more.
    measures: measures.filter(
      (measure) => measure !== 'reward' || rows.some((row) => known(row, 'reward') !== known(row, 'success')),
    ),
    rows,
  }
}

/** The mean of a measure, null where it was not measured. */
function known(row: Row, measure: MeasureName): number | null {
  return row.measures[measure]?.mean ?? null
}

function teacherRows(teacher: TeacherResult | undefined): Row[] {
  if (!teacher) return []
  const { parameters, episodes, expert } = teacher
  const rows: Row[] = [{ ...NOBODY, who: 'teacher', parameters, seeds: 1, ...measured([episodes], []) }]
  if (expert.length > 0) rows.push({ ...NOBODY, who: 'expert', seeds: 1, ...measured([expert], []) })
  return rows
}

type Measured = Pick<Row, 'measures' | 'byTaskType'>

function measuredOnce({ cells }: Group, memory: Memory): Partial<Row> {
  const key = `row ${cells.map(traceOf).join(' ')}`
  const before = memory.get(key) as Measured | undefined
  const now =
    before ??
    measured(
      cells.map(({ episodes }) => episodes),
      cells.map(({ histories }) => histories),
    )
  memory.set(key, now)
  return { ...now, seeds: cells.length, parameters: cells[0]!.parameters }
}

/** What tells a result from all others, one of the same cell that was done once more included. */
export function traceOf({ cell, fingerprint, trainedBy, evaluatedBy }: CellResult): string {
  return [cell.id, fingerprint, trainedBy.seconds, evaluatedBy.seconds].join('/')
}

/** @param episodes of each seed, @param histories of each seed */
function measured(episodes: Shares[][], histories: Shares[][]): Measured {
  const types = [...new Set(episodes.flat().map(({ taskType }) => taskType))].sort()
  return {
    measures: { ...estimatesOf(episodes), ...estimatesOf(histories) },
    byTaskType: Object.fromEntries(
      types.map((type) => [type, estimates(episodes, ['success'], BOOTSTRAP_SEED, type).success!]),
    ),
  }
}

/** Of the study's measures those that every episode has. */
function estimatesOf(seeds: Shares[][]): Row['measures'] {
  const all = seeds.flat()
  const there = MEASURES.filter(
    (measure) => all.length > 0 && all.every(({ shares }) => shares[measure] !== undefined),
  )
  return estimates(seeds, there, BOOTSTRAP_SEED)
}

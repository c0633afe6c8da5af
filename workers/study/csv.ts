import Papa from 'papaparse'
import { ratio } from '../evaluation/statistics.ts'
import { MEASURES, type MeasureName, sharesOf } from './measures.ts'
import type { CellResult } from './result.ts'
import type { Row, StudyTable } from './tables.ts'
import { shortNumber } from './wording.ts'

/** Names of devices and arms come from elsewhere: a spreadsheet must not take one for a formula. */
const OPTIONS = { newline: '\n', escapeFormulae: /^[=+\-@\t\r]/ }

const TABLE_COLUMNS = [
  'environment',
  'block',
  'who',
  'amount',
  'student',
  'arm',
  'parameters',
  'seeds',
  'plannedSeeds',
  'taskType',
  'measure',
  'mean',
  'low',
  'high',
  'of',
]

/** results.csv: a line for each mean of the tables, shares from 0 to 1; `low` and `high` are of its 95 % interval. */
export function tablesCsv(tables: readonly StudyTable[]): string {
  const lines = tables.flatMap(({ environment, block, rows }) =>
    rows.flatMap((row) => valuesOf(row).map((values) => [environment, block + 1, ...values])),
  )
  return csvOf(TABLE_COLUMNS, lines)
}

function valuesOf(row: Row): unknown[][] {
  const { who, amount, student, arm, parameters, seeds, planned } = row
  const head = [who, amount, student, arm, parameters, seeds, planned]
  const overall = Object.entries(row.measures).map(([measure, value]) => ['all', measure, value] as const)
  const byType = Object.entries(row.byTaskType).map(([type, value]) => [type, 'success', value] as const)
  return [...overall, ...byType].map(([type, measure, { mean, low, high, of }]) => [
    ...head,
    type,
    measure,
    mean,
    low,
    high,
    of,
  ])
}

const CELL_COLUMNS = [
  'id',
  'environment',
  'amount',
  'student',
  'arm',
  'seed',
  'candidate',
  'split',
  ...MEASURES,
  'reasonAgreement',
  'actAgreement',
  'heldOutLoss',
  'parameters',
  'teacherParameters',
  'trajectories',
  'trainTokens',
  'program',
  'trainedOn',
  'trainingSeconds',
  'evaluatedOn',
  'evaluationSeconds',
]

/** cells.csv: a line for each finished cell, those by which arms were chosen included, in the order of their ids. */
export function cellsCsv(results: readonly CellResult[]): string {
  const ordered = [...results].sort((a, b) => (a.cell.id < b.cell.id ? -1 : 1))
  return csvOf(CELL_COLUMNS, ordered.map(cellLine))
}

function cellLine(result: CellResult): unknown[] {
  const { cell, trainedBy, evaluatedBy, curve } = result
  const { id, environment, amount, student, arm, seed, candidate, split } = cell
  const last = curve.at(-1)
  return [
    ...[id, environment, amount, student, arm, seed, candidate, split],
    ...MEASURES.map((measure: MeasureName) => ratio(sharesOf(result, measure))),
    ...[last?.reason, last?.act, last?.loss],
    ...[result.parameters, result.teacherParameters, result.trajectories, result.trainTokens],
    ...[trainedBy.program, `${trainedBy.backend}, ${trainedBy.adapter}`, trainedBy.seconds],
    ...[`${evaluatedBy.backend}, ${evaluatedBy.adapter}`, evaluatedBy.seconds],
  ]
}

/** What is null or undefined stays empty. */
function csvOf(columns: readonly string[], lines: readonly (readonly unknown[])[]): string {
  const rows = lines.map((line) => line.map(shortNumber))
  return `${Papa.unparse([[...columns], ...rows], OPTIONS)}\n`
}

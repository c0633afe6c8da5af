import type { CellPoint, StudyCellState, StudyView } from '../../workers/protocol.ts'

/** What cells differ in. */
export const DIMENSIONS = ['environment', 'amount', 'student', 'arm', 'seed'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** Which cells of a study a person wants to run. */
export interface Picking {
  /** A block of the study, counted from 0; null for all. */
  block: number | null
  /** Values that are left out. */
  without: Record<Dimension, readonly string[]>
}

export const ALL: Picking = {
  block: null,
  without: { environment: [], amount: [], student: [], arm: [], seed: [] },
}

/** The cells that a person has picked, in the study's order. */
export function pickedCells({ blocks, cells }: StudyView, { block, without }: Picking): StudyCellState[] {
  const chosen = block === null ? undefined : blocks[block]
  return cells.filter(
    (cell) =>
      (chosen === undefined || isOf(chosen, cell)) &&
      DIMENSIONS.every((dimension) => !without[dimension].includes(String(cell[dimension]))),
  )
}

/** The values that the cells of the picked block have, in the study's order. */
export function valuesOf(view: StudyView, { block }: Picking, dimension: Dimension): string[] {
  const cells = pickedCells(view, { ...ALL, block })
  return [...new Set(cells.map((cell) => String(cell[dimension])))]
}

/** Leaves a value out, or takes it in again. */
export function toggled(picking: Picking, dimension: Dimension, value: string): Picking {
  const before = picking.without[dimension]
  const after = before.includes(value) ? before.filter((other) => other !== value) : [...before, value]
  return { ...picking, without: { ...picking.without, [dimension]: after } }
}

function isOf({ arms, students, amounts, worlds }: StudyView['blocks'][number], cell: StudyCellState) {
  return (
    arms.includes(cell.arm) &&
    students.includes(cell.student) &&
    amounts.includes(cell.amount) &&
    worlds.includes(cell.environment)
  )
}

/** Cells that differ in nothing but the seed of training. */
export interface CellGroup {
  key: string
  environment: string
  amount: string
  student: string
  arm: string
  cells: StudyCellState[]
}

/** The cells, those of the same arm side by side. */
export function groupsOf(cells: readonly StudyCellState[]): CellGroup[] {
  const groups = new Map<string, CellGroup>()
  for (const cell of cells) {
    const { environment, amount, student, arm } = cell
    const key = [environment, amount, student, arm].join(' ')
    const group = groups.get(key)
    if (group) group.cells.push(cell)
    else groups.set(key, { key, environment, amount, student, arm, cells: [cell] })
  }
  return [...groups.values()]
}

/** Mean share of successes over the seeds of a group that are done; null where none is known. */
export function meanSuccess(group: CellGroup, points: readonly CellPoint[]): number | null {
  const known = points
    .filter(
      ({ environment, amount, student, arm }) =>
        environment === group.environment &&
        amount === group.amount &&
        student === group.student &&
        arm === group.arm,
    )
    .map(({ success }) => success)
    .filter((success) => success !== null)
  return known.length > 0 ? known.reduce((sum, success) => sum + success, 0) / known.length : null
}

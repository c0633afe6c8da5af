import { lookOf, type StudyReport, type StudyRow } from '../../../workers/protocol.ts'
import type { Chosen } from './selection.ts'

/** A line of the chart of successes: an arm's mean and how far its interval reaches to both sides. */
export interface ArmSuccess {
  arm: string
  success: number
  /** Below and above the mean. */
  reach: [below: number, above: number]
  seeds: number
  planned: number
}

/** Success of every arm that is done in a setting; each arm once, however many blocks it is in. */
export function successByArm(report: StudyReport, chosen: Chosen): ArmSuccess[] {
  return rowsOf(report, chosen)
    .filter(({ amount, student }) => amount === chosen.amount && student === chosen.student)
    .flatMap(({ arm, measures, seeds, planned }) => {
      const { mean, low, high } = measures.success ?? {}
      if (mean === null || mean === undefined) return []
      return [{ arm: arm!, success: mean, reach: [mean - low!, high! - mean], seeds, planned }]
    })
}

/** The teacher's success in a world; null where it was not measured. */
export function teacherSuccess({ tables }: StudyReport, environment: Chosen['environment']): number | null {
  const rows = tables.find((table) => table.environment === environment)?.rows ?? []
  return rows.find(({ who }) => who === 'teacher')?.measures.success?.mean ?? null
}

export interface ArmLine<Point> {
  arm: string
  points: Point[]
}

export interface SizePoint {
  parameters: number
  success: number
  reach: [below: number, above: number]
}

/** Success by the size of the student, for arms that are done with at least two. */
export function successBySize(report: StudyReport, chosen: Chosen): ArmLine<SizePoint>[] {
  const lines = new Map<string, SizePoint[]>()
  for (const { arm, amount, parameters, measures } of rowsOf(report, chosen)) {
    const { mean, low, high } = measures.success ?? {}
    if (amount !== chosen.amount || parameters === null || mean === null || mean === undefined) continue
    const point: SizePoint = { parameters, success: mean, reach: [mean - low!, high! - mean] }
    lines.set(arm!, [...(lines.get(arm!) ?? []), point])
  }
  return [...lines]
    .filter(([, points]) => points.length > 1)
    .map(([arm, points]) => ({ arm, points: points.sort((a, b) => a.parameters - b.parameters) }))
}

export interface CurveRow {
  step: number
  [arm: string]: number
}

/** Agreement with the teacher on held-out tokens by step, a column for each arm. */
export function agreementCurves(
  { curves }: StudyReport,
  { environment, amount, student }: Chosen,
  kind: 'reason' | 'act',
): { arms: string[]; rows: CurveRow[] } {
  const own = curves.filter(
    (curve) => curve.environment === environment && curve.amount === amount && curve.student === student,
  )
  const rows = new Map<number, CurveRow>()
  for (const { arm, points } of own) {
    for (const point of points) {
      const row = rows.get(point.step) ?? { step: point.step }
      row[`arm ${arm}`] = point[kind]
      rows.set(point.step, row)
    }
  }
  return { arms: own.map(({ arm }) => arm), rows: [...rows.values()].sort((a, b) => a.step - b.step) }
}

export interface Mark {
  agreement: number
  success: number
  /** What it is of. */
  cell: string
}

/** Every finished cell of a world by its agreement at the end and its success. */
export function successAndAgreement(
  { points }: StudyReport,
  environment: Chosen['environment'],
  kind: 'reason' | 'act',
): ArmLine<Mark>[] {
  const lines = new Map<string, Mark[]>()
  for (const point of points) {
    const { arm, amount, student, seed, success } = point
    const agreement = point[kind]
    if (point.environment !== environment || success === null || agreement === null) continue
    const mark = { agreement, success, cell: `${arm}, ${amount}, ${student}, seed ${seed}` }
    lines.set(arm, [...(lines.get(arm) ?? []), mark])
  }
  return [...lines].map(([arm, marks]) => ({ arm, points: marks }))
}

/** How an arm is drawn, the same in every chart and figure; its black is the page's ink. */
export function lookOfArm({ study }: StudyReport, arm: string) {
  const { colour, shape, dash } = lookOf(Object.keys(study.arms).indexOf(arm))
  return { colour: colour === '#000000' ? 'var(--ink)' : colour, shape, dash }
}

/** The arms' rows of a world; an arm that stands in several blocks once. */
function rowsOf({ tables }: StudyReport, { environment }: Chosen): StudyRow[] {
  const rows = new Map<string, StudyRow>()
  for (const row of tables
    .filter((table) => table.environment === environment)
    .flatMap((table) => table.rows)) {
    if (row.who === 'student') rows.set([row.arm, row.amount, row.student].join(' '), row)
  }
  return [...rows.values()]
}

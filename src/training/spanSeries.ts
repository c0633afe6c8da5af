import type { MetricsLine } from '../../workers/protocol.ts'
import { type LinePoint, ThinnedPoints } from './thinnedPoints.ts'

export const SERIES_KINDS = ['reason', 'act', 'observation'] as const
export type SeriesKind = (typeof SERIES_KINDS)[number]

/** The strokes of the lines, as told in the key. */
export const DASHES: Record<SeriesKind, string | undefined> = {
  reason: undefined,
  act: '7 3',
  observation: '2 3',
}

/** In nats. */
export const NAT_MEASURES = ['loss', 'crossEntropy', 'kl', 'teacherEntropy'] as const
/** Between 0 and 1; `stepMatch` is that of whole acts and reasonings. */
export const SHARE_MEASURES = ['agreement', 'stepMatch', 'gradientShare', 'calibrationError'] as const
const MEASURES = [...NAT_MEASURES, ...SHARE_MEASURES]
export type NatMeasure = (typeof NAT_MEASURES)[number]
export type ShareMeasure = (typeof SHARE_MEASURES)[number]
export type Measure = NatMeasure | ShareMeasure

interface Sum {
  /** Lines in which it was measured. */
  lines: number
  total: number
}

type Sums = Record<Measure, Sum>

interface Point extends LinePoint {
  sums: Record<SeriesKind, Sums>
}

/** A run's metrics by span kind, at a bounded number of points: means of neighbouring lines where they are many. */
export class SpanSeries {
  private readonly points = new ThinnedPoints<Point>(merged)

  add(line: MetricsLine): void {
    this.points.add(pointOf(line))
  }

  get length(): number {
    return this.points.all.length
  }

  /** Each point's step and the mean of a measure by kind, null where it was not measured. */
  values(measure: Measure): { step: number; values: Record<SeriesKind, number | null> }[] {
    const mean = (sums: Sums) => {
      const { lines, total } = sums[measure]
      return lines > 0 ? total / lines : null
    }
    return this.points.all.map(({ step, sums }) => ({
      step,
      values: { reason: mean(sums.reason), act: mean(sums.act), observation: mean(sums.observation) },
    }))
  }
}

function pointOf(line: MetricsLine): Point {
  const sums = (kind: SeriesKind) =>
    sumsOf((measure) => {
      const value = numberIn(line, kind, measure)
      return value === null ? { lines: 0, total: 0 } : { lines: 1, total: value }
    })
  return {
    step: line.step,
    lines: 1,
    sums: { reason: sums('reason'), act: sums('act'), observation: sums('observation') },
  }
}

function numberIn(line: MetricsLine, kind: SeriesKind, measure: Measure): number | null {
  if (measure === 'stepMatch') {
    if (kind === 'observation') return null
    return (kind === 'act' ? line.steps?.actionMatch : line.steps?.reasonMatch) ?? null
  }
  return line[kind].tokens > 0 ? line[kind][measure] : null
}

function merged(first: Point, second: Point): Point {
  const add = (kind: SeriesKind) =>
    sumsOf((measure) => {
      const [a, b] = [first.sums[kind][measure], second.sums[kind][measure]]
      return { lines: a.lines + b.lines, total: a.total + b.total }
    })
  return {
    step: second.step,
    lines: first.lines + second.lines,
    sums: { reason: add('reason'), act: add('act'), observation: add('observation') },
  }
}

function sumsOf(sum: (measure: Measure) => Sum): Sums {
  return Object.fromEntries(MEASURES.map((measure) => [measure, sum(measure)])) as Sums
}

/** A row as the chart takes it: training and held-out values side by side, by step. */
export type ChartRow = { step: number } & Record<SeriesKind | `${SeriesKind}HeldOut`, number | null>

/** Both splits as rows in order of their steps. */
export function chartRows(train: SpanSeries, heldOut: SpanSeries, measure: Measure): ChartRow[] {
  const rows = new Map<number, ChartRow>()
  const rowOf = (step: number): ChartRow => {
    const row = rows.get(step) ?? {
      step,
      reason: null,
      act: null,
      observation: null,
      reasonHeldOut: null,
      actHeldOut: null,
      observationHeldOut: null,
    }
    rows.set(step, row)
    return row
  }
  for (const { step, values } of train.values(measure)) Object.assign(rowOf(step), values)
  for (const { step, values } of heldOut.values(measure)) {
    const row = rowOf(step)
    for (const kind of SERIES_KINDS) row[`${kind}HeldOut`] = values[kind]
  }
  return [...rows.values()].sort((a, b) => a.step - b.step)
}

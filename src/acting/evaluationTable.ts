import type { Definition, Estimate } from '../../workers/protocol.ts'
import { UNKNOWN } from '../lab/format.ts'
import type { Evaluation } from './evaluationSlice.ts'

/** A metric of everybody who was measured. */
export interface MetricRow {
  metric: string
  definition: Definition
  /** Of each evaluation, in their order; undefined where its world does not measure it. */
  estimates: (Estimate | undefined)[]
}

/** What is asked first stands first; a world's own measures come behind it. */
const FIRST = ['success', 'reward']

/** All metrics that were measured, a row each; what nobody has a number of is left out. */
export function metricRows(evaluations: readonly Evaluation[]): MetricRow[] {
  const definitions: Record<string, Definition> = Object.assign(
    {},
    ...evaluations.map(({ report }) => report.definitions),
  )
  const metrics = [...FIRST, ...Object.keys(definitions).filter((metric) => !FIRST.includes(metric))]
  return metrics.flatMap((metric) => {
    const definition = definitions[metric]
    const estimates = evaluations.map(
      ({ report }) => report.episodes.all[metric] ?? report.histories?.all[metric],
    )
    const measured = estimates.some((estimate) => estimate?.mean != null)
    return definition && measured ? [{ metric, definition, estimates }] : []
  })
}

/** The types of task that were played, and one metric in each. */
export function taskTypeRows(
  evaluations: readonly Evaluation[],
  metric: string,
): { taskType: string; estimates: (Estimate | undefined)[] }[] {
  const of = ({ report }: Evaluation, type: string) =>
    report.episodes.byTaskType[type]?.[metric] ?? report.histories?.byTaskType[type]?.[metric]
  const types = new Set(evaluations.flatMap(({ report }) => Object.keys(report.episodes.byTaskType)))
  return [...types].sort().map((taskType) => ({
    taskType,
    estimates: evaluations.map((evaluation) => of(evaluation, taskType)),
  }))
}

/** Whether a metric is printed as a percentage. */
export function isShare({ unit }: Definition): boolean {
  return unit.startsWith('share') || unit === '0 to 1'
}

/** A mean or the end of an interval, without its unit. */
export function valueText(definition: Definition, value: number | null): string {
  if (value === null) return UNKNOWN
  return (isShare(definition) ? value * 100 : value).toFixed(1)
}

import { ON_POLICY_DEFINITIONS, SPAN_DEFINITIONS, STEP_DEFINITIONS } from '../objective/definitions.ts'
import type {
  MetricsLine,
  OnPolicyMetrics,
  SpanMetrics,
  StepMetrics,
  WorldMetrics,
} from '../objective/metrics.ts'
import { TERMS } from '../objective/weights.ts'
import { WORLD_DEFINITIONS } from './worldDefinitions.ts'

const SPAN_COLUMNS = Object.keys(SPAN_DEFINITIONS) as (keyof SpanMetrics)[]
const STEP_COLUMNS = Object.keys(STEP_DEFINITIONS) as (keyof StepMetrics)[]
const ON_POLICY_COLUMNS = Object.keys(ON_POLICY_DEFINITIONS) as (keyof OnPolicyMetrics)[]
const WORLD_COLUMNS = Object.keys(WORLD_DEFINITIONS) as (keyof WorldMetrics)[]
const RUN_COLUMNS = ['learningRate', 'gradientNorm', 'tokensPerSecond', 'elapsedMs'] as const

/**
 * A line as it is written. A span kind without a single token in the batch was not measured: its values are null, not
 * 0, which would read as a perfect loss; so is the loss of a line that tells of a world alone.
 */
export function metricsRecord(line: MetricsLine): Record<string, unknown> {
  const loss = isOfWorldAlone(line) ? null : line.loss
  return { ...line, loss, ...Object.fromEntries(TERMS.map((term) => [term, measuredOnly(line[term])])) }
}

/** metrics.jsonl: one JSON object a line. */
export function metricsJsonl(lines: readonly MetricsLine[]): string {
  return lines.map((line) => `${JSON.stringify(metricsRecord(line))}\n`).join('')
}

/** Whether nothing was held out and the student has acted all the same. */
function isOfWorldAlone(line: MetricsLine): boolean {
  return line.world !== undefined && TERMS.every((term) => line[term].tokens === 0)
}

function measuredOnly(span: SpanMetrics): Record<keyof SpanMetrics, number | null> {
  if (span.tokens > 0) return span
  const nulls = Object.fromEntries(SPAN_COLUMNS.map((column) => [column, null])) as Record<
    keyof SpanMetrics,
    null
  >
  return { ...nulls, tokens: 0 }
}

/**
 * metrics.csv: the same lines with a column for every number, e.g. `reason.agreement`, empty where not measured. Those of a
 * world are there where the student has acted in one.
 */
export function metricsCsv(lines: readonly MetricsLine[]): string {
  const worldColumns = lines.some(({ world }) => world) ? WORLD_COLUMNS : []
  const header = [
    'step',
    'split',
    'loss',
    ...TERMS.map((term) => `lambda.${term}`),
    ...TERMS.flatMap((term) => SPAN_COLUMNS.map((column) => `${term}.${column}`)),
    ...STEP_COLUMNS.map((column) => `steps.${column}`),
    ...worldColumns.map((column) => `world.${column}`),
    ...ON_POLICY_COLUMNS.map((column) => `onPolicy.${column}`),
    ...RUN_COLUMNS,
  ]
  const rows = lines.map((line) => [
    line.step,
    line.split,
    isOfWorldAlone(line) ? '' : line.loss,
    ...TERMS.map((term) => line.lambda[term]),
    ...TERMS.flatMap((term) => SPAN_COLUMNS.map((column) => measuredOnly(line[term])[column] ?? '')),
    ...STEP_COLUMNS.map((column) => line.steps?.[column] ?? ''),
    ...worldColumns.map((column) => line.world?.[column] ?? ''),
    ...ON_POLICY_COLUMNS.map((column) => line.onPolicy?.[column] ?? ''),
    ...RUN_COLUMNS.map((column) => line[column] ?? ''),
  ])
  return [header, ...rows].map((row) => `${row.join(',')}\n`).join('')
}

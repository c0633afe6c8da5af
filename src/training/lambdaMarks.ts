import type { MetricsLine } from '../../workers/protocol.ts'

type Lambda = MetricsLine['lambda']

/** A step from which on the span kinds weighed otherwise than before. */
export interface LambdaMark {
  step: number
  lambda: Lambda
}

/** Marks kept, the newest; a slider that is played with makes many. */
export const MOST_MARKS = 40

/** The marks with that of a training line, if λ is another there than in the line before. */
export function withMark(
  marks: readonly LambdaMark[],
  before: MetricsLine | undefined,
  line: MetricsLine,
): readonly LambdaMark[] {
  if (!before || line.split !== 'train' || sameLambda(before.lambda, line.lambda)) return marks
  return [...marks.slice(1 - MOST_MARKS), { step: line.step, lambda: line.lambda }]
}

function sameLambda(a: Lambda, b: Lambda): boolean {
  return a.reason === b.reason && a.act === b.act && a.observation === b.observation
}

/** What the charts' thin lines mean, e.g. `λ changed at step 40: reason 1, act 2, observation 0`. */
export function markWords({ step, lambda }: LambdaMark): string {
  const weights = Object.entries(lambda).map(([kind, weight]) => `${kind} ${weight}`)
  return `λ changed at step ${step.toLocaleString('en')}: ${weights.join(', ')}`
}

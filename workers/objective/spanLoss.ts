import {
  type Divergence,
  HEAD_SUMS,
  type HeadGradients,
  type HeadResult,
  type HeadTeacher,
  type Operations,
  type Values,
} from '../kernels/operations.ts'
import type { Recipe } from '../recipe.ts'
import type { Calibration } from './calibration.ts'
import type { MetricsLine, SpanMetrics } from './metrics.ts'
import { type SupervisedRows, TERMS, type Term } from './weights.ts'

/**
 * The objective of one batch, at the positions that predict supervised tokens; its sums and squares are by TERMS. Inside
 * a scope.
 *
 * @param hidden [N, D] the student's last hidden states
 * @param table [V, D] its tied head
 * @param teacher what it says at the batch's N positions, at t about token t + 1; null where the text is the teacher
 * @param gradients null where nothing is learned from it
 * @param rowWise whether to measure each prediction by itself as well
 */
export function spanLoss(
  operations: Operations,
  hidden: Values,
  table: Values,
  { positions, tokens, weights, terms, tokenWeights }: SupervisedRows,
  teacher: HeadTeacher | null,
  objective: Recipe['objective'],
  gradients: HeadGradients | null,
  rowWise = false,
): HeadResult {
  const termCount = TERMS.length
  const divergence = divergenceOf(objective)
  const targets = { positions, tokens, weights, terms, termCount, tokenWeights, teacher, divergence, rowWise }
  return operations.head(hidden, table, targets, gradients)
}

/** A recipe's divergence as the head takes it. */
export function divergenceOf(objective: Recipe['objective']): Divergence {
  const { divergence, temperature, temperatureSquared, beta, alpha, hardShare } = objective
  return { name: divergence, temperature, temperatureSquared, beta, alpha, hardShare }
}

/**
 * The part of a metrics line that comes from the head, added over one or more batches.
 *
 * @param sums [K, 5]
 * @param squares [K]: of the head's gradients
 * @param calibration by term, where each token was looked at
 */
export function spanMetrics(
  sums: ArrayLike<number>,
  squares: ArrayLike<number>,
  counts: Record<Term, number>,
  scales: Record<Term, number>,
  lambda: Record<Term, number>,
  calibration?: Record<Term, Calibration>,
): Pick<MetricsLine, 'loss' | 'lambda' | Term> {
  const norms = Array.from({ length: TERMS.length }, (_, k) => Math.sqrt(squares[k]!))
  const allNorms = norms.reduce((sum, norm) => sum + norm, 0)
  const metrics = TERMS.map((term, k): SpanMetrics => {
    const tokens = counts[term]
    const value = (column: (typeof HEAD_SUMS)[number]) =>
      sums[k * HEAD_SUMS.length + HEAD_SUMS.indexOf(column)]!
    const perToken = (column: (typeof HEAD_SUMS)[number]) => (tokens > 0 ? value(column) / tokens : 0)
    return {
      loss: value('divergence') * scales[term],
      kl: perToken('kl'),
      crossEntropy: perToken('crossEntropy'),
      teacherEntropy: perToken('teacherEntropy'),
      agreement: perToken('agreement'),
      gradientShare: allNorms > 0 ? norms[k]! / allNorms : 0,
      calibrationError: calibration?.[term].error ?? null,
      tokens,
    }
  })
  const [reason, act, observation] = metrics as [SpanMetrics, SpanMetrics, SpanMetrics]
  const loss = TERMS.reduce((sum, term, k) => sum + lambda[term] * metrics[k]!.loss, 0)
  return { loss, lambda, reason, act, observation }
}

import { type Tensor, tf } from '../device/tensorflow.ts'
import { matmul } from '../kernels/matmul.ts'
import {
  type Divergence,
  HEAD_ROWS,
  HEAD_SUMS,
  type HeadTeacher,
  type Operations,
} from '../kernels/operations.ts'
import type { Recipe } from '../recipe.ts'
import type { Calibration } from './calibration.ts'
import type { MetricsLine, SpanMetrics } from './metrics.ts'
import { type SupervisedRows, TERMS, type Term } from './weights.ts'

/** The head's rows are padded to a multiple of this with rows of weight 0, so that buffers are of few sizes. */
const ROW_MULTIPLE = 128

export interface SpanLoss {
  /** [K, 5]: HEAD_SUMS summed over the tokens of each of the TERMS, the divergence with the tokens' own weights. */
  sums: Tensor
  /**
   * [K]: Σ over the positions that predict each term's tokens of ‖∂objective/∂hidden state‖², weights included. A
   * position predicts one token, so it belongs to one term. Null without gradients.
   */
  squares: Tensor | null
  /** [M, 3]: HEAD_ROWS of each of the supervised rows, in their order; null when not asked for. */
  rows: Tensor | null
  gradients: {
    /** [N, D] */
    hidden: Tensor
    /** [V, D] */
    table: Tensor
  } | null
}

/**
 * The objective of one batch: gathers the hidden states that predict supervised tokens, runs the head on those only,
 * and puts the gradient back in its place. Inside tf.tidy.
 *
 * @param hidden [N, D] the student's last hidden states
 * @param table [V, D] its tied head
 * @param gradients whether to learn from it
 * @param rowWise whether to measure each row by itself as well
 * @param teacher its hidden states [N, D_teacher] or stored log-probabilities [N, k] at the batch's positions, those
 *   at t about token t + 1; null where the text is the teacher
 */
export function spanLoss(
  operations: Operations,
  hidden: Tensor,
  table: Tensor,
  rows: SupervisedRows,
  teacher: HeadTeacher | null,
  objective: Recipe['objective'],
  gradients: boolean,
  rowWise = false,
): SpanLoss {
  const count = rows.positions.length
  if (count === 0) {
    const empty = { hidden: tf.zerosLike(hidden), table: tf.zerosLike(table) }
    return {
      sums: tf.zeros([TERMS.length, HEAD_SUMS.length]),
      squares: gradients ? tf.zeros([TERMS.length]) : null,
      rows: rowWise ? tf.zeros([0, HEAD_ROWS.length]) : null,
      gradients: gradients ? empty : null,
    }
  }
  const padded = Math.ceil(count / ROW_MULTIPLE) * ROW_MULTIPLE
  const at = new Int32Array(padded)
  at.set(rows.positions)
  const tokens = new Int32Array(padded)
  tokens.set(rows.tokens)
  const weights = new Float32Array(padded)
  weights.set(rows.weights)
  const masks = new Float32Array(TERMS.length * padded)
  for (let i = 0; i < count; i++) masks[rows.terms[i]! * padded + i] = 1

  const places = tf.tensor1d(at, 'int32')
  const kindMasks = tf.tensor2d(masks, [TERMS.length, padded])
  const weighted = rows.tokenWeights && weightedMasks(rows.terms, rows.tokenWeights, padded)
  const result = operations.head(
    tf.gather(hidden, places),
    table,
    {
      tokens: tf.tensor1d(tokens, 'int32'),
      weights: tf.tensor1d(weights),
      kindMasks: weighted ? tf.concat([kindMasks, weighted]) : kindMasks,
      teacher: teacher && gatherTeacher(teacher, places),
      divergence: divergenceOf(objective),
      rowWise,
    },
    gradients,
  )
  const sums = weighted ? withWeighted(result.sums) : result.sums
  const measured = { sums, rows: result.rows && tf.slice(result.rows, 0, count) }
  if (!result.gradients) return { ...measured, squares: null, gradients: null }

  // The way back is a gather too: every position looks up its row, or the row of zeros behind the last.
  const total = hidden.shape[0]!
  const source = new Int32Array(total).fill(padded)
  for (let i = 0; i < count; i++) source[rows.positions[i]!] = i
  const withZeros = tf.concat([result.gradients.hidden, tf.zeros([1, hidden.shape[1]!])])
  const ofRows = tf.sum(tf.square(result.gradients.hidden), -1, true)
  return {
    ...measured,
    squares: tf.reshape(matmul(kindMasks, ofRows), [TERMS.length]),
    gradients: { hidden: tf.gather(withZeros, tf.tensor1d(source, 'int32')), table: result.gradients.table },
  }
}

/** [K, padded]: the masks of the terms with the tokens' own weights in place of 1. */
function weightedMasks(terms: Uint8Array, tokenWeights: Float32Array, padded: number): Tensor {
  const masks = new Float32Array(TERMS.length * padded)
  for (const [i, term] of terms.entries()) masks[term * padded + i] = tokenWeights[i]!
  return tf.tensor2d(masks, [TERMS.length, padded])
}

/** [2K, 5], of the terms plain and weighted -> [K, 5], the divergence weighted and all else plain. */
function withWeighted(sums: Tensor): Tensor {
  const K = TERMS.length
  const plain = tf.slice(sums, [0, 1], [K, HEAD_SUMS.length - 1])
  return tf.concat([tf.slice(sums, [K, HEAD_SUMS.indexOf('divergence')], [K, 1]), plain], 1)
}

function gatherTeacher(teacher: HeadTeacher, places: tf.Tensor1D): HeadTeacher {
  const gather = (tensor: Tensor) => tf.gather(tensor, places)
  return teacher.kind === 'model'
    ? { ...teacher, hidden: gather(teacher.hidden) }
    : { ...teacher, ids: gather(teacher.ids), logProbabilities: gather(teacher.logProbabilities) }
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
 * @param squares [K]: `SpanLoss.squares`
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

import { type Tensor, tf } from '../../device/tensorflow.ts'
import type { Divergence } from '../operations.ts'
import { checkDivergence } from './checkDivergence.ts'
import { logSoftmax, logSumExp, sumRows } from './softmax.ts'

/** Least log-probability of a stored entry, which may be −∞; exp of it is 0 in float32. */
export const LOG_FLOOR = -100
/** Least mass whose logarithm is taken for the tail: half a unit in the last place of 1, all that 1 − Σp can tell. */
export const TAIL_FLOOR = 2 ** -24
/** Stands for the logarithm of 0 where −∞ would make NaN of a product with 0. */
const ABSENT = -1e30

/** Log-probabilities of k different tokens of each row: ids [M, k] int32, −1 where a row has fewer, and values [M, k]. */
interface StoredRows {
  kind: 'stored'
  ids: Tensor
  logProbabilities: Tensor
}

/** The teacher of some rows with its logits made, where it has any. */
export type RowTeacher = { kind: 'model'; logits: Tensor } | StoredRows

/** What some rows give; M of them. */
export interface MeasuredRows {
  /** [M, 5]: HEAD_SUMS of each row. */
  columns: Tensor
  /** [M, V]: ∂(what is trained)/∂logits of each row, when gradients are asked for. */
  dLogits?: Tensor
}

/** Teacher p and student q over the same n outcomes: all tokens, or the stored ones and their tail. [M, n] each. */
interface Outcomes {
  p: Tensor
  logP: Tensor
  logQ: Tensor
  /** From u = q ∂D/∂q by outcome to the gradient by logit, [M, V]: what falls on v, less q_v Σ u. */
  toLogits(u: Tensor): Tensor
}

interface Compared {
  /** [M] */
  value: Tensor
  /** [M, n]: u = q ∂D/∂q, up to a multiple of q, which toLogits takes out. */
  u(): Tensor
}

/**
 * Divergence and gradient by logit of rows of logits [M, V], all in log space. With z the student's logits,
 * q = softmax(z/τ) and p the teacher's distribution at the same τ, D is
 *
 *     forward-kl        Σ p (log p − log q)                                   (Hinton et al. 2015, arXiv 1503.02531)
 *     reverse-kl        Σ q (log q − log p)                                   (MiniLLM, arXiv 2306.08543)
 *     jsd               β KL(p ‖ m) + (1 − β) KL(q ‖ m),  m = β p + (1 − β) q (GKD, arXiv 2306.13649, as TRL has it)
 *     skew-kl           KL(p ‖ α p + (1 − α) q)                               (DistiLLM, arXiv 2402.03898)
 *     total-variation   ½ Σ |p − q|
 *     cross-entropy     −log softmax(z)_y, y the recorded token; knows no τ
 *
 * times τ² where asked for, and what is trained is (1 − w) D + w · cross-entropy. By the chain rule through the softmax,
 * with u_v = q_v ∂D/∂q_v, ∂D/∂z_v = (u_v − q_v Σ u) / τ. All of it is finite for finite logits, whatever their size:
 * p log p and the like are products of a finite logarithm with a probability that may be 0. Of stored log-probabilities
 * −∞ counts as LOG_FLOOR, and a tail without mass has p = 0 and log p = log TAIL_FLOOR, so that reverse KL against
 * something a teacher excludes is large and not infinite.
 *
 * `kl`, `crossEntropy` and `teacherEntropy` are those at τ = 1, whatever is trained; over stored outcomes KL and
 * entropy are lower bounds of those over all tokens, as the tail counts as one.
 *
 * @param tokens [M] int32: the recorded next tokens
 * @param teacher null where the text teaches, which gives its token probability 1: forward KL is then cross-entropy
 * @throws RangeError when the divergence lacks its parameter, or there are no logits that τ could divide
 */
export function measureRows(
  logits: Tensor,
  tokens: Tensor,
  teacher: RowTeacher | null,
  divergence: Divergence,
  gradients: boolean,
): MeasuredRows {
  const { name, temperature, hardShare } = divergence
  const factor = divergence.temperatureSquared ? temperature * temperature : 1
  checkDivergence(divergence, teacher)
  const logQ = logSoftmax(logits)
  const recorded = tf.cast(tf.oneHot(tokens as tf.Tensor1D, logits.shape[1]!), 'float32')
  const crossEntropy = tf.tidy(() => tf.neg(total(tf.mul(recorded, logQ))))
  const hardGradient = () => tf.tidy(() => tf.sub(tf.exp(logQ), recorded))

  const plain = teacher && outcomesOf(teacher, logits, logQ, 1)
  const kl = plain ? forwardKl(plain).value : crossEntropy
  const entropy = plain
    ? tf.tidy(() => tf.neg(total(tf.mul(plain.p, plain.logP))))
    : tf.zerosLike(crossEntropy)

  let trained: Tensor = crossEntropy
  let dLogits: Tensor | undefined
  if (name === 'cross-entropy' || (!teacher && name === 'forward-kl')) {
    if (gradients) dLogits = hardGradient()
  } else {
    const outcomes =
      plain && temperature === 1 ? plain : outcomesOf(teacher ?? certainOf(tokens), logits, logQ, temperature)
    const compared = compare(outcomes, divergence)
    const soft = (1 - hardShare) * factor
    trained = tf.add(tf.mul(soft, compared.value), tf.mul(hardShare, crossEntropy))
    if (gradients) {
      dLogits = tf.tidy(() => {
        const own = tf.mul(soft / temperature, outcomes.toLogits(compared.u()))
        return hardShare > 0 ? tf.add(own, tf.mul(hardShare, hardGradient())) : own
      })
    }
  }
  const agreement = tf.cast(tf.equal(tf.argMax(logits, -1), choiceOf(teacher, tokens)), 'float32')
  return { columns: tf.stack([trained, kl, crossEntropy, entropy, agreement], 1), dLogits }
}

function compare(outcomes: Outcomes, { name, beta, alpha }: Divergence): Compared {
  switch (name) {
    case 'forward-kl':
      return forwardKl(outcomes)
    case 'reverse-kl':
      return reverseKl(outcomes)
    case 'jsd':
      return jensenShannon(outcomes, beta!)
    case 'skew-kl':
      return skewKl(outcomes, alpha!)
    case 'total-variation':
      return totalVariation(outcomes)
    case 'cross-entropy':
      throw new RangeError('cross-entropy compares with the recorded token, not with a distribution')
  }
}

function forwardKl({ p, logP, logQ }: Outcomes): Compared {
  return {
    value: tf.tidy(() => total(tf.mul(p, tf.sub(logP, logQ)))),
    u: () => tf.neg(p),
  }
}

function reverseKl({ logP, logQ }: Outcomes): Compared {
  const terms = tf.tidy(() => tf.mul(tf.exp(logQ), tf.sub(logQ, logP)))
  return { value: total(terms), u: () => terms }
}

function jensenShannon({ p, logP, logQ }: Outcomes, beta: number): Compared {
  const logM = logMixture(logP, beta, logQ, 1 - beta)
  const terms = tf.tidy(() => tf.mul(tf.mul(1 - beta, tf.exp(logQ)), tf.sub(logQ, logM)))
  return {
    value: tf.tidy(() => {
      const ofTeacher = tf.mul(tf.mul(beta, p), tf.sub(logP, logM))
      return total(tf.add(ofTeacher, terms))
    }),
    u: () => terms,
  }
}

function skewKl({ p, logP, logQ }: Outcomes, alpha: number): Compared {
  const logM = logMixture(logP, alpha, logQ, 1 - alpha)
  return {
    value: tf.tidy(() => total(tf.mul(p, tf.sub(logP, logM)))),
    // −p (1 − α) q / m, whose quotient is at most 1.
    u: () => tf.tidy(() => tf.neg(tf.mul(p, tf.mul(1 - alpha, tf.exp(tf.sub(logQ, logM)))))),
  }
}

function totalVariation({ p, logQ }: Outcomes): Compared {
  const difference = tf.tidy(() => tf.sub(tf.exp(logQ), p))
  return {
    value: tf.tidy(() => tf.mul(0.5, total(tf.abs(difference)))),
    // Where p = q, 0 of the subgradients.
    u: () => tf.tidy(() => tf.mul(tf.mul(0.5, tf.exp(logQ)), tf.sign(difference))),
  }
}

/** Σ over each row, [M]. */
function total(terms: Tensor): Tensor {
  return tf.tidy(() => tf.squeeze(sumRows(terms), [1]))
}

/** log(a e^x + b e^y) without leaving log space. */
function logMixture(x: Tensor, a: number, y: Tensor, b: number): Tensor {
  return tf.tidy(() => {
    const one = tf.add(x, Math.log(a))
    const other = tf.add(y, Math.log(b))
    const rest = tf.log1p(tf.exp(tf.neg(tf.abs(tf.sub(one, other)))))
    return tf.add(tf.maximum(one, other), rest)
  })
}

/** @param logQ log-softmax of the logits at τ = 1 */
function outcomesOf(teacher: RowTeacher, logits: Tensor, logQ: Tensor, temperature: number): Outcomes {
  if (teacher.kind === 'stored') return overStored(teacher, logQ)
  const logP = logSoftmax(temperature === 1 ? teacher.logits : tf.div(teacher.logits, temperature))
  const warmQ = temperature === 1 ? logQ : logSoftmax(tf.div(logits, temperature))
  return {
    p: tf.exp(logP),
    logP,
    logQ: warmQ,
    toLogits: (u) => tf.tidy(() => tf.sub(u, tf.mul(tf.exp(warmQ), sumRows(u)))),
  }
}

/** The text: all mass on the recorded token. */
function certainOf(tokens: Tensor): StoredRows {
  const ids = tf.expandDims(tokens, 1)
  return { kind: 'stored', ids, logProbabilities: tf.zeros(ids.shape) }
}

/** The k stored tokens of each row and, as outcome k, all the others together. */
function overStored({ ids, logProbabilities }: StoredRows, logQ: Tensor): Outcomes {
  const [rows, vocabulary] = logQ.shape as [number, number]
  const k = ids.shape[1]!
  const there = tf.greaterEqual(ids, 0)
  const rowStarts = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(vocabulary, 'int32'))
  const places = tf.add(tf.expandDims(rowStarts, 1), tf.maximum(ids, tf.scalar(0, 'int32')))
  /** [M, k] put at the stored tokens' places in zeros [M, V]. */
  const scatter = (values: Tensor) =>
    tf.tidy(() =>
      tf.reshape(
        tf.scatterND(tf.reshape(places, [rows * k, 1]), tf.reshape(values, [rows * k]), [rows * vocabulary]),
        [rows, vocabulary],
      ),
    )
  const listed = tf.tidy(() => scatter(tf.cast(there, 'float32')))
  const inTail = tf.less(listed, 0.5)

  const chosenP = tf.tidy(() => tf.where(there, tf.maximum(logProbabilities, LOG_FLOOR), LOG_FLOOR))
  const chosenQ = tf.tidy(() => tf.where(there, tf.gather(tf.reshape(logQ, [-1]), places), LOG_FLOOR))
  const tailMass = tf.tidy(() => tf.maximum(0, tf.sub(1, tf.sum(tf.exp(chosenP), -1, true))))
  const tailP = tf.tidy(() => tf.log(tf.maximum(tailMass, TAIL_FLOOR)))
  const tailQ = tf.tidy(() => {
    const rest = logSumExp(tf.where(inTail, logQ, ABSENT))
    // Where all tokens are listed there is no tail to differ in.
    return tf.where(tf.less(rest, ABSENT / 2), tailP, rest)
  })
  return {
    p: tf.tidy(() => tf.concat([tf.exp(chosenP), tailMass], 1)),
    logP: tf.concat([chosenP, tailP], 1),
    logQ: tf.concat([chosenQ, tailQ], 1),
    // u_v − q_v Σ u without a difference of almost equal numbers: 1 − q_v and 1 − q_tail are not taken from 1.
    toLogits: (u) =>
      tf.tidy(() => {
        const own = tf.slice(u, [0, 0], [rows, k])
        const ownTail = tf.slice(u, [0, k], [rows, 1])
        const q = tf.exp(chosenQ)
        const sum = sumRows(own)
        const others = tf.add(tf.sub(sum, own), ownTail)
        const chosen = tf.neg(tf.add(tf.mul(own, tf.expm1(chosenQ)), tf.mul(q, others)))
        // A token of the tail has its share of it, q_v / q_tail, which is at most 1.
        const share = tf.exp(tf.minimum(0, tf.sub(logQ, tailQ)))
        const ofTail = tf.sub(tf.mul(ownTail, sumRows(q)), tf.mul(tf.exp(tailQ), sum))
        return tf.where(inTail, tf.mul(share, ofTail), scatter(tf.where(there, chosen, 0)))
      }),
  }
}

/** [M] int32: the teacher's most likely token; the recorded one where it says nothing. */
function choiceOf(teacher: RowTeacher | null, tokens: Tensor): Tensor {
  if (!teacher) return tokens
  if (teacher.kind === 'model') return tf.argMax(teacher.logits, -1)
  return tf.tidy(() => {
    const { ids, logProbabilities } = teacher
    const [rows, k] = ids.shape as [number, number]
    const likely = tf.argMax(tf.where(tf.greaterEqual(ids, 0), logProbabilities, ABSENT), -1)
    const places = tf.add(tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(k, 'int32')), likely)
    const choice = tf.gather(tf.reshape(ids, [-1]), places)
    return tf.where(tf.less(choice, 0), tokens, choice)
  })
}

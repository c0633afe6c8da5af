import { type Tensor, tf } from '../device/tensorflow.ts'
import { matmul } from './matmul.ts'
import type { HeadTargets, Operations } from './operations.ts'

/** Logits alive at a time in one [rows, V] buffer: 16 MiB, never less than one row. */
const CHUNK_ELEMENTS = 1 << 22

/** What one chunk of rows gives. */
interface Chunk {
  /** [K, 5] */
  sums: Tensor
  /** [rows, V], ∂objective/∂logits, when gradients are asked for. */
  dLogits?: Tensor
}

/**
 * Tied head, divergence and their gradients.
 *
 * With z the student's logits, q = softmax(z/τ) and p the teacher's at the same τ:
 * - forward-kl with a model teacher: τ² · Σ_v p_v (log p_v − log q_v), whose gradient is τ (q − p) for each logit
 *   (Hinton et al. 2015, arXiv 1503.02531);
 * - cross-entropy, and forward-kl with the text as teacher, which is certain of the recorded token y: −log softmax(z)_y
 *   at τ = 1, whose gradient is softmax(z) − onehot(y).
 *
 * `kl`, `crossEntropy` and `teacherEntropy` are always reported at τ = 1, whatever is trained.
 */
export const head: Operations['head'] = (hidden, table, targets, gradients) => {
  const [count, width] = hidden.shape as [number, number]
  const size = Math.min(count, Math.max(1, Math.floor(CHUNK_ELEMENTS / table.shape[0]!)))
  const dHidden: Tensor[] = []
  let sums: Tensor | undefined
  let dTable: Tensor | undefined
  for (let start = 0; start < count; start += size) {
    const rows = Math.min(size, count - start)
    // One tidy a chunk: its logits are gone before the next chunk's are made.
    const part = tf.tidy(() => {
      const chunkHidden = tf.slice(hidden, [start, 0], [rows, width])
      const chunk = measure(chunkHidden, table, sliceTargets(targets, start, rows), gradients)
      const product = chunk.dLogits && matmul(chunk.dLogits, chunkHidden, true)
      return {
        sums: sums ? tf.add(sums, chunk.sums) : chunk.sums,
        dTable: product && dTable ? tf.add(dTable, product) : product,
        dHidden: chunk.dLogits && matmul(chunk.dLogits, table),
      }
    })
    tf.dispose([sums, dTable])
    sums = part.sums
    dTable = part.dTable
    if (part.dHidden) dHidden.push(part.dHidden)
  }
  return {
    sums: sums!,
    gradients: dTable
      ? { hidden: dHidden.length === 1 ? dHidden[0]! : tf.concat(dHidden), table: dTable }
      : null,
  }
}

function sliceTargets(targets: HeadTargets, start: number, rows: number): HeadTargets {
  const kinds = targets.kindMasks.shape[0]!
  return {
    ...targets,
    tokens: tf.slice(targets.tokens, [start], [rows]),
    weights: tf.slice(targets.weights, [start], [rows]),
    kindMasks: tf.slice(targets.kindMasks, [0, start], [kinds, rows]),
    teacher: targets.teacher && {
      hidden: tf.slice(targets.teacher.hidden, [start, 0], [rows, targets.teacher.hidden.shape[1]!]),
      table: targets.teacher.table,
    },
  }
}

function measure(hidden: Tensor, table: Tensor, targets: HeadTargets, gradients: boolean): Chunk {
  const { temperature, divergence } = targets
  const logits = matmul(hidden, table, false, true)
  const recorded = tf.cast(tf.oneHot(targets.tokens as tf.Tensor1D, table.shape[0]!), 'float32')
  const logQ = tf.logSoftmax(logits)
  const crossEntropy = tf.neg(tf.sum(tf.mul(recorded, logQ), -1))

  let kl: Tensor = crossEntropy
  let entropy: Tensor = tf.zerosLike(crossEntropy)
  let teacherChoice: Tensor = targets.tokens
  let trained: Tensor = crossEntropy
  let dLogits: Tensor | undefined
  if (targets.teacher) {
    const teacherLogits = matmul(targets.teacher.hidden, targets.teacher.table, false, true)
    const logP = tf.logSoftmax(teacherLogits)
    const p = tf.exp(logP)
    entropy = tf.neg(tf.sum(tf.mul(p, logP), -1))
    kl = tf.sum(tf.mul(p, tf.sub(logP, logQ)), -1)
    teacherChoice = tf.argMax(teacherLogits, -1)
    if (divergence === 'forward-kl' && temperature === 1) {
      trained = kl
      if (gradients) dLogits = tf.sub(tf.exp(logQ), p)
    } else if (divergence === 'forward-kl') {
      const warmP = tf.logSoftmax(tf.div(teacherLogits, temperature))
      const warmQ = tf.logSoftmax(tf.div(logits, temperature))
      const warm = tf.exp(warmP)
      trained = tf.mul(temperature * temperature, tf.sum(tf.mul(warm, tf.sub(warmP, warmQ)), -1))
      if (gradients) dLogits = tf.mul(temperature, tf.sub(tf.exp(warmQ), warm))
    }
  }
  if (gradients) {
    dLogits = tf.mul(dLogits ?? tf.sub(tf.exp(logQ), recorded), tf.expandDims(targets.weights, -1))
  }
  const agreement = tf.cast(tf.equal(tf.argMax(logits, -1), teacherChoice), 'float32')
  const columns = tf.stack([trained, kl, crossEntropy, entropy, agreement], 1)
  return { sums: matmul(targets.kindMasks, columns), dLogits }
}

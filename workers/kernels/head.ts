import { type Tensor, tf } from '../device/tensorflow.ts'
import { measureRows } from './divergence.ts'
import { matmul } from './matmul.ts'
import { HEAD_SUMS, type HeadTargets, type HeadTeacher, type Operations } from './operations.ts'
import { logSoftmax } from './softmax.ts'

/** Logits alive at a time in one [rows, V] buffer: 16 MiB, never less than one row. */
const CHUNK_ELEMENTS = 1 << 22

/** What one chunk of rows gives. */
interface Chunk {
  /** [K, 5] */
  sums: Tensor
  /** [rows, 3], HEAD_ROWS, when asked for. */
  rows?: Tensor
  /** [rows, V], ∂objective/∂logits, when gradients are asked for. */
  dLogits?: Tensor
}

/** Tied head, divergence (`divergence.ts` has the formulas) and their gradients. */
export const head: Operations['head'] = (hidden, table, targets, gradients) => {
  const [count, width] = hidden.shape as [number, number]
  const size = Math.min(count, Math.max(1, Math.floor(CHUNK_ELEMENTS / table.shape[0]!)))
  const dHidden: Tensor[] = []
  const rowWise: Tensor[] = []
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
        rows: chunk.rows,
      }
    })
    tf.dispose([sums, dTable])
    sums = part.sums
    dTable = part.dTable
    if (part.dHidden) dHidden.push(part.dHidden)
    if (part.rows) rowWise.push(part.rows)
  }
  return {
    sums: sums!,
    rows: rowWise.length > 0 ? joined(rowWise) : null,
    gradients: dTable ? { hidden: joined(dHidden), table: dTable } : null,
  }
}

function joined(chunks: Tensor[]): Tensor {
  return chunks.length === 1 ? chunks[0]! : tf.concat(chunks)
}

function sliceTargets(targets: HeadTargets, start: number, rows: number): HeadTargets {
  const kinds = targets.kindMasks.shape[0]!
  return {
    ...targets,
    tokens: tf.slice(targets.tokens, [start], [rows]),
    weights: tf.slice(targets.weights, [start], [rows]),
    kindMasks: tf.slice(targets.kindMasks, [0, start], [kinds, rows]),
    teacher: targets.teacher && sliceTeacher(targets.teacher, start, rows),
  }
}

function sliceTeacher(teacher: HeadTeacher, start: number, rows: number): HeadTeacher {
  const slice = (tensor: Tensor) => tf.slice(tensor, [start, 0], [rows, tensor.shape[1]!])
  return teacher.kind === 'model'
    ? { ...teacher, hidden: slice(teacher.hidden) }
    : { ...teacher, ids: slice(teacher.ids), logProbabilities: slice(teacher.logProbabilities) }
}

function measure(hidden: Tensor, table: Tensor, targets: HeadTargets, gradients: boolean): Chunk {
  const { tokens, weights, kindMasks, teacher, divergence } = targets
  const logits = matmul(hidden, table, false, true)
  const measured = measureRows(
    logits,
    tokens,
    teacher?.kind === 'model'
      ? { kind: 'model', logits: matmul(teacher.hidden, teacher.table, false, true) }
      : teacher,
    divergence,
    gradients,
  )
  return {
    sums: sumByKind(kindMasks, measured.columns),
    rows: targets.rowWise ? rowWise(logits, tokens, measured.columns) : undefined,
    dLogits: measured.dLogits && tf.mul(measured.dLogits, tf.expandDims(weights, -1)),
  }
}

/** [rows, 3]: HEAD_ROWS. */
function rowWise(logits: Tensor, tokens: Tensor, columns: Tensor): Tensor {
  return tf.tidy(() => {
    const agreement = tf.slice(columns, [0, HEAD_SUMS.indexOf('agreement')], [logits.shape[0]!, 1])
    const correct = tf.cast(tf.equal(tf.argMax(logits, -1), tokens), 'float32')
    const confidence = tf.exp(tf.max(logSoftmax(logits), -1))
    return tf.concat([agreement, tf.stack([correct, confidence], 1)], 1)
  })
}

/** kindMasks [K, M] · columns [M, 5]; a value that is not finite spoils its own kinds only, though 0 · NaN is NaN. */
function sumByKind(kindMasks: Tensor, columns: Tensor): Tensor {
  return tf.tidy(() => {
    const finite = tf.isFinite(columns)
    const sums = matmul(kindMasks, tf.where(finite, columns, tf.scalar(0)))
    const spoilt = matmul(kindMasks, tf.cast(tf.logicalNot(finite), 'float32'))
    return tf.where(tf.greater(spoilt, 0), tf.scalar(Number.NaN), sums)
  })
}

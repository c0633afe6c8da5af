import { type Tensor, tf } from '../../device/tensorflow.ts'
import {
  HEAD_ROWS,
  HEAD_SUMS,
  type HeadGradients,
  type HeadTargets,
  type HeadTeacher,
  type Operations,
} from '../operations.ts'
import type { StockGradient } from '../stock/gradient.ts'
import { matmul } from '../stock/matmul.ts'
import { memory } from '../stock/memory.ts'
import { measureRows, type RowTeacher } from './divergence.ts'
import { logSoftmax } from './softmax.ts'

/** Logits alive at a time in one [rows, V] buffer: 16 MiB, never less than one row. */
export const CHUNK_ELEMENTS = 1 << 22
/** The last chunk is padded to a multiple of this, or an eighth of a chunk, so that buffers are of few sizes. */
const ROW_MULTIPLE = 128

/** Rows of the next chunk where so many predictions are left, those that are padding included. */
export function chunkRows(left: number, vocabularySize: number): number {
  const most = Math.max(1, Math.floor(CHUNK_ELEMENTS / vocabularySize))
  const multiple = Math.min(ROW_MULTIPLE, Math.ceil(most / 8))
  return Math.min(most, Math.ceil(left / multiple) * multiple)
}

/** Some of the predictions, on the device; a chunk of `rows`. */
interface Chunk {
  /** [rows] int32 */
  positions: Tensor
  /** [rows] int32 */
  tokens: Tensor
  /** [rows] */
  weights: Tensor
  /** [K, rows]: 1 where the prediction counts in the sum. */
  masks: Tensor
  /** [rows, 5]: what each of its columns counts there. */
  shares: Tensor | null
  teacher: RowTeacher | null
}

/** What one chunk gives. */
interface Measured {
  /** [K, 5] */
  sums: Tensor
  /** [rows, 3], HEAD_ROWS, when asked for. */
  rows: Tensor | null
  /** [rows, D] and [K], when gradients are asked for. */
  hidden: Tensor | null
  squares: Tensor | null
}

/** Tied head, divergence (`divergence.ts` has the formulas) and their gradients. */
export const head: Operations['head'] = (hidden, table, targets, gradients) =>
  memory.scope(() => {
    const count = targets.positions.length
    const dHidden: Tensor[] = []
    const rowWise: Tensor[] = []
    let sums: Tensor = tf.zeros([targets.termCount, HEAD_SUMS.length])
    let squares: Tensor = tf.zeros([targets.termCount])
    for (let start = 0, rows = 0; start < count; start += rows) {
      rows = chunkRows(count - start, table.shape[0]!)
      // One tidy a chunk: its logits are gone before the next chunk's are made.
      const part = memory.scope(() => {
        const chunk = chunkOf(targets, start, rows)
        return measure(hidden as Tensor, table as Tensor, chunk, targets, gradients)
      })
      sums = addTo(sums, part.sums)
      if (part.squares) squares = addTo(squares, part.squares)
      if (part.hidden) dHidden.push(part.hidden)
      if (part.rows) rowWise.push(part.rows)
    }
    const asked = targets.rowWise ? joined(rowWise, HEAD_ROWS.length) : null
    return {
      sums,
      rows: asked && tf.slice(asked, 0, count),
      gradients: gradients && {
        hidden: putBack(joined(dHidden, hidden.shape[1]!), targets.positions, hidden.shape[0]!),
        squares,
      },
    }
  })

/** The sum; both parts are given back. */
function addTo(sum: Tensor, part: Tensor): Tensor {
  const added = tf.add(sum, part)
  tf.dispose([sum, part])
  return added
}

function joined(chunks: Tensor[], width: number): Tensor {
  if (chunks.length === 0) return tf.zeros([0, width])
  if (chunks.length === 1) return chunks[0]!
  const all = tf.concat(chunks)
  tf.dispose(chunks)
  return all
}

/** Rows [≥ M, D] put where they were taken from; a gather: every position looks up its row, or one of zeros. */
function putBack(rows: Tensor, positions: Int32Array, count: number): Tensor {
  return tf.tidy(() => {
    const source = new Int32Array(count).fill(rows.shape[0]!)
    for (const [i, position] of positions.entries()) source[position] = i
    const withZeros = tf.concat([rows, tf.zeros([1, rows.shape[1]!])])
    return tf.gather(withZeros, tf.tensor1d(source, 'int32'))
  })
}

/** Rows behind the last prediction are copies of it that count for nothing. */
function chunkOf(targets: HeadTargets, start: number, rows: number): Chunk {
  const count = targets.positions.length
  const { terms, termCount, tokenWeights } = targets
  const positions = new Int32Array(rows)
  const tokens = new Int32Array(rows)
  const weights = new Float32Array(rows)
  const masks = new Float32Array(termCount * rows)
  const shares = new Float32Array(rows * HEAD_SUMS.length).fill(1)
  for (let row = 0; row < rows; row++) {
    const i = Math.min(start + row, count - 1)
    positions[row] = targets.positions[i]!
    tokens[row] = targets.tokens[i]!
    if (start + row >= count) continue
    weights[row] = targets.weights[i]!
    masks[terms[i]! * rows + row] = 1
    if (tokenWeights) shares[row * HEAD_SUMS.length + HEAD_SUMS.indexOf('divergence')] = tokenWeights[i]!
  }
  const at = tf.tensor1d(positions, 'int32')
  return {
    positions: at,
    tokens: tf.tensor1d(tokens, 'int32'),
    weights: tf.tensor1d(weights),
    masks: tf.tensor2d(masks, [termCount, rows]),
    shares: tokenWeights ? tf.tensor2d(shares, [rows, HEAD_SUMS.length]) : null,
    teacher: targets.teacher && teacherOf(targets.teacher, positions, at),
  }
}

function teacherOf(teacher: HeadTeacher, positions: Int32Array, at: Tensor): RowTeacher {
  if (teacher.kind === 'model') {
    const hidden = tf.gather(teacher.hidden as Tensor, at)
    return { kind: 'model', logits: matmul(hidden, teacher.table as Tensor, false, true) }
  }
  const { k } = teacher
  const ids = new Int32Array(positions.length * k)
  const logProbabilities = new Float32Array(positions.length * k)
  for (const [row, position] of positions.entries()) {
    ids.set(teacher.ids.subarray(position * k, (position + 1) * k), row * k)
    logProbabilities.set(teacher.logProbabilities.subarray(position * k, (position + 1) * k), row * k)
  }
  const shape: [number, number] = [positions.length, k]
  return {
    kind: 'stored',
    ids: tf.tensor2d(ids, shape, 'int32'),
    logProbabilities: tf.tensor2d(logProbabilities, shape),
  }
}

function measure(
  hidden: Tensor,
  table: Tensor,
  { positions, tokens, weights, masks, shares, teacher }: Chunk,
  targets: HeadTargets,
  gradients: HeadGradients | null,
): Measured {
  const own = tf.gather(hidden, positions)
  const logits = matmul(own, table, false, true)
  const measured = measureRows(logits, tokens, teacher, targets.divergence, gradients !== null)
  const result: Measured = {
    sums: sumByTerm(masks, shares ? tf.mul(measured.columns, shares) : measured.columns),
    rows: targets.rowWise ? rowWise(logits, tokens, measured.columns) : null,
    hidden: null,
    squares: null,
  }
  if (!measured.dLogits) return result
  const dLogits = tf.mul(measured.dLogits, tf.expandDims(weights, -1))
  const into = gradients?.table as StockGradient | null | undefined
  into?.add(matmul(dLogits, own, true))
  const dHidden = matmul(dLogits, table)
  const squares = tf.tidy(() => tf.squeeze(sumByTerm(masks, tf.sum(tf.square(dHidden), -1, true)), [1]))
  return { ...result, hidden: dHidden, squares }
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

/** masks [K, M] · columns [M, n]; a value that is not finite spoils its own terms only, though 0 · NaN is NaN. */
function sumByTerm(masks: Tensor, columns: Tensor): Tensor {
  return tf.tidy(() => {
    const finite = tf.isFinite(columns)
    const sums = matmul(masks, tf.where(finite, columns, tf.scalar(0)))
    const spoilt = matmul(masks, tf.cast(tf.logicalNot(finite), 'float32'))
    return tf.where(tf.greater(spoilt, 0), tf.scalar(Number.NaN), sums)
  })
}

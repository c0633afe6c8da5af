import { type Tensor, tf } from '../../device/tensorflow.ts'
import type { Operations, Rows } from '../operations.ts'

/** Token rows as tensors, and what is worked out from them on the CPU. */
export interface StockRows extends Rows {
  /** [N] int32 */
  ids: Tensor
  /** [N] int32, where rows hold several sequences. */
  segments: Tensor | null
  /** [N], where places are not 0 … T − 1 in every row. */
  positions: Int32Array | null
}

export const rows: Operations['rows'] = ({ rows, length, ids, segments, positions }): StockRows => ({
  rows,
  length,
  ids: tf.tensor1d(ids.slice(), 'int32'),
  segments: segments ? tf.tensor1d(segments.slice(), 'int32') : null,
  positions: positions ?? null,
})

import { type Tensor, tf } from '../../device/tensorflow.ts'
import type { Operations } from '../operations.ts'
import type { StockGradient } from '../stock/gradient.ts'
import { matmul } from '../stock/matmul.ts'
import type { StockRows } from '../stock/rows.ts'

/** Elements of the one-hot matrix that is alive at a time: 16 MiB. */
const CHUNK_ELEMENTS = 1 << 22

/** Token and position embedding, added. */
export const embedding: Operations['embedding'] = {
  forward(batch, tokens, positions) {
    const { rows, length, ids, positions: places } = batch as StockRows
    const width = tokens.shape[1]!
    return tf.tidy(() => {
      const looked = tf.gather(tokens as Tensor, ids)
      if (!positions) return looked
      if (places) return tf.add(looked, tf.gather(positions as Tensor, tf.tensor1d(places, 'int32')))
      const byRow = tf.reshape(looked, [rows, length, width])
      return tf.reshape(tf.add(byRow, tf.slice(positions as Tensor, [0, 0], [length, width])), [-1, width])
    })
  },

  backward(batch, dOutput, into) {
    const { rows, length, ids, positions: places } = batch as StockRows
    const x = dOutput as Tensor
    const tokens = into.tokens as StockGradient
    tokens.add(scatterAdd(ids, x, tokens.shape[0]!))
    if (!into.positions) return
    const positions = into.positions as StockGradient
    const [capacity, width] = positions.shape as [number, number]
    positions.add(
      tf.tidy(() => {
        if (places) return scatterAdd(tf.tensor1d(places, 'int32'), x, capacity)
        const perPosition = tf.sum(tf.reshape(x, [rows, length, width]), 0)
        return length < capacity
          ? tf.concat([perPosition, tf.fill([capacity - length, width], 0)])
          : perPosition
      }),
    )
  },
}

/**
 * Adds rows of x [N, D] into a [V, D] table at their ids, as onehotᵀ · x in bounded chunks: deterministic, unlike
 * tfjs' own scatter with float atomics, and there on every backend (wasm has no UnsortedSegmentSum).
 */
function scatterAdd(ids: Tensor, x: Tensor, vocabularySize: number): Tensor {
  const count = ids.shape[0]!
  const chunk = Math.max(1, Math.floor(CHUNK_ELEMENTS / vocabularySize))
  let table: Tensor | null = null
  for (let start = 0; start < count; start += chunk) {
    const size = Math.min(chunk, count - start)
    const part: Tensor = tf.tidy(() => {
      const oneHot = tf.oneHot(tf.slice(ids, [start], [size]) as tf.Tensor1D, vocabularySize) as tf.Tensor2D
      const product = matmul(
        tf.cast(oneHot, 'float32'),
        tf.slice(x, [start, 0], [size, x.shape[1]!]) as tf.Tensor2D,
        true,
      )
      return table ? tf.add(table, product) : product
    })
    table?.dispose()
    table = part
  }
  return table!
}

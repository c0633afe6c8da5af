import { type Tensor, tf } from '../device/tensorflow.ts'
import { matmul } from './matmul.ts'
import type { Operations } from './operations.ts'

/** Elements of the one-hot matrix that is alive at a time: 16 MiB. */
const CHUNK_ELEMENTS = 1 << 22

/** Token and position embedding, added. */
export const embedding: Operations['embedding'] = {
  forward(ids, tokens, positions, at) {
    const [rows, length] = ids.shape as [number, number]
    const width = tokens.shape[1]!
    const looked = tf.reshape(tf.gather(tokens, tf.reshape(ids, [-1]) as tf.Tensor1D), [rows, length, width])
    const placed = at
      ? tf.reshape(tf.gather(positions, tf.reshape(at, [-1]) as tf.Tensor1D), [rows, length, width])
      : tf.slice(positions, [0, 0], [length, width])
    const saved = [ids, tokens, positions]
    return { output: tf.reshape(tf.add(looked, placed), [-1, width]), saved: at ? [...saved, at] : saved }
  },

  backward(saved, dOutput) {
    const [ids, tokens, positions, at] = saved as [Tensor, Tensor, Tensor, Tensor | undefined]
    const [rows, length] = ids.shape as [number, number]
    const [capacity, width] = positions.shape as [number, number]
    const dTokens = scatterAdd(tf.reshape(ids, [-1]), dOutput, tokens.shape[0]!)
    if (at) return { tokens: dTokens, positions: scatterAdd(tf.reshape(at, [-1]), dOutput, capacity) }
    const perPosition = tf.sum(tf.reshape(dOutput, [rows, length, width]), 0)
    return {
      tokens: dTokens,
      positions:
        length < capacity ? tf.concat([perPosition, tf.zeros([capacity - length, width])]) : perPosition,
    }
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

import { type Tensor, tf } from '../../device/tensorflow.ts'
import { sumRows } from '../head/softmax.ts'
import type { Operations } from '../operations.ts'

/** Larger than any id, and an integer in float32. */
const NO_ID = 1e9

/**
 * The rule is in the contract. Of equal logits all are found by comparison and the first of them taken by a running
 * count: what tfjs' topk and argMax do with equals differs between backends.
 */
export const sample: Operations['sample'] = (
  given,
  { temperature, topK = 0, topP = 1, vocabularySize },
  draws,
) =>
  tf.tidy(() => {
    const [rows, width] = given.shape as [number, number]
    const V = Math.min(width, vocabularySize ?? width)
    const logits = tf.slice(given as Tensor, [0, 0], [rows, V])
    const largest = tf.max(logits, -1, true)
    if (temperature === 0) return lowestId(tf.equal(logits, largest), V - 1)

    const k = topK > 0 ? Math.min(topK, V) : V
    const share = (some: Tensor) => tf.exp(tf.div(tf.sub(some, largest), temperature))
    const shares = share(logits)
    let weights = shares
    if (k < V || topP < 1) {
      const { values } = tf.topk(logits, k)
      const count = topP < 1 ? countReaching(share(values), topP) : tf.fill([rows, 1], k)
      weights = tf.mul(shares, kept(logits, values, count))
    }
    const running = tf.cumsum(weights, 1)
    const drawn = tf.mul(tf.tensor2d(draws.slice(), [rows, 1]), tf.slice(running, [0, V - 1], [rows, 1]))
    const possible = tf.greater(weights, 0)
    const last = tf.max(tf.where(possible, idsBelow(V), tf.scalar(0)), -1)
    return lowestId(tf.logicalAnd(possible, tf.greater(running, drawn)), last)
  })

function idsBelow(V: number): Tensor {
  return tf.reshape(tf.range(0, V, 1, 'float32'), [1, V])
}

/** [M] int32: the lowest id that is marked in each row, `otherwise` where none is. */
function lowestId(marked: Tensor, otherwise: Tensor | number): Tensor {
  const ids = tf.where(marked, idsBelow(marked.shape[1]!), tf.scalar(NO_ID))
  return tf.cast(tf.minimum(tf.min(ids, -1), otherwise), 'int32')
}

/** [M, 1]: how many from the front of shares [M, k], the largest first, it takes to reach topP of their sum. */
function countReaching(shares: Tensor, topP: number): Tensor {
  const before = tf.cumsum(shares, 1, true)
  const short = tf.less(before, tf.mul(topP, sumRows(shares)))
  return tf.maximum(1, tf.sum(tf.cast(short, 'float32'), -1, true))
}

/** [M, V] of 1 where a logit is among the first `count` [M, 1], whose values [M, k] are in order, and 0 elsewhere. */
function kept(logits: Tensor, values: Tensor, count: Tensor): Tensor {
  const k = values.shape[1]!
  const isLast = tf.equal(tf.reshape(tf.range(1, k + 1, 1, 'float32'), [1, k]), count)
  const least = tf.sum(tf.where(isLast, values, tf.scalar(0)), -1, true)
  const above = tf.cast(tf.greater(logits, least), 'float32')
  const equal = tf.cast(tf.equal(logits, least), 'float32')
  const room = tf.sub(count, tf.sum(above, -1, true))
  return tf.add(above, tf.mul(equal, tf.cast(tf.lessEqual(tf.cumsum(equal, 1), room), 'float32')))
}

import { type Tensor, tf } from '../../device/tensorflow.ts'

/** Summands that one accumulator takes. */
const BLOCK = 512

/**
 * Sums over the last axis of [M, n], kept as [M, 1]. Long rows are summed in blocks: tfjs' WebAssembly adds one by one in
 * float32, which over 50257 tokens costs the fourth digit.
 */
export function sumRows(x: Tensor): Tensor {
  const [rows, width] = x.shape as [number, number]
  if (width < 2 * BLOCK) return tf.sum(x, -1, true)
  return tf.tidy(() => {
    const blocks = Math.floor(width / BLOCK)
    const whole = tf.reshape(tf.slice(x, [0, 0], [rows, blocks * BLOCK]), [rows, blocks, BLOCK])
    const sum = sumRows(tf.sum(whole, -1))
    return width % BLOCK === 0 ? sum : tf.add(sum, tf.sum(tf.slice(x, [0, blocks * BLOCK]), -1, true))
  })
}

/** log Σ e^x over the last axis of [M, n], kept as [M, 1]. */
export function logSumExp(x: Tensor): Tensor {
  return tf.tidy(() => {
    const largest = tf.max(x, -1, true)
    return tf.add(tf.log(sumRows(tf.exp(tf.sub(x, largest)))), largest)
  })
}

/** x − log Σ e^x over the last axis of [M, n]; the largest x is taken out first, so that no offset costs a digit. */
export function logSoftmax(x: Tensor): Tensor {
  return tf.tidy(() => {
    const shifted = tf.sub(x, tf.max(x, -1, true))
    return tf.sub(shifted, tf.log(sumRows(tf.exp(shifted))))
  })
}

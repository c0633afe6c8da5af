import { type Tensor, tf } from '../../device/tensorflow.ts'
import { NORM_EPSILON } from '../constants.ts'
import type { Operations } from '../operations.ts'
import type { StockGradient } from '../stock/gradient.ts'
import { sumWith } from '../stock/sumWith.ts'
import { vjp } from '../stock/vjp.ts'

/** Zhang and Sennrich 2019 (arXiv 1910.07467), over the last axis: x / √(mean x² + ε) · gain. */
function normalise(x: Tensor, gain: Tensor): Tensor {
  const square = tf.mean(tf.square(x), -1, true)
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(square, NORM_EPSILON))), gain)
}

export const rmsNorm: Operations['rmsNorm'] = {
  forward(x, gain) {
    return { output: tf.tidy(() => normalise(x as Tensor, gain as Tensor)), saved: [x, gain] }
  },

  backward(saved, dOutput, into, added) {
    const [dx, gain] = vjp(normalise, saved as Tensor[], dOutput as Tensor) as [Tensor, Tensor]
    ;(into.gain as StockGradient).add(gain)
    return sumWith(dx, added)
  },
}

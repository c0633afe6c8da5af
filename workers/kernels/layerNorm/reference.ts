import { type Tensor, tf } from '../../device/tensorflow.ts'
import { NORM_EPSILON } from '../constants.ts'
import type { Operations } from '../operations.ts'
import type { StockGradient } from '../stock/gradient.ts'
import { sumWith } from '../stock/sumWith.ts'
import { vjp } from '../stock/vjp.ts'

/** Ba et al. 2016 (arXiv 1607.06450), over the last axis. */
function normalise(x: Tensor, gain: Tensor, bias: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, NORM_EPSILON))), gain), bias)
}

export const layerNorm: Operations['layerNorm'] = {
  forward(x, gain, bias) {
    const output = tf.tidy(() => normalise(x as Tensor, gain as Tensor, bias as Tensor))
    return { output, saved: [x, gain, bias] }
  },

  backward(saved, dOutput, into, added) {
    const [dx, gain, bias] = vjp(normalise, saved as Tensor[], dOutput as Tensor) as [Tensor, Tensor, Tensor]
    ;(into.gain as StockGradient).add(gain)
    ;(into.bias as StockGradient).add(bias)
    return sumWith(dx, added)
  },
}

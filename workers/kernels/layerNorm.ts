import { type Tensor, tf } from '../device/tensorflow.ts'
import type { Operations } from './operations.ts'
import { vjp } from './vjp.ts'

const EPSILON = 1e-5

/** Ba et al. 2016 (arXiv 1607.06450), over the last axis. */
function normalise(x: Tensor, gain: Tensor, bias: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const variance = tf.mean(tf.square(centred), -1, true)
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, EPSILON))), gain), bias)
}

export const layerNorm: Operations['layerNorm'] = {
  forward(x, gain, bias) {
    return { output: tf.tidy(() => normalise(x, gain, bias)), saved: [x, gain, bias] }
  },

  backward(saved, dOutput) {
    const [x, gain, bias] = vjp(normalise, [...saved], dOutput) as [Tensor, Tensor, Tensor]
    return { x, gain, bias }
  },
}

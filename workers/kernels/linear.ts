import { type Tensor, tf } from '../device/tensorflow.ts'
import { matmul } from './matmul.ts'
import type { Operations } from './operations.ts'
import { vjp } from './vjp.ts'

const ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI)

/** GELU by tanh (Hendrycks and Gimpel 2016, arXiv 1606.08415), Hugging Face's `gelu_new`. */
function gelu(x: Tensor): Tensor {
  const inner = tf.mul(ROOT_TWO_OVER_PI, tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x)))))
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)))
}

/** y = x · W + b, with W [In, Out] as in Hugging Face's GPT-2, then the epilogues. */
export const linear: Operations['linear'] = {
  forward(x, weight, bias, options = {}) {
    const affine = tf.add(matmul(x, weight), bias)
    const activated = options.gelu ? tf.tidy(() => gelu(affine)) : affine
    return {
      output: options.residual ? tf.add(activated, options.residual) : activated,
      saved: options.gelu ? [x, weight, affine] : [x, weight],
    }
  },

  backward(saved, dOutput) {
    const [x, weight, affine] = saved as [Tensor, Tensor, Tensor | undefined]
    const dAffine = affine ? vjp(gelu, [affine], dOutput)[0]! : dOutput
    return {
      x: matmul(dAffine, weight, false, true),
      weight: matmul(x, dAffine, true),
      bias: tf.sum(dAffine, 0),
    }
  },
}

import { type Tensor, tf } from '../../device/tensorflow.ts'
import type { LinearInput, Operations } from '../operations.ts'
import type { StockGradient } from '../stock/gradient.ts'
import { matmul } from '../stock/matmul.ts'
import { sumWith } from '../stock/sumWith.ts'
import { vjp } from '../stock/vjp.ts'

const ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI)

/** GELU by tanh (Hendrycks and Gimpel 2016, arXiv 1606.08415), Hugging Face's `gelu_new`. */
function gelu(x: Tensor): Tensor {
  const inner = tf.mul(ROOT_TWO_OVER_PI, tf.add(x, tf.mul(0.044715, tf.mul(x, tf.mul(x, x)))))
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)))
}

/** silu(gate) ⊙ x (Shazeer 2020, arXiv 2002.05202), silu(g) = g · sigmoid(g). */
function gated(x: Tensor, gate: Tensor): Tensor {
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), x)
}

/** y = x · W + b, with W [In, Out] as in Hugging Face's GPT-2, then the epilogues. */
export const linear: Operations['linear'] = {
  forward(x, weight, bias, options = {}) {
    const affine = sumWith(matmul(x as Tensor, weight as Tensor), bias)
    if (!options.gelu && !options.gate) return { output: sumWith(affine, options.residual), affine: null }
    const activated = tf.tidy(() => (options.gelu ? gelu(affine) : gated(affine, options.gate as Tensor)))
    return { output: sumWith(activated, options.residual), affine }
  },

  backward(x, weight, dOutput, into, input = {}) {
    const dAffine = dOutput as Tensor
    const before = x as Tensor
    const own = inputOf(before, input)
    ;(into.weight as StockGradient).add(matmul(own, dAffine, true))
    if (own !== before) own.dispose()
    if (into.bias) (into.bias as StockGradient).add(tf.sum(dAffine, 0))
    const dOwn = matmul(dAffine, weight as Tensor, false, true)
    if (own === before) return { x: dOwn, gate: null }
    const [dx, dGate] = input.gelu
      ? vjp(gelu, [before], dOwn)
      : vjp(gated, [before, input.gate as Tensor], dOwn)
    dOwn.dispose()
    return { x: dx!, gate: dGate ?? null }
  },
}

/** What the layer multiplied with its weight. */
function inputOf(x: Tensor, { gelu: hadGelu, gate }: LinearInput): Tensor {
  if (hadGelu) return tf.tidy(() => gelu(x))
  return gate ? tf.tidy(() => gated(x, gate as Tensor)) : x
}

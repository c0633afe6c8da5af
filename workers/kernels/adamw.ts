import { tf } from '../device/tensorflow.ts'
import type { Operations } from './operations.ts'

const BETA_1 = 0.9
const BETA_2 = 0.999
const EPSILON = 1e-8

/**
 * AdamW with decoupled decay (Loshchilov and Hutter 2017, arXiv 1711.05101) after clipping by the global norm, with
 * PyTorch's conventions: the factor is min(1, clip / (norm + 1e-6)), decay comes first, ε is added to √v̂.
 * On one flat vector it costs some twenty dispatches for the whole student instead of fourteen for each tensor.
 */
export const adamw: Operations['adamw'] = (state, gradient, options) => {
  const { step, learningRate, weightDecay, decayMask, clipNorm } = options
  const norm = tf.tidy(() => tf.sqrt(tf.sum(tf.square(gradient))))
  // A tidy for each line: a vector of all parameters is the largest thing here, and few may be alive at a time.
  const clipped = tf.tidy(() =>
    clipNorm > 0 ? tf.mul(gradient, tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)))) : gradient.clone(),
  )
  const firstMoment = tf.tidy(() => tf.add(tf.mul(BETA_1, state.firstMoment), tf.mul(1 - BETA_1, clipped)))
  const secondMoment = tf.tidy(() =>
    tf.add(tf.mul(BETA_2, state.secondMoment), tf.mul(1 - BETA_2, tf.square(clipped))),
  )
  clipped.dispose()
  const parameters = tf.tidy(() => {
    const scale = tf.tidy(() => tf.add(tf.sqrt(tf.div(secondMoment, 1 - BETA_2 ** step)), EPSILON))
    const update = tf.tidy(() => tf.div(tf.mul(firstMoment, learningRate / (1 - BETA_1 ** step)), scale))
    const kept = tf.tidy(() => tf.sub(1, tf.mul(learningRate * weightDecay, decayMask)))
    return tf.sub(tf.mul(state.parameters, kept), update)
  })
  return { parameters, firstMoment, secondMoment, norm }
}

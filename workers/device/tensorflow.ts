/**
 * The one way TensorFlow.js enters the lab: its core with the gradients registered, not the union package, which is
 * twice the size. tfjs stays pinned to 4.22.0; the engine reaches into its WebGPU backend.
 */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients'

// Keeps tfjs from advising on the console to install other packages.
tf.enableProdMode()

// Stock tfjs multiplies dy with ones(x.shape) that it builds on the CPU and uploads, at every step; filling on the
// device is the same value (402 ms against 66 ms of JavaScript per step for GPT-2 124M on one machine).
for (const kernelName of ['Sum', 'Mean'] as const) {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const x = saved[0]!
      const given = (attributes as { axis?: number | number[] }).axis
      const axes = tf.util.parseAxisParam(given ?? x.shape.map((_, axis) => axis), x.shape)
      const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      const share = kernelName === 'Sum' ? 1 : tf.util.sizeFromShape(kept) / x.size
      return { x: () => tf.mul(tf.reshape(dy as tf.Tensor, kept), tf.fill(x.shape, share)) }
    },
  })
}

export { tf }
export type Tensor = tf.Tensor

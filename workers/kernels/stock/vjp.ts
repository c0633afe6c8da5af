import { type Tensor, tf } from '../../device/tensorflow.ts'

/**
 * The gradient of a function made of stock tfjs operations, by tfjs' own tape: for y = f(...inputs) and a given ∂L/∂y
 * it returns ∂L/∂input for each input. f runs once more here, which is the price of keeping no tape open between
 * forward and backward.
 */
export function vjp(f: (...inputs: Tensor[]) => Tensor, inputs: Tensor[], dOutput: Tensor): Tensor[] {
  return tf.grads(f as (...args: tf.Tensor[]) => tf.Tensor)(inputs, dOutput)
}

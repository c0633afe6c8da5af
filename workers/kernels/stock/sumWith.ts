import { type Tensor, tf } from '../../device/tensorflow.ts'
import type { Values } from '../operations.ts'

/** x and what is to be added to it, if anything; x is given back. */
export function sumWith(x: Tensor, added: Values | null | undefined): Tensor {
  if (!added) return x
  const sum = tf.add(x, added as Tensor)
  x.dispose()
  return sum
}

import { type Tensor, tf } from '../../device/tensorflow.ts'
import type { Gradient } from '../operations.ts'

/** The sum of what was added, out of every tidy's reach until it is cleared. */
export class StockGradient implements Gradient {
  private sum: Tensor | null = null

  constructor(readonly shape: readonly number[]) {}

  /** Takes the part over. */
  add(part: Tensor): void {
    const before = this.sum
    this.sum = tf.keep(before ? tf.add(before, part) : part)
    if (before) tf.dispose([before, part])
  }

  /** One after the other, for the caller to free; 0 where nothing was added. */
  static joined(gradients: Iterable<StockGradient>): Tensor {
    return tf.tidy(() =>
      tf.concat(
        Array.from(gradients, ({ sum, shape }) =>
          sum ? tf.reshape(sum, [-1]) : tf.fill([tf.util.sizeFromShape([...shape])], 0),
        ),
      ),
    )
  }

  clear(): void {
    this.sum?.dispose()
    this.sum = null
  }
}

import { type Tensor, tf } from '../device/tensorflow.ts'
import { matmul } from './matmul.ts'
import type { AttentionShape, Operations } from './operations.ts'
import { vjp } from './vjp.ts'

/** Finite stand-in for −∞ above the diagonal: its softmax is exactly 0 and no NaN can come of it. */
const BLOCKED = -1e9

/** [T, T] with 0 on and below the diagonal and BLOCKED above, made on the device. */
function causalMask(length: number): Tensor {
  const positions = tf.range(0, length, 1, 'float32')
  const ahead = tf.greater(tf.reshape(positions, [1, length]), tf.reshape(positions, [length, 1]))
  return tf.mul(tf.cast(ahead, 'float32'), BLOCKED)
}

/** [B, 1, T, T] with 0 where a position may attend: not ahead, and in its own segment. */
function segmentMask(segments: Tensor, rows: number, length: number): Tensor {
  const other = tf.notEqual(
    tf.reshape(segments, [rows, 1, length, 1]),
    tf.reshape(segments, [rows, 1, 1, length]),
  )
  return tf.add(tf.mul(tf.cast(other, 'float32'), BLOCKED), causalMask(length))
}

function masked(scores: Tensor, { rows, length, heads }: AttentionShape, segments?: Tensor): Tensor {
  if (!segments) return tf.add(scores, causalMask(length))
  const byRow = tf.reshape(scores, [rows, heads, length, length])
  return tf.reshape(tf.add(byRow, segmentMask(segments, rows, length)), [rows * heads, length, length])
}

/** Vaswani et al. 2017 (arXiv 1706.03762), causal, heads side by side in D. */
function attend(qkv: Tensor, shape: AttentionShape, segments?: Tensor): Tensor {
  const { rows, length, heads } = shape
  const width = qkv.shape[1]! / 3
  const size = width / heads
  const parts = tf.transpose(tf.reshape(qkv, [rows, length, 3, heads, size]), [2, 0, 3, 1, 4])
  const [q, k, v] = tf
    .split(tf.reshape(parts, [3, rows * heads, length, size]), 3)
    .map((part) => tf.reshape(part, [rows * heads, length, size])) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D]
  const scores = masked(tf.mul(matmul(q, k, false, true), 1 / Math.sqrt(size)), shape, segments)
  const mixed = tf.reshape(matmul(tf.softmax(scores), v), [rows, heads, length, size])
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows * length, width])
}

export const attention: Operations['attention'] = {
  forward(qkv, shape, segments) {
    const output = tf.tidy(() => attend(qkv, shape, segments))
    return { output, saved: segments ? [qkv, segments] : [qkv] }
  },

  backward([qkv, segments], dOutput, shape) {
    return { qkv: vjp((input) => attend(input!, shape, segments), [qkv!], dOutput)[0]! }
  },
}

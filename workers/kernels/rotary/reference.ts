import { type Tensor, tf } from '../../device/tensorflow.ts'
import { headShape } from '../attention/headShape.ts'
import type { Heads, Operations, Rows, Values } from '../operations.ts'
import type { StockRows } from '../stock/rows.ts'

/**
 * Su et al. 2021 (arXiv 2104.09864) with Hugging Face's pairing: elements i and i + S/2 of a head are turned together,
 * by place · base^(−2i/S). The way back turns the other way.
 */
export const rotary: Operations['rotary'] = {
  forward: (qkv, rows, heads, base) => turn(qkv, rows, heads, base, 1),
  backward: (dOutput, rows, heads, base) => turn(dOutput, rows, heads, base, -1),
}

function turn(packed: Values, rows: Rows, heads: Heads, base: number, direction: 1 | -1): Tensor {
  const x = packed as Tensor
  const [count, width] = x.shape as [number, number]
  const { keyHeads, size } = headShape(width, heads)
  const half = size / 2
  const turned = heads.heads + keyHeads
  return tf.tidy(() => {
    const { cos, sin } = turns(rows as StockRows, half, base, direction)
    const byHead = tf.reshape(tf.slice(x, [0, 0], [count, turned * size]), [count, turned, 2, half])
    const first = tf.reshape(tf.slice(byHead, [0, 0, 0, 0], [count, turned, 1, half]), [count, turned, half])
    const second = tf.reshape(tf.slice(byHead, [0, 0, 1, 0], [count, turned, 1, half]), [count, turned, half])
    const both = tf.stack(
      [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))],
      2,
    )
    const values = tf.slice(x, [0, turned * size], [count, keyHeads * size])
    return tf.concat([tf.reshape(both, [count, turned * size]), values], 1)
  })
}

/** [N, 1, S/2] each, worked out in float64: on a GPU sine and cosine of a large angle are poor. */
function turns({ rows, length, positions }: StockRows, half: number, base: number, direction: 1 | -1) {
  const count = rows * length
  const cos = new Float32Array(count * half)
  const sin = new Float32Array(count * half)
  for (let n = 0; n < count; n++) {
    const place = positions ? positions[n]! : n % length
    for (let i = 0; i < half; i++) {
      const angle = place * base ** (-i / half)
      cos[n * half + i] = Math.cos(angle)
      sin[n * half + i] = direction * Math.sin(angle)
    }
  }
  return { cos: tf.tensor3d(cos, [count, 1, half]), sin: tf.tensor3d(sin, [count, 1, half]) }
}

import { type Tensor, tf } from '../../device/tensorflow.ts'
import type { Heads, KeyValueCache, Operations } from '../operations.ts'
import { matmul } from '../stock/matmul.ts'
import type { StockRows } from '../stock/rows.ts'
import { vjp } from '../stock/vjp.ts'
import { headShape } from './headShape.ts'

/** Finite stand-in for −∞ where a position must not attend: its softmax is exactly 0 and no NaN can come of it. */
const BLOCKED = -1e9
/** A cache grows by a multiple of this, so that buffers are of few sizes. */
const LENGTH_MULTIPLE = 32

/** [1, T, T], or [B, T, T] of several segments: 0 where a position may attend and BLOCKED elsewhere. */
function maskOf({ rows, length, segments }: StockRows): Tensor {
  return tf.tidy(() => {
    const causal = blockedAhead(tf.zeros([1]), length, length)
    if (!segments) return causal
    const other = tf.notEqual(
      tf.reshape(segments, [rows, length, 1]),
      tf.reshape(segments, [rows, 1, length]),
    )
    return tf.add(tf.mul(tf.cast(other, 'float32'), BLOCKED), causal)
  })
}

/** starts [R]: query t of row r stands at starts[r] + t and attends to no key behind that. -> [R, T, keys] */
function blockedAhead(starts: Tensor, length: number, keys: number): Tensor {
  const places = tf.add(
    tf.reshape(starts, [-1, 1, 1]),
    tf.reshape(tf.range(0, length, 1, 'float32'), [1, length, 1]),
  )
  const ahead = tf.greater(tf.reshape(tf.range(0, keys, 1, 'float32'), [1, 1, keys]), places)
  return tf.mul(tf.cast(ahead, 'float32'), BLOCKED)
}

/**
 * Vaswani et al. 2017 (arXiv 1706.03762). Query heads side by side that share a key head (Ainslie et al. 2023, arXiv
 * 2305.13245) are multiplied with it as one long matrix, so that keys are not copied.
 *
 * @param q [B·T, H·S]
 * @param k [B·K, G·S], as is v
 * @param mask [1 or B, T, K], added to the scores
 * @returns [B·T, H·S]
 */
function attend(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor,
  rows: number,
  keyHeads: number,
  size: number,
): Tensor {
  const [, length, keys] = mask.shape as [number, number, number]
  const shared = q.shape[1]! / (keyHeads * size)
  const heads = keyHeads * shared
  const queries = tf.reshape(tf.transpose(tf.reshape(q, [rows, length, heads, size]), [0, 2, 1, 3]), [
    rows * keyHeads,
    shared * length,
    size,
  ])
  const [byKey, byValue] = [k, v].map((x) =>
    tf.reshape(tf.transpose(tf.reshape(x, [rows, keys, keyHeads, size]), [0, 2, 1, 3]), [
      rows * keyHeads,
      keys,
      size,
    ]),
  ) as [Tensor, Tensor]
  const scores = tf.mul(matmul(queries, byKey, false, true), 1 / Math.sqrt(size))
  const masked = tf.add(tf.reshape(scores, [rows, heads, length, keys]), tf.expandDims(mask, 1))
  const shares = tf.reshape(tf.softmax(masked), [rows * keyHeads, shared * length, keys])
  const mixed = tf.reshape(matmul(shares, byValue), [rows, heads, length, size])
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows * length, heads * size])
}

function attendPacked(qkv: Tensor, rows: StockRows, heads: Heads): Tensor {
  const { keyHeads, size, queryWidth, keyWidth } = headShape(qkv.shape[1]!, heads)
  const [q, k, v] = tf.split(qkv, [queryWidth, keyWidth, keyWidth], 1) as [Tensor, Tensor, Tensor]
  return attend(q, k, v, maskOf(rows), rows.rows, keyHeads, size)
}

export const attention: Operations['attention'] = {
  forward(qkv, rows, heads) {
    const output = tf.tidy(() => attendPacked(qkv as Tensor, rows as StockRows, heads))
    return { output, saved: [qkv] }
  },

  backward([qkv], dOutput, rows, heads) {
    const again = (input: Tensor) => attendPacked(input, rows as StockRows, heads)
    return vjp(again, [qkv as Tensor], dOutput as Tensor)[0]!
  },

  cache: (rows, capacity) => new StockCache(rows, capacity),

  cached(qkv, cache, rows, heads, lengths, places) {
    const { length } = rows
    const packed = qkv as Tensor
    const { keyHeads, size, queryWidth, keyWidth } = headShape(packed.shape[1]!, heads)
    return tf.tidy(() => {
      const [q, k, v] = tf.split(packed, [queryWidth, keyWidth, keyWidth], 1) as [Tensor, Tensor, Tensor]
      const known = (cache as StockCache).extend(k, v, length, lengths, places)
      const mask = blockedAhead(tf.tensor1d(Float32Array.from(lengths)), length, known.held)
      return attend(q, known.keys, known.values, mask, rows.rows, keyHeads, size)
    })
  },
}

/** It grows as it fills. */
class StockCache implements KeyValueCache {
  private known: { keys: Tensor; values: Tensor; held: number } | null = null

  constructor(
    readonly rows: number,
    readonly capacity: number,
  ) {}

  /**
   * Puts new keys and values [B·T, G·S] behind the `lengths` that rows have.
   *
   * @param places which of the cache's rows each is
   * @returns those [B·held, G·S] of the first `held` places of each row
   */
  extend(keys: Tensor, values: Tensor, length: number, lengths: Int32Array, places?: Int32Array) {
    const longest = lengths.reduce((most, own) => Math.max(most, own + length), 0)
    if (longest > this.capacity) {
      throw new RangeError(`${longest} positions are more than a cache of ${this.capacity} holds`)
    }
    const { known } = this
    const heldBefore = known?.held ?? 0
    const rounded = Math.ceil(longest / LENGTH_MULTIPLE) * LENGTH_MULTIPLE
    const held = Math.max(heldBefore, Math.min(this.capacity, rounded))
    const givenRow = new Map(Array.from(lengths, (_, row) => [places?.[row] ?? row, row]))
    // Each place takes what is new there, else what was there; what nobody may see yet, any of the new ones.
    const from = new Int32Array(this.rows * held)
    for (let row = 0; row < this.rows; row++) {
      const given = givenRow.get(row)
      for (let place = 0; place < held; place++) {
        const fresh = given === undefined ? -1 : place - lengths[given]!
        const isFresh = fresh >= 0 && fresh < length
        from[row * held + place] =
          place < heldBefore && !isFresh
            ? row * heldBefore + place
            : this.rows * heldBefore + (isFresh ? given! * length + fresh : 0)
      }
    }
    const renewed = (before: Tensor | undefined, added: Tensor) =>
      tf.keep(tf.gather(before ? tf.concat([before, added]) : added, tf.tensor1d(from, 'int32')))
    const next = { keys: renewed(known?.keys, keys), values: renewed(known?.values, values), held }
    this.dispose()
    this.known = next
    if (!places) return next
    const rows = tf.tensor1d(places.slice(), 'int32')
    const ofRows = (all: Tensor) => {
      const width = all.shape[1]!
      return tf.reshape(tf.gather(tf.reshape(all, [this.rows, held * width]), rows), [-1, width])
    }
    return { keys: ofRows(next.keys), values: ofRows(next.values), held }
  }

  dispose(): void {
    if (this.known) tf.dispose([this.known.keys, this.known.values])
    this.known = null
  }
}

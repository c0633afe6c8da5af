import { type Tensor, tf } from '../../device/tensorflow.ts'
import { CHUNK_ELEMENTS } from '../head/reference.ts'
import { logSoftmax } from '../head/softmax.ts'
import type { Operations } from '../operations.ts'
import { matmul } from '../stock/matmul.ts'

export const logits: Operations['logits'] = (hidden, table, positions) => {
  const [rows, at] = [hidden as Tensor, table as Tensor]
  return tf.tidy(() => matmul(tf.gather(rows, tf.tensor1d(positions.slice(), 'int32')), at, false, true))
}

/** The head again, chunk by chunk, with tfjs' topk. */
export const likeliest: Operations['likeliest'] = (hidden, table, { positions, tokens, k, vocabularySize }) =>
  tf.tidy(() => {
    const V = table.shape[0]!
    const size = Math.max(1, Math.floor(CHUNK_ELEMENTS / V))
    const parts: { written: Tensor; ids: Tensor; logProbabilities: Tensor }[] = []
    for (let start = 0; start < positions.length; start += size) {
      const chunk = positions.subarray(start, start + size)
      parts.push(
        tf.tidy(() => {
          const logP = logSoftmax(logits(hidden, table, chunk) as Tensor)
          // What a padded vocabulary has beyond the tokenizer are no tokens; their mass is in the tail.
          const top = tf.topk(tf.slice(logP, [0, 0], [chunk.length, vocabularySize]), k)
          const places = Int32Array.from(chunk, (_, row) => row * V + tokens[start + row]!)
          return {
            written: tf.gather(tf.reshape(logP, [-1]), tf.tensor1d(places, 'int32')),
            ids: top.indices,
            logProbabilities: top.values,
          }
        }),
      )
    }
    return {
      written: tf.concat(parts.map(({ written }) => written)),
      ids: tf.concat(parts.map(({ ids }) => ids)),
      logProbabilities: tf.concat(parts.map(({ logProbabilities }) => logProbabilities)),
    }
  })

import { type Tensor, tf } from '../device/tensorflow.ts'
import { matmul } from '../kernels/matmul.ts'
import type { Operations } from '../kernels/operations.ts'
import { Random } from '../random.ts'
import { gptForward } from './gpt.ts'
import type { GptConfig, Weights } from './parameters.ts'

export interface GenerationOptions {
  maxTokens: number
  /** 0 takes the most likely token; otherwise samples from softmax(logits / temperature). */
  temperature: number
  seed: number
  /** Ends the text; it is not returned. */
  endOfTextId: number
  /** Ids that its tokenizer has, where the model's own vocabulary is padded beyond them. */
  vocabularySize?: number
}

/** Rows are padded to a multiple of this, so that the buffers of a growing text are of few sizes. */
const LENGTH_MULTIPLE = 32

/**
 * Continues a prompt token by token. Each token reads the last `contextLength` tokens anew; there is no cache of keys
 * and values yet, which is of no weight at the lengths that the lab's students read.
 *
 * @param prompt ids, at least one
 * @param onToken hears each new id; returning false ends the text
 */
export async function generate(
  operations: Operations,
  config: GptConfig,
  weights: Weights,
  prompt: ArrayLike<number>,
  options: GenerationOptions,
  onToken: (id: number) => boolean,
): Promise<void> {
  const ids = Array.from(prompt)
  const random = new Random(options.seed)
  for (let written = 0; written < options.maxTokens; written++) {
    const all = await nextLogits(operations, config, weights, ids.slice(-config.contextLength))
    const logits = all.subarray(0, options.vocabularySize)
    const id = options.temperature === 0 ? likeliest(logits) : sample(logits, options.temperature, random)
    if (id === options.endOfTextId || !onToken(id)) return
    ids.push(id)
  }
}

/** Logits [V] of the token after `ids`. */
async function nextLogits(
  operations: Operations,
  config: GptConfig,
  weights: Weights,
  ids: number[],
): Promise<Float32Array> {
  const length = Math.min(config.contextLength, Math.ceil(ids.length / LENGTH_MULTIPLE) * LENGTH_MULTIPLE)
  // What stands behind the last token is not seen by it, attention being causal.
  const padded = new Int32Array(length)
  padded.set(ids)
  const logits: Tensor = tf.tidy(() => {
    const { hidden } = gptForward(operations, config, weights, tf.tensor2d(padded, [1, length], 'int32'))
    const last = tf.slice(hidden, [ids.length - 1, 0], [1, config.width])
    return matmul(last, weights.get('transformer.wte.weight')!, false, true)
  })
  const values = (await logits.data()) as Float32Array
  logits.dispose()
  return values
}

function likeliest(logits: Float32Array): number {
  let best = 0
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id
  return best
}

function sample(logits: Float32Array, temperature: number, random: Random): number {
  const highest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY)
  const weights = logits.map((logit) => Math.exp((logit - highest) / temperature))
  let left = random.next() * weights.reduce((sum, weight) => sum + weight, 0)
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id]!
    if (left < 0) return id
  }
  return likeliest(logits)
}

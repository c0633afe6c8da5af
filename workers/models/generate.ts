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
    const [logits] = await nextLogits(operations, config, weights, [ids])
    const id = chooseToken(logits!.subarray(0, options.vocabularySize), options.temperature, random)
    if (id === options.endOfTextId || !onToken(id)) return
    ids.push(id)
  }
}

export interface WritingOptions extends Omit<GenerationOptions, 'seed'> {
  /** A generator for each text, so that none depends on its neighbours. */
  random: (text: number) => Random
  /** Tokens of each text at most, where they differ; `maxTokens` holds as well. */
  room?: readonly number[]
  /** Hears a text's tokens so far whenever it has grown; returning true ends it. */
  done?: (text: number, written: readonly number[]) => boolean
  /** Asked before every token; returning false ends all. */
  goesOn?: () => Promise<boolean>
}

/**
 * Continues several prompts side by side, a token of each at a time.
 *
 * @param prompts ids, at least one each
 * @returns what was written to each, its end-of-text included; null when it was told not to go on
 */
export async function writeAll(
  operations: Operations,
  config: GptConfig,
  weights: Weights,
  prompts: readonly ArrayLike<number>[],
  options: WritingOptions,
): Promise<number[][] | null> {
  const texts = prompts.map((prompt, text) => ({
    text,
    ids: Array.from(prompt),
    written: [] as number[],
    random: options.random(text),
    room: Math.min(options.maxTokens, options.room?.[text] ?? options.maxTokens),
  }))
  for (let open = texts.filter(({ room }) => room > 0); open.length > 0; ) {
    if (options.goesOn && !(await options.goesOn())) return null
    const all = await nextLogits(
      operations,
      config,
      weights,
      open.map(({ ids }) => ids),
    )
    open = open.filter(({ text, ids, written, random, room }, i) => {
      const id = chooseToken(all[i]!.subarray(0, options.vocabularySize), options.temperature, random)
      ids.push(id)
      written.push(id)
      return id !== options.endOfTextId && written.length < room && !options.done?.(text, written)
    })
  }
  return texts.map(({ written }) => written)
}

/** Logits [V] of the token after each of the texts, of which the last `contextLength` tokens are read. */
async function nextLogits(
  operations: Operations,
  config: GptConfig,
  weights: Weights,
  texts: readonly number[][],
): Promise<Float32Array[]> {
  const { contextLength, width, vocabularySize } = config
  const read = texts.map((ids) => ids.slice(-contextLength))
  const longest = Math.max(...read.map((ids) => ids.length))
  const length = Math.min(contextLength, Math.ceil(longest / LENGTH_MULTIPLE) * LENGTH_MULTIPLE)
  // What stands behind the last token is not seen by it, attention being causal.
  const padded = new Int32Array(read.length * length)
  for (const [row, ids] of read.entries()) padded.set(ids, row * length)
  const lasts = Int32Array.from(read, (ids, row) => row * length + ids.length - 1)
  const logits: Tensor = tf.tidy(() => {
    const ids = tf.tensor2d(padded, [read.length, length], 'int32')
    const { hidden } = gptForward(operations, config, weights, ids)
    const last = tf.reshape(tf.gather(hidden, tf.tensor1d(lasts, 'int32')), [read.length, width])
    return matmul(last, weights.get('transformer.wte.weight')!, false, true)
  })
  const values = (await logits.data()) as Float32Array
  logits.dispose()
  return read.map((_, row) => values.subarray(row * vocabularySize, (row + 1) * vocabularySize))
}

/** The most likely token at temperature 0; otherwise a draw from softmax(logits / temperature). */
function chooseToken(logits: Float32Array, temperature: number, random: Random): number {
  return temperature === 0 ? likeliest(logits) : sample(logits, temperature, random)
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

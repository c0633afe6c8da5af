import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { type GenerationOptions, generate, writeAll } from '../../../workers/models/generate.ts'
import { gptForward } from '../../../workers/models/gpt.ts'
import {
  type GptConfig,
  gptParameters,
  initialParameters,
  splitParameters,
  type Weights,
} from '../../../workers/models/parameters.ts'
import { Random } from '../../../workers/random.ts'
import { openForTest } from '../backends.ts'

const CONFIG: GptConfig = { vocabularySize: 40, contextLength: 24, layers: 2, width: 16, heads: 2 }
const PROMPT = [3, 17, 5]
/** Outside the vocabulary, so that nothing ends the text. */
const NEVER = -1
const GREEDY: GenerationOptions = { maxTokens: 12, temperature: 0, seed: 1, endOfTextId: NEVER }

let weights: Weights

beforeAll(async () => {
  await openForTest('wasm')
  // Ten times GPT-2's start: logits far enough apart that the choice is not a matter of rounding.
  const specs = gptParameters(CONFIG)
  const start = initialParameters(specs, 2).map((value) => (value === 1 ? 1 : 10 * value))
  weights = splitParameters(tf.tensor1d(start), specs)
})

async function write(prompt: number[], options: Partial<GenerationOptions> = {}): Promise<number[]> {
  const ids: number[] = []
  await generate(reference, CONFIG, weights, prompt, { ...GREEDY, ...options }, (id) => {
    ids.push(id)
    return true
  })
  return ids
}

/** The logits of the next token from exactly these tokens, without padding. */
async function logitsAfter(ids: number[]): Promise<Float32Array> {
  const logits = tf.tidy(() => {
    const { hidden } = gptForward(reference, CONFIG, weights, tf.tensor2d([ids], [1, ids.length], 'int32'))
    const last = tf.slice(hidden, [ids.length - 1, 0], [1, CONFIG.width]) as tf.Tensor2D
    return tf.matMul(last, weights.get('transformer.wte.weight') as tf.Tensor2D, false, true)
  })
  const values = (await logits.data()) as Float32Array
  logits.dispose()
  return values
}

describe('generation', () => {
  it('at temperature 0 takes the most likely token of the whole forward pass each time', async () => {
    const ids = [...PROMPT]
    for (let i = 0; i < 12; i++) {
      const logits = await logitsAfter(ids)
      ids.push(logits.indexOf(Math.max(...logits)))
    }
    const written = await write(PROMPT)
    expect(written).toEqual(ids.slice(PROMPT.length))
    expect(new Set(written).size).toBeGreaterThan(2)
  })

  it('slides its window when the text outgrows the context', async () => {
    const long = Array.from({ length: 60 }, (_, i) => (i * 7) % CONFIG.vocabularySize)
    const ids = [...long]
    for (let i = 0; i < 4; i++) {
      const logits = await logitsAfter(ids.slice(-CONFIG.contextLength))
      ids.push(logits.indexOf(Math.max(...logits)))
    }
    expect(await write(long, { maxTokens: 4 })).toEqual(ids.slice(60))
    // Grown past the context while being written.
    const grown = await write(PROMPT, { maxTokens: 30 })
    expect(grown).toHaveLength(30)
    const window = [...PROMPT, ...grown.slice(0, 29)].slice(-CONFIG.contextLength)
    const last = await logitsAfter(window)
    expect(grown[29]).toBe(last.indexOf(Math.max(...last)))
  })

  it('with a temperature gives the same text for the same seed and another for another', async () => {
    const one = await write(PROMPT, { temperature: 1, seed: 5 })
    expect(await write(PROMPT, { temperature: 1, seed: 5 })).toEqual(one)
    const others = await Promise.all([6, 7, 8].map((seed) => write(PROMPT, { temperature: 1, seed })))
    expect(others.some((other) => other.join() !== one.join())).toBe(true)
  })

  it('draws each token as often as softmax(logits / temperature) says', async () => {
    const temperature = 1.5
    const logits = await logitsAfter(PROMPT)
    const odds = logits.map((logit) => Math.exp(logit / temperature))
    const total = odds.reduce((sum, value) => sum + value, 0)
    const draws = 300
    const counts = new Array<number>(CONFIG.vocabularySize).fill(0)
    for (let seed = 0; seed < draws; seed++) {
      const [id] = await write(PROMPT, { maxTokens: 1, temperature, seed })
      counts[id!]!++
    }
    // Each count within five standard deviations of its binomial, and one more for the small ones.
    for (const [id, count] of counts.entries()) {
      const p = odds[id]! / total
      expect(Math.abs(count - draws * p)).toBeLessThan(5 * Math.sqrt(draws * p * (1 - p)) + 1)
    }
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(2)
  })

  it('at a very low temperature writes what temperature 0 writes', async () => {
    expect(await write(PROMPT, { temperature: 0.001, seed: 9 })).toEqual(await write(PROMPT))
  })

  it('ends before the end-of-text token, which it keeps to itself', async () => {
    const whole = await write(PROMPT)
    const endOfTextId = whole[3]!
    expect(await write(PROMPT, { endOfTextId })).toEqual(whole.slice(0, whole.indexOf(endOfTextId)))
  })

  it('writes at most as many tokens as asked for, and none for 0', async () => {
    expect(await write(PROMPT, { maxTokens: 5 })).toHaveLength(5)
    expect(await write(PROMPT, { maxTokens: 0 })).toEqual([])
  })

  it('writes only ids that its tokenizer has, where the model’s vocabulary is padded beyond', async () => {
    const whole = await write(PROMPT)
    const highest = Math.max(...whole)
    const written = await write(PROMPT, { vocabularySize: highest })
    expect(written).toHaveLength(12)
    expect(written).not.toEqual(whole)
    expect(Math.max(...written)).toBeLessThan(highest)
    const drawn = await write(PROMPT, { vocabularySize: highest, temperature: 5, maxTokens: 40 })
    expect(Math.max(...drawn)).toBeLessThan(highest)
  })

  it('stops when its listener has heard enough', async () => {
    const heard: number[] = []
    await generate(reference, CONFIG, weights, PROMPT, GREEDY, (id) => {
      heard.push(id)
      return heard.length < 4
    })
    expect(heard).toEqual((await write(PROMPT)).slice(0, 4))
  })

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors
    await write(PROMPT, { temperature: 1 })
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('several texts side by side', () => {
  const PROMPTS = [PROMPT, [9, 2, 30, 30, 8, 1, 4], [11]]

  it('are each what it would be alone, whatever stands beside it', async () => {
    for (const temperature of [0, 1]) {
      const alone = await Promise.all(
        PROMPTS.map((prompt, text) => write(prompt, { temperature, seed: text })),
      )
      const together = await writeAll(reference, CONFIG, weights, PROMPTS, {
        ...GREEDY,
        temperature,
        random: (text) => new Random(text),
      })
      expect(together).toEqual(alone)
    }
  })

  it('end at their end-of-text, where their room ends, or where somebody says so', async () => {
    const whole = await write(PROMPT)
    const random = () => new Random(1)
    const ended = { ...GREEDY, endOfTextId: whole[3]!, random }
    const [written] = (await writeAll(reference, CONFIG, weights, [PROMPT], ended))!
    expect(written).toEqual(whole.slice(0, whole.indexOf(whole[3]!) + 1))
    const limited = await writeAll(reference, CONFIG, weights, PROMPTS, {
      ...GREEDY,
      random,
      room: [2, 0, 50],
      done: (text, ids) => text === 2 && ids.length === 5,
    })
    expect(limited!.map((ids) => ids.length)).toEqual([2, 0, 5])
  })

  it('are given up together when they are not to go on', async () => {
    let asked = 0
    const before = tf.memory().numTensors
    const goesOn = async () => ++asked < 4
    expect(
      await writeAll(reference, CONFIG, weights, PROMPTS, { ...GREEDY, random: () => new Random(1), goesOn }),
    ).toBeNull()
    expect(asked).toBe(4)
    expect(tf.memory().numTensors).toBe(before)
  })
})

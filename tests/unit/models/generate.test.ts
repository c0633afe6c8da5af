import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import type { Operations, Weights } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { type GenerationOptions, generate, windowStart, writeAll } from '../../../workers/models/generate.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { modelOn } from '../../../workers/models/textModel.ts'
import { WrittenText } from '../../../workers/models/writtenText.ts'
import { Random } from '../../../workers/random.ts'
import { openForTest } from '../backends.ts'
import { openFused } from '../kernels/compare.ts'
import { logitsOf } from './pass.ts'

const CONFIG: GptConfig = { vocabularySize: 40, contextLength: 24, layers: 2, width: 16, heads: 2 }
const PROMPT = [3, 17, 5]
/** Outside the vocabulary, so that nothing ends the text. */
const NEVER = -1
const GREEDY: GenerationOptions = { maxTokens: 12, temperature: 0, seed: 1, endOfTextId: NEVER }

let operations: Operations
let weights: () => Weights

async function open(backend: 'cpu' | 'wasm' | 'webgpu'): Promise<void> {
  if (backend === 'webgpu') operations = (await openFused()).operations
  else {
    await openForTest(backend)
    operations = reference
  }
  // Ten times GPT-2's start: logits far enough apart that the choice is not a matter of rounding.
  const specs = gptParameters(CONFIG)
  const start = initialParameters(specs, 2).map((value) => (value === 1 ? 1 : 10 * value))
  const model = operations.frozen(specs, () => start)
  weights = () => model.weights
}

async function write(prompt: number[], options: Partial<GenerationOptions> = {}): Promise<number[]> {
  const ids: number[] = []
  await generate(modelOn(operations, CONFIG, weights), prompt, { ...GREEDY, ...options }, (id) => {
    ids.push(id)
    return true
  })
  return ids
}

/** The logits of the next token from exactly these tokens, without padding. */
async function logitsAfter(ids: number[]): Promise<Float32Array> {
  const tokens = { rows: 1, length: ids.length, ids: Int32Array.from(ids) }
  const logits = await logitsOf(operations, CONFIG, weights, tokens)
  return logits.slice(-CONFIG.vocabularySize)
}

/** What is written at temperature 0 when every token reads its whole window anew. */
async function writtenAnew(prompt: number[], count: number): Promise<number[]> {
  const ids = [...prompt]
  for (let i = 0; i < count; i++) {
    const logits = await logitsAfter(ids.slice(windowStart(ids.length, CONFIG.contextLength)))
    ids.push(logits.indexOf(Math.max(...logits)))
  }
  return ids.slice(prompt.length)
}

/** Tokens of any kind, the same for the same seed. */
function promptOf(length: number, seed: number): number[] {
  const random = new Random(seed)
  return Array.from({ length }, () => random.below(CONFIG.vocabularySize))
}

describe('generation', () => {
  beforeAll(() => open('wasm'))

  it('at temperature 0 takes the most likely token of the whole forward pass each time', async () => {
    const written = await write(PROMPT)
    expect(written).toEqual(await writtenAnew(PROMPT, 12))
    expect(new Set(written).size).toBeGreaterThan(2)
  })

  it('moves its window on by a quarter of the context when the text outgrows it', async () => {
    const starts = [1, 23, 24, 25, 30, 31, 36, 37, 60, 61].map((length) => windowStart(length, 24))
    expect(starts).toEqual([0, 0, 0, 6, 6, 12, 12, 18, 36, 42])
    for (let contextLength = 1; contextLength < 12; contextLength++) {
      for (let length = 1; length < 50; length++) {
        const read = length - windowStart(length, contextLength)
        expect(read).toBeLessThanOrEqual(contextLength)
        if (length > contextLength) expect(read).toBeGreaterThan((3 * contextLength) / 4 - 1)
      }
    }
  })

  it('goes on in the same way wherever the prompt ended', async () => {
    const whole = await write(PROMPT, { maxTokens: 50 })
    for (const ended of [1, 20, 21, 30, 45]) {
      const rest = await write([...PROMPT, ...whole.slice(0, ended)], { maxTokens: 50 - ended })
      expect(rest).toEqual(whole.slice(ended))
    }
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
    await generate(modelOn(operations, CONFIG, weights), PROMPT, GREEDY, (id) => {
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
  beforeAll(() => open('wasm'))

  const PROMPTS = [PROMPT, [9, 2, 30, 30, 8, 1, 4], [11]]
  const seeded = (text: number) => new Random(text)

  it('are each what it would be alone, whatever stands beside it', async () => {
    for (const temperature of [0, 1]) {
      const alone = await Promise.all(
        PROMPTS.map((prompt, text) => write(prompt, { temperature, seed: text })),
      )
      const together = await writeAll(modelOn(operations, CONFIG, weights), PROMPTS, {
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
    const [written] = (await writeAll(modelOn(operations, CONFIG, weights), [PROMPT], ended))!
    expect(written).toEqual(whole.slice(0, whole.indexOf(whole[3]!) + 1))
    const limited = await writeAll(modelOn(operations, CONFIG, weights), PROMPTS, {
      ...GREEDY,
      random,
      room: [2, 0, 50],
      done: (text, ids) => text === 2 && ids.length === 5,
    })
    expect(limited!.map((ids) => ids.length)).toEqual([2, 0, 5])
  })

  it('end at a string that they were told to end at', async () => {
    const bytesOf = (id: number) => Uint8Array.of(97 + (id % 26))
    const free = (await writeAll(modelOn(operations, CONFIG, weights), PROMPTS, {
      ...GREEDY,
      random: seeded,
    }))!
    const texts = free.map((ids) => String.fromCharCode(...ids.map((id) => bytesOf(id)[0]!)))
    const stops = texts.map((text) => text.slice(4, 6))
    const stopped = PROMPTS.map((_, text) => new WrittenText({ bytesOf }, [stops[text]!]))
    await writeAll(modelOn(operations, CONFIG, weights), PROMPTS, {
      ...GREEDY,
      random: seeded,
      done: (text, ids) => stopped[text]!.add(ids.at(-1)!),
    })
    expect(stopped.map((text) => text.finish())).toEqual(
      texts.map((text, i) => text.slice(0, text.indexOf(stops[i]!))),
    )
  })

  it('wait for one another where there are more than are written at a time', async () => {
    const prompts = Array.from({ length: 300 }, (_, i) => promptOf(1 + (i % 5), i))
    const room = prompts.map((_, i) => 1 + (i % 3))
    const all = (await writeAll(modelOn(operations, CONFIG, weights), prompts, {
      ...GREEDY,
      random: seeded,
      room,
    }))!
    expect(all.map((ids) => ids.length)).toEqual(room)
    for (const i of [0, 100, 255, 256, 299]) {
      expect(all[i]).toEqual(await write(prompts[i]!, { maxTokens: room[i]! }))
    }
  })

  it('are refused in a sentence where the manner of drawing is none', async () => {
    for (const [wrong, message] of [
      [{ temperature: -1 }, 'The temperature must be 0 or more, not -1.'],
      [{ temperature: Number.NaN }, 'The temperature must be 0 or more, not NaN.'],
      [{ topK: 1.5 }, 'Top-k must be a whole number, 0 for all tokens, not 1.5.'],
      [{ topP: 0 }, 'Top-p must be above 0 and at most 1, not 0.'],
    ] as const) {
      await expect(write(PROMPT, wrong)).rejects.toThrow(message)
    }
  })

  it('are given up together when they are not to go on', async () => {
    let asked = 0
    const before = tf.memory().numTensors
    const goesOn = async () => ++asked < 4
    expect(
      await writeAll(modelOn(operations, CONFIG, weights), PROMPTS, {
        ...GREEDY,
        random: () => new Random(1),
        goesOn,
      }),
    ).toBeNull()
    expect(asked).toBe(4)
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe.each(['cpu', 'wasm', 'webgpu'] as const)('with keys and values kept, on %s', (backend) => {
  /** From one token to more than the context holds. */
  const PROMPTS = [3, 23, 9, 24, 60, 1].map((length, i) => promptOf(length, 100 + i))

  beforeAll(() => open(backend))

  it('texts of different lengths are token for token what reading anew gives', async () => {
    const { liveBytes } = operations.memory()
    const written = await writeAll(modelOn(operations, CONFIG, weights), PROMPTS, {
      ...GREEDY,
      maxTokens: 24,
      random: (text) => new Random(text),
    })
    expect(operations.memory().liveBytes).toBe(liveBytes)
    for (const [text, prompt] of PROMPTS.entries()) {
      expect(written![text], `text ${text}`).toEqual(await writtenAnew(prompt, 24))
    }
  })

  it('texts are each what they would be alone, however they are drawn and whenever others end', async () => {
    const room = [24, 12, 3, 18, 9, 20]
    for (const how of [{ temperature: 1 }, { temperature: 0.9, topK: 12, topP: 0.9, vocabularySize: 37 }]) {
      const together = await writeAll(modelOn(operations, CONFIG, weights), PROMPTS, {
        ...GREEDY,
        ...how,
        maxTokens: 24,
        room,
        random: (text) => new Random(text),
      })
      for (const text of [0, 1, 3, 5]) {
        const alone = await write(PROMPTS[text]!, { ...how, maxTokens: room[text]!, seed: text })
        expect(together![text], `text ${text}`).toEqual(alone)
      }
    }
  })

  it('the k likeliest are all that is ever drawn', async () => {
    const logits = await logitsAfter(PROMPT)
    const likely = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!)
    const prompts = Array.from({ length: 100 }, () => PROMPT)
    const drawn = await writeAll(modelOn(operations, CONFIG, weights), prompts, {
      ...GREEDY,
      maxTokens: 1,
      temperature: 3,
      topK: 3,
      random: (text) => new Random(text),
    })
    expect(new Set(drawn!.flat())).toEqual(new Set(likely.slice(0, 3)))
  })
})

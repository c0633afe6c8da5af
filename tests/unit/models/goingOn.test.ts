import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import type { Operations, Weights } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { type WritingOptions, writeAll } from '../../../workers/models/generate.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { modelOn } from '../../../workers/models/textModel.ts'
import { Random } from '../../../workers/random.ts'
import { openForTest } from '../backends.ts'
import { openFused } from '../kernels/compare.ts'

const CONFIG: GptConfig = { vocabularySize: 40, contextLength: 48, layers: 2, width: 16, heads: 2 }
const TURN_TOKENS = 6

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

const write = (prompts: readonly number[][], options: Partial<WritingOptions>) =>
  writeAll(modelOn(operations, CONFIG, weights), prompts, {
    maxTokens: TURN_TOKENS,
    temperature: 0,
    endOfTextId: -1,
    random: (text) => new Random(text),
    ...options,
  })

function idsOf(length: number, seed: number): number[] {
  const random = new Random(seed)
  return Array.from({ length }, () => random.below(CONFIG.vocabularySize))
}

/** Somebody answers each turn; now and then a part of what was said is taken back, or the beginning told otherwise. */
function answered(history: readonly number[], text: number, turn: number): number[] {
  const kept = [...history]
  if (turn % 3 === 1) kept.splice(-2)
  if (turn === 4) kept.splice(3, 10)
  if (turn === 5) kept[0] = (kept[0]! + 1) % CONFIG.vocabularySize
  return [...kept, ...idsOf(turn === 2 ? 0 : 1 + ((text + turn) % 9), 10 * text + turn)]
}

const TURNS = 7

/** The turns that are written when every one begins with a prompt of its own. */
async function turnsAnew(prompt: number[], text: number, temperature: number): Promise<number[][]> {
  const random = new Random(text)
  const turns: number[][] = []
  let history = prompt
  for (let turn = 0; turn < TURNS; turn++) {
    const [written] = (await write([history], { temperature, random: () => random }))!
    turns.push(written!)
    history = answered([...history, ...written!], text, turn)
  }
  return turns
}

async function turnsGoneOn(prompts: number[][], temperature: number): Promise<number[][][]> {
  const turns: number[][][] = prompts.map(() => [])
  const histories = [...prompts]
  await write(prompts, {
    temperature,
    next(text, written) {
      turns[text]!.push([...written])
      if (turns[text]!.length === TURNS) return null
      histories[text] = answered([...histories[text]!, ...written], text, turns[text]!.length - 1)
      return histories[text]!
    },
  })
  return turns
}

describe.each(['cpu', 'wasm', 'webgpu'] as const)(
  'texts that go on when they have ended, on %s',
  (backend) => {
    beforeAll(() => open(backend))

    it('write in each turn what they would write after the same history as a prompt', async () => {
      // Some outgrow the context of 48 tokens on the way.
      const prompts = [5, 30, 12, 44].map((length, i) => idsOf(length, 100 + i))
      for (const temperature of [0, 1]) {
        const together = await turnsGoneOn(prompts, temperature)
        for (const [text, prompt] of prompts.entries()) {
          expect(together[text], `text ${text}`).toEqual(await turnsAnew(prompt, text, temperature))
        }
      }
    })
  },
)

describe('going on', () => {
  beforeAll(() => open('wasm'))

  it('takes up any number of texts, and leaves nothing behind', async () => {
    const prompts = Array.from({ length: 40 }, (_, i) => idsOf(1 + (i % 7), i))
    const before = tf.memory().numTensors
    const together = await turnsGoneOn(prompts, 1)
    expect(tf.memory().numTensors).toBe(before)
    for (const text of [0, 17, 39]) {
      expect(together[text]).toEqual(await turnsAnew(prompts[text]!, text, 1))
    }
  })

  it('gives room for as many tokens in each turn, and returns what was written last', async () => {
    const lengths: number[] = []
    const written = await write([[1, 2, 3]], {
      room: [4],
      next(_, ids) {
        lengths.push(ids.length)
        return lengths.length < 3 ? [1, 2, 3, lengths.length] : null
      },
    })
    expect(lengths).toEqual([4, 4, 4])
    expect(written![0]).toHaveLength(4)
  })

  it('ends all turns when it is not to go on', async () => {
    let asked = 0
    const goesOn = async () => ++asked < 20
    expect(await write([[1], [2]], { goesOn, next: () => [3] })).toBeNull()
    expect(asked).toBe(20)
  })
})

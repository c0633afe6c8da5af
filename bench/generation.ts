import { messageOf } from '../workers/errors.ts'
import type { Operations, Weights } from '../workers/kernels/operations.ts'
import { reference } from '../workers/kernels/reference.ts'
import { writeAll } from '../workers/models/generate.ts'
import { gptForward, TABLE } from '../workers/models/gpt.ts'
import { type GptConfig, gptParameters, initialParameters } from '../workers/models/parameters.ts'
import { modelOn } from '../workers/models/textModel.ts'
import { Random } from '../workers/random.ts'
import { SHAPES, type Shape, sizes } from './shapes.ts'
import { type Spread, spread } from './spread.ts'

/** Greedy tokens after a prompt, of all texts together. */
export interface GenerationResult {
  model: string
  texts: number
  ways: { way: string; tokensPerSecond: Spread | null; error?: string }[]
}

const TEXTS = [1, 64]
const PROMPT = 16
const TOKENS = { software: 16, hardware: 64 }
const ROUNDS = 5

/** Is to be called with tfjs on WebGPU. */
export async function generation(
  fused: Operations,
  hardware: boolean,
  say: (line: string) => void,
): Promise<GenerationResult[]> {
  const tokens = TOKENS[hardware ? 'hardware' : 'software']
  const results: GenerationResult[] = []
  for (const shape of SHAPES.slice(1, hardware ? undefined : 2)) {
    for (const texts of TEXTS) {
      const result = await measure(fused, shape, texts, tokens)
      results.push(result)
      const ways = result.ways.map(
        ({ way, tokensPerSecond, error }) => `${way} ${tokensPerSecond?.median ?? error}`,
      )
      say(`  ${shape.name}, ${texts} at a time, tokens/s: ${ways.join(', ')}`)
    }
  }
  return results
}

async function measure(
  fused: Operations,
  shape: Shape,
  texts: number,
  tokens: number,
): Promise<GenerationResult> {
  const config: GptConfig = {
    vocabularySize: shape.V,
    contextLength: shape.T,
    layers: shape.L,
    width: shape.D,
    heads: shape.H,
  }
  const random = new Random(3)
  const prompts = Array.from({ length: texts }, () =>
    Array.from({ length: PROMPT }, () => random.below(config.vocabularySize)),
  )
  const parameters = gptParameters(config)
  const values = initialParameters(parameters, 1)
  const cached = (operations: Operations) => (weights: () => Weights) =>
    writeAll(modelOn(operations, config, weights), prompts, {
      maxTokens: tokens,
      temperature: 0,
      endOfTextId: -1,
      random: (text) => new Random(text),
    })
  const anew = (weights: () => Weights) => writeAnew(fused, config, weights, prompts, tokens)
  const ways = [
    { way: 'fused', operations: fused, write: cached(fused) },
    { way: 'fused, no cache', operations: fused, write: anew },
    { way: 'reference', operations: reference, write: cached(reference) },
  ]
  const measured: GenerationResult['ways'] = []
  for (const { way, operations, write } of ways) {
    const frozen = operations.frozen(parameters, () => values)
    try {
      const rates: number[] = []
      for (let round = 0; round <= ROUNDS; round++) {
        const began = performance.now()
        await write(() => frozen.weights)
        // The first round compiles.
        if (round > 0) rates.push((1000 * texts * tokens) / (performance.now() - began))
      }
      measured.push({ way, tokensPerSecond: spread(rates) })
    } catch (error) {
      measured.push({ way, tokensPerSecond: null, error: messageOf(error) })
    } finally {
      frozen.dispose()
    }
  }
  return { model: `${shape.name}: ${sizes(shape)}`, texts, ways: measured }
}

/** As without a cache of keys and values: every token reads all before it anew. */
async function writeAnew(
  operations: Operations,
  config: GptConfig,
  weights: () => Weights,
  prompts: readonly number[][],
  tokens: number,
): Promise<void> {
  const texts = prompts.map((ids) => [...ids])
  for (let written = 0; written < tokens; written++) {
    const length = Math.ceil(texts[0]!.length / 32) * 32
    const ids = new Int32Array(texts.length * length)
    for (const [row, text] of texts.entries()) ids.set(text, row * length)
    const lasts = Int32Array.from(texts, (text, row) => row * length + text.length - 1)
    const drawn = operations.scope(() => {
      const model = weights()
      const rows = operations.rows({ rows: texts.length, length, ids }, false)
      const logits = operations.logits(gptForward(operations, config, model, rows), model.get(TABLE)!, lasts)
      return operations.sample(logits, { temperature: 0 }, new Float32Array(texts.length))
    })
    const [next] = await operations.read(drawn)
    operations.free(drawn)
    for (const [row, text] of texts.entries()) text.push(next![row]!)
  }
}

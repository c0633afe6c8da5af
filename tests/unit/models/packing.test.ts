import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Operations } from '../../../workers/kernels/operations.ts'
import { flattenTensors, type GptConfig, gptParameters } from '../../../workers/models/parameters.ts'
import { ENGINES, openEngine } from '../backends.ts'
import { logitsOf, pass, relativeError, targetsEverywhere } from './pass.ts'

let operations: Operations

interface GoldenTensor {
  shape: number[]
  data: number[]
}

const read = (name: string) => JSON.parse(readFileSync(`tests/golden/${name}`, 'utf8'))
const golden = read('packing.json') as {
  rows: number
  length: number
  ids: number[]
  segments: number[]
  positions: number[]
  weights: number[]
  logits: GoldenTensor
  loss: number
  gradients: Record<string, GoldenTensor>
}
const student = read('gpt.json').student as {
  config: Record<string, number>
  parameters: Record<string, GoldenTensor>
}

const { rows, length, ids, segments, positions, weights } = golden
const config: GptConfig = {
  vocabularySize: student.config.vocab_size!,
  contextLength: student.config.n_positions!,
  layers: student.config.n_layer!,
  width: student.config.n_embd!,
  heads: student.config.n_head!,
}
const specs = gptParameters(config)

function flat(): Float32Array {
  const named = Object.entries(student.parameters).map(
    ([name, { shape, data }]) => [name, { shape, data: new Float32Array(data) }] as const,
  )
  return flattenTensors(new Map(named), specs, 'golden')
}

/** Logits, loss and gradient of the packed rows. */
async function packed(tokens = ids) {
  const batch = {
    rows,
    length,
    ids: Int32Array.from(tokens),
    segments: Int32Array.from(segments),
    positions: Int32Array.from(positions),
  }
  const model = operations.trainable(specs, () => ({ parameters: flat() }))
  const logits = await logitsOf(operations, config, () => model.weights(), batch)
  const targets = targetsEverywhere([...tokens.slice(1), 0], weights, {
    teacher: null,
    divergence: { name: 'cross-entropy', temperature: 1, temperatureSquared: true, hardShare: 0 },
  })
  const [loss] = await pass(operations, config, model, batch, () => targets)
  const gradient = await model.readGradient()
  model.dispose()
  return { logits, loss: loss!, gradient }
}

describe.each(ENGINES)('packed rows on %s', (engine) => {
  beforeAll(async () => {
    operations = await openEngine(engine)
  })

  it('have the logits, the loss and every gradient of their sequences alone in PyTorch', async () => {
    const { logits, loss, gradient } = await packed()
    const own = Array.from(logits, (value, i) =>
      segments[Math.floor(i / config.vocabularySize)]! < 0 ? 0 : value,
    )
    expect(relativeError(own, golden.logits.data)).toBeLessThan(1e-5)
    expect(loss / golden.loss).toBeCloseTo(1, 5)
    for (const { name, offset, size } of specs) {
      const error = relativeError(gradient.slice(offset, offset + size), golden.gradients[name]!.data)
      expect(error, name).toBeLessThan(2e-5)
    }
  })

  it('let no sequence see another: other tokens there change not one bit', async () => {
    const before = (await packed()).logits
    const others = ids.map((id, at) => (segments[at] === 0 ? (id + 5) % config.vocabularySize : id))
    const after = (await packed(others)).logits
    for (const [at, segment] of segments.entries()) {
      const row = (logits: ArrayLike<number>) =>
        Array.prototype.slice.call(logits, at * config.vocabularySize, (at + 1) * config.vocabularySize)
      if (segment > 0) expect(row(after)).toEqual(row(before))
      else if (segment === 0) expect(row(after)).not.toEqual(row(before))
    }
  })
})

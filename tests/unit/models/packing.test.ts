import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { gptBackward, gptForward } from '../../../workers/models/gpt.ts'
import {
  flattenTensors,
  type GptConfig,
  gptParameters,
  joinGradients,
  splitParameters,
} from '../../../workers/models/parameters.ts'
import { BACKENDS, openForTest } from '../backends.ts'

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
  const { logits, loss, gradient } = tf.tidy(() => {
    const model = splitParameters(tf.tensor1d(flat()), specs)
    const int = (values: number[]) => tf.tensor2d(values, [rows, length], 'int32')
    const packing = { segments: int(segments), positions: int(positions) }
    const forward = gptForward(reference, config, model, int(tokens), packing)
    const table = model.get('transformer.wte.weight')!
    const head = reference.head(
      forward.hidden,
      table,
      {
        tokens: tf.tensor1d([...tokens.slice(1), 0], 'int32'),
        weights: tf.tensor1d(weights),
        kindMasks: tf.tensor2d([weights], [1, rows * length]),
        teacher: null,
        divergence: { name: 'cross-entropy', temperature: 1, temperatureSquared: true, hardShare: 0 },
      },
      true,
    )
    const { hidden, table: dTable } = head.gradients!
    const gradients = gptBackward(reference, config, forward, rows, hidden, dTable)
    return {
      logits: tf.matMul(forward.hidden, table, false, true),
      loss: tf.slice(head.sums, [0, 0], [1, 1]),
      gradient: joinGradients(gradients, specs),
    }
  })
  return { logits: await logits.data(), loss: (await loss.data())[0]!, gradient: await gradient.data() }
}

/** Largest difference, relative to the largest expected value. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0
  let scale = 1e-12
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!))
    scale = Math.max(scale, Math.abs(expected[i]!))
  }
  return difference / scale
}

describe.each(BACKENDS)('packed rows on %s', (backend) => {
  beforeAll(() => openForTest(backend))

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

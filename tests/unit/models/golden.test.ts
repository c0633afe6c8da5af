import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { gptBackward, gptForward } from '../../../workers/models/gpt.ts'
import {
  decayMask,
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
interface GoldenModel {
  config: Record<'vocab_size' | 'n_positions' | 'n_embd' | 'n_head' | 'n_layer', number>
  parameters: Record<string, GoldenTensor>
}

const golden = JSON.parse(readFileSync('tests/golden/gpt.json', 'utf8')) as {
  student: GoldenModel
  teacher: GoldenModel
  batch: { rows: number; length: number; ids: number[]; weights: number[] }
  logits: { student: GoldenTensor; teacher: GoldenTensor }
  losses: { name: string; temperature: number; value: number; gradients: Record<string, GoldenTensor> }[]
}
const optimisation = JSON.parse(readFileSync('tests/golden/adamw.json', 'utf8')) as {
  optimiser: { weightDecay: number; clipNorm: number }
  steps: { learningRate: number; loss: number; gradientNorm: number }[]
  parameters: Record<string, GoldenTensor>
}

const { rows, length, ids, weights } = golden.batch
const next = ids.map((_, at) => ids[at + 1] ?? 0)

function configOf({ config }: GoldenModel): GptConfig {
  return {
    vocabularySize: config.vocab_size,
    contextLength: config.n_positions,
    layers: config.n_layer,
    width: config.n_embd,
    heads: config.n_head,
  }
}

function flat(parameters: Record<string, GoldenTensor>, config: GptConfig): Float32Array {
  const named = Object.entries(parameters).map(
    ([name, { shape, data }]) => [name, { shape, data: new Float32Array(data) }] as const,
  )
  return flattenTensors(new Map(named), gptParameters(config), 'golden')
}

/** Largest difference, relative to the largest expected value of the same tensor. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0
  let scale = 1e-12
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!))
    scale = Math.max(scale, Math.abs(expected[i]!))
  }
  return difference / scale
}

const studentConfig = configOf(golden.student)
const teacherConfig = configOf(golden.teacher)
const studentSpecs = gptParameters(studentConfig)

/** Loss, and its gradient as a flat vector, of the golden batch. */
function lossAndGradient(parameters: Tensor, name: string, temperature: number) {
  return tf.tidy(() => {
    const input = tf.tensor2d(ids, [rows, length], 'int32')
    const teacher = splitParameters(
      tf.tensor1d(flat(golden.teacher.parameters, teacherConfig)),
      gptParameters(teacherConfig),
    )
    const student = splitParameters(parameters, studentSpecs)
    const forward = gptForward(reference, studentConfig, student, input)
    const table = student.get('transformer.wte.weight')!
    const result = reference.head(
      forward.hidden,
      table,
      {
        tokens: tf.tensor1d(next, 'int32'),
        weights: tf.tensor1d(weights),
        kindMasks: tf.tensor2d([weights], [1, rows * length]),
        teacher: {
          kind: 'model',
          hidden: gptForward(reference, teacherConfig, teacher, input).hidden,
          table: teacher.get('transformer.wte.weight')!,
        },
        divergence: {
          name: name === 'kl' ? 'forward-kl' : 'cross-entropy',
          temperature,
          temperatureSquared: true,
          hardShare: 0,
        },
      },
      true,
    )
    const { hidden, table: dTable } = result.gradients!
    const gradients = gptBackward(reference, studentConfig, forward, rows, hidden, dTable)
    return { loss: tf.slice(result.sums, [0, 0], [1, 1]), gradient: joinGradients(gradients, studentSpecs) }
  })
}

describe.each(BACKENDS)('on %s', (backend) => {
  beforeAll(() => openForTest(backend))

  it.each(['student', 'teacher'] as const)('computes the %s’s logits as PyTorch does', async (who) => {
    const config = configOf(golden[who])
    const logits = tf.tidy(() => {
      const model = splitParameters(tf.tensor1d(flat(golden[who].parameters, config)), gptParameters(config))
      const { hidden } = gptForward(reference, config, model, tf.tensor2d(ids, [rows, length], 'int32'))
      return tf.matMul(hidden, model.get('transformer.wte.weight')!, false, true)
    })
    expect(relativeError(await logits.data(), golden.logits[who].data)).toBeLessThan(1e-5)
  })

  it.each(golden.losses)(
    'computes $name at τ = $temperature and every gradient as PyTorch does',
    async (expected) => {
      const start = tf.tensor1d(flat(golden.student.parameters, studentConfig))
      const { loss, gradient } = lossAndGradient(start, expected.name, expected.temperature)
      expect((await loss.data())[0]! / expected.value).toBeCloseTo(1, 5)
      const values = await gradient.data()
      for (const { name, offset, size } of studentSpecs) {
        const error = relativeError(values.slice(offset, offset + size), expected.gradients[name]!.data)
        expect(error, name).toBeLessThan(2e-5)
      }
    },
  )

  it('takes ten clipped AdamW steps as PyTorch does', async () => {
    const parameters = tf.tensor1d(flat(golden.student.parameters, studentConfig))
    let state = {
      parameters: parameters as Tensor,
      firstMoment: tf.zerosLike(parameters) as Tensor,
      secondMoment: tf.zerosLike(parameters) as Tensor,
    }
    const mask = tf.tensor1d(decayMask(studentSpecs))
    const { weightDecay, clipNorm } = optimisation.optimiser
    for (const [index, expected] of optimisation.steps.entries()) {
      const { loss, gradient } = lossAndGradient(state.parameters, 'kl', 1)
      const { learningRate } = expected
      const { norm, ...after } = reference.adamw(state, gradient, {
        step: index + 1,
        learningRate,
        weightDecay,
        decayMask: mask,
        clipNorm,
      })
      expect((await loss.data())[0]! / expected.loss).toBeCloseTo(1, 4)
      expect((await norm.data())[0]! / expected.gradientNorm).toBeCloseTo(1, 4)
      state = after
    }
    const values = await state.parameters.data()
    for (const { name, offset, size } of studentSpecs) {
      const actual = [...values.slice(offset, offset + size)]
      const wanted = [...optimisation.parameters[name]!.data]
      // The key bias has no gradient but rounding noise, which Adam scales up (tests/golden/README.md).
      if (name.endsWith('c_attn.bias')) for (const list of [actual, wanted]) list.splice(size / 3, size / 3)
      expect(relativeError(actual, wanted), name).toBeLessThan(1e-4)
    }
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { reference } from '../../../workers/kernels/reference.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { Random } from '../../../workers/random.ts'
import { openForTest } from '../backends.ts'
import { pass, targetsEverywhere } from './pass.ts'

const config: GptConfig = { vocabularySize: 19, contextLength: 9, layers: 2, width: 10, heads: 2 }
const specs = gptParameters(config)
const rows = 3
const length = 7
const random = new Random(5)
const ids = Int32Array.from({ length: rows * length }, () => random.below(config.vocabularySize))
const tokens = Array.from({ length: rows * length }, () => random.below(config.vocabularySize))
const weights = Array.from({ length: rows * length }, () => random.next())

/** Larger than at the start of a run, so that every part of the model bends. */
function bentParameters(): Float32Array {
  return initialParameters(specs, 3).map((value) => (value === 1 ? 1 : value * 8) + 0.05 * random.normal())
}

const targets = targetsEverywhere(tokens, weights, {
  teacher: null,
  divergence: { name: 'cross-entropy', temperature: 1, temperatureSquared: true, hardShare: 0 },
})

async function loss(parameters: Float32Array): Promise<{ loss: number; gradient: Float32Array }> {
  const student = reference.trainable(specs, () => ({ parameters: parameters.slice() }))
  const [loss] = await pass(reference, config, student, { rows, length, ids }, () => targets)
  const gradient = await student.readGradient()
  student.dispose()
  return { loss: loss!, gradient }
}

describe('the gradient of the whole model', () => {
  beforeAll(() => openForTest('cpu'))

  it.each(specs)(
    'agrees with finite differences along a random direction of $name',
    async ({ offset, size }) => {
      const start = bentParameters()
      const direction = new Float32Array(start.length)
      for (let i = offset; i < offset + size; i++) direction[i] = random.normal() / Math.sqrt(size)
      const { gradient } = await loss(start)
      const slope = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0)
      // Central differences at two widths, extrapolated (Richardson), since float32 forbids a very small width.
      const difference = async (width: number) => {
        const ahead = await loss(start.map((value, i) => value + width * direction[i]!))
        const behind = await loss(start.map((value, i) => value - width * direction[i]!))
        return (ahead.loss - behind.loss) / (2 * width)
      }
      const measured = (4 * (await difference(0.02)) - (await difference(0.04))) / 3
      const norm = Math.sqrt(
        gradient.subarray(offset, offset + size).reduce((sum, value) => sum + value * value, 0),
      )
      // A direction may be nearly level, so the error is measured against the gradient's own size.
      expect(Math.abs(measured - slope)).toBeLessThan(0.01 * (norm / Math.sqrt(size)) + 2e-3)
      expect(norm).toBeGreaterThan(0)
    },
  )
})

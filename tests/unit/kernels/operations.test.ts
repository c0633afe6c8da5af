import { describe, expect, it } from 'vitest'
import type { BackendName } from '../../../workers/device/backends.ts'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
import type { Divergence, HeadTargets } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { Random } from '../../../workers/random.ts'
import { BACKENDS, openForTest } from '../backends.ts'

type Values = Record<string, number[]>

/** The same numbers in [-1, 1) on every backend. */
function draw(shape: number[], seed: number): Tensor {
  const random = new Random(seed)
  return tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random.next() - 1),
    shape,
  )
}

function drawIds(count: number, below: number, seed: number): Tensor {
  const random = new Random(seed)
  return tf.tensor1d(
    Array.from({ length: count }, () => random.below(below)),
    'int32',
  )
}

async function read(tensors: Record<string, Tensor>): Promise<Values> {
  const values: Values = {}
  for (const [name, tensor] of Object.entries(tensors)) values[name] = Array.from(await tensor.data())
  return values
}

const CROSS_ENTROPY: Divergence = {
  name: 'cross-entropy',
  temperature: 1,
  temperatureSquared: true,
  hardShare: 0,
}

const headTargets = (M: number, V: number, extra: Partial<HeadTargets>): HeadTargets => ({
  tokens: drawIds(M, V, 31),
  weights: draw([M], 32),
  kindMasks: tf.ones([1, M]),
  teacher: null,
  divergence: CROSS_ENTROPY,
  ...extra,
})

/** Forward and backward of one operation at awkward shapes; each returns everything it computes. */
const CASES: Record<string, () => Record<string, Tensor>> = {
  'layer norm of a single column': () => {
    const { output, saved } = reference.layerNorm.forward(draw([5, 1], 1), draw([1], 2), draw([1], 3))
    return { output, ...reference.layerNorm.backward(saved, draw([5, 1], 4)) }
  },
  'layer norm, 7 rows of 13': () => {
    const { output, saved } = reference.layerNorm.forward(draw([7, 13], 1), draw([13], 2), draw([13], 3))
    return { output, ...reference.layerNorm.backward(saved, draw([7, 13], 4)) }
  },
  'linear from 3 to 5 over 1 row': () => {
    const { output, saved } = reference.linear.forward(draw([1, 3], 1), draw([3, 5], 2), draw([5], 3))
    return { output, ...reference.linear.backward(saved, draw([1, 5], 4)) }
  },
  'linear from 13 to 7 with GELU and residual': () => {
    const options = { gelu: true, residual: draw([11, 7], 5) }
    const { output, saved } = reference.linear.forward(
      draw([11, 13], 1),
      draw([13, 7], 2),
      draw([7], 3),
      options,
    )
    return { output, ...reference.linear.backward(saved, draw([11, 7], 4)) }
  },
  'attention over a single position': () => {
    const shape = { rows: 2, length: 1, heads: 1 }
    const { output, saved } = reference.attention.forward(draw([2, 9], 1), shape)
    return { output, ...reference.attention.backward(saved, draw([2, 3], 2), shape) }
  },
  'attention, 3 heads of 5 over 65 positions': () => {
    const shape = { rows: 1, length: 65, heads: 3 }
    const { output, saved } = reference.attention.forward(draw([65, 45], 1), shape)
    return { output, ...reference.attention.backward(saved, draw([65, 15], 2), shape) }
  },
  'embedding with two ids, rows shorter than the positions': () => {
    const ids = tf.reshape(drawIds(14, 2, 1), [2, 7])
    const { output, saved } = reference.embedding.forward(ids, draw([2, 3], 2), draw([9, 3], 3))
    return { output, ...reference.embedding.backward(saved, draw([14, 3], 4)) }
  },
  'head over two ids': () => {
    const { sums, gradients } = reference.head(draw([3, 5], 1), draw([2, 5], 2), headTargets(3, 2, {}), true)
    return { sums, ...gradients! }
  },
  'head of 513 ids against a teacher at τ = 3': () => {
    const targets = headTargets(17, 513, {
      teacher: { kind: 'model', hidden: draw([17, 3], 3), table: draw([513, 3], 4) },
      divergence: { ...CROSS_ENTROPY, name: 'forward-kl', temperature: 3 },
    })
    const { sums, gradients } = reference.head(draw([17, 5], 1), draw([513, 5], 2), targets, true)
    return { sums, ...gradients! }
  },
  'head of 513 ids against 20 stored ones by JSD, mixed with cross-entropy': () => {
    const ids = tf.add(
      tf.mul(tf.range(0, 20, 1, 'int32'), tf.scalar(25, 'int32')),
      tf.reshape(drawIds(17, 25, 5), [17, 1]),
    )
    const logProbabilities = tf.sub(draw([17, 20], 6), 4)
    const targets = headTargets(17, 513, {
      teacher: { kind: 'stored', ids, logProbabilities },
      divergence: { ...CROSS_ENTROPY, name: 'jsd', beta: 0.25, hardShare: 0.5 },
    })
    const { sums, gradients } = reference.head(draw([17, 5], 1), draw([513, 5], 2), targets, true)
    return { sums, ...gradients! }
  },
  'head of 50257 ids, in more than one chunk': () => {
    const { sums, gradients } = reference.head(
      draw([90, 2], 1),
      draw([50257, 2], 2),
      headTargets(90, 50257, {}),
      true,
    )
    return { sums, hidden: gradients!.hidden, table: tf.slice(gradients!.table, [0, 0], [999, 2]) }
  },
}

async function compute(backend: BackendName, name: string): Promise<Values> {
  await openForTest(backend)
  const results = tf.tidy(() => CASES[name]!())
  const values = await read(results)
  tf.dispose(results)
  return values
}

describe.each(BACKENDS.filter((backend) => backend !== 'cpu'))('on %s', (backend) => {
  it.each(Object.keys(CASES))('computes what the plain CPU computes: %s', async (name) => {
    const expected = await compute('cpu', name)
    const actual = await compute(backend, name)
    for (const [key, values] of Object.entries(expected)) {
      const scale = Math.max(1e-6, ...values.map(Math.abs))
      const worst = Math.max(...values.map((value, i) => Math.abs(value - actual[key]![i]!)))
      expect(actual[key], key).toHaveLength(values.length)
      expect(worst / scale, key).toBeLessThan(2e-5)
    }
  })
})

describe.each(BACKENDS)('the head on %s', (backend) => {
  it('lets a row that is not finite spoil the sums of its own kinds and of no other', async () => {
    await openForTest(backend)
    const hidden = tf.tensor2d([
      [1, 2],
      [Number.NaN, 0],
      [0, 1],
    ])
    const kindMasks = tf.tensor2d([
      [1, 0, 0],
      [0, 1, 1],
    ])
    const targets = { ...headTargets(3, 4, {}), kindMasks }
    const sums = Array.from(await reference.head(hidden, draw([4, 2], 2), targets, false).sums.data())
    expect(sums.slice(0, 5).every(Number.isFinite)).toBe(true)
    expect(sums[5 + 2]).toBeNaN()
  })
})

describe('the head', () => {
  it('gives the same in chunks as in one piece', async () => {
    await openForTest('cpu')
    const [M, V, D] = [90, 50257, 2]
    const whole = tf.tidy(() => {
      const hidden = draw([M, D], 1)
      const table = draw([V, D], 2)
      const targets = headTargets(M, V, {})
      const loss = (h: Tensor, w: Tensor) => {
        const logQ = tf.logSoftmax(tf.matMul(h, tf.transpose(w)))
        const recorded = tf.oneHot(targets.tokens as tf.Tensor1D, V)
        return tf.neg(tf.sum(tf.mul(targets.weights, tf.sum(tf.mul(recorded, logQ), -1)))) as tf.Scalar
      }
      const [dHidden, dTable] = tf.grads(loss)([hidden, table]) as [Tensor, Tensor]
      return { dHidden, dTable: tf.slice(dTable, [0, 0], [999, D]) }
    })
    const expected = await read(whole)
    const actual = await compute('cpu', 'head of 50257 ids, in more than one chunk')
    const difference = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
    expect(difference(actual.hidden!, expected.dHidden!)).toBeLessThan(1e-5)
    expect(difference(actual.table!, expected.dTable!)).toBeLessThan(1e-5)
  })

  it('measures a row of weight 0 without learning from it', async () => {
    await openForTest('cpu')
    const { sums, gradients } = reference.head(
      draw([4, 3], 1),
      draw([7, 3], 2),
      headTargets(4, 7, { weights: tf.zeros([4]) }),
      true,
    )
    expect((await sums.data())[2]).toBeGreaterThan(1)
    expect(Math.max(...(await gradients!.table.data()).map(Math.abs))).toBe(0)
  })

  it('stays finite when the teacher is certain and the student is certain of something else', async () => {
    await openForTest('cpu')
    const identity = tf.eye(3) as Tensor
    const targets = headTargets(1, 3, {
      tokens: tf.tensor1d([0], 'int32'),
      weights: tf.ones([1]),
      teacher: { kind: 'model', hidden: tf.tensor2d([[500, 0, 0]]), table: identity },
      divergence: { ...CROSS_ENTROPY, name: 'forward-kl' },
    })
    const { sums, gradients } = reference.head(tf.tensor2d([[0, 500, 0]]), identity, targets, true)
    const [divergence] = await sums.data()
    expect(divergence).toBeCloseTo(500, 2)
    expect(Array.from(await gradients!.hidden.data())).toEqual([-1, 1, 0])
  })
})

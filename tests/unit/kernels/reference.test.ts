import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import type { Operations, Rows, Sampling, Values } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { BACKENDS, openForTest } from '../backends.ts'
import { draw, drawIds, gradientOf } from './compare.ts'

const sizeOf = (shape: number[]) => shape.reduce((product, side) => product * side, 1)

/** An input of an operation by name, its shape, and the numbers that it has. */
type Inputs = Record<string, { shape: number[]; numbers: Float32Array }>

function inputs(shapes: Record<string, number[]>): Inputs {
  const entries = Object.entries(shapes)
  return Object.fromEntries(
    entries.map(([name, shape], i) => [name, { shape, numbers: draw(sizeOf(shape), i + 1) }]),
  )
}

type Arrays = Record<string, Values>
type Slots = Record<string, ReturnType<typeof gradientOf>>

/** An operation, and its way back: the gradients of its inputs, those of parameters put into slots of their names. */
interface Differentiable {
  shapes: Record<string, number[]>
  parameters: string[]
  outputShape: number[]
  forward(x: Arrays): Values
  backward(x: Arrays, dOutput: Values, into: Slots): Record<string, Values | null>
}

const rowsOf = (rows: number, length: number, extra = {}): Rows =>
  reference.rows({ rows, length, ids: drawIds(rows * length, 4, 50), ...extra })

const PACKED = { segments: Int32Array.from([0, 0, 0, 1, 1]), positions: Int32Array.from([0, 1, 2, 0, 1]) }
const GROUPED = { heads: 4, keyHeads: 2 }

const OPERATIONS: Record<string, Differentiable> = {
  'layer norm': {
    shapes: { x: [3, 5], gain: [5], bias: [5] },
    parameters: ['gain', 'bias'],
    outputShape: [3, 5],
    forward: (x) => reference.layerNorm.forward(x.x!, x.gain!, x.bias!).output,
    backward: (x, dOutput, into) => {
      const { saved } = reference.layerNorm.forward(x.x!, x.gain!, x.bias!)
      const slots = { gain: into.gain!.gradient, bias: into.bias!.gradient }
      return { x: reference.layerNorm.backward(saved, dOutput, slots) }
    },
  },
  'RMS norm': {
    shapes: { x: [3, 5], gain: [5] },
    parameters: ['gain'],
    outputShape: [3, 5],
    forward: (x) => reference.rmsNorm.forward(x.x!, x.gain!).output,
    backward: (x, dOutput, into) => {
      const { saved } = reference.rmsNorm.forward(x.x!, x.gain!)
      return { x: reference.rmsNorm.backward(saved, dOutput, { gain: into.gain!.gradient }) }
    },
  },
  'linear behind GELU': {
    shapes: { x: [3, 5], one: [5, 4], weight: [4, 2], bias: [2] },
    parameters: ['weight', 'bias'],
    outputShape: [3, 2],
    forward: (x) => {
      const { output } = reference.linear.forward(x.x!, x.one!, null, { gelu: true })
      return reference.linear.forward(output, x.weight!, x.bias!).output
    },
    backward: (x, dOutput, into) => {
      const { affine } = reference.linear.forward(x.x!, x.one!, null, { gelu: true })
      const slots = { weight: into.weight!.gradient, bias: into.bias!.gradient }
      const { x: dAffine } = reference.linear.backward(affine!, x.weight!, dOutput, slots, { gelu: true })
      const { gradient } = gradientOf(reference, [5, 4])
      const one = { weight: gradient, bias: null }
      return { x: reference.linear.backward(x.x!, x.one!, dAffine, one).x }
    },
  },
  'linear behind a gate': {
    shapes: { x: [3, 5], gate: [3, 4], one: [5, 4], weight: [4, 2] },
    parameters: ['weight'],
    outputShape: [3, 2],
    forward: (x) => {
      const { output } = reference.linear.forward(x.x!, x.one!, null, { gate: x.gate! })
      return reference.linear.forward(output, x.weight!, null).output
    },
    backward: (x, dOutput, into) => {
      const { affine } = reference.linear.forward(x.x!, x.one!, null, { gate: x.gate! })
      const slots = { weight: into.weight!.gradient, bias: null }
      const behind = { gate: x.gate! }
      const { x: dAffine, gate } = reference.linear.backward(affine!, x.weight!, dOutput, slots, behind)
      const { gradient } = gradientOf(reference, [5, 4])
      return {
        x: reference.linear.backward(x.x!, x.one!, dAffine, { weight: gradient, bias: null }).x,
        gate,
      }
    },
  },
  'rotary positions': {
    shapes: { qkv: [5, 32] },
    parameters: [],
    outputShape: [5, 32],
    forward: (x) => reference.rotary.forward(x.qkv!, rowsOf(1, 5, PACKED), GROUPED, 100),
    backward: (_, dOutput) => ({
      qkv: reference.rotary.backward(dOutput, rowsOf(1, 5, PACKED), GROUPED, 100),
    }),
  },
  'attention of heads that share keys, two sequences a row': {
    shapes: { qkv: [5, 24] },
    parameters: [],
    outputShape: [5, 12],
    forward: (x) => reference.attention.forward(x.qkv!, rowsOf(1, 5, PACKED), GROUPED).output,
    backward: (x, dOutput) => {
      const rows = rowsOf(1, 5, PACKED)
      const { saved } = reference.attention.forward(x.qkv!, rows, GROUPED)
      return { qkv: reference.attention.backward(saved, dOutput, rows, GROUPED) }
    },
  },
  embedding: {
    shapes: { tokens: [4, 3], positions: [6, 3] },
    parameters: ['tokens', 'positions'],
    outputShape: [5, 3],
    forward: (x) => reference.embedding.forward(rowsOf(1, 5, PACKED), x.tokens!, x.positions!),
    backward: (_, dOutput, into) => {
      const slots = { tokens: into.tokens!.gradient, positions: into.positions!.gradient }
      reference.embedding.backward(rowsOf(1, 5, PACKED), dOutput, slots)
      return {}
    },
  },
}

async function output(operation: Differentiable, given: Inputs): Promise<Float32Array> {
  const values = reference.scope(() => operation.forward(uploaded(given)))
  const [numbers] = await reference.read(values)
  reference.free(values)
  return numbers!
}

const uploaded = (given: Inputs): Arrays =>
  Object.fromEntries(
    Object.entries(given).map(([name, { shape, numbers }]) => [name, reference.upload(numbers, shape)]),
  )

describe('a gradient', () => {
  beforeAll(() => openForTest('cpu'))

  it.each(Object.entries(OPERATIONS))('is what finite differences say: %s', async (_, operation) => {
    const given = inputs(operation.shapes)
    const dOutput = draw(sizeOf(operation.outputShape), 99)
    const slots = Object.fromEntries(
      operation.parameters.map((name) => [name, gradientOf(reference, operation.shapes[name]!)]),
    )
    const computed = reference.scope(() =>
      operation.backward(uploaded(given), reference.upload(dOutput, operation.outputShape), slots),
    )
    const gradients: Record<string, Float32Array> = {}
    for (const name of operation.parameters) gradients[name] = await slots[name]!.read()
    for (const [name, values] of Object.entries(computed)) {
      gradients[name] = (await reference.read(values!))[0]!
    }
    expect(Object.keys(gradients).length).toBeGreaterThan(0)

    const loss = async () => {
      const values = await output(operation, given)
      return values.reduce((sum, value, i) => sum + value * dOutput[i]!, 0)
    }
    const step = 2 ** -6
    for (const [name, gradient] of Object.entries(gradients)) {
      const { numbers } = given[name]!
      const largest = Math.max(...gradient.map(Math.abs))
      for (const [i, value] of numbers.entries()) {
        numbers[i] = value + step
        const above = await loss()
        numbers[i] = value - step
        const below = await loss()
        numbers[i] = value
        const difference = (above - below) / (2 * step)
        expect(Math.abs(gradient[i]! - difference), `${name} ${i}`).toBeLessThan(5e-3 * largest + 1e-4)
      }
    }
  })

  it('is added to what is in its slot already, and to the gradient that came past the norm', async () => {
    const { gradient, read } = gradientOf(reference, [3])
    const x = reference.upload(draw(6, 1), [2, 3])
    const gain = reference.upload(draw(3, 2), [3])
    const [dOutput, added] = [reference.upload(draw(6, 3), [2, 3]), draw(6, 4)]
    const { saved } = reference.rmsNorm.forward(x, gain)
    const alone = reference.rmsNorm.backward(saved, dOutput, { gain: gradient })
    const once = await read()
    const past = reference.upload(added, [2, 3])
    const both = reference.rmsNorm.backward(saved, dOutput, { gain: gradient }, past)
    const twice = await read()
    for (const [i, value] of once.entries()) expect(twice[i]).toBeCloseTo(2 * value, 6)
    const [plain, sum] = await reference.read(alone, both)
    for (const [i, value] of plain!.entries()) expect(sum![i]).toBeCloseTo(value + added[i]!, 6)
  })
})

describe('an operation', () => {
  beforeAll(() => openForTest('cpu'))

  it('divides by the root of the mean square and multiplies by the gain, in RMS norm', async () => {
    const [x, gain] = [draw(10, 1), draw(5, 2)]
    const { output } = reference.rmsNorm.forward(reference.upload(x, [2, 5]), reference.upload(gain, [5]))
    const [values] = await reference.read(output)
    for (const row of [0, 1]) {
      const own = x.subarray(row * 5, row * 5 + 5)
      const square = own.reduce((sum, value) => sum + value * value, 0) / 5
      for (const [d, value] of own.entries()) {
        expect(values![row * 5 + d]).toBeCloseTo((value / Math.sqrt(square + 1e-5)) * gain[d]!, 5)
      }
    }
  })

  it('multiplies by silu of the gate before the residual is added', async () => {
    const [x, gate, residual] = [draw(6, 1), draw(6, 2, 4), draw(6, 3)]
    const identity = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1])
    const { output, affine } = reference.linear.forward(
      reference.upload(x, [2, 3]),
      reference.upload(identity, [3, 3]),
      null,
      { gate: reference.upload(gate, [2, 3]), residual: reference.upload(residual, [2, 3]) },
    )
    const [values, before] = await reference.read(output, affine!)
    expect(before).toEqual(x)
    for (const [i, g] of gate.entries()) {
      expect(values![i]).toBeCloseTo((g / (1 + Math.exp(-g))) * x[i]! + residual[i]!, 5)
    }
  })

  it('turns the halves of queries and keys by their places and leaves values alone', async () => {
    const heads = { heads: 2, keyHeads: 1 }
    const size = 4
    const x = draw(3 * 16, 1)
    const positions = Int32Array.from([0, 5, 700])
    const turned = reference.rotary.forward(
      reference.upload(x, [3, 16]),
      rowsOf(1, 3, { positions }),
      heads,
      10000,
    )
    const [values] = await reference.read(turned)
    for (const [n, place] of positions.entries()) {
      for (let head = 0; head < 4; head++) {
        for (const i of [0, 1]) {
          const at = n * 16 + head * size + i
          const angle = head < 3 ? place * 10000 ** ((-2 * i) / size) : 0
          const [a, b] = [x[at]!, x[at + size / 2]!]
          expect(values![at]).toBeCloseTo(a * Math.cos(angle) - b * Math.sin(angle), 5)
          expect(values![at + size / 2]).toBeCloseTo(b * Math.cos(angle) + a * Math.sin(angle), 5)
        }
      }
    }
  })

  it('attends to earlier places of the own segment, with keys that several heads share', async () => {
    const [T, H, G, S] = [5, 4, 2, 3]
    const width = (H + 2 * G) * S
    const qkv = draw(T * width, 1, 2)
    const rows = rowsOf(1, T, PACKED)
    const { output } = reference.attention.forward(reference.upload(qkv, [T, width]), rows, GROUPED)
    const [values] = await reference.read(output)
    const at = (t: number, head: number, s: number) => qkv[t * width + head * S + s]!
    for (let head = 0; head < H; head++) {
      const key = H + Math.floor((head * G) / H)
      for (let t = 0; t < T; t++) {
        const seen = Array.from({ length: t + 1 }, (_, u) => u).filter(
          (u) => PACKED.segments[u] === PACKED.segments[t],
        )
        const shares = seen.map((u) => {
          const product = [0, 1, 2].reduce((sum, s) => sum + at(t, head, s) * at(u, key, s), 0)
          return Math.exp(product / Math.sqrt(S))
        })
        const all = shares.reduce((a, b) => a + b)
        for (let s = 0; s < S; s++) {
          const mixed = seen.reduce((sum, u, i) => sum + (shares[i]! / all) * at(u, key + G, s), 0)
          expect(values![t * H * S + head * S + s]).toBeCloseTo(mixed, 5)
        }
      }
    }
  })

  it('refuses heads that do not fit their projections, in one sentence', () => {
    const qkv = reference.upload(draw(20, 1), [2, 10])
    const attend = () => reference.attention.forward(qkv, rowsOf(1, 2), { heads: 4 })
    expect(attend).toThrow('4 heads with 4 of keys do not fit into a width of 10')
  })
})

describe.each(BACKENDS)('attention to a cache on %s', (backend) => {
  beforeAll(() => openForTest(backend))

  it('gives what attention gives to all of it at once, in rows of different lengths', async () => {
    const [heads, G, S, total] = [4, 2, 3, 37]
    const width = (heads + 2 * G) * S
    const shape = { heads, keyHeads: G }
    const texts = [draw(total * width, 1, 2), draw(total * width, 2, 2)]
    const whole = await Promise.all(
      texts.map(async (text) => {
        const { output } = reference.attention.forward(
          reference.upload(text, [total, width]),
          rowsOf(1, total),
          shape,
        )
        return (await reference.read(output))[0]!
      }),
    )
    const cache = reference.attention.cache(2, 48, G * S)
    const lengths = [0, 0]
    // The second text is shorter in each reading, and what stands behind it mere padding.
    for (const news of [
      [20, 7],
      [1, 1],
      [12, 11],
      [4, 3],
    ] as const) {
      const T = Math.max(...news)
      const padded = new Float32Array(2 * T * width).fill(3)
      for (const row of [0, 1] as const) {
        const from = lengths[row]! * width
        padded.set(texts[row]!.subarray(from, from + news[row] * width), row * T * width)
      }
      const rows = reference.rows({ rows: 2, length: T, ids: new Int32Array(2 * T) })
      const qkv = reference.upload(padded, [2 * T, width])
      const given = Int32Array.from(lengths)
      const output = reference.scope(() => reference.attention.cached(qkv, cache, rows, shape, given))
      const [values] = await reference.read(output)
      for (const row of [0, 1] as const) {
        for (let i = 0; i < news[row] * heads * S; i++) {
          const expected = whole[row]![lengths[row]! * heads * S + i]!
          expect(Math.abs(values![row * T * heads * S + i]! - expected)).toBeLessThan(1e-5)
        }
        lengths[row]! += news[row]
      }
    }
    const qkv = reference.upload(new Float32Array(24 * width), [24, width])
    const rows = reference.rows({ rows: 2, length: 12, ids: new Int32Array(24) })
    const tooMany = () => reference.attention.cached(qkv, cache, rows, shape, Int32Array.from(lengths))
    expect(tooMany).toThrow('49 positions are more than a cache of 48 holds')
    cache.dispose()
  })
})

/** The rule of the contract in plain numbers. */
function drawByTheRule(logits: number[], sampling: Sampling, draw: number): number {
  const { temperature, topK = 0, topP = 1, vocabularySize = logits.length } = sampling
  const order = [...logits.keys()]
    .filter((id) => id < vocabularySize)
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
  if (temperature === 0) return order[0]!
  const weight = (id: number) => Math.exp((logits[id]! - logits[order[0]!]!) / temperature)
  const most = order.slice(0, topK > 0 ? topK : order.length)
  const enough = topP * most.reduce((sum, id) => sum + weight(id), 0)
  const kept = new Set<number>()
  let reached = 0
  for (const id of most) {
    if (topP < 1 && kept.size > 0 && reached >= enough) break
    kept.add(id)
    reached += weight(id)
  }
  let running = 0
  for (const id of [...kept].sort((a, b) => a - b)) {
    running += weight(id)
    if (running > draw * reached) return id
  }
  return Math.max(...kept)
}

describe.each(BACKENDS)('drawing a token on %s', (backend) => {
  beforeAll(() => openForTest(backend))

  const CASES: Sampling[] = [
    { temperature: 0 },
    { temperature: 0, vocabularySize: 5 },
    { temperature: 1 },
    { temperature: 0.5, vocabularySize: 7 },
    { temperature: 1.5, topK: 1 },
    { temperature: 1.5, topK: 4 },
    { temperature: 1.5, topK: 99 },
    { temperature: 1.5, topP: 0.05 },
    { temperature: 1.5, topP: 0.6 },
    { temperature: 1.5, topK: 6, topP: 0.8, vocabularySize: 10 },
  ]
  it.each(CASES.map((sampling) => [JSON.stringify(sampling), sampling] as const))(
    'follows the rule, of equals the one with the lower id first: %s',
    async (_, sampling) => {
      const row = [1, 2, 2, 0.5, 3, -40, 2, 3, 0, 2, 1.5]
      const draws = Float32Array.from({ length: 24 }, (_, i) => (i + 0.37) / 24)
      const logits = reference.upload(
        Float32Array.from([...draws].flatMap((_, i) => row.map((_, id) => row[(id + i) % row.length]!))),
        [draws.length, row.length],
      )
      const ids = reference.scope(() => reference.sample(logits, sampling, draws))
      expect(ids.shape).toEqual([draws.length])
      const [drawn] = await reference.read(ids)
      const expected = Array.from(draws, (draw, i) =>
        drawByTheRule(
          row.map((_, id) => row[(id + i) % row.length]!),
          sampling,
          draw,
        ),
      )
      expect(Array.from(drawn!)).toEqual(expected)
    },
  )

  it('gives an id that may be drawn for a draw of almost 1', async () => {
    const logits = reference.upload(Float32Array.from([1, 1, 1, -1e4, -1e4]), [1, 5])
    const ids = reference.sample(logits, { temperature: 1 }, Float32Array.from([1 - 2 ** -25]))
    expect(Array.from((await reference.read(ids))[0]!)).toEqual([2])
  })
})

describe.each(BACKENDS)('the likeliest tokens on %s', (backend) => {
  beforeAll(() => openForTest(backend))

  it('come with their log-probabilities over all the vocabulary, the padded part included', async () => {
    const [V, D] = [23, 3]
    const [hidden, table] = [draw(4 * D, 1, 2), draw(V * D, 2, 2)]
    const positions = [3, 1]
    const read = reference.scope(() =>
      reference.likeliest(reference.upload(hidden, [4, D]), reference.upload(table, [V, D]), {
        positions: Int32Array.from(positions),
        tokens: Int32Array.from([22, 4]),
        k: 5,
        vocabularySize: 20,
      }),
    )
    const { written, ids, logProbabilities } = read
    const [own, top, values] = await reference.read(written, ids, logProbabilities)
    for (const [row, position] of positions.entries()) {
      const logits = Array.from({ length: V }, (_, v) =>
        [0, 1, 2].reduce((sum, d) => sum + hidden[position * D + d]! * table[v * D + d]!, 0),
      )
      const all = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
      expect(own![row]).toBeCloseTo(logits[[22, 4][row]!]! - all, 5)
      const order = Array.from({ length: 20 }, (_, v) => v).sort((a, b) => logits[b]! - logits[a]!)
      expect(Array.from(top!.subarray(5 * row, 5 * row + 5))).toEqual(order.slice(0, 5))
      for (const [i, v] of order.slice(0, 5).entries()) {
        expect(values![5 * row + i]).toBeCloseTo(logits[v]! - all, 5)
      }
    }
  })
})

describe('the likeliest tokens', () => {
  it('are the same in chunks as for a prediction alone', async () => {
    await openForTest('cpu')
    const [M, V] = [85, 50257]
    const [hidden, table] = [
      reference.upload(draw(M * 2, 1), [M, 2]),
      reference.upload(draw(V * 2, 2), [V, 2]),
    ]
    const tokens = drawIds(M, V, 3)
    const ask = (from: number) =>
      reference.likeliest(hidden, table, {
        positions: Int32Array.from({ length: M - from }, (_, i) => from + i),
        tokens: tokens.subarray(from),
        k: 3,
        vocabularySize: V,
      })
    const [all, last] = [ask(0), ask(M - 1)]
    for (const name of ['written', 'ids', 'logProbabilities'] as const) {
      const [many, one] = await reference.read(all[name], last[name])
      expect(many!.slice(-one!.length)).toEqual(one)
    }
  })
})

describe.each(BACKENDS)('parameters that learn, on %s', (backend) => {
  beforeAll(() => openForTest(backend))

  const SPECS = [
    { name: 'w', shape: [2, 3], offset: 0, size: 6, decays: true },
    { name: 'b', shape: [3], offset: 6, size: 3, decays: false },
  ]
  const OPTIONS = { step: 1, learningRate: 0.01, weightDecay: 0.1, clipNorm: 1 }

  /** Adds dOutput to the gradient of `b`: that of a bias over one row. */
  function addToBias(
    operations: Operations,
    trainable: ReturnType<Operations['trainable']>,
    d: Float32Array,
  ) {
    operations.scope(() => {
      const into = { weight: gradientOf(operations, [2, 3]).gradient, bias: trainable.gradients.get('b')! }
      const x = operations.upload(new Float32Array(2), [1, 2])
      const weight = trainable.weights().get('w')!
      operations.linear.backward(x, weight, operations.upload(d, [1, 3]), into)
    })
  }

  it('take one step of AdamW from the sum of what was added, and begin anew', async () => {
    const [parameters, d] = [draw(9, 1), Float32Array.from([3, -1, 2])]
    const trainable = reference.trainable(SPECS, () => ({ parameters }))
    addToBias(reference, trainable, d)
    addToBias(reference, trainable, d)
    expect(Array.from(await trainable.readGradient())).toEqual([0, 0, 0, 0, 0, 0, 6, -2, 4])
    const norm = trainable.update(OPTIONS)
    expect(norm.shape).toEqual([1])
    const expectedNorm = Math.sqrt(36 + 4 + 16)
    expect((await reference.read(norm))[0]![0]).toBeCloseTo(expectedNorm, 5)
    const after = await trainable.read()
    for (const [i, before] of parameters.entries()) {
      const gradient = [0, 0, 0, 0, 0, 0, 6, -2, 4][i]! / expectedNorm
      expect(after.firstMoment[i]).toBeCloseTo(0.1 * gradient, 6)
      expect(after.secondMoment[i]).toBeCloseTo(0.001 * gradient ** 2, 8)
      // The first step of Adam is the sign of the gradient.
      const decayed = i < 6 ? before * (1 - 0.01 * 0.1) : before
      expect(after.parameters[i]).toBeCloseTo(decayed - 0.01 * Math.sign(gradient), 6)
    }
    expect(Array.from(await trainable.readGradient())).toEqual(new Array(9).fill(0))
    trainable.dispose()
  })

  it('go on from moments that are given as if they had never stopped', async () => {
    const one = reference.trainable(SPECS, () => ({ parameters: draw(9, 1) }))
    addToBias(reference, one, draw(3, 2))
    reference.free(one.update(OPTIONS))
    const saved = await one.read()
    const other = reference.trainable(SPECS, () => saved)
    for (const trainable of [one, other]) {
      addToBias(reference, trainable, draw(3, 3))
      reference.free(trainable.update({ ...OPTIONS, step: 2, clipNorm: 0 }))
    }
    expect(await other.read()).toEqual(await one.read())
    one.dispose()
    other.dispose()
  })

  it('leave nothing behind, and lend weights to a scope only', async () => {
    const before = tf.memory().numTensors
    const trainable = reference.scope(() => reference.trainable(SPECS, () => ({ parameters: draw(9, 1) })))
    const { length, frozen } = reference.scope(() => {
      const frozen = reference.frozen(SPECS, () => draw(9, 2))
      return { length: [...trainable.weights().values()].length, frozen }
    })
    expect(length).toBe(2)
    const [bias] = await reference.read(frozen.weights.get('b')!)
    expect(bias).toEqual(draw(9, 2).slice(6))
    const resting = tf.memory().numTensors
    const norm = reference.scope(() => trainable.update(OPTIONS))
    reference.free(norm, null)
    expect(tf.memory().numTensors).toBe(resting)
    trainable.dispose()
    frozen.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('a scope', () => {
  beforeAll(() => openForTest('cpu'))

  it('keeps what is returned in arrays, objects and maps, and frees the rest', async () => {
    const before = tf.memory().numTensors
    const make = () => reference.upload(draw(3, 1), [3])
    const kept = reference.scope(() => {
      make()
      return { list: [make(), null], deep: { map: new Map([['a', make()]]) }, numbers: new Float32Array(2) }
    })
    expect(tf.memory().numTensors).toBe(before + 2)
    reference.free(...kept.list, kept.deep.map.get('a'))
    expect(tf.memory().numTensors).toBe(before)
    expect(() => reference.scope(() => [make(), Number.NaN.toFixed(200)])).toThrow(RangeError)
    expect(tf.memory().numTensors).toBe(before)
  })

  it('is counted in bytes, and so is the most that was there at a time', () => {
    const before = reference.memory().liveBytes
    reference.resetPeak()
    reference.scope(() => {
      reference.upload(new Float32Array(1000), [1000])
      expect(reference.memory().liveBytes).toBe(before + 4000)
    })
    reference.scope(() => reference.free(reference.upload(new Float32Array(10), [10])))
    expect(reference.memory()).toMatchObject({ liveBytes: before, peakBytes: before + 4000 })
    reference.resetPeak()
    expect(reference.memory().peakBytes).toBe(before)
  })

  it('gives back integers as numbers, and copies', async () => {
    const ints = reference.upload(Int32Array.from([3, -1]), [2])
    const floats = reference.upload(Float32Array.from([0.5]), [1, 1])
    const [a, b] = await reference.read(ints, floats)
    expect([a, b]).toEqual([Float32Array.from([3, -1]), Float32Array.from([0.5])])
    b![0] = 7
    expect((await reference.read(floats))[0]![0]).toBe(0.5)
    expect(await reference.read()).toEqual([])
  })
})

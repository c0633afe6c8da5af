import type { Gradient, HeadTargets, Operations, Parameter, Values } from '../workers/kernels/operations.ts'
import { gptParameters, initialParameters } from '../workers/models/parameters.ts'
import { Random } from '../workers/random.ts'
import type { Shape } from './shapes.ts'

/** One operation's work at one shape, by the contract of either implementation. */
export interface KernelCase {
  name: string
  shape: string
  /** Floating-point operations, where speed is worth stating in them. */
  flop?: number
  /** Beyond an emulated GPU. */
  hardwareOnly?: boolean
  /** Prepares its inputs -> the work to be timed, which leaves nothing behind. */
  prepare(operations: Operations): () => void
}

/** The shapes of ENGINE.md's table of kernels; forward and backward unless said. */
export const KERNEL_CASES: readonly KernelCase[] = [
  layerNorm(256, 64),
  layerNorm(512, 256),
  layerNorm(256, 768),
  head(256, 512, 64),
  head(64, 8192, 64),
  head(64, 50257, 64),
  attention(4, 64, 4, 16),
  attention(2, 128, 4, 32),
  attention(1, 256, 2, 64),
  embedding(8192, 128, 256),
  embedding(50257, 64, 256),
  adamW('small', { V: 512, T: 64, D: 64, L: 2 }),
  adamW('middle', { V: 2048, T: 128, D: 128, L: 4 }),
  linear(512, 128, 512, true),
  linear(512, 768, 256, false),
  { ...linear(4096, 768, 3072, false), hardwareOnly: true },
  product(512, 768, 256),
  product(1024, 1024, 1024),
  { ...product(4096, 4096, 4096), hardwareOnly: true },
]

function random(count: number, seed: number, scale = 1): Float32Array {
  const numbers = new Random(seed)
  return Float32Array.from({ length: count }, () => scale * (2 * numbers.next() - 1))
}

function randomIds(count: number, below: number): Int32Array {
  const numbers = new Random(7)
  return Int32Array.from({ length: count }, () => numbers.below(below))
}

/** A random array on the device. */
function drawn(operations: Operations, shape: number[], seed: number, scale = 1): Values {
  const count = shape.reduce((product, side) => product * side, 1)
  return operations.upload(random(count, seed, scale), shape)
}

/** Places for gradients of these shapes. */
function places(operations: Operations, shapes: Record<string, number[]>): Record<string, Gradient> {
  let offset = 0
  const parameters: Parameter[] = Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce((product, side) => product * side, 1)
    offset += size
    return { name, shape, size, offset: offset - size, decays: false }
  })
  const { gradients } = operations.trainable(parameters, () => ({ parameters: new Float32Array(offset) }))
  return Object.fromEntries(gradients)
}

function layerNorm(N: number, D: number): KernelCase {
  return {
    name: 'layer norm',
    shape: `${N}×${D}`,
    prepare(operations) {
      const x = drawn(operations, [N, D], 1)
      const gain = drawn(operations, [D], 2)
      const bias = drawn(operations, [D], 3)
      const dOutput = drawn(operations, [N, D], 4)
      const into = places(operations, { gain: [D], bias: [D] })
      return () =>
        operations.scope(() => {
          const { saved } = operations.layerNorm.forward(x, gain, bias)
          operations.layerNorm.backward(saved, dOutput, { gain: into.gain!, bias: into.bias! })
        })
    },
  }
}

function head(M: number, V: number, D: number): KernelCase {
  const width = 32
  return {
    name: 'head, KL with a model',
    shape: `${M} of V${V} D${D}`,
    prepare(operations) {
      const hidden = drawn(operations, [M, D], 1)
      const table = drawn(operations, [V, D], 2, 0.3)
      const targets: HeadTargets = {
        positions: Int32Array.from({ length: M }, (_, i) => i),
        tokens: randomIds(M, V),
        weights: new Float32Array(M).fill(1 / M),
        terms: new Uint8Array(M),
        termCount: 1,
        teacher: {
          kind: 'model',
          hidden: drawn(operations, [M, width], 3),
          table: drawn(operations, [V, width], 4, 0.3),
        },
        divergence: { name: 'forward-kl', temperature: 1, temperatureSquared: false, hardShare: 0 },
      }
      const into = places(operations, { table: [V, D] })
      return () =>
        operations.scope(() => {
          operations.head(hidden, table, targets, { table: into.table! })
        })
    },
  }
}

function attention(B: number, T: number, H: number, S: number): KernelCase {
  return {
    name: 'causal attention',
    shape: `B${B} T${T} H${H} of ${S}`,
    prepare(operations) {
      const qkv = drawn(operations, [B * T, 3 * H * S], 1)
      const dOutput = drawn(operations, [B * T, H * S], 2)
      const ids = randomIds(B * T, 16)
      return () =>
        operations.scope(() => {
          const rows = operations.rows({ rows: B, length: T, ids }, false)
          const { saved } = operations.attention.forward(qkv, rows, { heads: H })
          operations.attention.backward(saved, dOutput, rows, { heads: H })
        })
    },
  }
}

function embedding(V: number, D: number, N: number): KernelCase {
  return {
    name: 'embedding gradient',
    shape: `${N} of V${V} D${D}`,
    prepare(operations) {
      const dOutput = drawn(operations, [N, D], 1)
      const into = places(operations, { tokens: [V, D] })
      const ids = randomIds(N, V)
      return () =>
        operations.scope(() => {
          const rows = operations.rows({ rows: 4, length: N / 4, ids })
          operations.embedding.backward(rows, dOutput, { tokens: into.tokens!, positions: null })
        })
    },
  }
}

function adamW(size: string, { V, T, D, L }: Pick<Shape, 'V' | 'T' | 'D' | 'L'>): KernelCase {
  const parameters = gptParameters({ vocabularySize: V, contextLength: T, layers: L, width: D, heads: 1 })
  return {
    name: 'AdamW, decay and clipping',
    shape: `${parameters.length} arrays, ${size}`,
    prepare(operations) {
      const trainable = operations.trainable(parameters, () => ({
        parameters: initialParameters(parameters, 1),
      }))
      let step = 0
      return () =>
        operations.scope(() => {
          trainable.update({ step: ++step, learningRate: 1e-3, weightDecay: 0.1, clipNorm: 1 })
        })
    },
  }
}

function linear(N: number, In: number, Out: number, gelu: boolean): KernelCase {
  return {
    name: gelu ? 'linear and GELU' : 'linear',
    shape: `${N}×${In}×${Out}`,
    flop: 6 * N * In * Out,
    prepare(operations) {
      const x = drawn(operations, [N, In], 1)
      const weight = drawn(operations, [In, Out], 2)
      const bias = drawn(operations, [Out], 3)
      const dOutput = drawn(operations, [N, Out], 4)
      const into = places(operations, { weight: [In, Out], bias: [Out] })
      return () =>
        operations.scope(() => {
          operations.linear.forward(x, weight, bias, { gelu })
          operations.linear.backward(x, weight, dOutput, { weight: into.weight!, bias: into.bias! })
        })
    },
  }
}

function product(N: number, In: number, Out: number): KernelCase {
  return {
    name: 'linear, forward',
    shape: `${N}×${In}×${Out}`,
    flop: 2 * N * In * Out,
    prepare(operations) {
      const x = drawn(operations, [N, In], 1)
      const weight = drawn(operations, [In, Out], 2)
      return () =>
        operations.scope(() => {
          operations.linear.forward(x, weight, null)
        })
    },
  }
}

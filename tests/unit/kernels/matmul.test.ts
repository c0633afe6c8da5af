import { beforeAll, describe, expect, it } from 'vitest'
import type { GpuArray } from '../../../workers/kernels/gpu/array.ts'
import type { Limits } from '../../../workers/kernels/gpu/runner.ts'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import { type Epilogue, matmul, type Product } from '../../../workers/kernels/matmul/fused.ts'
import { draw, openFused, relativeError } from './compare.ts'

/** Shapes and how they lie; the arrays are drawn. */
interface Case extends Pick<Product, 'm' | 'n' | 'k' | 'transposeA' | 'transposeB' | 'accumulate'> {
  /** Elements added to each stride. */
  gaps?: { a?: number; b?: number; out?: number }
  half?: boolean
  bias?: boolean
  epilogue?: Epilogue['kind']
  residual?: boolean
  /** Whether the sums of b's columns are asked for, and added to what is there. */
  sums?: 'new' | 'added'
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)
const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(inner(x)))
const geluSlope = (x: number) => {
  const t = Math.tanh(inner(x))
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)
}
const silu = (x: number) => x * sigmoid(x)
const siluSlope = (x: number) => sigmoid(x) * (1 + x * (1 - sigmoid(x)))

/** Nearest float16 and its bits, for numbers that are not too small or large for it. */
function toHalf(value: number): { bits: number; value: number } {
  if (value === 0) return { bits: 0, value: 0 }
  if (Number.isNaN(value)) return { bits: 0x7e00, value }
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  const mantissa = Math.round((Math.abs(value) / 2 ** exponent) * 1024)
  const bits = (value < 0 ? 0x8000 : 0) + (exponent + 15) * 1024 + (mantissa - 1024)
  return { bits, value: (Math.sign(value) * mantissa * 2 ** exponent) / 1024 }
}

/** With NaN behind them, which must not get into the product. */
function poisoned(values: Float32Array, count: number): Float32Array {
  const all = new Float32Array(values.length + count).fill(Number.NaN)
  all.set(values)
  return all
}

/** Runs a product and gives what it wrote beside what it should have written. */
async function run(runner: TfjsRunner, given: Case): Promise<Record<string, [Float32Array, Float32Array]>> {
  const { m, n, k, transposeA = false, transposeB = false, gaps = {} } = given
  const aStride = (transposeA ? m : k) + (gaps.a ?? 0)
  const bStride = (transposeB ? k : n) + (gaps.b ?? 0)
  const outStride = n + (gaps.out ?? 0)
  const aValues = poisoned(draw((transposeA ? k : m) * aStride, 1), 64 * aStride)
  let bValues = poisoned(draw((transposeB ? n : k) * bStride, 2), 64 * bStride)
  const before = draw(m * outStride, 3)
  const a = runner.upload(aValues, [aValues.length])
  let b: GpuArray
  if (given.half) {
    const rounded = [...bValues].map(toHalf)
    bValues = Float32Array.from(rounded, ({ value }) => value)
    const words = new Uint32Array(Math.ceil(bValues.length / 2))
    for (const [i, { bits }] of rounded.entries()) words[i >> 1]! |= bits << (16 * (i % 2))
    b = runner.upload(words, [bValues.length], 'float16')
  } else b = runner.upload(bValues, [bValues.length])
  const out = runner.upload(before, [before.length])

  const sides: Record<string, { array: GpuArray; values: Float32Array }> = {}
  const side = (name: string, count: number) => {
    const values = draw(count, 4 + Object.keys(sides).length, name === 'bias' ? 1 : 6)
    sides[name] = { array: runner.upload(values, [count]), values }
    return sides[name].array
  }
  const bias = given.bias ? side('bias', n) : null
  const names: Record<Epilogue['kind'], string[]> = {
    residual: ['residual'],
    gelu: ['affine'],
    gate: ['gate', 'affine'],
    geluGradient: ['x', 'activated'],
    gateGradient: ['gate', 'up', 'dGate', 'activated'],
  }
  const epilogue = given.epilogue && {
    kind: given.epilogue,
    ...Object.fromEntries(names[given.epilogue].map((name) => [name, side(name, m * n)])),
    ...(given.residual && { residual: side('residual', m * n) }),
  }
  const columnSums = given.sums && { array: side('sums', n), accumulate: given.sums === 'added' }
  const product: Product = {
    ...{ m, n, k, a, b, out, transposeA, transposeB, bias, columnSums },
    ...{ aStride, bStride, outStride, accumulate: given.accumulate },
    ...(epilogue && { epilogue: epilogue as Epilogue }),
  }
  const expected: Record<string, Float32Array> = { out: before.slice() }
  const value = (name: string, i: number) => sides[name]?.values[i] ?? 0
  for (const name of ['affine', 'activated', 'dGate', 'sums']) {
    if (sides[name]) expected[name] = sides[name].values.slice()
  }
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let c = value('bias', column)
      for (let i = 0; i < k; i++) {
        const left = aValues[transposeA ? i * aStride + row : row * aStride + i]!
        c += left * bValues[transposeB ? column * bStride + i : i * bStride + column]!
      }
      const at = row * n + column
      const to = row * outStride + column
      if (expected.affine) expected.affine[at] = c
      if (given.accumulate) c += before[to]!
      if (given.epilogue === 'gelu') c = gelu(c)
      if (given.epilogue === 'gate') c *= silu(value('gate', at))
      if (given.epilogue === 'geluGradient') {
        expected.activated![at] = gelu(value('x', at))
        c *= geluSlope(value('x', at))
      }
      if (given.epilogue === 'gateGradient') {
        const gate = value('gate', at)
        expected.activated![at] = silu(gate) * value('up', at)
        expected.dGate![at] = c * value('up', at) * siluSlope(gate)
        c *= silu(gate)
      }
      expected.out![to] = c + value('residual', at)
    }
  }
  if (expected.sums) {
    for (let column = 0; column < n; column++) {
      let sum = given.sums === 'added' ? value('sums', column) : 0
      for (let i = 0; i < k; i++) sum += bValues[i * bStride + column]!
      expected.sums[column] = sum
    }
  }
  matmul(runner, product)
  const arrays = Object.keys(expected).map((name) => (name === 'out' ? out : sides[name]!.array))
  const actual = await runner.read(arrays)
  runner.free(a, b, out, ...Object.values(sides).map(({ array }) => array))
  return Object.fromEntries(
    Object.entries(expected).map(([name, values], i) => [name, [actual[i]!, values] as const]),
  ) as Record<string, [Float32Array, Float32Array]>
}

const SHAPES: [m: number, n: number, k: number][] = [
  [1, 1, 1],
  [1, 64, 7],
  [7, 12, 65],
  [65, 67, 13],
  [64, 64, 64],
  [33, 130, 31],
]

/** Every way to lie in memory. */
const LAYOUTS = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
]

const CASES: Case[] = [
  ...LAYOUTS.flatMap((layout) => SHAPES.map(([m, n, k]) => ({ ...layout, m, n, k }))),
  ...LAYOUTS.map((layout) => ({ ...layout, m: 37, n: 53, k: 29, gaps: { a: 3, b: 11, out: 7 } })),
  // Rows that begin at multiples of four, with ends that do not.
  ...LAYOUTS.map((layout) => ({
    ...{ ...layout, m: 37, n: 53, k: 29, accumulate: true },
    gaps: { a: layout.transposeA ? 3 : 7, b: layout.transposeB ? 3 : 11, out: 11 },
  })),
  ...LAYOUTS.flatMap((layout) => [
    { ...layout, m: 9, n: 20, k: 16, half: true },
    { ...layout, m: 9, n: 21, k: 15, half: true },
  ]),
  { m: 40, n: 36, k: 20, accumulate: true },
  { m: 20, n: 36, k: 260, transposeA: true, accumulate: true, sums: 'added', bias: true },
  { m: 67, n: 35, k: 131, transposeA: true, sums: 'new' },
  { m: 68, n: 132, k: 130, transposeA: true, sums: 'added' },
  ...([36, 35] as const).flatMap((n) => [
    { m: 65, n, k: 24, bias: true },
    { m: 17, n, k: 24, bias: true, epilogue: 'residual' as const, residual: true },
    { m: 17, n, k: 24, bias: true, epilogue: 'gelu' as const },
    { m: 40, n, k: 24, epilogue: 'gelu' as const, residual: true },
    { m: 17, n, k: 24, bias: true, epilogue: 'gate' as const },
    { m: 40, n, k: 24, bias: true, epilogue: 'gate' as const, residual: true },
    { m: 17, n, k: 24, transposeB: true, epilogue: 'geluGradient' as const },
    { m: 40, n, k: 24, transposeB: true, epilogue: 'gateGradient' as const },
  ]),
]

/** Fewer for tiles in workgroup memory, which SwiftShader takes seconds to compile. */
const TILED: Case[] = [
  { m: 7, n: 68, k: 37 },
  { m: 65, n: 68, k: 37, bias: true, epilogue: 'gelu' },
  { m: 65, n: 68, k: 72, transposeB: true },
  { m: 37, n: 53, k: 29, transposeB: true, gaps: { a: 3, b: 3, out: 11 }, half: true },
  { m: 65, n: 33, k: 131, transposeA: true, accumulate: true, sums: 'added' },
  { m: 20, n: 36, k: 261, transposeA: true, sums: 'new' },
  // Enough for the larger tiles, and no multiples of them.
  { m: 521, n: 1028, k: 17 },
  { m: 1030, n: 2047, k: 5, transposeB: true },
]

const DEVICES: [name: string, cases: Case[], limits: Partial<Limits>][] = [
  ['an emulated GPU with subgroups', CASES, {}],
  ['an emulated GPU without subgroups', CASES.filter((_, i) => i % 3 === 0), { subgroup: undefined }],
  ['a GPU with 16 KiB of workgroup memory', TILED, { software: false, workgroupBytes: 16384 }],
]

describe.each(DEVICES)('on %s', (_, cases, limits) => {
  let runner: TfjsRunner
  beforeAll(async () => {
    runner = (await openFused(limits)).runner
  })

  it.each(cases.map((one) => [JSON.stringify(one), one] as const))(
    'a product is what it should be: %s',
    async (what, one) => {
      for (const [name, [actual, expected]] of Object.entries(await run(runner, one))) {
        expect(relativeError(actual, expected), `${name} of ${what}`).toBeLessThan(1e-5)
      }
    },
  )

  it('gives the same bits again', async () => {
    const given: Case = { m: 20, n: 36, k: 261, transposeA: true, sums: 'new' }
    const [one, other] = [await run(runner, given), await run(runner, given)]
    expect(one.out![0]).toEqual(other.out![0])
    expect(one.sums![0]).toEqual(other.sums![0])
  })
})

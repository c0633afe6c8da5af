import type { GpuArray } from '../gpu/array.ts'
import { type ElementType, Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import { type Ending, type EpilogueKind, ending, endingArrays } from './epilogue.ts'
import { lanesCode } from './lanes.ts'
import { elementTypes, type Layout } from './loads.ts'
import { tileCode, tileSizes } from './tile.ts'
import { cutFor, type Lanes, type Tile } from './tiles.ts'

/** What is done with c = a · b + bias; arrays are [m, n] without gaps between their rows. */
export type Epilogue =
  /** out = c + residual */
  | { kind: 'residual'; residual: GpuArray }
  /** affine = c, out = GELU(c) + residual */
  | { kind: 'gelu'; affine: GpuArray; residual?: GpuArray | null }
  /** affine = c, out = silu(gate) ⊙ c + residual */
  | { kind: 'gate'; gate: GpuArray; affine: GpuArray; residual?: GpuArray | null }
  /** out = c ⊙ GELU'(x), activated = GELU(x) */
  | { kind: 'geluGradient'; x: GpuArray; activated: GpuArray }
  /** out = c ⊙ silu(gate), dGate = c ⊙ up ⊙ silu'(gate), activated = silu(gate) ⊙ up */
  | { kind: 'gateGradient'; gate: GpuArray; up: GpuArray; dGate: GpuArray; activated: GpuArray }

/** out = a · b, m×k times k×n, and what may be done to it before it is written. */
export interface Product {
  m: number
  n: number
  k: number
  /** [m, k], or [k, m] where it is transposed. */
  a: GpuArray
  /** [k, n], or [n, k] where it is transposed; float32 or float16. */
  b: GpuArray
  /** [m, n] */
  out: GpuArray
  transposeA?: boolean
  transposeB?: boolean
  /** Elements from one row to the next, where that is more than a row has. */
  aStride?: number
  bStride?: number
  outStride?: number
  /** Adds to what `out` holds; without an epilogue only. */
  accumulate?: boolean
  /** [n], added to each row. */
  bias?: GpuArray | null
  epilogue?: Epilogue
  /** [n]: gets, or is added, the sums of b's columns, the gradient of a bias; for a b that is not transposed. */
  columnSums?: { array: GpuArray; accumulate: boolean } | null
}

const UNIFORMS = {
  m: 'u32',
  n: 'u32',
  k: 'u32',
  aStride: 'u32',
  bStride: 'u32',
  outStride: 'u32',
  accumulate: 'u32',
  accumulateSums: 'u32',
} as const

/** One program for each way to cut, to read and to end a product. */
const program = variants((key: string) => {
  const [cut, layout, end, inFours] = JSON.parse(key) as [Lanes | Tile, Layout, Ending, boolean]
  const arrays: Record<string, { type: ElementType; access: 'read' | 'read_write' }> = {}
  const { a, b } = elementTypes(layout)
  arrays.a = { type: a, access: 'read' }
  arrays.b = { type: b, access: 'read' }
  arrays.out = { type: end.vector ? 'vec4<f32>' : 'f32', access: 'read_write' }
  for (const { name, type, access } of endingArrays(end)) arrays[name] = { type, access }
  const tiled = cut.kind === 'tile' ? tileSizes(cut, end.columnSums) : null
  const code =
    cut.kind === 'tile'
      ? tileCode(cut, layout, end.columnSums)
      : lanesCode(cut, layout, end.columnSums, inFours)
  const letters = `${layout.transposeA ? 'T' : 'N'}${layout.transposeB ? 'T' : 'N'}`
  return new Program({
    label: `matmul ${letters}${end.kind === 'none' ? '' : ` ${end.kind}`}`,
    arrays,
    uniforms: UNIFORMS,
    workgroup: [tiled ? tiled.workgroup : (cut as Lanes).workgroup],
    workgroupBytes: tiled?.workgroupBytes,
    enable: cut.kind === 'lanes' && cut.lanes > 1 ? 'subgroups' : undefined,
    code: `${ending(end)}\n${code}`,
  })
})

/** Runs one product. */
export function matmul(runner: Runner, product: Product): void {
  const { m, n, k, a, b, out, transposeA = false, transposeB = false, bias, epilogue, columnSums } = product
  const aStride = product.aStride ?? (transposeA ? m : k)
  const bStride = product.bStride ?? (transposeB ? k : n)
  const outStride = product.outStride ?? n
  const kind: EpilogueKind = epilogue?.kind ?? 'none'
  if (product.accumulate && epilogue) throw new RangeError('a product with an epilogue cannot be added up')
  if (columnSums && transposeB) throw new RangeError('columns of a transposed b have no sums here')

  const { kind: _, ...others } = epilogue ?? { kind }
  const side = Object.entries(others).filter(([, array]) => array) as [string, GpuArray][]
  const cut = cutFor({ m, n }, runner.limits)
  const layout: Layout = {
    transposeA,
    transposeB,
    vectorA: aStride % 4 === 0,
    vectorB: bStride % 4 === 0,
    half: b.type === 'float16',
  }
  const end: Ending = {
    kind,
    bias: Boolean(bias),
    residual: side.some(([name]) => name === 'residual'),
    columnSums: Boolean(columnSums),
    vector: n % 4 === 0 && outStride % 4 === 0,
  }
  // Beyond k an operand that lies along it has no zeros, unless k is where fours end.
  const inFours = layout.vectorA && layout.vectorB && (k % 4 === 0 || (transposeA && !transposeB))
  const columns = cut.kind === 'tile' ? cut.columns : 4 * cut.vectors * cut.workgroup
  runner.run(
    program(JSON.stringify([cut, layout, end, inFours && cut.kind === 'lanes'])),
    {
      a,
      b,
      out,
      ...(bias && { bias }),
      ...Object.fromEntries(side),
      ...(columnSums && { sums: columnSums.array }),
    },
    {
      m,
      n,
      k,
      aStride,
      bStride,
      outStride,
      accumulate: product.accumulate ? 1 : 0,
      accumulateSums: columnSums?.accumulate ? 1 : 0,
    },
    [Math.ceil(n / columns), Math.ceil(m / cut.rows)],
    2 * m * n * k,
  )
}

import type { FusedRows } from '../embedding/rows.ts'
import type { GpuArray } from '../gpu/array.ts'
import type { Program } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import type { Heads, KeyValueCache, Operations } from '../operations.ts'
import { appendToCache, attendToCache, CACHE_LANES } from './cacheKernels.ts'
import { headShape } from './headShape.ts'
import { forwardRows, keyGradientRows, queryGradientRows, ROW_LANES, rowsEach } from './rowKernels.ts'
import { forwardTiles, keyGradientTiles, queryGradientTiles } from './tileKernels.ts'
import { type Tile, tileFor } from './tiles.ts'
import { chunksOf, unitsOf } from './wgsl.ts'

/** A head of the cached kind is summed by one workgroup. */
const LARGEST_HEAD = 4 * CACHE_LANES

interface Shape {
  rows: number
  length: number
  heads: number
  keyHeads: number
  /** S */
  size: number
}

/** @throws RangeError when projections, rows and heads do not fit together */
function shapeOf(qkv: GpuArray, { rows, length }: { rows: number; length: number }, heads: Heads): Shape {
  const [count, width] = qkv.shape as [number, number]
  const { keyHeads, size } = headShape(width, heads)
  if (count !== rows * length) {
    throw new RangeError(`${count} projections are not those of ${rows} rows of ${length}`)
  }
  if (size > LARGEST_HEAD) throw new RangeError(`a head of ${size} is larger than ${LARGEST_HEAD}`)
  return { rows, length, heads: heads.heads, keyHeads, size }
}

function sizes({ length, heads, keyHeads, size }: Shape) {
  return { length, heads, keyHeads, perKey: heads / keyHeads, chunks: chunksOf(size) }
}

/** Floating-point operations of one product of all queries with the keys before them. */
function productCost({ rows, length, heads, size }: Shape): number {
  return rows * heads * length * (length + 1) * size
}

/**
 * The tile of a kernel in workgroup memory; null for the kernel that does without, on emulated GPUs and where no tile fits.
 */
function chooseTile({ limits }: Runner, kernel: Parameters<typeof tileFor>[0], { size }: Shape): Tile | null {
  return limits.software ? null : tileFor(kernel, size, limits.workgroupBytes)
}

type ByTile = (size: number, segments: boolean, own: number, other: number) => Program
type ByRow = (size: number, segments: boolean) => Program

/**
 * Attention that never holds its scores (Dao et al. 2022, arXiv 2205.14135): the forward keeps only the logarithm of each
 * softmax' sum, [N, H], and the backward makes the scores anew, once for the gradient of the queries and once for that of
 * keys and values.
 */
export function fusedAttention(runner: Runner): Operations['attention'] {
  const known = new KnownRows(runner)

  function run(
    kernel: Parameters<typeof tileFor>[0],
    byTile: ByTile,
    byRow: ByRow,
    shape: Shape,
    arrays: Record<string, GpuArray>,
    segments: GpuArray | null,
    products: number,
  ): void {
    const tile = chooseTile(runner, kernel, shape)
    const program = tile
      ? byTile(shape.size, segments !== null, tile.own, tile.other)
      : byRow(shape.size, segments !== null)
    const rowsPerGroup = tile ? tile.own : ROW_LANES * rowsEach(shape.size)
    runner.run(
      program,
      segments ? { ...arrays, segments } : arrays,
      tile ? { ...sizes(shape), other: tile.other } : sizes(shape),
      [
        Math.ceil(shape.length / rowsPerGroup),
        kernel === 'keyGradient' ? shape.keyHeads : shape.heads,
        shape.rows,
      ],
      products * productCost(shape),
    )
  }

  return {
    forward(qkv, rows, heads) {
      const packed = qkv as GpuArray
      const shape = shapeOf(packed, rows, heads)
      const out = runner.array([packed.shape[0]!, shape.heads * shape.size])
      const sums = runner.array([packed.shape[0]!, shape.heads])
      const { segments } = rows as FusedRows
      run('forward', forwardTiles, forwardRows, shape, { qkv: packed, out, sums }, segments, 2)
      return { output: out, saved: [qkv, out, sums] }
    },

    backward(saved, dOutput, rows, heads) {
      const [qkv, out, sums] = saved as readonly [GpuArray, GpuArray, GpuArray]
      const shape = shapeOf(qkv, rows, heads)
      const { segments } = rows as FusedRows
      const dOut = dOutput as GpuArray
      const dQkv = runner.array(qkv.shape)
      const deltas = runner.array(sums.shape)
      const forQueries = { qkv, out, dOut, sums, deltas, dQkv }
      run('queryGradient', queryGradientTiles, queryGradientRows, shape, forQueries, segments, 3)
      const forKeys = { qkv, dOut, sums, deltas, dQkv }
      run('keyGradient', keyGradientTiles, keyGradientRows, shape, forKeys, segments, 4)
      runner.free(deltas)
      return dQkv
    },

    cache: (rows, capacity, keyWidth) => new FusedCache(runner, known, rows, capacity, keyWidth),

    cached(qkv, cache, rows, heads, lengths, places) {
      const packed = qkv as GpuArray
      const shape = shapeOf(packed, rows, heads)
      const { capacity, keys, values } = cache as FusedCache
      const longest = lengths.reduce((most, own) => Math.max(most, own + shape.length), 0)
      if (longest > capacity) {
        throw new RangeError(`${longest} positions are more than a cache of ${capacity} holds`)
      }
      const out = runner.array([packed.shape[0]!, shape.heads * shape.size])
      const uniforms = { ...sizes(shape), rows: shape.rows, capacity }
      const whereAndHowMany = known.of(lengths, places)
      const width = shape.keyHeads * unitsOf(shape.size)
      runner.run(appendToCache(shape.size), { qkv: packed, known: whereAndHowMany, keys, values }, uniforms, [
        Math.ceil(width / CACHE_LANES),
        shape.length,
        shape.rows,
      ])
      runner.run(
        attendToCache(shape.size),
        { qkv: packed, known: whereAndHowMany, keys, values, out },
        uniforms,
        [shape.length, shape.heads, shape.rows],
        4 *
          shape.heads *
          shape.size *
          shape.length *
          lengths.reduce((sum, own) => sum + own + shape.length, 0),
      )
      return out
    },
  }
}

class FusedCache implements KeyValueCache {
  readonly keys: GpuArray
  readonly values: GpuArray

  constructor(
    runner: Runner,
    private readonly known: KnownRows,
    readonly rows: number,
    readonly capacity: number,
    keyWidth: number,
  ) {
    this.keys = runner.keep(runner.array([rows, capacity, keyWidth]))
    this.values = runner.keep(runner.array([rows, capacity, keyWidth]))
    this.free = () => runner.free(this.keys, this.values)
    known.caches++
  }

  private readonly free: () => void

  dispose(): void {
    if (this.keys.freed) return
    this.free()
    this.known.caches--
    if (this.known.caches === 0) this.known.dispose()
  }
}

/** How many positions each row has in the cache and which row there is its own: one small array, for all layers of a step. */
class KnownRows {
  caches = 0
  private numbers: Int32Array | null = null
  private array: GpuArray | null = null

  constructor(private readonly runner: Runner) {}

  of(lengths: Int32Array, places?: Int32Array): GpuArray {
    const rows = lengths.length
    const numbers = new Int32Array(2 * rows)
    numbers.set(lengths)
    for (let row = 0; row < rows; row++) numbers[rows + row] = places ? places[row]! : row
    const held = this.numbers
    if (this.array && held?.length === numbers.length && held.every((value, i) => value === numbers[i])) {
      return this.array
    }
    this.dispose()
    this.array = this.runner.keep(this.runner.upload(numbers, [2, rows]))
    this.numbers = numbers
    return this.array
  }

  dispose(): void {
    this.runner.free(this.array)
    this.array = null
    this.numbers = null
  }
}

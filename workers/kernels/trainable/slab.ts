import { type ArrayType, aligned, bytesOf, type GpuArray } from '../gpu/array.ts'
import type { Runner } from '../gpu/runner.ts'

export interface Placed {
  shape: readonly number[]
  type: ArrayType
}

/** Where each of several arrays lies. */
export interface Layout {
  arrays: readonly (Placed & { block: number; byteOffset: number })[]
  /** Bytes of each block. */
  blocks: readonly number[]
}

/** Most bytes in one staging buffer. */
const MOST_READ = 1 << 28

/** Array behind array, each at a multiple of ALIGNMENT, in as few blocks as the device's largest allows: mostly one. */
export function layOut(arrays: readonly Placed[], mostBytes: number): Layout {
  const blocks: number[] = []
  const placed = arrays.map((array) => {
    const bytes = aligned(bytesOf(array.shape, array.type))
    if (blocks.length === 0 || blocks.at(-1)! + bytes > mostBytes) blocks.push(0)
    const block = blocks.length - 1
    const byteOffset = blocks[block]!
    blocks[block] = byteOffset + bytes
    return { shape: array.shape, type: array.type, block, byteOffset }
  })
  return { arrays: placed, blocks }
}

/** Arrays side by side in blocks that a kernel can go through as a whole. What lies between them is 0. */
export class Slab {
  readonly views: readonly GpuArray[]

  private constructor(
    private readonly runner: Runner,
    private readonly layout: Layout,
    readonly blocks: readonly GpuArray[],
  ) {
    this.views = layout.arrays.map(({ shape, type, block, byteOffset }) =>
      runner.view(blocks[block]!, shape, byteOffset, type),
    )
    for (const block of blocks) runner.clear(block)
  }

  /** Some of the same layout, all 0; none when the device has no room for one of them. */
  static make(runner: Runner, layout: Layout, count: number): Slab[] {
    const blocks = runner.scope(() =>
      Array.from({ length: count }, () => layout.blocks.map((bytes) => runner.array([bytes / 4]))),
    )
    for (const block of blocks.flat()) runner.keep(block)
    return blocks.map((own) => new Slab(runner, layout, own))
  }

  /** Sets arrays to 0, neighbours together. */
  clear(which: readonly number[]): void {
    const { arrays, blocks } = this.layout
    for (let i = 0; i < which.length; i++) {
      const first = arrays[which[i]!]!
      while (which[i + 1] === which[i]! + 1 && arrays[which[i + 1]!]!.block === first.block) i++
      const next = arrays[which[i]! + 1]
      const end = next?.block === first.block ? next.byteOffset : blocks[first.block]!
      const size = (end - first.byteOffset) / 4
      this.runner.clear(this.runner.view(this.blocks[first.block]!, [size], first.byteOffset, 'float32'))
    }
  }

  /**
   * Copies of all arrays of some slabs.
   *
   * @param put takes one slab's values from `at` on, counted in 4 bytes within one of its blocks
   */
  static async read(
    slabs: readonly Slab[],
    put: (slab: number, block: number, at: number, values: Float32Array) => void,
    mostBytes = MOST_READ,
  ): Promise<void> {
    let parts: { slab: number; block: number; at: number; view: GpuArray }[] = []
    let bytes = 0
    const take = async () => {
      const values = await slabs[0]!.runner.read(parts.map(({ view }) => view))
      for (const [i, { slab, block, at }] of parts.entries()) put(slab, block, at, values[i]!)
      parts = []
      bytes = 0
    }
    for (const [slab, { blocks, runner }] of slabs.entries()) {
      for (const [block, whole] of blocks.entries()) {
        for (let at = 0; at < whole.block.bytes; ) {
          if (bytes === mostBytes) await take()
          const size = Math.min(mostBytes - bytes, whole.block.bytes - at)
          parts.push({ slab, block, at: at / 4, view: runner.view(whole, [size / 4], at) })
          at += size
          bytes += size
        }
      }
    }
    await take()
  }

  dispose(): void {
    this.runner.free(...this.blocks)
  }
}

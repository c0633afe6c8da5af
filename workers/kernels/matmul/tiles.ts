import type { Limits } from '../gpu/runner.ts'

/**
 * How a kernel without workgroup memory cuts a product: the invocations of a subgroup share `rows` rows, whose values they
 * hand each other, and have `vectors` times four columns each. With one lane nobody shares.
 */
export interface Lanes {
  kind: 'lanes'
  lanes: number
  rows: number
  vectors: number
  workgroup: number
}

/** How a kernel with workgroup memory cuts a product. */
export interface Tile {
  kind: 'tile'
  /** Outputs of a workgroup, multiples of those of an invocation. */
  rows: number
  columns: number
  /** Outputs of an invocation, multiples of 4. */
  ownRows: number
  ownColumns: number
  /** Steps along k that are in workgroup memory at a time, a multiple of 4. */
  depth: number
  /** Parts of k that the workgroup does side by side and adds up in the end, in order: work for a device with few tiles. */
  splits: number
}

/** Each in at most 16 KiB of workgroup memory, which every adapter has. */
const TILES = {
  large: { kind: 'tile', rows: 128, columns: 128, ownRows: 8, ownColumns: 8, depth: 16, splits: 1 },
  square: { kind: 'tile', rows: 64, columns: 64, ownRows: 8, ownColumns: 8, depth: 16, splits: 1 },
  few: { kind: 'tile', rows: 32, columns: 32, ownRows: 4, ownColumns: 4, depth: 16, splits: 4 },
  thin: { kind: 'tile', rows: 8, columns: 64, ownRows: 4, ownColumns: 4, depth: 8, splits: 4 },
} as const satisfies Record<string, Tile>

/** Tiles that keep a large GPU busy; with fewer of them smaller ones are better. */
const BUSY = 128

/** The cut for a product m×k times k×n; the values are tuned on devices, see ENGINE.md, section 3. */
export function cutFor({ m, n }: { m: number; n: number }, { software, subgroup = 0 }: Limits): Lanes | Tile {
  if (software) {
    // An emulated subgroup is one SIMD register: to hand a value round costs far less there than to load it again.
    if (subgroup !== 4 && subgroup !== 8)
      return { kind: 'lanes', lanes: 1, rows: 8, vectors: 2, workgroup: 8 }
    const rows = m <= subgroup ? subgroup : 16
    return { kind: 'lanes', lanes: subgroup, rows, vectors: 1, workgroup: subgroup }
  }
  if (m <= TILES.thin.rows) return TILES.thin
  const tiles = ({ rows, columns }: Tile) => Math.ceil(m / rows) * Math.ceil(n / columns)
  return (
    [TILES.large, TILES.square].find((tile) => tiles(tile) >= BUSY && m >= tile.rows && n >= tile.columns) ??
    TILES.few
  )
}

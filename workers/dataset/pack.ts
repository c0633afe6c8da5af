import type { Row } from './row.ts'

/**
 * Windows that are packed together: as many neighbours in the curriculum's order. Few enough that a packed row holds
 * windows of like difficulty and packing takes no time, many enough that they fit together well.
 */
const BLOCK = 64

/**
 * Windows side by side in rows of at most `length` tokens, by first fit decreasing: the longest first, each into the
 * first row with room. Block by block of the order given, so that the curriculum is kept; within a block the rows stand
 * by the mean place of their windows in that order. A window that ends its trajectory ends with end-of-text; between
 * others nothing stands, as no window sees another.
 *
 * @param rows windows in curriculum order, none longer than `length`
 * @returns every window once; the same for the same windows
 */
export function packRows(rows: readonly Row[], length: number): Row[][] {
  const packs: Row[][] = []
  for (let start = 0; start < rows.length; start += BLOCK) {
    packs.push(...packBlock(rows.slice(start, start + BLOCK), length))
  }
  return packs
}

function packBlock(rows: readonly Row[], length: number): Row[][] {
  const order = rows.map((_, index) => index).sort((a, b) => sizeOf(rows[b]!) - sizeOf(rows[a]!) || a - b)
  const bins: { room: number; members: number[] }[] = []
  for (const index of order) {
    const size = sizeOf(rows[index]!)
    let bin = bins.find(({ room }) => room >= size)
    if (!bin) {
      bin = { room: length, members: [] }
      bins.push(bin)
    }
    bin.room -= size
    bin.members.push(index)
  }
  const place = (members: number[]) => members.reduce((sum, index) => sum + index, 0) / members.length
  return bins
    .map(({ members }) => members.sort((a, b) => a - b))
    .sort((a, b) => place(a) - place(b))
    .map((members) => members.map((index) => rows[index]!))
}

function sizeOf({ ids }: Row): number {
  return ids.length
}

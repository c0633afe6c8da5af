import type { Heads } from '../operations.ts'

/**
 * The sizes in packed projections [N, (H + 2G)·S].
 *
 * @throws RangeError when they do not come out even
 */
export function headShape(width: number, { heads, keyHeads = heads }: Heads) {
  const size = width / (heads + 2 * keyHeads)
  if (heads % keyHeads !== 0 || !Number.isInteger(size)) {
    throw new RangeError(`${heads} heads with ${keyHeads} of keys do not fit into a width of ${width}`)
  }
  return { keyHeads, size, keyWidth: keyHeads * size, queryWidth: heads * size }
}

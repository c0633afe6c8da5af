import type { Batch } from '../dataset/row.ts'
import type { TokenRows } from '../kernels/operations.ts'

/** A batch as a model reads it: where rows hold several windows, each counts its positions from its own start. */
export function tokenRows({ rows, length, ids, segments }: Batch): TokenRows {
  if (!segments) return { rows, length, ids }
  const positions = new Int32Array(rows * length)
  for (let at = 0; at < positions.length; at++) {
    if (at % length > 0 && segments[at] === segments[at - 1]) positions[at] = positions[at - 1]! + 1
  }
  return { rows, length, ids, segments, positions }
}

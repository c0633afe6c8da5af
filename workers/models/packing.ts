import type { Batch } from '../dataset/row.ts'
import { tf } from '../device/tensorflow.ts'
import type { Packing } from '../kernels/operations.ts'

/** The packing of a batch's rows on the device; undefined where each row is one window. Inside tf.tidy. */
export function packingOf({ rows, length, segments }: Batch): Packing | undefined {
  if (!segments) return undefined
  const positions = new Int32Array(rows * length)
  for (let at = 0; at < positions.length; at++) {
    if (at % length > 0 && segments[at] === segments[at - 1]) positions[at] = positions[at - 1]! + 1
  }
  return {
    segments: tf.tensor2d(segments, [rows, length], 'int32'),
    positions: tf.tensor2d(positions, [rows, length], 'int32'),
  }
}

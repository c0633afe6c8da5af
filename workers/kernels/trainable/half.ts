import { toFloat16 } from '../../float16.ts'

const LARGEST = 65504

/**
 * Half-precision numbers (IEEE 754 binary16), two in a u32 with the first in its low bits, as WGSL's unpack2x16float
 * takes them. Rounded to the nearest, ties to even; what is too large becomes the largest finite one.
 *
 * @param values an even count of them
 */
export function toHalf(values: Float32Array): Uint32Array {
  const packed = new Uint32Array(values.length / 2)
  for (let i = 0; i < packed.length; i++) {
    packed[i] = halfBits(values[2 * i]!) | (halfBits(values[2 * i + 1]!) << 16)
  }
  return packed
}

function halfBits(value: number): number {
  return toFloat16(Math.max(-LARGEST, Math.min(LARGEST, value)))
}

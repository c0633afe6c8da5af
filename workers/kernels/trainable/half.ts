const LARGEST = 0x7bff
const NOT_A_NUMBER = 0x7e00

/**
 * Half-precision numbers (IEEE 754 binary16), two in a u32 with the first in its low bits, as WGSL's unpack2x16float
 * takes them. Rounded to the nearest, ties to even; what is too large becomes the largest finite one.
 *
 * @param values an even count of them
 */
export function toHalf(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const packed = new Uint32Array(values.length / 2)
  for (let i = 0; i < packed.length; i++) {
    packed[i] = halfBits(bits[2 * i]!) | (halfBits(bits[2 * i + 1]!) << 16)
  }
  return packed
}

function halfBits(single: number): number {
  const sign = (single >>> 16) & 0x8000
  const size = single & 0x7fffffff
  if (size > 0x7f800000) return sign | NOT_A_NUMBER
  // 65520, halfway between the largest and what would come next.
  if (size >= 0x477ff000) return sign | LARGEST
  // From 2^-14: exponents differ by 112, and 13 bits of the fraction go.
  if (size >= 0x38800000) {
    const rebiased = size - (112 << 23)
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13)
  }
  // Subnormal: multiples of 2^-24; half of that and less becomes 0.
  if (size <= 0x33000000) return sign
  const gone = 126 - (size >>> 23)
  const fraction = (size & 0x7fffff) | 0x800000
  const kept = fraction >>> gone
  const rest = fraction & ((1 << gone) - 1)
  const middle = 1 << (gone - 1)
  return sign | (rest > middle || (rest === middle && kept % 2 === 1) ? kept + 1 : kept)
}

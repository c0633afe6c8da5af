/** IEEE 754 half precision, which JavaScript does not have everywhere yet. */

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** Bits of the nearest half-precision number, ties to even; beyond ±65504 ±∞. */
export function toFloat16(value: number): number {
  single[0] = value
  const x = bits[0]!
  const sign = (x >>> 16) & 0x8000
  const size = x & 0x7fffffff
  if (size >= 0x7f800000) return sign | (size > 0x7f800000 ? 0x7e00 : 0x7c00)
  if (size >= 0x477ff000) return sign | 0x7c00
  // Below 2^-14 the exponent stands still and every number is a multiple of 2^-24.
  if (size < 0x38800000) return sign | roundToEven(Math.abs(single[0]) * 2 ** 24)
  const kept = (size - 0x38000000) >>> 13
  const rest = size & 0x1fff
  return sign | (kept + (rest > 0x1000 || (rest === 0x1000 && (kept & 1) === 1) ? 1 : 0))
}

function roundToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}

let table: Float32Array | undefined

/** The number that 16 bits stand for. */
export function fromFloat16(half: number): number {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, code) => decoded(code))
  return table[half]!
}

function decoded(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

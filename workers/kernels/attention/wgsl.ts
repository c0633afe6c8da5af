import type { ElementType } from '../gpu/program.ts'

/** Stands for −∞: exp of it less any score is 0, and no NaN can come of it. */
export const LOWEST = '-1e30'

/** Packed projections and what is made of them are read four values at a time where no head begins amid four. */
export function elementOf(size: number): ElementType & ('f32' | 'vec4<f32>') {
  return size % 4 === 0 ? 'vec4<f32>' : 'f32'
}

/** Elements of arrays that one head takes. */
export function unitsOf(size: number): number {
  return size % 4 === 0 ? size / 4 : size
}

/** Pieces of four values that one head takes. */
export function chunksOf(size: number): number {
  return Math.ceil(size / 4)
}

/** Text for 0 … count − 1. */
export function each(count: number, text: (i: number) => string, between = '\n'): string {
  return Array.from({ length: count }, (_, i) => text(i)).join(between)
}

/** `fn read_x(base, c)`: four values of a head that begins at element `base`, zeros behind its end. */
export function reader(size: number, array: string): string {
  const head = `fn read_${array}(base : u32, c : u32) -> vec4<f32>`
  if (size % 4 === 0) return `${head} { return ${array}[base + c]; }`
  return `${head} {
  let at = 4u * c;
  var x = vec4<f32>(${array}[base + at], 0.0, 0.0, 0.0);
  ${each(3, (i) => `if (at + ${i + 1}u < ${size}u) { x[${i + 1}] = ${array}[base + at + ${i + 1}u]; }`)}
  return x;
}`
}

/** `fn write_x(base, c, x)`: puts four values there, but none behind the head's end. */
export function writer(size: number, array: string): string {
  const head = `fn write_${array}(base : u32, c : u32, x : vec4<f32>)`
  if (size % 4 === 0) return `${head} { ${array}[base + c] = x; }`
  return `${head} {
  let at = 4u * c;
  ${each(4, (i) => `if (at + ${i}u < ${size}u) { ${array}[base + at + ${i}u] = x[${i}]; }`)}
}`
}

/** The sizes that every kernel of attention is told. */
export const SIZES = { length: 'u32', heads: 'u32', keyHeads: 'u32', perKey: 'u32', chunks: 'u32' } as const

/**
 * Constants and names of the places in packed projections. `u.perKey` is H / G, `u.chunks` pieces of four in a head: a
 * number that the compiler does not know keeps a loop a loop.
 */
export function prelude(size: number): string {
  return `
const SIZE = ${unitsOf(size)}u;
const SCALE = ${(1 / Math.sqrt(size)).toPrecision(9)};
fn stride() -> u32 { return (u.heads + 2u * u.keyHeads) * SIZE; }
fn key_of(head : u32) -> u32 { return (u.heads + head / u.perKey) * SIZE; }
fn value_of(head : u32) -> u32 { return (u.heads + u.keyHeads + head / u.perKey) * SIZE; }
`
}

/** The array that tells windows of a packed row apart, where rows are packed. */
export const segmentArray = (segments: boolean) =>
  (segments ? { segments: { type: 'i32', access: 'read' } } : {}) as {
    segments: { type: 'i32'; access: 'read' }
  }

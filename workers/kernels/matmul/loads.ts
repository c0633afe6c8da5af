/** How the operands of a product lie in memory. */
export interface Layout {
  transposeA: boolean
  transposeB: boolean
  /** Whether four neighbours may be read at once. */
  vectorA: boolean
  vectorB: boolean
  /** float16 b. */
  half: boolean
}

/** Element types that `a` and `b` are bound as. */
export function elementTypes({ vectorA, vectorB, half }: Layout) {
  const ofB = half ? (vectorB ? 'vec2<u32>' : 'u32') : vectorB ? 'vec4<f32>' : 'f32'
  return { a: vectorA ? 'vec4<f32>' : 'f32', b: ofB } as const
}

/** WGSL: `fourA(at)` and `fourB(at)`, four neighbours, and where they cannot be read at once `oneA(at)` and `oneB(at)`. */
export function loads({ vectorA, vectorB, half }: Layout): string {
  const four = (name: 'A' | 'B') =>
    `fn four${name}(at : u32) -> vec4f { return vec4f(${[0, 1, 2, 3].map((i) => `one${name}(at + ${i}u)`).join(', ')}); }`
  const ofA = vectorA
    ? 'fn fourA(at : u32) -> vec4f { return a[at / 4u]; }'
    : `fn oneA(at : u32) -> f32 { return a[at]; }\n${four('A')}`
  const single = half
    ? `fn oneB(at : u32) -> f32 {
  let pair = unpack2x16float(b[at / 2u]);
  return select(pair.x, pair.y, (at & 1u) == 1u);
}`
    : 'fn oneB(at : u32) -> f32 { return b[at]; }'
  const whole = half
    ? `fn fourB(at : u32) -> vec4f {
  let pair = b[at / 4u];
  return vec4f(unpack2x16float(pair.x), unpack2x16float(pair.y));
}`
    : 'fn fourB(at : u32) -> vec4f { return b[at / 4u]; }'
  return `${ofA}\n${vectorB ? whole : `${single}\n${four('B')}`}`
}

/** WGSL: four columns at step `k` out of four vectors along k, which are named `name`0 … 3. */
export function turned(name: string, k: number): string {
  return `vec4f(${[0, 1, 2, 3].map((i) => `${name}${i}.${'xyzw'[k]}`).join(', ')})`
}

export const range = (count: number) => Array.from({ length: count }, (_, i) => i)

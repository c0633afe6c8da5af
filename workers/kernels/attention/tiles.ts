import { chunksOf, each, SIZES } from './wgsl.ts'

/**
 * Attention in tiles: 8×8 threads hold `own` rows of one side in workgroup memory and go through the other side by `other`
 * rows. A thread has every eighth row of the tile, its scores with every eighth row of the other, and every eighth piece of
 * four values of what is added up.
 */
export interface Tile {
  own: number
  other: number
}

/** `other` once more: like `chunks`, it keeps loops loops, or compilers take many seconds. */
export const TILE_SIZES = { ...SIZES, other: 'u32' } as const

const TILES: readonly Tile[] = [
  { own: 32, other: 16 },
  { own: 16, other: 16 },
  { own: 16, other: 8 },
  { own: 8, other: 8 },
]

/** Pieces of four from one row to the next: an odd number, so that eight rows side by side lie in different banks. */
export const pitchOf = (size: number) => chunksOf(size) | 1

type Kernel = 'forward' | 'queryGradient' | 'keyGradient'

export function workgroupBytes(kernel: Kernel, size: number, { own, other }: Tile): number {
  const rows = 16 * pitchOf(size) * (own + other)
  const scores = 4 * own * other
  if (kernel === 'forward') return rows + 2 * scores
  return 2 * rows + (kernel === 'keyGradient' ? 2 * scores : scores + 4 * own)
}

/** The largest tile that fits; null where none does. */
export function tileFor(kernel: Kernel, size: number, available: number): Tile | null {
  return TILES.find((tile) => workgroupBytes(kernel, size, tile) <= available) ?? null
}

/** Rows of one head that begins `at` elements into its row, put into workgroup memory; none behind the sequence's end. */
export function load(
  into: string,
  count: number,
  size: number,
  array: string,
  pitch: string,
  at: string,
  from: string,
) {
  return `for (var i = lane; i < ${count * chunksOf(size)}u; i += 64u) {
    let r = i / ${chunksOf(size)}u; let c = i % ${chunksOf(size)}u;
    var x = vec4<f32>();
    if (${from} + r < u.length) { x = read_${array}((begin + ${from} + r) * ${pitch} + ${at}, c); }
    ${into}[r * ${pitchOf(size)}u + c] = x;
  }`
}

export function opening(own: number): string {
  return `
@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group : vec3<u32>, @builtin(local_invocation_index) lane : u32) {
  let tx = lane % 8u; let ty = lane / 8u;
  let begin = group.z * u.length;
  let first = group.x * ${own}u;
`
}

/** The first tile of keys that the tile of queries at `first` attends to. */
export function firstTile(segments: boolean, other: number): string {
  if (!segments) return 'var tile = 0u;'
  return `var tile = 0u;
  while (tile + ${other}u <= first && segments[begin + tile + ${other - 1}u] != segments[begin + first]) { tile += ${other}u; }`
}

/** Whether the query at place i attends to the key at place j; places behind the end are not to be read. */
export function allows(segments: boolean): string {
  return `fn allows(begin : u32, i : u32, j : u32) -> bool {
  if (i >= u.length || j > i) { return false; }
  return ${segments ? 'segments[begin + i] == segments[begin + j]' : 'true'};
}`
}

/** What the three kernels have in common: how many rows, scores and pieces a thread has, and text for each of them. */
export function shares(size: number, { own, other }: Tile) {
  const rows = own / 8
  const keys = other / 8
  const columns = Math.ceil(chunksOf(size) / 8)
  const eachScore = (text: (r: number, k: number) => string) =>
    each(rows, (r) => each(keys, (k) => text(r, k)))
  const eachPiece = (text: (r: number, c: number) => string) =>
    each(rows, (r) => each(columns, (c) => text(r, c)))
  const pitch = `${pitchOf(size)}u`
  /** Name of a row in workgroup memory. */
  const ownRow = (r: number) => `(ty + ${8 * r}u)`
  const otherRow = (k: number) => `(tx + ${8 * k}u)`
  /** `name_r_c` += weight(row r, other row) · the other row's pieces, for all of the other rows. */
  const accumulate = (sums: { name: string; weights: string; rows: string }[]) => `
    for (var k = 0u; k < u.other; k++) {
      ${each(sums.length, (i) => each(rows, (r) => `let ${sums[i]!.name}w${r} = ${sums[i]!.weights}[${ownRow(r)} * ${other}u + k];`))}
      ${each(
        columns,
        (c) => `if (tx + ${8 * c}u < ${chunksOf(size)}u) {
        ${each(
          sums.length,
          (i) => `let ${sums[i]!.name}x = ${sums[i]!.rows}[k * ${pitch} + tx + ${8 * c}u];
        ${each(rows, (r) => `${sums[i]!.name}${r}_${c} += ${sums[i]!.name}w${r} * ${sums[i]!.name}x;`, ' ')}`,
        )}
      }`,
      )}
    }`
  /** Dot products of a thread's rows with its other rows, added to `name_r_k`. */
  const multiply = (products: { name: string; own: string; other: string }[]) => `
    ${each(products.length, (i) => eachScore((r, k) => `var ${products[i]!.name}${r}_${k} = 0.0;`))}
    for (var c = 0u; c < u.chunks; c++) {
      ${each(
        products.length,
        (
          i,
        ) => `${each(rows, (r) => `let ${products[i]!.name}a${r} = ${products[i]!.own}[${ownRow(r)} * ${pitch} + c];`)}
      ${each(keys, (k) => `let ${products[i]!.name}b${k} = ${products[i]!.other}[${otherRow(k)} * ${pitch} + c];`)}
      ${eachScore((r, k) => `${products[i]!.name}${r}_${k} += dot(${products[i]!.name}a${r}, ${products[i]!.name}b${k});`)}`,
      )}
    }`
  const write = (array: string, at: (r: number) => string, value: (r: number, c: number) => string) =>
    eachPiece(
      (r, c) => `if (first + ${ownRow(r)} < u.length && tx + ${8 * c}u < ${chunksOf(size)}u) {
      write_${array}(${at(r)}, tx + ${8 * c}u, ${value(r, c)});
    }`,
    )
  return { rows, keys, columns, eachScore, eachPiece, ownRow, otherRow, accumulate, multiply, write }
}

import { Program, variants } from '../gpu/program.ts'
import { chunksOf, each, elementOf, LOWEST, prelude, reader, SIZES, writer } from './wgsl.ts'

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
const TILE_SIZES = { ...SIZES, other: 'u32' } as const

const TILES: readonly Tile[] = [
  { own: 32, other: 16 },
  { own: 16, other: 16 },
  { own: 16, other: 8 },
  { own: 8, other: 8 },
]

/** Pieces of four from one row to the next: an odd number, so that eight rows side by side lie in different banks. */
const pitchOf = (size: number) => chunksOf(size) | 1

type Kernel = 'forward' | 'queryGradient' | 'keyGradient'

function workgroupBytes(kernel: Kernel, size: number, { own, other }: Tile): number {
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
function load(
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

function opening(own: number): string {
  return `
@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group : vec3<u32>, @builtin(local_invocation_index) lane : u32) {
  let tx = lane % 8u; let ty = lane / 8u;
  let begin = group.z * u.length;
  let first = group.x * ${own}u;
`
}

/** The first tile of keys that the tile of queries at `first` attends to. */
function firstTile(segments: boolean, other: number): string {
  if (!segments) return 'var tile = 0u;'
  return `var tile = 0u;
  while (tile + ${other}u <= first && segments[begin + tile + ${other - 1}u] != segments[begin + first]) { tile += ${other}u; }`
}

/** Whether the query at place i attends to the key at place j; places behind the end are not to be read. */
function allows(segments: boolean): string {
  return `fn allows(begin : u32, i : u32, j : u32) -> bool {
  if (i >= u.length || j > i) { return false; }
  return ${segments ? 'segments[begin + i] == segments[begin + j]' : 'true'};
}`
}

const segmentArray = (segments: boolean) =>
  (segments ? { segments: { type: 'i32', access: 'read' } } : {}) as {
    segments: { type: 'i32'; access: 'read' }
  }

/** What the three kernels have in common: how many rows, scores and pieces a thread has, and text for each of them. */
function shares(size: number, { own, other }: Tile) {
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

/** Forward with a running maximum and sum (Dao et al. 2022, arXiv 2205.14135); keys and values take turns in one place. */
export const forwardTiles = variants((size: number, segments: boolean, own: number, other: number) => {
  const tile = { own, other }
  const t = shares(size, tile)
  const type = elementOf(size)
  return new Program({
    label: 'attention forward',
    arrays: {
      qkv: { type, access: 'read' },
      ...segmentArray(segments),
      out: { type, access: 'read_write' },
      sums: { type: 'f32', access: 'read_write' },
    },
    uniforms: TILE_SIZES,
    workgroup: [8, 8],
    workgroupBytes: workgroupBytes('forward', size, tile),
    code: `${prelude(size)}${reader(size, 'qkv')}${writer(size, 'out')}${allows(segments)}
var<workgroup> queries : array<vec4<f32>, ${own * pitchOf(size)}>;
var<workgroup> others : array<vec4<f32>, ${other * pitchOf(size)}>;
var<workgroup> scores : array<f32, ${own * other}>;
var<workgroup> weights : array<f32, ${own * other}>;
${opening(own)}
  let head = group.y;
  ${load('queries', own, size, 'qkv', 'stride()', 'head * SIZE', 'first')}
  ${t.eachPiece((r, c) => `var o${r}_${c} = vec4<f32>();`)}
  ${each(t.rows, (r) => `var m${r} = ${LOWEST}; var l${r} = 0.0;`)}
  let end = min(first + ${own}u, u.length);
  ${firstTile(segments, other)}
  for (; tile < end; tile += ${other}u) {
    ${load('others', other, size, 'qkv', 'stride()', 'key_of(head)', 'tile')}
    workgroupBarrier();
    ${t.multiply([{ name: 's', own: 'queries', other: 'others' }])}
    ${t.eachScore(
      (
        r,
        k,
      ) => `s${r}_${k} = select(${LOWEST}, s${r}_${k} * SCALE, allows(begin, first + ${t.ownRow(r)}, tile + ${t.otherRow(k)}));
    scores[${t.ownRow(r)} * ${other}u + ${t.otherRow(k)}] = s${r}_${k};`,
    )}
    workgroupBarrier();
    ${load('others', other, size, 'qkv', 'stride()', 'value_of(head)', 'tile')}
    ${each(
      t.rows,
      (r) => `var n${r} = m${r};
    for (var k = 0u; k < u.other; k++) { n${r} = max(n${r}, scores[${t.ownRow(r)} * ${other}u + k]); }
    let z${r} = exp(m${r} - n${r}); m${r} = n${r}; l${r} *= z${r};
    ${each(t.keys, (k) => `let p${r}_${k} = exp(s${r}_${k} - n${r}); l${r} += p${r}_${k}; weights[${t.ownRow(r)} * ${other}u + ${t.otherRow(k)}] = p${r}_${k};`)}
    ${each(t.columns, (c) => `o${r}_${c} *= z${r};`, ' ')}`,
    )}
    workgroupBarrier();
    ${t.accumulate([{ name: 'o', weights: 'weights', rows: 'others' }])}
    workgroupBarrier();
  }
  ${each(t.rows, (r) => `scores[${t.ownRow(r)} * ${other}u + tx] = l${r};`)}
  workgroupBarrier();
  ${each(t.rows, (r) => `var sum${r} = 0.0; for (var k = 0u; k < 8u; k++) { sum${r} += scores[${t.ownRow(r)} * ${other}u + k]; }`)}
  ${t.write(
    'out',
    (r) => `((begin + first + ${t.ownRow(r)}) * u.heads + head) * SIZE`,
    (r, c) => `o${r}_${c} / sum${r}`,
  )}
  ${each(
    t.rows,
    (r) => `if (tx == 0u && first + ${t.ownRow(r)} < u.length) {
    sums[(begin + first + ${t.ownRow(r)}) * u.heads + head] = m${r} + log(sum${r});
  }`,
  )}
}`,
  })
})

/** Gradient of the queries, and dO · O of each row and head for that of keys and values. */
export const queryGradientTiles = variants((size: number, segments: boolean, own: number, other: number) => {
  const tile = { own, other }
  const t = shares(size, tile)
  const type = elementOf(size)
  return new Program({
    label: 'attention query gradient',
    arrays: {
      qkv: { type, access: 'read' },
      ...segmentArray(segments),
      out: { type, access: 'read' },
      dOut: { type, access: 'read' },
      sums: { type: 'f32', access: 'read' },
      deltas: { type: 'f32', access: 'read_write' },
      dQkv: { type, access: 'read_write' },
    },
    uniforms: TILE_SIZES,
    workgroup: [8, 8],
    workgroupBytes: workgroupBytes('queryGradient', size, tile),
    code: `${prelude(size)}${reader(size, 'qkv')}${reader(size, 'out')}${reader(size, 'dOut')}${writer(size, 'dQkv')}
${allows(segments)}
var<workgroup> queries : array<vec4<f32>, ${own * pitchOf(size)}>;
var<workgroup> grads : array<vec4<f32>, ${own * pitchOf(size)}>;
var<workgroup> keys : array<vec4<f32>, ${other * pitchOf(size)}>;
var<workgroup> values : array<vec4<f32>, ${other * pitchOf(size)}>;
var<workgroup> weights : array<f32, ${own * other}>;
var<workgroup> rowDeltas : array<f32, ${own}>;
${opening(own)}
  let head = group.y;
  ${load('queries', own, size, 'qkv', 'stride()', 'head * SIZE', 'first')}
  ${load('grads', own, size, 'dOut', '(u.heads * SIZE)', 'head * SIZE', 'first')}
  workgroupBarrier();
  if (lane < ${own}u && first + lane < u.length) {
    let base = (begin + first + lane) * u.heads + head;
    var delta = 0.0;
    for (var c = 0u; c < u.chunks; c++) { delta += dot(grads[lane * ${pitchOf(size)}u + c], read_out(base * SIZE, c)); }
    rowDeltas[lane] = delta;
    deltas[base] = delta;
  }
  ${t.eachPiece((r, c) => `var o${r}_${c} = vec4<f32>();`)}
  ${each(t.rows, (r) => `let sum${r} = sums[(begin + min(first + ${t.ownRow(r)}, u.length - 1u)) * u.heads + head];`)}
  let end = min(first + ${own}u, u.length);
  ${firstTile(segments, other)}
  for (; tile < end; tile += ${other}u) {
    ${load('keys', other, size, 'qkv', 'stride()', 'key_of(head)', 'tile')}
    ${load('values', other, size, 'qkv', 'stride()', 'value_of(head)', 'tile')}
    workgroupBarrier();
    ${t.multiply([
      { name: 's', own: 'queries', other: 'keys' },
      { name: 't', own: 'grads', other: 'values' },
    ])}
    ${t.eachScore(
      (
        r,
        k,
      ) => `{ let p = select(0.0, exp(s${r}_${k} * SCALE - sum${r}), allows(begin, first + ${t.ownRow(r)}, tile + ${t.otherRow(k)}));
      weights[${t.ownRow(r)} * ${other}u + ${t.otherRow(k)}] = p * (t${r}_${k} - rowDeltas[${t.ownRow(r)}]) * SCALE; }`,
    )}
    workgroupBarrier();
    ${t.accumulate([{ name: 'o', weights: 'weights', rows: 'keys' }])}
    workgroupBarrier();
  }
  ${t.write(
    'dQkv',
    (r) => `(begin + first + ${t.ownRow(r)}) * stride() + head * SIZE`,
    (r, c) => `o${r}_${c}`,
  )}
}`,
  })
})

/** Gradients of keys and values, added up over the query heads that share them. */
export const keyGradientTiles = variants((size: number, segments: boolean, own: number, other: number) => {
  const tile = { own, other }
  const t = shares(size, tile)
  const type = elementOf(size)
  return new Program({
    label: 'attention key gradient',
    arrays: {
      qkv: { type, access: 'read' },
      ...segmentArray(segments),
      dOut: { type, access: 'read' },
      sums: { type: 'f32', access: 'read' },
      deltas: { type: 'f32', access: 'read' },
      dQkv: { type, access: 'read_write' },
    },
    uniforms: TILE_SIZES,
    workgroup: [8, 8],
    workgroupBytes: workgroupBytes('keyGradient', size, tile),
    code: `${prelude(size)}${reader(size, 'qkv')}${reader(size, 'dOut')}${writer(size, 'dQkv')}${allows(segments)}
var<workgroup> keys : array<vec4<f32>, ${own * pitchOf(size)}>;
var<workgroup> values : array<vec4<f32>, ${own * pitchOf(size)}>;
var<workgroup> queries : array<vec4<f32>, ${other * pitchOf(size)}>;
var<workgroup> grads : array<vec4<f32>, ${other * pitchOf(size)}>;
var<workgroup> shares : array<f32, ${own * other}>;
var<workgroup> weights : array<f32, ${own * other}>;
${opening(own)}
  let head0 = group.y * u.perKey;
  ${load('keys', own, size, 'qkv', 'stride()', 'key_of(head0)', 'first')}
  ${load('values', own, size, 'qkv', 'stride()', 'value_of(head0)', 'first')}
  ${t.eachPiece((r, c) => `var k${r}_${c} = vec4<f32>(); var v${r}_${c} = vec4<f32>();`)}
  let last = min(first + ${own}u, u.length) - 1u;
  for (var head = head0; head < head0 + u.perKey; head++) {
    for (var tile = first; tile < u.length; tile += ${other}u) {
      ${segments ? 'if (tile > last && segments[begin + tile] != segments[begin + last]) { break; }' : ''}
      ${load('queries', other, size, 'qkv', 'stride()', 'head * SIZE', 'tile')}
      ${load('grads', other, size, 'dOut', '(u.heads * SIZE)', 'head * SIZE', 'tile')}
      workgroupBarrier();
      ${t.multiply([
        { name: 's', own: 'keys', other: 'queries' },
        { name: 't', own: 'values', other: 'grads' },
      ])}
      ${each(
        t.keys,
        (k) => `let base${k} = (begin + min(tile + ${t.otherRow(k)}, u.length - 1u)) * u.heads + head;
      let sum${k} = sums[base${k}]; let delta${k} = deltas[base${k}];`,
      )}
      ${t.eachScore(
        (
          r,
          k,
        ) => `{ let p = select(0.0, exp(s${r}_${k} * SCALE - sum${k}), allows(begin, tile + ${t.otherRow(k)}, first + ${t.ownRow(r)}));
        shares[${t.ownRow(r)} * ${other}u + ${t.otherRow(k)}] = p;
        weights[${t.ownRow(r)} * ${other}u + ${t.otherRow(k)}] = p * (t${r}_${k} - delta${k}) * SCALE; }`,
      )}
      workgroupBarrier();
      ${t.accumulate([
        { name: 'k', weights: 'weights', rows: 'queries' },
        { name: 'v', weights: 'shares', rows: 'grads' },
      ])}
      workgroupBarrier();
    }
  }
  ${t.write(
    'dQkv',
    (r) => `(begin + first + ${t.ownRow(r)}) * stride() + key_of(head0)`,
    (r, c) => `k${r}_${c}`,
  )}
  ${t.write(
    'dQkv',
    (r) => `(begin + first + ${t.ownRow(r)}) * stride() + value_of(head0)`,
    (r, c) => `v${r}_${c}`,
  )}
}`,
  })
})

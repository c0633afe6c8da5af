import { Program, variants } from '../gpu/program.ts'
import { chunksOf, each, elementOf, LOWEST, prelude, reader, SIZES, writer } from './wgsl.ts'

export const CACHE_LANES = 64

/** Scores that a workgroup holds at a time. */
const BLOCK = 256

const CACHE_SIZES = { ...SIZES, rows: 'u32', capacity: 'u32' } as const

/** `known` holds the lengths of the rows, then their places in the cache. */
const row = `
fn length_of(row : u32) -> u32 { return u32(known[row]); }
fn place_of(row : u32) -> u32 { return u32(known[u.rows + row]); }
`

/** Puts the keys and values of new positions behind those that their rows have; an invocation copies one element of both. */
export const appendToCache = variants((size: number) => {
  const type = elementOf(size)
  return new Program({
    label: 'attention cache',
    arrays: {
      qkv: { type, access: 'read' },
      known: { type: 'i32', access: 'read' },
      keys: { type, access: 'read_write' },
      values: { type, access: 'read_write' },
    },
    uniforms: CACHE_SIZES,
    workgroup: [CACHE_LANES],
    code: `${prelude(size)}${row}
@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) at : vec3<u32>) {
  let width = u.keyHeads * SIZE;
  if (at.x >= width) { return; }
  let source = (at.z * u.length + at.y) * stride() + u.heads * SIZE + at.x;
  let to = (place_of(at.z) * u.capacity + length_of(at.z) + at.y) * width + at.x;
  keys[to] = qkv[source];
  values[to] = qkv[source + width];
}`,
  })
})

/**
 * One query of one head in a workgroup: its lanes share out the keys of a block for the scores, then the pieces of the head
 * for the sums of values.
 */
export const attendToCache = variants((size: number) => {
  const type = elementOf(size)
  const chunks = chunksOf(size)
  const teams = Math.floor(CACHE_LANES / chunks)
  return new Program({
    label: 'attention to cache',
    arrays: {
      qkv: { type, access: 'read' },
      known: { type: 'i32', access: 'read' },
      keys: { type, access: 'read' },
      values: { type, access: 'read' },
      out: { type, access: 'read_write' },
    },
    uniforms: CACHE_SIZES,
    workgroup: [CACHE_LANES],
    workgroupBytes: 4 * BLOCK + 8 * CACHE_LANES + 16 * (chunks + CACHE_LANES),
    code: `${prelude(size)}${reader(size, 'qkv')}${reader(size, 'keys')}${reader(size, 'values')}${writer(size, 'out')}${row}
var<workgroup> query : array<vec4<f32>, ${chunks}>;
var<workgroup> scores : array<f32, ${BLOCK}>;
var<workgroup> largest : array<f32, ${CACHE_LANES}>;
var<workgroup> parts : array<vec4<f32>, ${CACHE_LANES}>;
var<workgroup> partSums : array<f32, ${CACHE_LANES}>;
@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group : vec3<u32>, @builtin(local_invocation_index) lane : u32) {
  let head = group.y;
  let new_row = group.z * u.length + group.x;
  let count = length_of(group.z) + group.x + 1u;
  let width = u.keyHeads * SIZE;
  let begin = place_of(group.z) * u.capacity * width + head / u.perKey * SIZE;
  let piece = lane % ${chunks}u;
  let team = lane / ${chunks}u;
  for (var c = lane; c < ${chunks}u; c += ${CACHE_LANES}u) { query[c] = read_qkv(new_row * stride() + head * SIZE, c) * SCALE; }
  var most = ${LOWEST};
  var sum = 0.0;
  var mixed = vec4<f32>();
  workgroupBarrier();
  for (var block = 0u; block < count; block += ${BLOCK}u) {
    let held = min(count - block, ${BLOCK}u);
    var own = ${LOWEST};
    for (var j = lane; j < held; j += ${CACHE_LANES}u) {
      var score = 0.0;
      for (var c = 0u; c < ${chunks}u; c++) { score += dot(query[c], read_keys(begin + (block + j) * width, c)); }
      scores[j] = score;
      own = max(own, score);
    }
    largest[lane] = own;
    workgroupBarrier();
    var next = most;
    for (var i = 0u; i < min(held, ${CACHE_LANES}u); i++) { next = max(next, largest[i]); }
    for (var j = lane; j < held; j += ${CACHE_LANES}u) { scores[j] = exp(scores[j] - next); }
    let shrunk = exp(most - next);
    most = next;
    sum *= shrunk;
    mixed *= shrunk;
    workgroupBarrier();
    if (team < ${teams}u) {
      for (var j = team; j < held; j += ${teams}u) {
        sum += scores[j];
        mixed += scores[j] * read_values(begin + (block + j) * width, piece);
      }
    }
    workgroupBarrier();
  }
  parts[lane] = mixed;
  partSums[lane] = sum;
  workgroupBarrier();
  if (lane < ${chunks}u) {
    ${each(teams - 1, (t) => `mixed += parts[lane + ${(t + 1) * chunks}u]; sum += partSums[lane + ${(t + 1) * chunks}u];`)}
    write_out((new_row * u.heads + head) * SIZE, lane, mixed / sum);
  }
}`,
  })
})

import { Program, variants } from '../gpu/program.ts'
import { chunksOf, each, elementOf, LOWEST, prelude, reader, SIZES, segmentArray, writer } from './wgsl.ts'

/**
 * Attention without workgroup memory: an invocation takes a few rows next to each other, keeps all of theirs to itself and
 * goes through the other side one by one. That is what an emulated GPU does best, which has caches but pays for every
 * barrier, and what remains where tiles of long heads do not fit.
 */
export const ROW_LANES = 16

/** Heads up to this are written out piece by piece, 2-3 times as fast where SIMD is emulated but slow to compile. */
const LARGEST_WRITTEN_OUT = 32

/** Rows per invocation. */
export function rowsEach(size: number): number {
  return size <= LARGEST_WRITTEN_OUT ? 2 : 4
}

/** Pieces of a head one by one, `#` being the piece's number. */
function pieces(size: number, text: string): string {
  if (size > LARGEST_WRITTEN_OUT)
    return `for (var c = 0u; c < u.chunks; c++) { ${text.replaceAll('#', 'c')} }`
  return each(chunksOf(size), (c) => `{ ${text.replaceAll('#', `${c}u`)} }`)
}

/** Every kernel's beginning: rows `row0` … of the sequence that begins at `begin`, those behind its end standing for its last. */
function opening(rows: number): string {
  return `
@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group : vec3<u32>, @builtin(local_invocation_index) lane : u32) {
  let first = (group.x * ${ROW_LANES}u + lane) * ${rows}u;
  if (first >= u.length) { return; }
  let begin = group.z * u.length;
  ${each(rows, (r) => `let row${r} = min(first + ${r}u, u.length - 1u);`)}
`
}

/** The first key that the row `first` attends to, which stands at `var j`. */
function firstKey(segments: boolean): string {
  if (!segments) return 'var j = 0u;'
  return `var j = first;
  let segment = segments[begin + first];
  while (j > 0u && segments[begin + j - 1u] == segment) { j--; }`
}

/** Whether row r attends to key j. */
function allowed(segments: boolean, row: string, key: string, behind = `${key} <= ${row}`): string {
  return segments ? `(${behind} && segments[begin + ${key}] == segments[begin + ${row}])` : behind
}

/** Forward with a running maximum and sum (Milakov and Gimelshein 2018, arXiv 1805.02867; Dao et al. 2022, 2205.14135). */
export const forwardRows = variants((size: number, segments: boolean) => {
  const type = elementOf(size)
  const rows = rowsEach(size)
  const held = `array<vec4<f32>, ${chunksOf(size)}>`
  return new Program({
    label: 'attention forward, by row',
    arrays: {
      qkv: { type, access: 'read' },
      ...segmentArray(segments),
      out: { type, access: 'read_write' },
      sums: { type: 'f32', access: 'read_write' },
    },
    uniforms: SIZES,
    workgroup: [ROW_LANES],
    code: `${prelude(size)}${reader(size, 'qkv')}${writer(size, 'out')}${opening(rows)}
  let head = group.y;
  ${each(
    rows,
    (r) => `var q${r} : ${held}; var o${r} : ${held}; var m${r} = ${LOWEST}; var l${r} = 0.0;
  let at${r} = (begin + row${r}) * stride() + head * SIZE;
  ${pieces(size, `q${r}[#] = read_qkv(at${r}, #) * SCALE;`)}`,
  )}
  ${firstKey(segments)}
  for (; j <= row${rows - 1}; j++) {
    let key = (begin + j) * stride() + key_of(head);
    let value = (begin + j) * stride() + value_of(head);
    ${each(rows, (r) => `var d${r} = vec4<f32>();`, ' ')}
    ${pieces(size, `let x = read_qkv(key, #); ${each(rows, (r) => `d${r} += q${r}[#] * x;`, ' ')}`)}
    ${each(
      rows,
      (r) => `let s${r} = select(${LOWEST}, dot(d${r}, vec4<f32>(1.0)), ${allowed(segments, `row${r}`, 'j')});
    let n${r} = max(m${r}, s${r}); let z${r} = exp(m${r} - n${r}); let p${r} = exp(s${r} - n${r});
    m${r} = n${r}; l${r} = l${r} * z${r} + p${r};`,
    )}
    ${pieces(size, `let x = read_qkv(value, #); ${each(rows, (r) => `o${r}[#] = o${r}[#] * z${r} + p${r} * x;`, ' ')}`)}
  }
  ${each(
    rows,
    (r) => `if (first + ${r}u < u.length) {
    let base = (begin + row${r}) * u.heads + head;
    ${pieces(size, `write_out(base * SIZE, #, o${r}[#] / l${r});`)}
    sums[base] = m${r} + log(l${r});
  }`,
  )}
}`,
  })
})

/** Gradient of the queries, and dO · O of each row and head for that of keys and values. */
export const queryGradientRows = variants((size: number, segments: boolean) => {
  const type = elementOf(size)
  const rows = rowsEach(size)
  const held = `array<vec4<f32>, ${chunksOf(size)}>`
  return new Program({
    label: 'attention query gradient, by row',
    arrays: {
      qkv: { type, access: 'read' },
      ...segmentArray(segments),
      out: { type, access: 'read' },
      dOut: { type, access: 'read' },
      sums: { type: 'f32', access: 'read' },
      deltas: { type: 'f32', access: 'read_write' },
      dQkv: { type, access: 'read_write' },
    },
    uniforms: SIZES,
    workgroup: [ROW_LANES],
    code: `${prelude(size)}${reader(size, 'qkv')}${reader(size, 'out')}${reader(size, 'dOut')}${writer(size, 'dQkv')}
${opening(rows)}
  let head = group.y;
  ${each(
    rows,
    (r) => `var q${r} : ${held}; var g${r} : ${held}; var o${r} : ${held}; var delta${r} = 0.0;
  let at${r} = (begin + row${r}) * stride() + head * SIZE;
  let base${r} = (begin + row${r}) * u.heads + head; let sum${r} = sums[base${r}];
  ${pieces(
    size,
    `q${r}[#] = read_qkv(at${r}, #) * SCALE; g${r}[#] = read_dOut(base${r} * SIZE, #);
    delta${r} += dot(g${r}[#], read_out(base${r} * SIZE, #));`,
  )}`,
  )}
  ${firstKey(segments)}
  for (; j <= row${rows - 1}; j++) {
    let key = (begin + j) * stride() + key_of(head);
    let value = (begin + j) * stride() + value_of(head);
    ${each(rows, (r) => `var s${r} = vec4<f32>(); var t${r} = vec4<f32>();`, ' ')}
    ${pieces(
      size,
      `let x = read_qkv(key, #); let y = read_qkv(value, #);
      ${each(rows, (r) => `s${r} += q${r}[#] * x; t${r} += g${r}[#] * y;`, ' ')}`,
    )}
    ${each(
      rows,
      (
        r,
      ) => `let p${r} = select(0.0, exp(dot(s${r}, vec4<f32>(1.0)) - sum${r}), ${allowed(segments, `row${r}`, 'j')});
    let e${r} = p${r} * (dot(t${r}, vec4<f32>(1.0)) - delta${r}) * SCALE;`,
    )}
    ${pieces(size, `let x = read_qkv(key, #); ${each(rows, (r) => `o${r}[#] += e${r} * x;`, ' ')}`)}
  }
  ${each(
    rows,
    (r) => `if (first + ${r}u < u.length) {
    deltas[base${r}] = delta${r};
    ${pieces(size, `write_dQkv(at${r}, #, o${r}[#]);`)}
  }`,
  )}
}`,
  })
})

/** Gradients of keys and values, added up over the query heads that share them. */
export const keyGradientRows = variants((size: number, segments: boolean) => {
  const type = elementOf(size)
  const rows = rowsEach(size)
  const held = `array<vec4<f32>, ${chunksOf(size)}>`
  return new Program({
    label: 'attention key gradient, by row',
    arrays: {
      qkv: { type, access: 'read' },
      ...segmentArray(segments),
      dOut: { type, access: 'read' },
      sums: { type: 'f32', access: 'read' },
      deltas: { type: 'f32', access: 'read' },
      dQkv: { type, access: 'read_write' },
    },
    uniforms: SIZES,
    workgroup: [ROW_LANES],
    code: `${prelude(size)}${reader(size, 'qkv')}${reader(size, 'dOut')}${writer(size, 'dQkv')}${opening(rows)}
  let head0 = group.y * u.perKey;
  ${each(
    rows,
    (r) => `var k${r} : ${held}; var v${r} : ${held}; var dk${r} : ${held}; var dv${r} : ${held};
  let key${r} = (begin + row${r}) * stride() + key_of(head0);
  let value${r} = (begin + row${r}) * stride() + value_of(head0);
  ${pieces(size, `k${r}[#] = read_qkv(key${r}, #) * SCALE; v${r}[#] = read_qkv(value${r}, #);`)}`,
  )}
  for (var head = head0; head < head0 + u.perKey; head++) {
    for (var i = first; i < u.length; i++) {
      ${segments ? `if (i > row${rows - 1} && segments[begin + i] != segments[begin + row${rows - 1}]) { break; }` : ''}
      let query = (begin + i) * stride() + head * SIZE;
      let base = (begin + i) * u.heads + head;
      ${each(rows, (r) => `var s${r} = vec4<f32>(); var t${r} = vec4<f32>();`, ' ')}
      ${pieces(
        size,
        `let x = read_qkv(query, #); let y = read_dOut(base * SIZE, #);
        ${each(rows, (r) => `s${r} += k${r}[#] * x; t${r} += v${r}[#] * y;`, ' ')}`,
      )}
      ${each(
        rows,
        (
          r,
        ) => `let p${r} = select(0.0, exp(dot(s${r}, vec4<f32>(1.0)) - sums[base]), ${allowed(segments, `row${r}`, 'i', `i >= row${r}`)});
      let e${r} = p${r} * (dot(t${r}, vec4<f32>(1.0)) - deltas[base]) * SCALE;`,
      )}
      ${pieces(
        size,
        `let x = read_qkv(query, #); let y = read_dOut(base * SIZE, #);
        ${each(rows, (r) => `dk${r}[#] += e${r} * x; dv${r}[#] += p${r} * y;`, ' ')}`,
      )}
    }
  }
  ${each(
    rows,
    (r) => `if (first + ${r}u < u.length) {
    ${pieces(size, `write_dQkv(key${r}, #, dk${r}[#]); write_dQkv(value${r}, #, dv${r}[#]);`)}
  }`,
  )}
}`,
  })
})

import { Program, variants } from '../gpu/program.ts'
import { allows, firstTile, load, opening, pitchOf, shares, TILE_SIZES, workgroupBytes } from './tiles.ts'
import { each, elementOf, LOWEST, prelude, reader, segmentArray, writer } from './wgsl.ts'

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

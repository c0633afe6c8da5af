import { type Layout, loads, range, turned } from './loads.ts'
import type { Tile } from './tiles.ts'

/** Invocations in one part of the workgroup, and vectors of workgroup memory. */
function sizes({ rows, columns, ownRows, ownColumns, depth, splits }: Tile, columnSums: boolean) {
  const across = columns / ownColumns
  const threads = across * (rows / ownRows)
  const vectors = ((ownRows + (columnSums ? 1 : 0)) * ownColumns) / 4
  const staged = (splits * depth * (rows + columns)) / 4
  return { across, threads, vectors, memory: Math.max(staged, (splits - 1) * threads * vectors) }
}

/** Invocations of a workgroup and the bytes of memory that they share. */
export function tileSizes(tile: Tile, columnSums: boolean): { workgroup: number; workgroupBytes: number } {
  const { threads, memory } = sizes(tile, columnSums)
  return { workgroup: threads * tile.splits, workgroupBytes: 16 * memory }
}

/**
 * WGSL of a product by tiles in workgroup memory: the usual scheme, with each invocation holding a block of outputs in
 * registers. Parts of k are added up in their order at the end, so that the same inputs give the same bits.
 */
export function tileCode(tile: Tile, layout: Layout, columnSums: boolean): string {
  const { rows, columns, ownRows, ownColumns, depth, splits } = tile
  const { across, threads, memory } = sizes(tile, columnSums)
  const down = rows / ownRows
  const ofA = (depth * rows) / 4
  const ofPart = ofA + (depth * columns) / 4

  /** Copies an operand's part of a step, `side` values wide, to `at`; a block of 4×4 is turned in registers. Beyond k is 0. */
  const stage = (name: 'A' | 'B', alongK: boolean, side: number, start: string, at: string) => {
    const wide = side / 4
    const stride = name === 'A' ? 'u.aStride' : 'u.bStride'
    if (!alongK) {
      return `for (var i = thread; i < ${depth * wide}u; i += ${threads}u) {
      let step = k + i / ${wide}u;
      let value = four${name}(step * ${stride} + ${start} + 4u * (i % ${wide}u));
      memory[${at} + i] = select(vec4f(), value, step < u.k);
    }`
    }
    const deep = depth / 4
    return `for (var i = thread; i < ${deep * wide}u; i += ${threads}u) {
      let line = i / ${deep}u;
      let step = 4u * (i % ${deep}u);
      let start = k + step;
      let inside = vec4u(start, start + 1u, start + 2u, start + 3u) < vec4u(u.k);
      ${range(4)
        .map(
          (x) =>
            `let t${x} = select(vec4f(), four${name}((${start} + 4u * line + ${x}u) * ${stride} + start), inside);`,
        )
        .join(' ')}
      ${range(4)
        .map((x) => `memory[${at} + (step + ${x}u) * ${wide}u + line] = ${turned('t', x)};`)
        .join(' ')}
    }`
  }

  const held = range(ownRows).flatMap((r) => range(ownColumns / 4).map((j) => `c${r}_${j}`))
  const heldSums = columnSums ? range(ownColumns / 4).map((j) => `s${j}`) : []
  const all = [...held, ...heldSums]
  const partial = (i: number, part: string) =>
    `memory[(${i}u * ${splits - 1}u + ${part}) * ${threads}u + thread]`

  return `
var<workgroup> memory : array<vec4f, ${memory}>;

@compute @workgroup_size(WG) fn main(@builtin(workgroup_id) group : vec3u,
    @builtin(local_invocation_index) local : u32) {
  let part = local / ${threads}u;
  let thread = local % ${threads}u;
  let x = thread % ${across}u;
  let y = thread / ${across}u;
  let rowStart = group.y * ${rows}u;
  let columnStart = group.x * ${columns}u;
  let ofA = part * ${ofPart}u;
  let ofB = ofA + ${ofA}u;
  ${all.map((name) => `var ${name} = vec4f();`).join(' ')}
  let steps = (u.k + ${depth * splits - 1}u) / ${depth * splits}u;
  for (var step = 0u; step < steps; step++) {
    let k = (part * steps + step) * ${depth}u;
    ${stage('A', !layout.transposeA, rows, 'rowStart', 'ofA')}
    ${stage('B', layout.transposeB, columns, 'columnStart', 'ofB')}
    workgroupBarrier();
    for (var i = 0u; i < ${depth}u; i++) {
      ${range(ownRows / 4)
        .map((p) => `let a${p} = memory[ofA + i * ${rows / 4}u + y + ${p * down}u];`)
        .join(' ')}
      ${range(ownColumns / 4)
        .map((j) => `let b${j} = memory[ofB + i * ${columns / 4}u + x + ${j * across}u];`)
        .join(' ')}
      ${range(ownRows)
        .flatMap((r) =>
          range(ownColumns / 4).map((j) => `c${r}_${j} += a${Math.floor(r / 4)}.${'xyzw'[r % 4]} * b${j};`),
        )
        .join('\n      ')}
      ${columnSums ? `if (group.y == 0u) { ${heldSums.map((name, j) => `${name} += b${j};`).join(' ')} }` : ''}
    }
    workgroupBarrier();
  }
  ${
    splits > 1
      ? `if (part > 0u) {
    ${all.map((name, i) => `${partial(i, 'part - 1u')} = ${name};`).join('\n    ')}
  }
  workgroupBarrier();
  if (part > 0u) { return; }
  for (var other = 0u; other < ${splits - 1}u; other++) {
    ${all.map((name, i) => `${name} += ${partial(i, 'other')};`).join('\n    ')}
  }`
      : ''
  }
  var results = array<vec4f, ${held.length}>(${held.join(', ')});
  for (var i = 0u; i < ${held.length}u; i++) {
    let r = i / ${ownColumns / 4}u;
    let row = rowStart + 4u * (y + (r / 4u) * ${down}u) + r % 4u;
    put(row, columnStart + 4u * (x + (i % ${ownColumns / 4}u) * ${across}u), results[i]);
  }
  ${
    columnSums
      ? `if (group.y == 0u && y == 0u) { ${heldSums
          .map((name, j) => `putSums(columnStart + 4u * (x + ${j * across}u), ${name});`)
          .join(' ')} }`
      : ''
  }
}
${loads(layout)}`
}

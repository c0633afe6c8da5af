import { type Layout, loads, range, turned } from './loads.ts'
import type { Lanes } from './tiles.ts'

/**
 * WGSL of a product without workgroup memory and barriers, which an emulated GPU is slow at. Loads are what costs there:
 * each lane loads its own columns of b and a share of the rows of a, and hands the latter to the other lanes.
 *
 * @param inFours whether four steps of k go at a time: a and b are read in fours, and those along k end with k
 */
export function lanesCode(cut: Lanes, layout: Layout, columnSums: boolean, inFours: boolean): string {
  const { lanes, rows, vectors, workgroup } = cut
  const each = <T>(make: (r: number, j: number) => T) =>
    range(rows).flatMap((r) => range(vectors).map((j) => make(r, j)))
  const sums = columnSums ? range(vectors) : []
  // Compilers that run on a CPU take long over what they unroll: the count of rows is put so that it does not look constant.
  const { before, body } = inFours ? fourSteps(cut, layout, columnSums) : oneStep(cut, layout)
  return `
@compute @workgroup_size(WG) fn main(@builtin(workgroup_id) group : vec3u,
    @builtin(local_invocation_index) local : u32${lanes > 1 ? ', @builtin(subgroup_invocation_id) lane : u32' : ''}) {
  ${lanes > 1 ? '' : 'const lane = 0u;'}
  let row = group.y * ${rows}u;
  let column = (group.x * ${workgroup}u + local) * ${4 * vectors}u;
  ${before.join('\n  ')}
  ${each((r, j) => `var c${r}_${j} = vec4f();`).join(' ')}
  ${sums.map((j) => `var s${j} = vec4f();`).join(' ')}
  for (var k = 0u; k < u.k; k += ${inFours ? 4 : 1}u) {
    ${body.join('\n    ')}
    ${sums.map((j) => `s${j} += ${inFours ? `(b0_${j} + b1_${j}) + (b2_${j} + b3_${j})` : `b0_${j}`};`).join(' ')}
  }
  let live = select(0u, min(${rows}u, u.m - row), column < u.n);
  var results = array<vec4f, ${rows * vectors}>(${each((r, j) => `c${r}_${j}`).join(', ')});
  for (var i = 0u; i < live * ${vectors}u; i++) {
    put(row + i / ${vectors}u, column + 4u * (i % ${vectors}u), results[i]);
  }
  ${columnSums ? `if (group.y == 0u) { ${sums.map((j) => `putSums(column + ${4 * j}u, s${j});`).join(' ')} }` : ''}
}
${loads(layout)}`
}

interface Steps {
  before: string[]
  body: string[]
}

const given = ({ lanes }: Lanes, name: string, lane: number) =>
  lanes > 1 ? `subgroupBroadcast(${name}, ${lane}u)` : name

/** The four products of a sum are added up before the next sum's, so that few sums are on the move at a time. */
function fourSteps(cut: Lanes, { transposeA, transposeB }: Layout, columnSums: boolean): Steps {
  const { lanes, rows, vectors } = cut
  const before: string[] = []
  const body: string[] = []
  for (const p of range(rows / lanes)) {
    if (!transposeA) {
      before.push(`let from${p} = (row + ${p * lanes}u + lane) * u.aStride;`)
      body.push(`let l${p} = fourA(from${p} + k);`)
    } else {
      // The lanes share the rows of four steps of k. Beyond the last step they hold 0.
      before.push(`let step${p} = (${p * lanes}u + lane) / ${rows / 4}u;`)
      before.push(`let from${p} = row + 4u * ((${p * lanes}u + lane) % ${rows / 4}u);`)
      body.push(
        `let l${p} = select(vec4f(), fourA((k + step${p}) * u.aStride + from${p}), k + step${p} < u.k);`,
      )
    }
  }
  for (const j of range(vectors)) {
    if (transposeB) {
      for (const x of range(4)) {
        before.push(`let at${j}_${x} = (column + ${4 * j + x}u) * u.bStride;`)
        body.push(`let t${j}_${x} = fourB(at${j}_${x} + k);`)
      }
      for (const k of range(4)) body.push(`let b${k}_${j} = ${turned(`t${j}_`, k)};`)
    } else {
      // Beyond the last step a's zeros are enough, but not for the sums of b itself.
      const step = (k: number) => (transposeA && k > 0 ? `min(k + ${k}u, u.k - 1u)` : `(k + ${k}u)`)
      for (const k of range(4)) {
        const value = `fourB(${step(k)} * u.bStride + column + ${4 * j}u)`
        const counted = columnSums && k > 0
        body.push(`let b${k}_${j} = ${counted ? `select(vec4f(), ${value}, k + ${k}u < u.k)` : value};`)
      }
    }
  }
  for (const r of range(rows)) {
    const value = (k: number) => {
      if (!transposeA) return `v.${'xyzw'[k]}`
      const share = (k * rows) / 4 + Math.floor(r / 4)
      return given(cut, `l${Math.floor(share / lanes)}.${'xyzw'[r % 4]}`, share % lanes)
    }
    const names = range(4).map((k) => `let v${k} = ${value(k)};`)
    const own = transposeA ? '' : `let v = ${given(cut, `l${Math.floor(r / lanes)}`, r % lanes)};`
    const added = range(vectors).map((j) => {
      const sum = range(4).reduce((so, k) => `(${so} + v${k} * b${k}_${j})`, `c${r}_${j}`)
      return `c${r}_${j} = ${sum};`
    })
    body.push(`{ ${own} ${names.join(' ')} ${added.join(' ')} }`)
  }
  return { before, body }
}

/** For any widths: element by element. */
function oneStep(cut: Lanes, { transposeA, transposeB, vectorA, vectorB }: Layout): Steps {
  const { lanes, rows, vectors } = cut
  const before: string[] = []
  const body: string[] = []
  const one = (name: 'A' | 'B', vector: boolean, at: string) =>
    vector ? `four${name}(${at})[(${at}) % 4u]` : `one${name}(${at})`
  for (const p of range(rows / lanes)) {
    before.push(`let from${p} = (row + ${p * lanes}u + lane)${transposeA ? '' : ' * u.aStride'};`)
    body.push(`let l${p} = ${one('A', vectorA, transposeA ? `k * u.aStride + from${p}` : `from${p} + k`)};`)
  }
  for (const j of range(vectors)) {
    if (!transposeB) {
      body.push(`let b0_${j} = fourB(k * u.bStride + column + ${4 * j}u);`)
      continue
    }
    const values = range(4).map((x) => one('B', vectorB, `at${j}_${x} + k`))
    for (const x of range(4)) before.push(`let at${j}_${x} = (column + ${4 * j + x}u) * u.bStride;`)
    body.push(`let b0_${j} = vec4f(${values.join(', ')});`)
  }
  for (const r of range(rows)) {
    const value = given(cut, `l${Math.floor(r / lanes)}`, r % lanes)
    body.push(
      `{ let v = ${value}; ${range(vectors)
        .map((j) => `c${r}_${j} += v * b0_${j};`)
        .join(' ')} }`,
    )
  }
  return { before, body }
}

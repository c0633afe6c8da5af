import { headShape } from '../attention/headShape.ts'
import type { FusedRows } from '../embedding/rows.ts'
import type { GpuArray } from '../gpu/array.ts'
import { folded, foldedEntry } from '../gpu/folded.ts'
import { Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import type { Heads, Operations, Rows, Values } from '../operations.ts'

const LANES = 64
/** A table of turns has room for a multiple of these places, so that it is seldom made anew. */
const PLACE_MULTIPLE = 256

/** An invocation turns a pair, or four side by side, or passes the values of a head on. */
const turn = variants((size: number, positions: boolean) => {
  const pairs = size % 8 === 0 ? size / 8 : size / 2
  const type = size % 8 === 0 ? 'vec4<f32>' : 'f32'
  const given = (positions ? { positions: { type: 'i32', access: 'read' } } : {}) as {
    positions: { type: 'i32'; access: 'read' }
  }
  return new Program({
    label: 'rotary',
    arrays: {
      qkv: { type, access: 'read' },
      turns: { type, access: 'read' },
      ...given,
      out: { type, access: 'read_write' },
    },
    uniforms: { length: 'u32', count: 'u32', heads: 'u32', turned: 'u32', direction: 'f32' },
    workgroup: [LANES],
    code: `${foldedEntry('workgroup')}
  let index = workgroup * ${LANES}u + lane;
  if (index >= u.count) { return; }
  let i = index % ${pairs}u;
  let head = index / ${pairs}u;
  let row = head / u.heads;
  let at = head * ${2 * pairs}u + i;
  let x = qkv[at];
  let y = qkv[at + ${pairs}u];
  if (head % u.heads >= u.turned) {
    out[at] = x;
    out[at + ${pairs}u] = y;
    return;
  }
  let place = ${positions ? 'u32(positions[row])' : 'row % u.length'};
  let cosine = turns[place * ${2 * pairs}u + i];
  let sine = turns[place * ${2 * pairs}u + ${pairs}u + i] * u.direction;
  out[at] = x * cosine - y * sine;
  out[at + ${pairs}u] = y * cosine + x * sine;
}`,
  })
})

/**
 * [places, S]: cosines, then sines, of place · base^(−2i/S), worked out in float64: on a GPU those of large angles are poor.
 */
function turnsOf(places: number, size: number, base: number): Float32Array {
  const half = size / 2
  const table = new Float32Array(places * size)
  for (let i = 0; i < half; i++) {
    const speed = base ** (-i / half)
    for (let place = 0; place < places; place++) {
      table[place * size + i] = Math.cos(place * speed)
      table[place * size + half + i] = Math.sin(place * speed)
    }
  }
  return table
}

/** Rotary positions; the tables of turns stay on the device, one for each size of heads and base. */
export function fusedRotary(runner: Runner): Operations['rotary'] {
  const tables = new Map<string, { array: GpuArray; places: number }>()

  function tableFor(places: number, size: number, base: number): GpuArray {
    const key = `${size},${base}`
    const found = tables.get(key)
    if (found && found.places >= places) return found.array
    runner.free(found?.array)
    const room = Math.ceil(places / PLACE_MULTIPLE) * PLACE_MULTIPLE
    const array = runner.keep(runner.upload(turnsOf(room, size, base), [room, size]))
    tables.set(key, { array, places: room })
    return array
  }

  function apply(values: Values, given: Rows, heads: Heads, base: number, direction: 1 | -1): GpuArray {
    const qkv = values as GpuArray
    const rows = given as FusedRows
    const [count, width] = qkv.shape as [number, number]
    const { keyHeads, size } = headShape(width, heads)
    if (size % 2 !== 0) throw new RangeError(`heads of ${size} have no halves to pair`)
    const places = rows.tokens.positions?.reduce((most, place) => Math.max(most, place + 1), 1) ?? rows.length
    const out = runner.array(qkv.shape)
    const all = heads.heads + 2 * keyHeads
    const pairs = count * all * (size % 8 === 0 ? size / 8 : size / 2)
    const { positions } = rows
    const arrays = { qkv, turns: tableFor(places, size, base), out }
    runner.run(
      turn(size, positions !== null),
      (positions ? { ...arrays, positions } : arrays) as typeof arrays & { positions: GpuArray },
      { length: rows.length, count: pairs, heads: all, turned: heads.heads + keyHeads, direction },
      folded(Math.ceil(pairs / LANES), runner.limits),
    )
    return out
  }

  return {
    forward: (qkv, rows, heads, base) => apply(qkv, rows, heads, base, 1),
    backward: (dOutput, rows, heads, base) => apply(dOutput, rows, heads, base, -1),
  }
}

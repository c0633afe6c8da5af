import type { GpuArray } from '../gpu/array.ts'
import { folded, foldedEntry } from '../gpu/folded.ts'
import type { GpuGradient } from '../gpu/gradient.ts'
import { type ElementType, Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import type { Operations } from '../operations.ts'
import type { FusedRows } from './rows.ts'
import { scatterAdd } from './scatter.ts'
import { shards } from './shards.ts'

const THREADS = 64

/** What a table is bound as when `lanes` values, 4 or 1, are read at a time. */
function elementOf(half: boolean, lanes: number): ElementType {
  if (half) return lanes === 4 ? 'vec2<u32>' : 'u32'
  return lanes === 4 ? 'vec4<f32>' : 'f32'
}

/** Its values at `index`, counted in such lots. */
function readOf(name: string, half: boolean, lanes: number, index: string): string {
  if (!half) return `${name}[${index}]`
  if (lanes === 1) return `unpack2x16float(${name}[(${index}) / 2u])[(${index}) % 2u]`
  return `vec4f(unpack2x16float(${name}[${index}].x), unpack2x16float(${name}[${index}].y))`
}

/** Where the place of a row in the position table comes from. */
type Places = 'none' | 'column' | 'given'

const look = variants((lanes: number, half: boolean, places: Places, halfPositions: boolean) => {
  const element = lanes === 4 ? 'vec4<f32>' : 'f32'
  const place = { none: '', column: 'n % u.length', given: 'u32(places[n])' }[places]
  return new Program({
    label: 'embedding: look up',
    arrays: {
      ids: { type: 'i32', access: 'read' },
      tokens: { type: elementOf(half, lanes), access: 'read' },
      ...(places === 'none' ? {} : { positions: { type: elementOf(halfPositions, lanes), access: 'read' } }),
      ...(places === 'given' ? { places: { type: 'i32', access: 'read' } } : {}),
      output: { type: element, access: 'read_write' },
    } as Record<string, { type: ElementType; access: 'read' | 'read_write' }>,
    uniforms: { width: 'u32', rows: 'u32', length: 'u32', first: 'u32', count: 'u32' },
    workgroup: [THREADS],
    code: /* wgsl */ `${foldedEntry('place')}
  let i = place * ${THREADS}u + lane;
  let n = i / u.width;
  let column = i % u.width;
  if (n >= u.rows) { return; }
  // Below the first it wraps around and is beyond the last.
  let id = u32(ids[n]) - u.first;
  if (id >= u.count) { return; }
  let at = id * u.width + column;
  var value = ${element}(${readOf('tokens', half, lanes, 'at')});
  ${
    place &&
    `let placed = (${place}) * u.width + column;
  value += ${element}(${readOf('positions', halfPositions, lanes, 'placed')});`
  }
  output[i] = value;
}`,
  })
})

/** The gradient of learned positions that are those of the columns: [P, D] += the sum of [B·T, D] over rows. */
const addColumns = variants(
  (element: 'f32' | 'vec4<f32>') =>
    new Program({
      label: 'embedding: add positions',
      arrays: { rows: { type: element, access: 'read' }, table: { type: element, access: 'read_write' } },
      /** Lots of values in T positions, and in all rows. */
      uniforms: { stride: 'u32', count: 'u32' },
      workgroup: [THREADS],
      code: /* wgsl */ `${foldedEntry('place')}
  let i = place * ${THREADS}u + lane;
  if (i >= u.stride) { return; }
  var sum = ${element}(0);
  for (var at = i; at < u.count; at += u.stride) { sum += rows[at]; }
  table[i] += sum;
}`,
    }),
)

/** Fails on what no row of the table answers to. */
function check(ids: Int32Array, count: number, what: string): void {
  for (const id of ids) {
    if (id < 0 || id >= count) throw new RangeError(`${what} ${id} is not one of 0 to ${count - 1}`)
  }
}

export function fusedEmbedding(runner: Runner): Operations['embedding'] {
  return {
    forward(given, tokenTable, positionTable) {
      const rows = given as FusedRows
      const [tokens, positions] = [tokenTable as GpuArray, positionTable as GpuArray | null]
      const [vocabulary, side] = tokens.shape as [number, number]
      const count = rows.rows * rows.length
      check(rows.tokens.ids, vocabulary, 'token')
      const places = !positions ? 'none' : rows.positions ? 'given' : 'column'
      if (positions)
        check(rows.tokens.positions ?? Int32Array.of(rows.length - 1), positions.shape[0]!, 'position')
      const lanes = side % 4 === 0 ? 4 : 1
      const width = side / lanes
      const output = runner.array([count, side])
      for (const { array, first, count: own } of shards(runner, tokens)) {
        runner.run(
          look(lanes, array.type === 'float16', places, positions?.type === 'float16'),
          {
            ids: rows.ids,
            tokens: array,
            ...(positions && { positions }),
            ...(rows.positions && { places: rows.positions }),
            output,
          } as Record<string, GpuArray>,
          { width, rows: count, length: rows.length, first, count: own },
          folded(Math.ceil((count * width) / THREADS), runner.limits),
          count * side,
        )
      }
      return output
    },

    backward(given, dOutput, into) {
      const rows = given as FusedRows
      const x = dOutput as GpuArray
      if (!rows.byToken) throw new RangeError('these rows were made for a forward pass only')
      scatterAdd(runner, rows.byToken, x, into.tokens as GpuGradient)
      if (!into.positions) return
      const gradient = into.positions as GpuGradient
      if (rows.byPosition) return scatterAdd(runner, rows.byPosition, x, gradient)
      const { array, accumulate } = gradient.take()
      if (!accumulate) runner.clear(array)
      const side = x.shape[1]!
      const lanes = side % 4 === 0 ? 4 : 1
      const stride = (rows.length * side) / lanes
      runner.run(
        addColumns(lanes === 4 ? 'vec4<f32>' : 'f32'),
        { rows: x, table: array },
        { stride, count: rows.rows * stride },
        folded(Math.ceil(stride / THREADS), runner.limits),
        rows.rows * rows.length * side,
      )
    },
  }
}

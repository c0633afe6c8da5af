import type { GpuArray } from '../gpu/array.ts'
import { folded, foldedEntry } from '../gpu/folded.ts'
import type { GpuGradient } from '../gpu/gradient.ts'
import { Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import { shards } from './shards.ts'

/** Rows that one thread adds up at most: an id that occurs everywhere is added up in parts first. */
const MOST_ROWS = 32

/** Which rows are added to which row of a table. */
export interface ScatterPlan {
  /** [N]: rows sorted by their id, those of one id in their order. */
  order: Int32Array
  /** [4 · N], the first `partCount` fours: id, begin and end in `order`, and −1 or the sum that it is a part of. */
  parts: Int32Array
  partCount: number
  /** [4 · …], the first `sumCount` fours: id, begin and end among the partial sums, 0. */
  sums: Int32Array
  sumCount: number
  /** Partial sums at most, whatever the ids. */
  partialCount: number
}

/** The same on the device. */
export type Scatter = Omit<ScatterPlan, 'order' | 'parts' | 'sums'> &
  Record<'order' | 'parts' | 'sums', GpuArray>

/** Sizes depend on the number of ids alone, so that a rehearsal with any of them finds the memory that others take. */
export function planScatter(ids: Int32Array): ScatterPlan {
  const count = ids.length
  // Sorted as one number each: 2^21 rows and 2^32 ids fit into the 53 bits of a double.
  const keys = Float64Array.from(ids, (id, row) => id * 2 ** 21 + row).sort()
  const order = Int32Array.from(keys, (key) => key % 2 ** 21)
  // What is left over has an id that no table has, and says so to threads beyond the last.
  const parts = new Int32Array(4 * count).fill(-1)
  const sums = new Int32Array(4 * Math.ceil(count / MOST_ROWS)).fill(-1)
  let partCount = 0
  let sumCount = 0
  let partials = 0
  for (let begin = 0; begin < count; ) {
    const id = ids[order[begin]!]!
    let end = begin + 1
    while (end < count && ids[order[end]!] === id) end++
    const whole = end - begin <= MOST_ROWS
    if (!whole) sums.set([id, partials, partials + Math.ceil((end - begin) / MOST_ROWS), 0], 4 * sumCount++)
    for (let from = begin; from < end; from += MOST_ROWS) {
      parts.set([id, from, Math.min(end, from + MOST_ROWS), whole ? -1 : partials++], 4 * partCount++)
    }
    begin = end
  }
  // An id that occurs in parts has more than MOST_ROWS rows, so at most two parts for each MOST_ROWS of them.
  return { order, parts, partCount, sums, sumCount, partialCount: 2 * Math.ceil(count / MOST_ROWS) }
}

const THREADS = 64

/** One thread adds up some rows of one column, or of four. */
const addRows = variants(
  (element: 'f32' | 'vec4<f32>') =>
    new Program({
      label: 'embedding: add rows',
      arrays: {
        rows: { type: element, access: 'read' },
        order: { type: 'i32', access: 'read' },
        parts: { type: 'vec4<i32>', access: 'read' },
        partials: { type: element, access: 'read_write' },
        table: { type: element, access: 'read_write' },
      },
      uniforms: { width: 'u32', first: 'u32', count: 'u32' },
      workgroup: [THREADS],
      code: /* wgsl */ `${foldedEntry('place')}
  let i = place * ${THREADS}u + lane;
  let which = i / u.width;
  let column = i % u.width;
  if (which >= arrayLength(&parts)) { return; }
  let part = parts[which];
  var sum = ${element}(0);
  for (var at = part.y; at < part.z; at++) { sum += rows[u32(order[at]) * u.width + column]; }
  if (part.w >= 0) {
    partials[u32(part.w) * u.width + column] = sum;
    return;
  }
  // Below the first it wraps around and is beyond the last.
  let id = u32(part.x) - u.first;
  if (id < u.count) { table[id * u.width + column] += sum; }
}`,
    }),
)

/** The same of partial sums, which lie in order. */
const addSums = variants(
  (element: 'f32' | 'vec4<f32>') =>
    new Program({
      label: 'embedding: add partial sums',
      arrays: {
        partials: { type: element, access: 'read' },
        sums: { type: 'vec4<i32>', access: 'read' },
        table: { type: element, access: 'read_write' },
      },
      uniforms: { width: 'u32', first: 'u32', count: 'u32' },
      workgroup: [THREADS],
      code: /* wgsl */ `${foldedEntry('place')}
  let i = place * ${THREADS}u + lane;
  let which = i / u.width;
  let column = i % u.width;
  if (which >= arrayLength(&sums)) { return; }
  let part = sums[which];
  let id = u32(part.x) - u.first;
  if (id >= u.count) { return; }
  var sum = ${element}(0);
  for (var at = part.y; at < part.z; at++) { sum += partials[u32(at) * u.width + column]; }
  table[id * u.width + column] += sum;
}`,
    }),
)

/**
 * Adds rows [N, D] into those of a table's gradient [V, D] that their ids name. Nothing is added atomically: each row of
 * the table is one thread's, in a fixed order.
 */
export function scatterAdd(runner: Runner, scatter: Scatter, rows: GpuArray, gradient: GpuGradient): void {
  const { array, accumulate } = gradient.take()
  if (!accumulate) runner.clear(array)
  const [count, side] = rows.shape as [number, number]
  const element = side % 4 === 0 ? 'vec4<f32>' : 'f32'
  const width = side % 4 === 0 ? side / 4 : side
  const groups = (items: number) => folded(Math.ceil((items * width) / THREADS), runner.limits)
  const partials = runner.array([scatter.partialCount, side])
  for (const shard of shards(runner, array)) {
    const uniforms = { width, first: shard.first, count: shard.count }
    runner.run(
      addRows(element),
      { rows, order: scatter.order, parts: scatter.parts, partials, table: shard.array },
      uniforms,
      groups(scatter.partCount),
      count * side,
    )
    // A rehearsal compiles both, whatever ids it was given.
    runner.run(
      addSums(element),
      { partials, sums: scatter.sums, table: shard.array },
      uniforms,
      groups(runner.dry ? Math.max(1, scatter.sumCount) : scatter.sumCount),
      count * side,
    )
  }
  runner.free(partials)
}

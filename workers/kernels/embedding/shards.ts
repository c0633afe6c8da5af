import type { GpuArray } from '../gpu/array.ts'
import type { Runner } from '../gpu/runner.ts'

/** Some rows of a table that a kernel can bind. */
export interface Shard {
  array: GpuArray
  first: number
  count: number
}

/** A table's rows in as few parts as the device's largest binding allows: mostly one. */
export function shards(runner: Runner, table: GpuArray): Shard[] {
  const [rows, width] = table.shape as [number, number]
  const bytes = width * (table.type === 'float16' ? 2 : 4)
  // 128 rows begin at a multiple of 256 bytes whatever their width.
  const most = Math.floor(runner.limits.bindingBytes / (128 * bytes)) * 128
  if (rows * bytes <= runner.limits.bindingBytes || most === 0)
    return [{ array: table, first: 0, count: rows }]
  return Array.from({ length: Math.ceil(rows / most) }, (_, i) => {
    const first = i * most
    const count = Math.min(most, rows - first)
    return { array: runner.view(table, [count, width], first * bytes), first, count }
  })
}

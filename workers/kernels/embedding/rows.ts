import { aligned, type GpuArray } from '../gpu/array.ts'
import type { Runner } from '../gpu/runner.ts'
import type { Operations, Rows, TokenRows } from '../operations.ts'
import { planScatter, type Scatter, type ScatterPlan } from './scatter.ts'

/** Token rows, and what the embedding's gradient needs to know of them, in one array on the device. */
export class FusedRows implements Rows {
  readonly rows: number
  readonly length: number
  /** As they came, in ordinary memory. */
  readonly tokens: TokenRows
  /** [B·T] int32, as are those that follow. */
  readonly ids: GpuArray
  readonly segments: GpuArray | null
  readonly positions: GpuArray | null
  /** Where the gradients of rows go by token, and by position where positions were given; null where none are. */
  readonly byToken: Scatter | null
  readonly byPosition: Scatter | null

  constructor(runner: Runner, tokens: TokenRows, learns = true) {
    const { rows, length, ids, segments, positions } = tokens
    const count = rows * length
    for (const [name, values] of Object.entries({ ids, segments, positions })) {
      if (values && values.length !== count) {
        throw new RangeError(`${rows} rows of ${length} tokens came with ${values.length} ${name}`)
      }
    }
    this.rows = rows
    this.length = length
    this.tokens = tokens
    const plans = [ids, positions].map((places) => (learns && places ? planScatter(places) : null))
    const lists = [
      ids,
      segments,
      positions,
      ...plans.flatMap((plan) => [plan?.order, plan?.parts, plan?.sums]),
    ]
    let bytes = 0
    const offsets = lists.map((list) => {
      const at = bytes
      bytes += aligned(4 * (list?.length ?? 0))
      return at
    })
    const all = new Int32Array(bytes / 4)
    for (const [i, list] of lists.entries()) if (list) all.set(list, offsets[i]! / 4)
    const whole = runner.upload(all, [all.length])
    const views = lists.map((list, i) => list && runner.view(whole, [list.length], offsets[i]!))
    const scatter = (plan: ScatterPlan, first: number): Scatter => ({
      ...plan,
      order: views[first]!,
      parts: views[first + 1]!,
      sums: views[first + 2]!,
    })
    this.ids = views[0]!
    this.segments = views[1] ?? null
    this.positions = views[2] ?? null
    this.byToken = plans[0] ? scatter(plans[0], 3) : null
    this.byPosition = plans[1] ? scatter(plans[1], 6) : null
  }
}

export function fusedRows(runner: Runner): Operations['rows'] {
  return (tokens, learns) => new FusedRows(runner, tokens, learns)
}

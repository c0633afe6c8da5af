import { padRows } from '../dataset/batches.ts'
import type { Dataset } from '../dataset/dataset.ts'
import { KIND_CODES } from '../dataset/row.ts'
import { HEAD_SUMS, type HeadTargets, type Operations } from '../kernels/operations.ts'
import { tokenRows } from '../models/packing.ts'
import type { Recipe } from '../recipe.ts'
import type { ModelTeacher } from '../teacher/teacher.ts'

/**
 * The third term of C(τ): the mean entropy, in nats, of the teacher's distribution where an act token is predicted.
 *
 * @returns one value for each of `count` trajectories; 0 for one without act tokens in its rows
 */
export async function teacherEntropies(
  operations: Operations,
  teacher: ModelTeacher,
  dataset: Dataset,
  count: number,
  recipe: Recipe,
): Promise<number[]> {
  const sums = new Float64Array(count)
  const tokens = new Float64Array(count)
  const column = HEAD_SUMS.indexOf('teacherEntropy')
  for (let start = 0; start < dataset.train.length; start += recipe.batchRows) {
    const rows = dataset.train.slice(start, start + recipe.batchRows)
    const batch = padRows(rows, recipe.batchRows, dataset.rowLength)
    const positions: number[] = []
    // A term of its own for each row of the batch: the head then sums row by row.
    const terms: number[] = []
    for (const [r, row] of rows.entries()) {
      for (let t = 0; t + 1 < batch.length; t++) {
        const at = r * batch.length + t
        if (batch.kinds[at + 1] !== KIND_CODES.act) continue
        positions.push(at)
        terms.push(r)
        tokens[row.trajectory]!++
      }
    }
    if (positions.length === 0) continue
    const measured = operations.scope(() => {
      const hidden = teacher.hidden(tokenRows(batch))
      const { table } = teacher
      const targets: HeadTargets = {
        positions: Int32Array.from(positions),
        tokens: new Int32Array(positions.length),
        weights: new Float32Array(positions.length),
        terms,
        termCount: batch.rows,
        teacher: { kind: 'model', hidden, table },
        divergence: { name: 'cross-entropy', temperature: 1, temperatureSquared: true, hardShare: 0 },
      }
      return operations.head(hidden, table, targets, null).sums
    })
    const [values] = await operations.read(measured)
    operations.free(measured)
    for (const [r, row] of rows.entries()) sums[row.trajectory]! += values![r * HEAD_SUMS.length + column]!
  }
  return Array.from(sums, (sum, trajectory) => (tokens[trajectory]! > 0 ? sum / tokens[trajectory]! : 0))
}

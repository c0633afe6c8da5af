import type { PlacedBatch } from '../dataset/row.ts'
import type { Operations, Values } from '../kernels/operations.ts'
import type { MetricsLine } from '../objective/metrics.ts'
import {
  type SupervisedRows,
  superviseBatch,
  TERMS,
  type Term,
  tallyTerms,
  termScales,
} from '../objective/weights.ts'
import type { Recipe } from '../recipe.ts'
import { HeldOutNumbers } from './heldOut.ts'
import { refuseNotFinite } from './notFinite.ts'

/** Who is told of an evaluation, and may hold or end it. */
export interface Evaluating {
  /** Hears what is being done, a sentence. */
  activity?: (what: string) => void
  /** Asked before each token that the student writes: waits while it should not, and says false when it is to end. */
  goesOn?: () => Promise<boolean>
}

/** What a held-out line tells of a batch, on the device. */
export type BatchValues = {
  /** [K, 5] */
  sums: Values
  /** [K] */
  squares: Values
  /** [M, 3] */
  rows: Values
}

/**
 * The held-out rows under a student as it stands, batch by batch.
 *
 * @param step optimiser steps taken
 * @param objective the recipe's, with the weights of the moment
 * @param measure all that is told of one batch; it is called inside a scope
 * @throws LabError `loss-not-finite`
 */
export async function measureHeldOut(
  operations: Operations,
  batches: readonly PlacedBatch[],
  step: number,
  recipe: Recipe,
  objective: Recipe['objective'],
  measure: (batch: PlacedBatch, rows: SupervisedRows) => BatchValues,
  activity: (what: string) => void,
): Promise<Omit<MetricsLine, 'elapsedMs'> & Required<Pick<MetricsLine, 'steps'>>> {
  // Weights by the counts of all, so that each term's gradient is that of its whole.
  const counts: Record<Term, number> = { reason: 0, act: 0, observation: 0 }
  for (const batch of batches) {
    const own = tallyTerms(batch, objective).counts
    for (const term of TERMS) counts[term] += own[term]
  }
  const numbers = new HeldOutNumbers()
  for (const [index, batch] of batches.entries()) {
    activity(`Measuring the held-out rows: ${index} of ${batches.length} batches.`)
    const supervised = superviseBatch(batch, objective, { stepTotals: counts })
    const measured = operations.scope(() => measure(batch, supervised))
    const arrays = [measured.sums, measured.squares, measured.rows]
    const [sums, squares, rows] = await operations.read(...arrays)
    operations.free(...arrays)
    numbers.add(batch, supervised, { sums: sums!, squares: squares!, rows: rows! })
  }
  refuseNotFinite(`on the held-out rows after step ${step}`, numbers.sums, recipe)
  const metrics = numbers.metrics(counts, termScales(objective, counts), objective.lambda)
  return { step, split: 'held-out', ...metrics }
}

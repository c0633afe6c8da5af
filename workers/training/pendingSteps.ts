import { HEAD_SUMS, type Operations, type Values } from '../kernels/operations.ts'
import type { MetricsLine, OnPolicyMetrics } from '../objective/metrics.ts'
import { spanMetrics } from '../objective/spanLoss.ts'
import { TERMS, type Term } from '../objective/weights.ts'
import type { Recipe } from '../recipe.ts'
import { refuseNotFinite } from './notFinite.ts'

/** What the head measured of one micro-batch, on the device. */
export type PartSums = {
  /** [K, 5] */
  sums: Values
  /** [K] */
  squares: Values
}

/** A step whose numbers are still on the device. */
export interface PendingStep {
  step: number
  /** Of the whole step. */
  counts: Record<Term, number>
  scales: Record<Term, number>
  tokens: number
  learningRate: number
  lambda: Record<Term, number>
  onPolicy?: OnPolicyMetrics
  /** Of each micro-batch. */
  parts: PartSums[]
  /** [1]: the gradient's. */
  norm: Values
}

/** What a step measured, before anybody knows how long it took. */
export type StepLine = Omit<MetricsLine, 'elapsedMs'> & { batchTokens: number }

/**
 * Reads what steps have measured, in one transfer, and frees it.
 *
 * @throws LabError `loss-not-finite` naming the first step, term and operation whose number is not finite
 */
export async function readSteps(
  operations: Operations,
  steps: readonly PendingStep[],
  recipe: Recipe,
): Promise<StepLine[]> {
  if (steps.length === 0) return []
  const values = await operations.read(...steps.flatMap(arraysOf))
  freeSteps(operations, steps)
  return steps.map(({ step, counts, scales, tokens, learningRate, lambda, onPolicy, parts }) => {
    const own = values.splice(0, 2 * parts.length + 1)
    const gradientNorm = own.pop()![0]!
    const sums = added(own, 0, TERMS.length * HEAD_SUMS.length)
    const squares = added(own, 1, TERMS.length)
    refuseNotFinite(`at step ${step}`, sums, recipe, gradientNorm)
    const metrics = spanMetrics(sums, squares, counts, scales, lambda)
    const written = onPolicy && { onPolicy }
    return { step, split: 'train', ...metrics, ...written, learningRate, gradientNorm, batchTokens: tokens }
  })
}

export function freeSteps(operations: Operations, steps: readonly PendingStep[]): void {
  operations.free(...steps.flatMap(arraysOf))
}

/** Sums and squares in turn, then the norm. */
function arraysOf({ parts, norm }: PendingStep): Values[] {
  return [...parts.flatMap(({ sums, squares }) => [sums, squares]), norm]
}

/** The sum over the micro-batches of what stands at every second place from `first` on. */
function added(arrays: readonly Float32Array[], first: number, size: number): Float64Array {
  const sum = new Float64Array(size)
  for (let part = first; part < arrays.length; part += 2) {
    for (let i = 0; i < size; i++) sum[i]! += arrays[part]![i]!
  }
  return sum
}

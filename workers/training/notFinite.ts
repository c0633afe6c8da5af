import { LabError } from '../errors.ts'
import { HEAD_SUMS } from '../kernels/operations.ts'
import { TERMS } from '../objective/weights.ts'
import type { Recipe } from '../recipe.ts'

/** What each of the head's sums is the first to show, in the order in which a step computes them. */
const SHOWN_BY: [(typeof HEAD_SUMS)[number], string][] = [
  ['crossEntropy', 'the student’s logits'],
  ['teacherEntropy', 'the teacher’s log-probabilities'],
  ['kl', 'the KL divergence'],
  ['divergence', 'the divergence'],
]

/**
 * Refuses numbers that are not finite, naming the first operation of the step that gave one and the span kinds.
 *
 * @param where e.g. `at step 16`
 * @param sums [K · 5] of the head; a kind is NaN only where one of its own tokens is
 * @param gradientNorm where there was a gradient
 * @throws LabError `loss-not-finite`
 */
export function refuseNotFinite(
  where: string,
  sums: ArrayLike<number>,
  recipe: Recipe,
  gradientNorm = 0,
): void {
  for (const [column, operation] of SHOWN_BY) {
    const at = HEAD_SUMS.indexOf(column)
    const kinds = TERMS.filter((_, k) => !Number.isFinite(sums[k * HEAD_SUMS.length + at]!))
    if (kinds.length === 0) continue
    const tokens = `${kinds.join(' and ')} tokens`
    throw notFinite(
      `The loss is no longer a finite number ${where}, first in ${operation} at ${tokens}`,
      recipe,
    )
  }
  if (!Number.isFinite(gradientNorm)) {
    throw notFinite(`The gradient is no longer finite ${where}, though the loss still is`, recipe)
  }
}

/**
 * Refuses a state of the optimiser that is not finite, before it takes the place of the last good checkpoint.
 *
 * @param parts what it is made of, by name
 * @throws LabError `loss-not-finite`
 */
export function refuseUpdate(step: number, parts: Record<string, Float32Array>, recipe: Recipe): void {
  for (const [name, values] of Object.entries(parts)) {
    if (values.every(Number.isFinite)) continue
    throw notFinite(`The ${name} of AdamW’s update at step ${step} holds numbers that are not finite`, recipe)
  }
}

function notFinite(what: string, { optimiser }: Recipe): LabError {
  return new LabError(
    'loss-not-finite',
    `${what}: lower optimiser.learningRate (it is ${optimiser.learningRate}) or set optimiser.clipNorm.`,
  )
}

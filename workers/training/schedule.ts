import type { Recipe } from '../recipe.ts'

/**
 * The learning rate of a step: linear warm-up over `warmupSteps`, then cosine or linear decay that reaches 0 one step
 * after the last, or none.
 *
 * @param step counted from 0
 * @param steps of the whole run
 */
export function learningRateAt(step: number, steps: number, optimiser: Recipe['optimiser']): number {
  const { learningRate, warmupSteps, schedule } = optimiser
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps
  if (schedule === 'constant') return learningRate
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps))
  return learningRate * (schedule === 'linear' ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress)))
}

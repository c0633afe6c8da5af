import { ARM_SWITCHES, type Arm, coefficientOf, type Recipe } from '../../workers/protocol.ts'

/** Another arm sets the switches that make it that arm; the rest of the recipe stays. */
export function takeArm(recipe: Recipe, arm: Arm): void {
  const { divergence, lambda, normaliser, spans, order, onPolicyShare } = ARM_SWITCHES[arm]
  Object.assign(recipe.objective, { arm, normaliser, spans, lambda: { ...lambda } })
  recipe.onPolicy.share = onPolicyShare
  recipe.curriculum.order = order
  takeDivergence(recipe, divergence)
}

/** Another divergence brings its own coefficient and drops what contradicts it. */
export function takeDivergence(recipe: Recipe, divergence: Recipe['objective']['divergence']): void {
  const { objective, onPolicy } = recipe
  const { beta, alpha } = objective
  delete objective.beta
  delete objective.alpha
  Object.assign(objective, { divergence }, coefficientOf(divergence, { beta, alpha }))
  if (divergence !== 'cross-entropy') return
  Object.assign(objective, { temperature: 1, hardShare: 0 })
  onPolicy.share = 0
}

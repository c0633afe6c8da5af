import type { z } from 'zod'
import { ARM_SWITCHES, type ArmSwitches, coefficientOf } from './arms.ts'
import { contradictions } from './contradictions.ts'
import { LabError } from './errors.ts'
import { describeIssues, type Issue, issuesOf } from './issues.ts'
import { type ParsedRecipe, RecipeFields } from './recipeFields.ts'

export {
  ARM_SWITCHES,
  ARMS,
  type Arm,
  coefficientOf,
  NORMALISERS,
  ORDERS,
  SPANS,
} from './arms.ts'
export { WORLDS } from './recipeFields.ts'

/** What a person writes: unknown keys are errors, what is left out takes the default. */
const RecipeInput = RecipeFields.check(({ value, issues }) => {
  const arm = ARM_SWITCHES[value.objective.arm]
  const divergence = value.objective.divergence ?? arm.divergence
  const order = value.curriculum.order ?? arm.order
  const share = value.onPolicy.share ?? arm.onPolicyShare
  for (const { path, message } of contradictions(value, { divergence, order, share })) {
    issues.push({ code: 'custom', path: path.split('.'), message, input: value })
  }
})

/** A recipe as a person may write it: everything optional. */
export type RecipeInput = z.input<typeof RecipeInput>

/** A recipe with every switch filled in, as the run uses it and as it is written beside the student. */
export type Recipe = Omit<ParsedRecipe, 'objective' | 'curriculum' | 'onPolicy'> & {
  /** `beta` is there where the divergence is jsd, `alpha` where it is skew-kl, and nowhere else. */
  objective: Omit<ParsedRecipe['objective'], 'divergence' | 'lambda' | 'normaliser' | 'spans'> &
    Omit<ArmSwitches, 'order' | 'onPolicyShare'>
  curriculum: Omit<ParsedRecipe['curriculum'], 'order'> & { order: ArmSwitches['order'] }
  onPolicy: ParsedRecipe['onPolicy'] & { share: number }
}

/**
 * Checks a recipe and fills in its defaults.
 *
 * @param input a parsed JSON value, not yet trusted
 * @param where what to call it in messages, e.g. the file's name
 * @throws LabError `invalid-recipe` naming every key that is unknown or out of bounds
 */
export function parseRecipe(input: unknown, where = 'The recipe'): Recipe {
  const result = RecipeInput.safeParse(input)
  if (!result.success) {
    const issues = describeIssues(issuesOf(result.error, input), 'the whole recipe')
    throw new LabError('invalid-recipe', `${where}: ${issues}.`)
  }
  const parsed = result.data
  const switches = ARM_SWITCHES[parsed.objective.arm]
  const divergence = parsed.objective.divergence ?? switches.divergence
  return {
    ...parsed,
    objective: {
      ...parsed.objective,
      ...coefficientOf(divergence, parsed.objective),
      divergence,
      lambda: {
        reason: parsed.objective.lambda.reason ?? switches.lambda.reason,
        act: parsed.objective.lambda.act ?? switches.lambda.act,
        observation: parsed.objective.lambda.observation ?? switches.lambda.observation,
      },
      normaliser: parsed.objective.normaliser ?? switches.normaliser,
      spans: parsed.objective.spans ?? switches.spans,
    },
    curriculum: { ...parsed.curriculum, order: parsed.curriculum.order ?? switches.order },
    onPolicy: { ...parsed.onPolicy, share: parsed.onPolicy.share ?? switches.onPolicyShare },
  }
}

/** One thing that is wrong with a recipe, for the message beside its field. */
export type RecipeIssue = Issue

/** Everything that is wrong with the fields of a recipe, one by one; `parseRecipe` says it in one sentence. */
export function recipeIssues(input: unknown): RecipeIssue[] {
  const result = RecipeInput.safeParse(input)
  return result.success ? [] : issuesOf(result.error, input)
}

import type { Issue } from './issues.ts'
import type { DivergenceName } from './kernels/operations.ts'
import type { Recipe } from './recipe.ts'
import type { ParsedRecipe } from './recipeFields.ts'

/** The source of a stored teacher that means the log-probabilities in the trajectories' own files. */
export const FILES = 'trajectories'

/**
 * Switches of a recipe that contradict each other, each a sentence that names both and is shown beside the first.
 *
 * @param switches the recipe's own or else its arm's; `share` is that of the rows on policy
 */
export function contradictions(
  recipe: ParsedRecipe,
  {
    divergence,
    order,
    share,
  }: { divergence: DivergenceName; order: Recipe['curriculum']['order']; share: number },
): Issue[] {
  return [
    ...ofObjective(recipe, divergence),
    ...ofTeacher(recipe),
    ...(share > 0 ? ofOnPolicy(recipe, divergence) : []),
    ...ofCurriculum(recipe, order),
    ...(recipe.batchRows % recipe.accumulate === 0
      ? []
      : [
          {
            path: 'accumulate',
            message: `must divide batchRows (${recipe.batchRows} is no multiple of ${recipe.accumulate})`,
          },
        ]),
  ]
}

function ofObjective({ objective, teacher, tokenizer }: ParsedRecipe, divergence: DivergenceName): Issue[] {
  const { beta, alpha, temperature, hardShare } = objective
  const issues: Issue[] = []
  const add = (key: string, message: string) => issues.push({ path: `objective.${key}`, message })
  if (beta !== undefined && divergence !== 'jsd') {
    add(
      'beta',
      `belongs to objective.divergence "jsd" and the divergence is "${divergence}": remove one of them`,
    )
  }
  if (alpha !== undefined && divergence !== 'skew-kl') {
    add(
      'alpha',
      `belongs to objective.divergence "skew-kl" and the divergence is "${divergence}": remove one of them`,
    )
  }
  if (temperature !== 1 && divergence === 'cross-entropy') {
    add(
      'temperature',
      'must be 1 where objective.divergence is "cross-entropy", which asks for no teacher’s logits to divide',
    )
  } else if (temperature !== 1 && teacher.kind === 'model' && tokenizer.kind === 'train-bpe') {
    add(
      'temperature',
      'must be 1 where a model teaches a student with a tokenizer of its own (tokenizer.kind "train-bpe"): what is captured of it is not all of its logits',
    )
  } else if (temperature !== 1 && teacher.kind !== 'model') {
    add(
      'temperature',
      `must be 1 where teacher.kind is "${teacher.kind}": only a model’s logits can be divided, of anything else not all are known`,
    )
  }
  if (hardShare > 0 && divergence === 'cross-entropy') {
    add('hardShare', 'must be 0 where objective.divergence is "cross-entropy", which is nothing but that')
  } else if (hardShare === 1) {
    add(
      'hardShare',
      `must be less than 1, as it leaves nothing of objective.divergence "${divergence}": choose "cross-entropy" instead`,
    )
  }
  return issues
}

function ofTeacher({ tokenizer, teacher }: ParsedRecipe): Issue[] {
  if (tokenizer.kind === 'train-bpe') return []
  if (teacher.kind === 'text') {
    const message = 'must be "train-bpe" where teacher.kind is "text", since a text brings no tokenizer'
    return [{ path: 'tokenizer.kind', message }]
  }
  if (teacher.kind === 'stored' && teacher.source === FILES) {
    const message = `must be "train-bpe" where teacher.source is "${FILES}", since their log-probabilities bring no tokenizer`
    return [{ path: 'tokenizer.kind', message }]
  }
  if (teacher.kind === 'model' && teacher.k !== undefined) {
    const message =
      'must be left out where tokenizer.kind is "teacher": the model then runs beside the student, and all of its vocabulary counts'
    return [{ path: 'teacher.k', message }]
  }
  return []
}

function ofOnPolicy(
  { objective, teacher, tokenizer, data }: ParsedRecipe,
  divergence: DivergenceName,
): Issue[] {
  const zero = (where: string) => [{ path: 'onPolicy.share', message: `must be 0 where ${where}` }]
  if (teacher.kind !== 'model' || tokenizer.kind !== 'teacher') {
    return zero(
      'no model runs beside the student (teacher.kind "model" with tokenizer.kind "teacher"): nobody else can score what the student writes',
    )
  }
  if (divergence === 'cross-entropy' || objective.hardShare > 0) {
    return zero(
      `objective.divergence is "${divergence}" with a hardShare of ${objective.hardShare}: the recorded token would be the student’s own`,
    )
  }
  if (data.packing) return zero('data.packing is on: what the student writes has no room in a full row')
  return []
}

function ofCurriculum({ curriculum }: ParsedRecipe, order: Recipe['curriculum']['order']): Issue[] {
  const { alpha, beta, gamma } = curriculum
  const sorts = order === 'easy-first' || order === 'hard-first'
  if (!sorts || alpha + beta + gamma > 0) return []
  return [
    {
      path: 'curriculum.order',
      message: `is "${order}" and curriculum.alpha, beta and gamma are all 0, so there is nothing to sort by: raise one of them, or choose "random"`,
    },
  ]
}

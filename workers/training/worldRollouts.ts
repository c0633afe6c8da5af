import { environmentNamed } from '../environments/index.ts'
import { LabError } from '../errors.ts'
import { History } from '../evaluation/history.ts'
import { episodeShares } from '../evaluation/metrics.ts'
import { episodesOf, type Plan, rollOut } from '../evaluation/rollouts.ts'
import { ratio } from '../evaluation/statistics.ts'
import type { TextModel } from '../models/textModel.ts'
import type { WorldMetrics } from '../objective/metrics.ts'
import type { Recipe } from '../recipe.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Evaluating } from './evaluation.ts'
import type { RunMaterial } from './material.ts'

type Rollouts = NonNullable<Recipe['evaluate']['rollouts']>

/** Draws the episodes; not the recipe's, so that the curves of runs with different seeds compare. */
const EPISODES_SEED = 1

/** Episodes in which the student acts by itself while it trains, the same ones at every evaluation of every run. */
export class WorldRollouts {
  constructor(
    private readonly plan: Plan,
    private readonly tokenizer: Tokenizer,
    private readonly world: Rollouts['environment'],
  ) {}

  /**
   * @param goesOn asked before every token; while it waits nothing is computed, and false ends the measurement
   * @returns null where it was ended: of episodes that are half played nothing is known
   */
  async measure(
    model: TextModel,
    { activity = () => {}, goesOn }: Evaluating = {},
  ): Promise<WorldMetrics | null> {
    const { plan, tokenizer, world } = this
    const progress = (over: number, of: number) =>
      activity(`Acting in the ${world}: ${over} of ${of} episodes are over.`)
    progress(0, plan.episodes)
    const rollouts = await rollOut({ model, tokenizer }, plan, { goesOn, progress })
    if (rollouts === null) return null
    const shares = rollouts.map((rollout) => episodeShares(rollout, null).shares)
    const mean = (name: keyof WorldMetrics) => ratio(shares.map((episode) => episode[name]!))
    return {
      environment: world,
      episodes: rollouts.length,
      success: mean('success')!,
      reward: mean('reward')!,
      steps: mean('steps')!,
      invalidActions: mean('invalidActions'),
      malformedTurns: mean('malformedTurns')!,
      stoppedAtCap: mean('stoppedAtCap')!,
    }
  }
}

/**
 * Loads the world that the recipe lets the student act in.
 *
 * @returns null where the recipe names none
 * @throws LabError `invalid-recipe` where the student's context is too short for one of the tasks
 */
export async function openWorld({
  recipe,
  tokenizer,
}: Pick<RunMaterial, 'recipe' | 'tokenizer'>): Promise<WorldRollouts | null> {
  const { rollouts, contextLength } = { ...recipe.evaluate, ...recipe.data }
  if (!rollouts) return null
  const plan: Plan = {
    environment: await environmentNamed(rollouts.environment),
    split: 'validation',
    seed: EPISODES_SEED,
    episodes: rollouts.episodes,
    temperature: 0,
    maxTurnTokens: rollouts.turnTokens,
  }
  const longest = Math.max(...episodesOf(plan).map(({ prompt }) => lengthOf(prompt, tokenizer)))
  // What `History` asks for, which would end the run in its middle.
  if (longest > contextLength / 2) {
    throw new LabError(
      'invalid-recipe',
      `evaluate.rollouts: the longest task of the ${rollouts.environment} has ${longest} tokens, and may take up half of the student’s context: set data.contextLength (${contextLength}) to ${2 * longest} or more, or leave evaluate.rollouts out.`,
    )
  }
  return new WorldRollouts(plan, tokenizer, rollouts.environment)
}

/** Tokens of a prompt as students read it. */
function lengthOf(prompt: string, tokenizer: Tokenizer): number {
  return new History(tokenizer, Number.POSITIVE_INFINITY, 0).read([prompt]).length
}

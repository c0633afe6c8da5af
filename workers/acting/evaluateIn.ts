import type { Environment } from '../environments/environment.ts'
import { LabError } from '../errors.ts'
import type { Student } from '../evaluation/converse.ts'
import { definitionsOf } from '../evaluation/definitions.ts'
import { episodeLine } from '../evaluation/episodeFile.ts'
import { evaluate } from '../evaluation/evaluation.ts'
import { DEFAULT_TURN_TOKENS } from '../evaluation/rollouts.ts'
import type { ActorId, ActorPlan, EvaluationProgress, EvaluationReport } from './acting.ts'

/** Beyond this the episodes would not fit into a page's memory. */
const MOST_EPISODES = 10_000

/**
 * Measures somebody in a world, as `lab evaluate` does: the same plan gives the same numbers.
 *
 * @param student null for the world's expert
 * @returns null where it was told not to go on
 * @throws LabError `usage` for a plan that is none
 */
export async function evaluateIn(
  environment: Environment,
  actor: ActorId,
  student: Student | null,
  plan: ActorPlan,
  goesOn: () => Promise<boolean>,
  onProgress: (progress: EvaluationProgress) => void,
): Promise<EvaluationReport | null> {
  checkPlan(plan)
  const { split, seed, episodes, temperature, historyEpisodes = 0 } = plan
  const began = performance.now()
  const evaluation = await evaluate(
    student,
    {
      ...{ environment, split, seeds: [seed], episodes, temperature },
      ...{ historyEpisodes, maxTurnTokens: DEFAULT_TURN_TOKENS },
    },
    { goesOn, progress: (what, over, of) => onProgress({ what, over, of }) },
  )
  if (evaluation === null) return null
  const { rollouts, episodes: measured, histories } = evaluation
  const lines = rollouts
    .flat()
    .map((rollout) => `${JSON.stringify(episodeLine(rollout, environment.name, seed))}\n`)
  return {
    ...{ actor, plan, stepCap: environment.stepCap, episodes: measured, histories },
    definitions: definitionsOf([...Object.keys(measured.all), ...Object.keys(histories?.all ?? {})]),
    elapsedMs: performance.now() - began,
    lines: new Blob(lines, { type: 'application/jsonl' }),
  }
}

function checkPlan({ seed, episodes, temperature, historyEpisodes = 0 }: ActorPlan): void {
  const refuse = (what: string) => new LabError('usage', what)
  if (!Number.isInteger(seed) || seed < 0) throw refuse('The seed must be a whole number of at least 0.')
  if (!Number.isInteger(episodes) || episodes < 1 || episodes > MOST_EPISODES)
    throw refuse(`The episodes must be a whole number from 1 to ${MOST_EPISODES}.`)
  if (!Number.isInteger(historyEpisodes) || historyEpisodes < 0)
    throw refuse('The runs to compare with must be a whole number of at least 0.')
  if (!(temperature >= 0 && Number.isFinite(temperature)))
    throw refuse('The temperature must be a number of at least 0.')
}

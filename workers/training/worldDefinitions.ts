import { EPISODE_DEFINITIONS } from '../evaluation/definitions.ts'
import type { Definition } from '../objective/definitions.ts'
import type { WorldMetrics } from '../objective/metrics.ts'

const { success, reward, steps, invalidActions, malformedTurns, stoppedAtCap } = EPISODE_DEFINITIONS

/** Of what the student does when it acts by itself while it trains, in held-out lines. */
export const WORLD_DEFINITIONS: Record<keyof WorldMetrics, Definition> = {
  environment: {
    name: 'World',
    formula: 'the world that the student acted in',
    unit: 'a name',
    source: 'recipe: evaluate.rollouts',
  },
  episodes: {
    name: 'Episodes',
    formula:
      'episodes of the world’s validation split that the student played greedily; the same ones at every measurement of every run',
    unit: 'episodes',
    source: 'recipe: evaluate.rollouts',
  },
  success,
  reward,
  steps,
  invalidActions,
  malformedTurns,
  stoppedAtCap,
}

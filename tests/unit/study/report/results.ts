import type { Shares } from '../../../../workers/evaluation/metrics.ts'
import { Random } from '../../../../workers/random.ts'
import { parseRecipe } from '../../../../workers/recipe.ts'
import { candidatesOf, cellsOf, type StudyCell } from '../../../../workers/study/cells.ts'
import { recipeOf } from '../../../../workers/study/recipes.ts'
import type { CellResult, TeacherResult } from '../../../../workers/study/result.ts'
import { parseStudy, type Study, type StudyInput } from '../../../../workers/study/study.ts'

/** Results as a runner leaves them, made up so that what must come out is known. */

const SMALL: StudyInput = {
  version: 1,
  name: 'made-up',
  about: 'Two worlds, invented results.',
  worlds: [
    { environment: 'household', teacher: 'household' },
    { environment: 'shop', teacher: 'shop' },
  ],
  trajectories: { by: 'teacher', temperature: 1, onlySuccesses: true, seed: 7 },
  amounts: { few: 100, many: 1000 },
  students: { small: { layers: 1, width: 32, heads: 2 }, large: { layers: 2, width: 40, heads: 4 } },
  arms: {
    sad: { recipe: { objective: { arm: 'sad' } } },
    'token-kd': { recipe: { objective: { arm: 'token-kd' } } },
    'token-kd-masked': { recipe: { objective: { arm: 'token-kd-masked' } } },
    'sad-chosen': {
      recipe: { objective: { arm: 'sad' } },
      choose: [
        { objective: { lambda: { reason: 1, act: 3 } } },
        { objective: { lambda: { reason: 3, act: 1 } } },
      ],
    },
  },
  blocks: [
    { arms: ['sad', 'token-kd', 'token-kd-masked', 'sad-chosen'], students: ['small'], amounts: ['many'] },
    { arms: ['sad', 'token-kd'], students: ['large'], amounts: ['many'], worlds: ['household'] },
  ],
  seeds: [1, 2, 3],
  choosing: { seeds: [11], episodes: 10, student: 'small', amount: 'many' },
  testing: { seed: 99, episodes: 20, historyEpisodes: 5, temperature: 0 },
}

export function smallStudy(change: Partial<StudyInput> = {}): Study {
  return parseStudy({ ...SMALL, ...change })
}

const TASK_TYPES: Record<string, [string, string]> = {
  household: ['heat', 'pick'],
  wiki: ['bridge', 'comparison'],
  shop: ['food', 'shoes'],
}

/** Episodes of which exactly the first `successes` of a shuffled row reach the goal. */
export function episodesOf(environment: string, episodes: number, successes: number, seed = 1): Shares[] {
  const order = new Random(seed).shuffle(Array.from({ length: episodes }, (_, i) => i))
  return order.map((place, i): Shares => {
    const success = Number(place < successes)
    return {
      taskType: TASK_TYPES[environment]![i % 2]!,
      shares: {
        success: [success, 1],
        reward: [environment === 'shop' && success === 0 ? 0.5 : success, 1],
        steps: [success ? 10 : 30, 1],
        stepsOfSuccesses: [success * 10, success],
        stoppedAtCap: [1 - success, 1],
        reasoningTokens: [success ? 80 : 360, success ? 8 : 30],
        invalidActions: [success ? 0 : 3, 10],
      },
    }
  })
}

/** Of five histories with four reasonings each, `matches` match in each. */
function historiesOf(environment: string, matches: number): Shares[] {
  return Array.from({ length: 5 }, (_, i) => ({
    taskType: TASK_TYPES[environment]![i % 2]!,
    shares: { cotMatch: [matches, 4], cotNearMatch: [4, 4], actionMatch: [3, 4] },
  }))
}

export interface Outcome {
  /** Of the cell's episodes. */
  successes: number
  /** Of four reasonings. */
  matches?: number
}

export function resultOf(study: Study, cell: StudyCell, { successes, matches = 2 }: Outcome): CellResult {
  // Of an arm with candidates the second is the best, as far as `clearOutcome` says.
  const chosen = study.arms[cell.arm]!.choose && cell.candidate === undefined ? 1 : undefined
  const episodes = cell.split === 'test' ? study.testing.episodes : study.choosing.episodes
  const agreement = 0.9 + successes / 1000
  return {
    cell,
    fingerprint: `made up for ${cell.id}`,
    recipe: parseRecipe(recipeOf(study, cell, 256, chosen)),
    trainedBy: { program: 'scale', backend: 'cpu', engine: 'pytorch', adapter: 'Made-up CPU', seconds: 60 },
    evaluatedBy: { backend: 'wasm', engine: 'reference', adapter: 'Made-up CPU', seconds: 30 },
    parameters: cell.student === 'small' ? 40_000 : 90_000,
    teacherParameters: 1_000_000,
    trajectories: study.amounts[cell.amount]!,
    trainTokens: 500_000,
    training: { train: null, heldOut: null },
    curve: [
      { step: 200, reason: agreement - 0.05, act: agreement - 0.02, loss: 0.5 },
      { step: 400, reason: agreement, act: agreement + 0.01, loss: 0.25 },
    ],
    episodes: episodesOf(cell.environment, episodes, successes, cell.seed),
    histories: cell.split === 'test' ? historiesOf(cell.environment, matches) : [],
  }
}

/** All cells of a study. @param outcome of each; null for one that is not done */
export function resultsOf(study: Study, outcome: (cell: StudyCell) => Outcome | null): CellResult[] {
  return [...candidatesOf(study), ...cellsOf(study)].flatMap((cell) => {
    const known = outcome(cell)
    return known ? [resultOf(study, cell, known)] : []
  })
}

export function teachersOf(study: Study): TeacherResult[] {
  return study.worlds.map(({ environment, teacher }) => ({
    environment,
    fingerprint: `made up for ${environment}`,
    source: teacher,
    parameters: 1_000_000,
    contextLength: 640,
    vocabularySize: 1024,
    evaluatedBy: { backend: 'wasm', engine: 'reference', adapter: 'Made-up CPU', seconds: 45 },
    trajectories: { by: 'teacher', played: 1100, successes: 1050, kept: 1000 },
    episodes: episodesOf(environment, study.testing.episodes, 18),
    expert: episodesOf(environment, study.testing.episodes, 20),
  }))
}

/** sad solves 12, 13, 14 of 20; token-kd three less at every seed; the masked one as many as sad but for one seed. */
export function clearOutcome({ arm, seed, candidate, student }: StudyCell): Outcome {
  if (candidate !== undefined) return { successes: candidate === 1 ? 7 : 5 }
  const more = student === 'large' ? 3 : 0
  if (arm === 'token-kd') return { successes: 8 + seed + more, matches: 1 }
  if (arm === 'token-kd-masked') return { successes: 11 + seed + (seed === 1 ? 2 : -1), matches: 2 }
  return { successes: 11 + seed + more }
}

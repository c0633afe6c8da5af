import type { Student } from './converse.ts'
import { episodeShares, historyShares, type Shares, type Summary, summarise } from './metrics.ts'
import { type RecordedEpisode, recordingOf } from './reasoning.ts'
import type { Rollout } from './rollout.ts'
import { expertRollouts, type Plan, rewrite, rollOut, type Watching } from './rollouts.ts'

export interface EvaluationPlan extends Omit<Plan, 'seed'> {
  /** Each draws episodes of its own. */
  seeds: readonly number[]
  /** Episodes of each seed whose expert runs the student writes once more, for the match of its reasoning; 0 for none. */
  historyEpisodes: number
  /** What somebody else played, a teacher, in the place of the expert: as many of them, once and not for each seed. */
  recorded?: readonly RecordedEpisode[]
}

export interface Evaluation {
  /** Of each seed, in the order of the episodes. */
  rollouts: Rollout[][]
  episodes: Summary
  /** Null where there was nothing to compare. */
  histories: Summary | null
}

/** As `Watching`, and hears of what. */
export interface EvaluationWatching extends Pick<Watching, 'goesOn'> {
  progress?: (what: string, over: number, of: number) => void
}

/** Of the bootstrap: any number, the same everywhere, so that the same episodes have the same intervals. */
const BOOTSTRAP_SEED = 1

/**
 * Lets a student act in a world and measures it; without a student the world's expert.
 *
 * @returns null where it was told not to go on
 * @throws LabError `invalid-student` where the student's context is too short for a task
 */
export async function evaluate(
  student: Student | null,
  plan: EvaluationPlan,
  { goesOn, progress = () => {} }: EvaluationWatching = {},
): Promise<Evaluation | null> {
  const rollouts: Rollout[][] = []
  const histories: Shares[][] = []
  const recorded = plan.recorded?.slice(0, plan.historyEpisodes)
  for (const seed of plan.seeds) {
    const own = { ...plan, seed }
    const told = (what: string): Watching => ({
      goesOn,
      progress: (over, of) => progress(plan.seeds.length > 1 ? `seed ${seed}: ${what}` : what, over, of),
    })
    const played = student
      ? await rollOut(student, own, told('episodes played'))
      : await expertRollouts(own, told('episodes played'))
    if (played === null) return null
    rollouts.push(played)
    if (!student || plan.historyEpisodes === 0 || (recorded && histories.length > 0)) continue
    const compared = { ...own, episodes: Math.min(plan.historyEpisodes, plan.episodes) }
    const reference = recorded ?? (await expertRollouts(compared, { goesOn }))?.map(recordingOf)
    const rewritten =
      reference && (await rewrite(student, plan, reference, told('recorded runs written once more')))
    if (!rewritten) return null
    histories.push(rewritten.map((dialogue, i) => historyShares(dialogue, reference[i]!.taskType)))
  }
  const shares = rollouts.map((played) =>
    played.map((rollout) => episodeShares(rollout, student?.tokenizer ?? null)),
  )
  return {
    rollouts,
    episodes: summarise(shares, BOOTSTRAP_SEED),
    histories: histories.length > 0 ? summarise(histories, BOOTSTRAP_SEED) : null,
  }
}

import type { Student } from './converse.ts'
import { episodeShares, historyShares, type Shares, type Summary, summarise } from './metrics.ts'
import type { PlayedTurn, Rollout } from './rollout.ts'
import { expertRollouts, type Plan, rewrite, rollOut, type Watching } from './rollouts.ts'

export interface EvaluationPlan extends Omit<Plan, 'seed'> {
  /** Each draws episodes of its own. */
  seeds: readonly number[]
  /** Episodes of each seed whose expert runs the student writes once more, for the match of its reasoning; 0 for none. */
  historyEpisodes: number
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
    if (!student || plan.historyEpisodes === 0) continue
    const compared = { ...own, episodes: Math.min(plan.historyEpisodes, plan.episodes) }
    const experts = await expertRollouts(compared, { goesOn })
    const rewritten =
      experts && (await rewrite(student, own, experts, told('of the expert’s runs written once more')))
    if (!experts || !rewritten) return null
    histories.push(rewritten.map((dialogue, i) => historyShares(dialogue, experts[i]!.episode.taskType)))
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

/** A turn in the text of an episode; offsets are UTF-16 code units. */
export interface TurnPlace {
  turn: PlayedTurn['kind']
  /** Where it begins, where its answer does, and where that ends. */
  start: number
  answered: number
  end: number
  valid: boolean
  spent: boolean
  tokens: number | null
}

/**
 * A line of a file of episodes. The lab reads `text` as a trajectory, with its outcome; the turns are places in it, lest
 * their texts be read as trajectories of their own.
 */
export interface EpisodeLine {
  environment: string
  episode: string
  split: string
  taskType: string
  seed: number
  success: boolean
  reward: number
  measures: Record<string, number>
  steps: number
  stoppedAtCap: boolean
  /** The whole transcript, prompt first. */
  text: string
  places: TurnPlace[]
}

export function episodeLine(rollout: Rollout, environment: string, seed: number): EpisodeLine {
  const { episode, score, steps, stoppedAtCap, turns, text } = rollout
  const { id, split, taskType } = episode
  const { success, reward, measures = {} } = score
  let at = episode.prompt.length
  const places = turns.map(({ kind, text, answer, valid, spent, tokens }): TurnPlace => {
    const start = at
    const answered = start + text.length
    at = answered + answer.length
    return { turn: kind, start, answered, end: at, valid, spent, tokens }
  })
  const told = { environment, episode: id, split, taskType, seed, success, reward, measures }
  return { ...told, steps, stoppedAtCap, text, places }
}

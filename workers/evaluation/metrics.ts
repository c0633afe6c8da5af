import { NEAR_MATCH } from '../objective/reasoningMatch.ts'
import { Random } from '../random.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { likenessOf, type TeacherForced } from './reasoning.ts'
import type { Rollout } from './rollout.ts'
import { type Estimate, estimate, type Share } from './statistics.ts'

/** Metrics of `definitions.ts`, under the same names. */
export type EpisodeMetric =
  | 'success'
  | 'reward'
  | 'steps'
  | 'stepsOfSuccesses'
  | 'stoppedAtCap'
  | 'reasoningTokens'
  | 'reasoningTokensPerEpisode'
  | 'reasoningWords'
  | 'invalidActions'
  | 'malformedTurns'
export type HistoryMetric = 'cotMatch' | 'cotNearMatch' | 'cotF1' | 'actionMatch'

/** What one episode adds to each metric, by its name. */
export interface Shares {
  taskType: string
  shares: Record<string, Share>
}

export type Estimates = Record<string, Estimate>

/** Metrics over all episodes, and over those of each type of task. */
export interface Summary {
  all: Estimates
  byTaskType: Record<string, Estimates>
}

/**
 * An episode that is over. The world's own measures (`f1` of an answer, …) are metrics as well, under their own names.
 *
 * @param tokenizer counts the tokens of reasonings; null leaves these metrics without a value
 */
export function episodeShares(rollout: Rollout, tokenizer: Tokenizer | null): Shares {
  const { turns, steps, score, stoppedAtCap } = rollout
  const actions = turns.filter(({ kind }) => kind === 'act')
  const reasonings = turns.map(({ reasoning }) => reasoning).filter((reasoning) => reasoning !== null)
  const total = (length: (text: string) => number) => reasonings.reduce((sum, text) => sum + length(text), 0)
  const tokens = tokenizer && total((text) => tokenizer.encode(text).ids.length)
  const success = Number(score.success)
  const shares: Record<EpisodeMetric, Share> = {
    success: [success, 1],
    reward: [score.reward, 1],
    steps: [steps, 1],
    stepsOfSuccesses: [steps * success, success],
    stoppedAtCap: [Number(stoppedAtCap), 1],
    reasoningTokens: tokens === null ? [0, 0] : [tokens, reasonings.length],
    reasoningTokensPerEpisode: tokens === null ? [0, 0] : [tokens, 1],
    reasoningWords: [total((text) => text.match(/\S+/g)?.length ?? 0), reasonings.length],
    invalidActions: [actions.filter(({ valid }) => !valid).length, actions.length],
    malformedTurns: [turns.filter(({ kind }) => kind === 'malformed').length, turns.length],
  }
  const measures = Object.entries(score.measures ?? {}).map(([name, value]) => [name, [value, 1] as const])
  return { taskType: rollout.episode.taskType, shares: { ...Object.fromEntries(measures), ...shares } }
}

/** A recorded dialogue that a student has written once more. */
export function historyShares({ compared }: TeacherForced, taskType: string): Shares {
  const likenesses = compared.map(likenessOf)
  const reasonings = likenesses.map(({ reasoning }) => reasoning).filter((reasoning) => reasoning !== null)
  const actions = likenesses.map(({ action }) => action).filter((action) => action !== null)
  const shares: Record<HistoryMetric, Share> = {
    cotMatch: [reasonings.filter(({ same }) => same).length, reasonings.length],
    cotNearMatch: [reasonings.filter(({ f1 }) => f1 >= NEAR_MATCH).length, reasonings.length],
    cotF1: [reasonings.reduce((sum, { f1 }) => sum + f1, 0), reasonings.length],
    actionMatch: [actions.filter((same) => same).length, actions.length],
  }
  return { taskType, shares }
}

/**
 * Means with their intervals.
 *
 * @param seeds the episodes of each seed, all of the same metrics
 * @param seed of the bootstrap
 */
export function summarise(seeds: readonly (readonly Shares[])[], seed: number): Summary {
  const names = Object.keys(seeds.flat()[0]?.shares ?? {})
  const types = [...new Set(seeds.flat().map(({ taskType }) => taskType))].sort()
  return {
    all: estimates(seeds, names, seed),
    byTaskType: Object.fromEntries(types.map((type) => [type, estimates(seeds, names, seed, type)])),
  }
}

/** Some of these means, with the intervals that `summarise` gives them; @param type of tasks, all where left out */
export function estimates(
  seeds: readonly (readonly Shares[])[],
  names: readonly string[],
  seed: number,
  type?: string,
): Estimates {
  return Object.fromEntries(
    names.map((name) => {
      const shares = seeds.map((episodes) =>
        episodes
          .filter(({ taskType }) => type === undefined || taskType === type)
          .map((episode) => episode.shares[name]!),
      )
      return [name, estimate(shares, new Random(seed).fork(`bootstrap ${type ?? ''} ${name}`))]
    }),
  )
}

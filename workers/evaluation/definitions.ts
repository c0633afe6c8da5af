import type { Definition } from '../objective/definitions.ts'
import { NEAR_MATCH } from '../objective/reasoningMatch.ts'
import type { EpisodeMetric, HistoryMetric } from './metrics.ts'
import { FREE_THOUGHTS } from './rollout.ts'
import { RESAMPLES } from './statistics.ts'

/** How every mean comes by its interval. */
export const INTERVAL_DEFINITION: Definition = {
  name: '95 % interval',
  formula: `percentiles 2.5 and 97.5 of ${RESAMPLES} means over resampled episodes; of several seeds, seeds are resampled first. Where all episodes are alike it has no width, which does not mean that nothing is unknown`,
  unit: 'that of the mean',
  source: 'percentile bootstrap; Efron & Tibshirani 1993, An Introduction to the Bootstrap',
}

/** Of what a student does when it acts by itself. A turn is what it writes until the world answers. */
export const EPISODE_DEFINITIONS: Record<EpisodeMetric, Definition> = {
  success: {
    name: 'Success',
    formula:
      'share of the episodes that reached the goal: household all conditions, wiki exact match, shop reward 1',
    unit: 'share, 0 to 1',
    source: 'task success rate of arXiv 2505.13820; each world’s own paper',
  },
  reward: {
    name: 'Reward',
    formula: 'mean over the episodes of the world’s reward at their end',
    unit: '0 to 1',
    source: 'WebShop’s score (arXiv 2207.01206); elsewhere the success',
  },
  steps: {
    name: 'Steps',
    formula: `mean over the episodes of the steps spent: actions, malformed turns, and each thought after ${FREE_THOUGHTS} in a row; an episode stopped at the cap counts as the cap (censored: it would have taken more)`,
    unit: 'steps per episode',
    source: 'latency as steps per episode, arXiv 2505.13820; restricted mean, Irwin 1949',
  },
  stepsOfSuccesses: {
    name: 'Steps to success',
    formula: 'the same over the episodes that reached the goal, none of which is censored',
    unit: 'steps per episode',
    source: 'defined here',
  },
  stoppedAtCap: {
    name: 'Stopped at the cap',
    formula: 'share of the episodes whose steps were spent before they were over',
    unit: 'share, 0 to 1',
    source: 'counted',
  },
  reasoningTokens: {
    name: 'Reasoning length',
    formula: 'mean over all reasonings of the tokens of the student’s own tokenizer, without markers',
    unit: 'tokens per reasoning',
    source: 'average reasoning length of arXiv 2505.13820, which does not say per what: per reasoning here',
  },
  reasoningTokensPerEpisode: {
    name: 'Reasoning per episode',
    formula: 'mean over the episodes of the tokens of all their reasonings',
    unit: 'tokens per episode',
    source: 'the other reading of the same',
  },
  reasoningWords: {
    name: 'Reasoning length in words',
    formula:
      'mean over all reasonings of their words, runs of other than white space: the same for every tokenizer',
    unit: 'words per reasoning',
    source: 'defined here',
  },
  invalidActions: {
    name: 'Invalid actions',
    formula: 'share of the actions that the world did not know or that could not be done',
    unit: 'share, 0 to 1',
    source: 'defined here; the world says which',
  },
  malformedTurns: {
    name: 'Malformed turns',
    formula: 'share of the turns that do not read as one; the world never sees them',
    unit: 'share, 0 to 1',
    source: 'defined here; read by the world’s script',
  },
}

/** Of what single worlds measure beside success and reward: means over the episodes, 0 where an episode came to no end. */
export const MEASURE_DEFINITIONS: Record<string, Definition> = {
  f1: {
    name: 'Answer F1',
    formula: 'wiki: F1 of the words of answer and right answer, both normalised',
    unit: 'share, 0 to 1',
    source: 'HotpotQA’s official evaluation, arXiv 1809.09600',
  },
  type: {
    name: 'Type reward',
    formula: 'shop: 1, 0.5, 0.1 or 0 by query, category and the nouns of the titles',
    unit: '0 to 1',
    source: 'WebShop, arXiv 2207.01206',
  },
  attributes: {
    name: 'Attributes',
    formula: 'shop: share of the wanted attributes that what was bought has',
    unit: 'share, 0 to 1',
    source: 'WebShop, arXiv 2207.01206',
  },
  options: {
    name: 'Options',
    formula: 'shop: share of the wanted options that were chosen',
    unit: 'share, 0 to 1',
    source: 'WebShop, arXiv 2207.01206',
  },
  price: {
    name: 'Price',
    formula: 'shop: share of the episodes in which what was bought costs no more than was asked for',
    unit: 'share, 0 to 1',
    source: 'WebShop, arXiv 2207.01206',
  },
}

/** Of what a student writes at the histories of the expert, or of a recorded teacher. */
export const HISTORY_DEFINITIONS: Record<HistoryMetric, Definition> = {
  cotMatch: {
    name: 'CoT match',
    formula:
      'share of the reference’s reasonings that the student, writing greedily at the same history, writes as well: equal in lower case, with single blanks and plain numbers; no reasoning is no match',
    unit: 'share, 0 to 1',
    source: 'CoT match rate of arXiv 2505.13820, whose own rule is not public: this one is the lab’s',
  },
  cotNearMatch: {
    name: 'CoT near match',
    formula: `the same with a token-F1 of at least ${NEAR_MATCH}`,
    unit: 'share, 0 to 1',
    source: 'the lab’s looser variant of CoT match',
  },
  cotF1: {
    name: 'CoT token-F1',
    formula:
      'mean over the same of 2 · shared words ÷ (words written + words of the reference), words counted with repetition',
    unit: 'share, 0 to 1',
    source: 'SQuAD’s F1, Rajpurkar et al. 2016, arXiv 1606.05250; articles count here',
  },
  actionMatch: {
    name: 'Action match',
    formula: 'share of the reference’s actions that the student takes to the letter at the same history',
    unit: 'share, 0 to 1',
    source: 'exact match under teacher forcing; here of what is written, not of each arg max',
  },
}

const DEFINITIONS: Record<string, Definition> = {
  ...MEASURE_DEFINITIONS,
  ...EPISODE_DEFINITIONS,
  ...HISTORY_DEFINITIONS,
}

/** What is to be printed beside metrics: their definitions, and that of their intervals under `interval`. */
export function definitionsOf(metrics: Iterable<string>): Record<string, Definition> {
  const told = new Set(metrics)
  return {
    interval: INTERVAL_DEFINITION,
    ...Object.fromEntries(Object.entries(DEFINITIONS).filter(([name]) => told.has(name))),
  }
}

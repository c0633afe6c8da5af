import { Random } from '../random.ts'
import type { Recipe } from '../recipe.ts'
import { KIND_CODES, type LabelledTokens, type Row } from './row.ts'

type Curriculum = Recipe['curriculum']
export type Pacing = Curriculum['pacing']

/** c₀, the share of the sorted rows in play at the first step. Our choice. */
export const START_SHARE = 0.2
/** The share of the run after which all rows are in play. Our choice. */
export const FULL_AT = 0.5
/** Jumps of `step` pacing. Our choice. */
const STAIRS = 4

/**
 * The paper's curriculum score (arXiv 2505.13820, Eq. 7 in version 1),
 *
 *     C(τ) = α · len(reason tokens) + β · len(act tokens) + γ · entropy(teacher on act),
 *
 * lengths in tokens of the whole trajectory, end-of-text with the span that it ends. It orders and never weighs.
 *
 * @param entropy mean entropy of the teacher's distribution over the act tokens, nats; 0 for a text teacher
 */
export function difficultyOf(
  { kinds }: LabelledTokens,
  { alpha, beta, gamma }: Pick<Curriculum, 'alpha' | 'beta' | 'gamma'>,
  entropy = 0,
): number {
  let reason = 0
  let act = 0
  for (const kind of kinds) {
    if (kind === KIND_CODES.reason) reason++
    else if (kind === KIND_CODES.act) act++
  }
  return alpha * reason + beta * act + gamma * entropy
}

/**
 * Rows in the order in which they come into play. Rows equally difficult keep the order in which they were given.
 * `shuffled` is a control for the difficulty: a random ranking, by seed, paced as the others are. `random` is a control
 * for the whole curriculum: all rows are in play from the first step, so there is nothing to rank.
 */
export function orderRows(rows: readonly Row[], order: Curriculum['order'], seed: number): Row[] {
  switch (order) {
    case 'easy-first':
      return [...rows].sort((a, b) => a.difficulty - b.difficulty)
    case 'hard-first':
      return [...rows].sort((a, b) => b.difficulty - a.difficulty)
    case 'shuffled':
      return new Random(seed).fork('order').shuffle(rows)
    case 'random':
      return [...rows]
  }
}

/**
 * The share of the sorted rows in play at a step: the competence c(t) of Platanios et al. 2019, "Competence-based
 * Curriculum Learning for Neural Machine Translation", arXiv 1903.09848, with t = step / (FULL_AT · steps), capped at 1:
 *
 *     linear   c(t) = c₀ + (1 − c₀) · t                 (their c_linear)
 *     root     c(t) = √(c₀² + (1 − c₀²) · t)            (their c_sqrt: new rows come in ever more slowly)
 *     step     c(t) = c₀ + (1 − c₀) · ⌊STAIRS · t⌋ / STAIRS   (linear in equal jumps; ours)
 *
 * The paper that the lab implements sorts and does not say how the sorted set is fed, so c₀ = START_SHARE and the step
 * at which c reaches 1, FULL_AT · steps, are our choice.
 *
 * @param step optimiser step, counted from 0
 * @param steps optimiser steps of the whole run
 * @returns c in (0, 1], never falling
 */
export function paceAt(step: number, steps: number, pacing: Pacing): number {
  const t = step / (FULL_AT * steps)
  if (t >= 1) return 1
  switch (pacing) {
    case 'linear':
      return START_SHARE + (1 - START_SHARE) * t
    case 'root':
      return Math.sqrt(START_SHARE ** 2 + (1 - START_SHARE ** 2) * t)
    case 'step':
      return START_SHARE + ((1 - START_SHARE) * Math.floor(STAIRS * t)) / STAIRS
  }
}

/** The share of the rows in play under a recipe; all of them in `random` order, which is plain sampling. */
export function shareInPlay(step: number, recipe: Pick<Recipe, 'steps' | 'curriculum'>): number {
  return recipe.curriculum.order === 'random' ? 1 : paceAt(step, recipe.steps, recipe.curriculum.pacing)
}

/** Whether an order looks at how difficult rows are, so that the teacher's entropy has to be measured. */
export function sortsByDifficulty(order: Curriculum['order']): boolean {
  return order === 'easy-first' || order === 'hard-first'
}

import type { DivergenceName } from './kernels/operations.ts'

/**
 * The arms of a study (DESIGN.md, "The objective"). An arm is a named set of defaults for the switches of
 * `objective`, `curriculum` and `onPolicy`; a switch that the recipe sets itself wins over its arm.
 */
export const ARMS = [
  'sad',
  'sad-paper',
  'sad-hard',
  'token-kd',
  'token-kd-masked',
  'imitation',
  'reason-only',
  'act-only',
  'spans-shuffled',
  'no-curriculum',
  'reverse-kl',
  'on-policy',
] as const
export type Arm = (typeof ARMS)[number]

export const NORMALISERS = ['span-mean', 'token-mean', 'weight-sum', 'sum'] as const
/** `shuffled` paces rows in random order as the others pace theirs; `random` has all rows in play from the start. */
export const ORDERS = ['easy-first', 'hard-first', 'shuffled', 'random'] as const
/** `shuffled` deals each row's reason and act labels anew among its reason and act tokens. */
export const SPANS = ['labelled', 'shuffled'] as const
export interface ArmSwitches {
  divergence: DivergenceName
  lambda: { reason: number; act: number; observation: number }
  normaliser: (typeof NORMALISERS)[number]
  spans: (typeof SPANS)[number]
  order: (typeof ORDERS)[number]
  onPolicyShare: number
}

const SAD: ArmSwitches = {
  divergence: 'forward-kl',
  lambda: { reason: 1, act: 1, observation: 0 },
  normaliser: 'span-mean',
  spans: 'labelled',
  order: 'easy-first',
  onPolicyShare: 0,
}
const TOKEN_KD_MASKED: ArmSwitches = { ...SAD, normaliser: 'token-mean', order: 'random' }

export const ARM_SWITCHES: Record<Arm, ArmSwitches> = {
  sad: SAD,
  'sad-paper': { ...SAD, normaliser: 'sum' },
  'sad-hard': { ...SAD, divergence: 'cross-entropy' },
  'token-kd': { ...TOKEN_KD_MASKED, lambda: { ...SAD.lambda, observation: 1 } },
  'token-kd-masked': TOKEN_KD_MASKED,
  imitation: { ...TOKEN_KD_MASKED, divergence: 'cross-entropy' },
  'reason-only': { ...SAD, lambda: { ...SAD.lambda, act: 0 } },
  'act-only': { ...SAD, lambda: { ...SAD.lambda, reason: 0 } },
  'spans-shuffled': { ...SAD, spans: 'shuffled' },
  'no-curriculum': { ...SAD, order: 'random' },
  'reverse-kl': { ...SAD, divergence: 'reverse-kl' },
  // As many as TRL's GKD trainer writes unless told otherwise.
  'on-policy': { ...SAD, onPolicyShare: 0.5 },
}

/** β of jsd where the recipe gives none: TRL's. */
const DEFAULT_BETA = 0.5
/** α of skew-kl where the recipe gives none: DistiLLM's. */
const DEFAULT_ALPHA = 0.1

/** The coefficient that a divergence has, at its default where none is given; of all others there is none. */
export function coefficientOf(
  divergence: DivergenceName,
  given: { beta?: number; alpha?: number } = {},
): { beta?: number; alpha?: number } {
  if (divergence === 'jsd') return { beta: given.beta ?? DEFAULT_BETA }
  if (divergence === 'skew-kl') return { alpha: given.alpha ?? DEFAULT_ALPHA }
  return {}
}

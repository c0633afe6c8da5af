import type { Recipe } from '../recipe.ts'
import type { Trajectory } from '../trajectories/trajectory.ts'
import { KIND_CODES, type LabelledTokens } from './row.ts'

/** What the tokens of one trajectory count beside the λ of their kinds. */
export interface TokenWeights {
  /** [n]; null where each counts 1. */
  weights: Float32Array | null
  /** [n] whether a token is behind the end of the thought's cap; null without a cap. */
  capped: Uint8Array | null
}

/**
 * The weight of each token t of trajectory τ,
 *
 *     w_t = w(τ) · γ^(last step − step of t) · [t is among the first `thoughtCap` tokens of its thought],
 *
 * with w(τ) 1 for `none`, its reward clipped to [0, 1] for `reward`, and whether it succeeded, 0 or 1, for `success`;
 * γ = `weights.stepDecay`. What stands before the first step counts as that does. A thought is a run of reason tokens of
 * one step; it counts from its first token, its marker's, on.
 */
export function tokenWeights(
  trajectory: Trajectory,
  { kinds, steps }: LabelledTokens,
  { weights, thoughtCap }: Recipe['objective'],
): TokenWeights {
  const whole = weights.trajectory === 'none' ? 1 : (outcomeOf(trajectory, weights.trajectory) ?? 0)
  const capped = thoughtCap === undefined ? null : behindCap(kinds, steps, thoughtCap)
  if (whole === 1 && weights.stepDecay === 1 && !capped?.includes(1)) return { weights: null, capped }
  const last = steps.reduce((most, step) => Math.max(most, step), 0)
  const own = Float32Array.from(steps, (step, t) =>
    capped?.[t] ? 0 : whole * weights.stepDecay ** (last - Math.max(step, 0)),
  )
  return { weights: own, capped }
}

/**
 * How a trajectory ended, 0 … 1; undefined where its file does not tell. A file that has only one of reward and success
 * tells of the other: success is a reward of 1, as in the environments, anything else 0.
 */
export function outcomeOf(
  { reward, success }: Pick<Trajectory, 'reward' | 'success'>,
  by: 'reward' | 'success',
): number | undefined {
  if (by === 'reward' && reward !== undefined) return Math.min(1, Math.max(0, reward))
  if (success !== undefined) return success ? 1 : 0
  return reward === undefined ? undefined : Number(reward >= 1)
}

function behindCap(kinds: Uint8Array, steps: Int32Array, cap: number): Uint8Array {
  const behind = new Uint8Array(kinds.length)
  let run = 0
  for (let t = 0; t < kinds.length; t++) {
    const thinks = kinds[t] === KIND_CODES.reason
    run = !thinks ? 0 : t > 0 && steps[t] === steps[t - 1] ? run + 1 : 1
    if (run > cap) behind[t] = 1
  }
  return behind
}

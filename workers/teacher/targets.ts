/** What a stored teacher says of the tokens of one trajectory, in the student's own ids. */

/** How a token came by its target. */
export const ORIGINS = {
  /** It has none: nothing was listed there. It is not trained on. */
  none: 0,
  /** A distribution over the likeliest tokens. */
  listed: 1,
  /** The probability of the recorded token, and no more. */
  chosen: 2,
  /** The end of a turn or of the trajectory, which files do not list: the text teaches it. */
  stop: 3,
} as const

export interface TokenTargets {
  /** Entries per token. */
  k: number
  /** [n, k] ids, −1 where a token has fewer than k. */
  ids: Int32Array
  /** [n, k] natural logarithms, for the prediction OF each token; what is missing to 1 lies on all the other ids. */
  logProbabilities: Float32Array
  /** [n] ORIGINS of each token. */
  origins: Uint8Array
}

/** The targets of loaded trajectories, made when they are asked for. */
export interface TargetSource {
  /**
   * @param trajectory index in the loaded set
   * @returns null where nothing is known of the trajectory
   * @throws LabError `invalid-teacher` naming what is wrong with its log-probabilities, `tokenizer-mismatch`
   */
  of(trajectory: number): TokenTargets | null
}

/** One token's target before it is packed. */
export interface Target {
  origin: number
  /** Probabilities by id. */
  probabilities: ReadonlyMap<number, number>
}

/** Least probability that is told from none; its logarithm is finite in float32. */
const LEAST = 1e-40

/** Targets of n tokens in typed arrays, the likeliest first; undefined stands for a token without one. */
export function packTargets(targets: readonly (Target | undefined)[]): TokenTargets {
  const k = targets.reduce((most, target) => Math.max(most, target?.probabilities.size ?? 0), 1)
  const ids = new Int32Array(targets.length * k).fill(-1)
  const logProbabilities = new Float32Array(targets.length * k)
  const origins = new Uint8Array(targets.length)
  for (const [t, target] of targets.entries()) {
    if (!target) continue
    origins[t] = target.origin
    const ranked = [...target.probabilities].sort((a, b) => b[1] - a[1])
    const sum = ranked.reduce((total, [, probability]) => total + probability, 0)
    // Rounded numbers may add up to a little more than 1.
    const whole = Math.max(1, sum)
    for (const [rank, [id, probability]] of ranked.entries()) {
      ids[t * k + rank] = id
      logProbabilities[t * k + rank] = Math.log(Math.max(probability / whole, LEAST))
    }
  }
  return { k, ids, logProbabilities, origins }
}

import { KIND_CODES, type PlacedBatch, type Row } from '../dataset/row.ts'
import type { HeadTeacher } from '../kernels/operations.ts'
import { ORIGINS, type TargetSource, type TokenTargets } from './targets.ts'
import type { Teacher } from './teacher.ts'

/** Log-probabilities that were written down before the run, looked up by trajectory and token. */
export class StoredTeacher implements Teacher {
  /** @param k entries per position, as many as any target has */
  constructor(
    private readonly source: TargetSource,
    private readonly k: number,
  ) {}

  /** Tokens without a target become context: they are neither trained on nor counted. */
  supervised(batch: PlacedBatch): PlacedBatch {
    const kinds = batch.kinds.slice()
    this.eachToken(batch, (at, place, targets) => {
      if ((targets?.origins[place] ?? ORIGINS.none) === ORIGINS.none) kinds[at] = KIND_CODES.prompt!
    })
    return { ...batch, kinds }
  }

  consult(batch: PlacedBatch): Extract<HeadTeacher, { kind: 'stored' }> {
    const { rows, length } = batch
    const ids = new Int32Array(rows * length * this.k).fill(-1)
    const logProbabilities = new Float32Array(rows * length * this.k)
    this.eachToken(batch, (at, place, targets) => {
      if (!targets || at % length === 0) return
      // What is known of a token stands where it is predicted.
      const { k } = targets
      ids.set(targets.ids.subarray(place * k, (place + 1) * k), (at - 1) * this.k)
      logProbabilities.set(targets.logProbabilities.subarray(place * k, (place + 1) * k), (at - 1) * this.k)
    })
    return { kind: 'stored', k: this.k, ids, logProbabilities }
  }

  /** Goes through the batch's tokens, each with its place in its trajectory and that trajectory's targets. */
  private eachToken(
    { trajectories, places }: PlacedBatch,
    see: (at: number, place: number, targets: TokenTargets | null) => void,
  ): void {
    let asked = -1
    let targets: TokenTargets | null = null
    for (const [at, place] of places.entries()) {
      if (place < 0) continue
      const trajectory = trajectories[at]!
      if (trajectory !== asked) targets = this.source.of(trajectory)
      asked = trajectory
      see(at, place, targets)
    }
  }

  dispose(): void {}
}

/** Whether any of the rows holds a token of a kind that is weighed, with a target and something before it. */
export function teachesAny(
  source: TargetSource,
  rows: readonly Row[],
  weighs: (kind: number) => boolean,
): boolean {
  return rows.some(({ trajectory, kinds, places }) => {
    const origins = source.of(trajectory)?.origins
    return origins && kinds.some((kind, t) => t > 0 && weighs(kind) && origins[places[t]!] !== ORIGINS.none)
  })
}

/**
 * The third term of C(τ) from what is stored: the mean entropy, in nats, of the targets of act tokens, all that is not
 * listed counting as one outcome.
 *
 * @returns one value for each of `count` trajectories; 0 for one without such targets in its rows
 */
export function storedEntropies(source: TargetSource, rows: readonly Row[], count: number): number[] {
  const sums = new Float64Array(count)
  const tokens = new Float64Array(count)
  for (const { trajectory, kinds, places } of rows) {
    const targets = source.of(trajectory)
    if (!targets) continue
    for (const [t, kind] of kinds.entries()) {
      if (t === 0 || kind !== KIND_CODES.act || targets.origins[places[t]!] === ORIGINS.none) continue
      sums[trajectory]! += entropyOf(targets, places[t]!)
      tokens[trajectory]!++
    }
  }
  return Array.from(sums, (sum, trajectory) => (tokens[trajectory]! > 0 ? sum / tokens[trajectory]! : 0))
}

function entropyOf({ k, ids, logProbabilities }: TokenTargets, token: number): number {
  let entropy = 0
  let tail = 1
  for (let entry = token * k; entry < (token + 1) * k; entry++) {
    if (ids[entry]! < 0) continue
    const p = Math.exp(logProbabilities[entry]!)
    entropy -= p * logProbabilities[entry]!
    tail -= p
  }
  return tail > 1e-7 ? entropy - tail * Math.log(tail) : entropy
}

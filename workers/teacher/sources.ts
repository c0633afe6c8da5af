import { labelTokens } from '../dataset/label.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { TrajectorySet } from '../trajectories/trajectory.ts'
import { alignTokens } from './align.ts'
import { fileTokens } from './fileTokens.ts'
import { byteEnds, Speller } from './speller.ts'
import { teachStops } from './stops.ts'
import type { TargetSource, TokenTargets } from './targets.ts'

/** Bytes of targets that are kept for the next batch that asks for them. */
const KEPT_BYTES = 64 * 2 ** 20

/** Keeps what was asked for last. */
export class KeptTargets implements TargetSource {
  private readonly kept = new Map<number, TokenTargets | null>()
  private bytes = 0

  constructor(
    private readonly make: (trajectory: number) => TokenTargets | null,
    private readonly budget = KEPT_BYTES,
  ) {}

  of(trajectory: number): TokenTargets | null {
    const known = this.kept.get(trajectory)
    if (known !== undefined) {
      this.kept.delete(trajectory)
      this.kept.set(trajectory, known)
      return known
    }
    const targets = this.make(trajectory)
    this.kept.set(trajectory, targets)
    this.bytes += sizeOf(targets)
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.budget || oldest === trajectory) break
      this.bytes -= sizeOf(this.kept.get(oldest) ?? null)
      this.kept.delete(oldest)
    }
    return targets
  }
}

function sizeOf(targets: TokenTargets | null): number {
  return targets ? 9 * targets.origins.length + 8 * targets.ids.length : 0
}

/** The log-probabilities that came with the trajectories themselves. */
export function fileTargets(trajectories: TrajectorySet, tokenizer: Tokenizer): TargetSource {
  const speller = new Speller(tokenizer)
  return new KeptTargets((index) => {
    const trajectory = trajectories.at(index)!
    if (!trajectory.logprobs?.length) return null
    const labelled = labelTokens(trajectory, index, tokenizer)
    const { ids } = labelled
    const targets = alignTokens({ ids, ends: byteEnds(ids, tokenizer) }, fileTokens(trajectory, speller))
    teachStops(targets, labelled, tokenizer)
    return targets
  })
}

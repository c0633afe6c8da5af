import { labelTokens } from '../dataset/label.ts'
import { LabError } from '../errors.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { sameVocabulary } from '../tokenizer/vocabulary.ts'
import { contentHash } from '../trajectories/contentHash.ts'
import type { Trajectory, TrajectorySet } from '../trajectories/trajectory.ts'
import { alignTokens, type Candidate, type ScoredToken, type StudentTokens } from './align.ts'
import type { Capture } from './capture.ts'
import type { CapturedTrajectory } from './captureFormat.ts'
import { fileTokens } from './fileTokens.ts'
import { byteEnds, Speller } from './speller.ts'
import { teachStops } from './stops.ts'
import { ORIGINS, type TargetSource, type TokenTargets } from './targets.ts'

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
    const targets = alignTokens(placed(trajectory.text, tokenizer), fileTokens(trajectory, speller))
    teachStops(targets, labelled, tokenizer)
    return targets
  })
}

/** What was captured of the trajectories, found again by their texts. */
export function captureTargets(
  capture: Capture,
  trajectories: TrajectorySet,
  tokenizer: Tokenizer,
): TargetSource {
  const aligned = sameVocabulary(tokenizer, capture.tokenizer) ? taken : aligner(tokenizer, capture.tokenizer)
  return new KeptTargets((index) => {
    const trajectory = trajectories.at(index)!
    const captured = capture.get(contentHash(trajectory.text))
    if (!captured) return null
    requireOwnIds(capture, captured, trajectory)
    return aligned(captured, trajectory.text)
  })
}

/**
 * How the tokens of a teacher who has not been asked yet will fall on the student's: `chosen` where only the recorded
 * token's probability will be known, else `listed`.
 */
export function foreseenTargets(
  trajectories: TrajectorySet,
  tokenizer: Tokenizer,
  teacher: Tokenizer,
): TargetSource {
  return new KeptTargets((index) => {
    const { text } = trajectories.at(index)!
    const ends = byteEnds(withEnd(teacher, text), teacher)
    const unasked = Array.from(ends.subarray(1), (end, t): ScoredToken => {
      return { start: ends[t]!, end, logprob: 0, others: [{ ids: [], logprob: Number.NEGATIVE_INFINITY }] }
    })
    return alignTokens(placed(text, tokenizer), unasked)
  })
}

/** A text as a student's tokens. */
function placed(text: string, tokenizer: Tokenizer): StudentTokens {
  const ids = withEnd(tokenizer, text)
  return { ids, ends: byteEnds(ids, tokenizer) }
}

function withEnd(tokenizer: Tokenizer, text: string): Int32Array {
  const { ids } = tokenizer.encode(text)
  const all = new Int32Array(ids.length + 1)
  all.set(ids)
  all[ids.length] = tokenizer.endOfTextId
  return all
}

/** Ids are only as good as the vocabulary they are looked up in: that of the capture must give the text these ids. */
function requireOwnIds(
  capture: Capture,
  { ids }: CapturedTrajectory,
  { file, index, text }: Trajectory,
): void {
  const own = withEnd(capture.tokenizer, text)
  if (own.length === ids.length && own.every((id, t) => id === ids[t])) return
  throw new LabError(
    'tokenizer-mismatch',
    `${capture.name}: the ids of ${file}, trajectory ${index + 1}, are not those that the tokenizer.json in it gives this text, so they are of another vocabulary; capture the teacher anew.`,
  )
}

/** What was captured with the student's own tokens, the recorded one beside the likeliest where it is none of them. */
function taken({ ids, written, topIds, top }: CapturedTrajectory): TokenTargets {
  const n = ids.length
  const listed = topIds.length / Math.max(1, n - 1)
  const k = listed + 1
  const targets: TokenTargets = {
    k,
    ids: new Int32Array(n * k).fill(-1),
    logProbabilities: new Float32Array(n * k),
    origins: new Uint8Array(n).fill(ORIGINS.listed),
  }
  targets.origins[0] = ORIGINS.none
  for (let t = 1; t < n; t++) {
    const own = topIds.subarray((t - 1) * listed, t * listed)
    targets.ids.set(own, t * k)
    targets.logProbabilities.set(top.subarray((t - 1) * listed, t * listed), t * k)
    if (!own.includes(ids[t]!)) {
      targets.ids[t * k + listed] = ids[t]!
      targets.logProbabilities[t * k + listed] = written[t - 1]!
    }
    // Rounded numbers may add up to a little more than 1.
    let sum = 0
    for (let e = t * k; e < (t + 1) * k; e++) {
      if (targets.ids[e]! >= 0) sum += Math.exp(targets.logProbabilities[e]!)
    }
    if (sum <= 1) continue
    for (let e = t * k; e < (t + 1) * k; e++) targets.logProbabilities[e]! -= Math.log(sum)
  }
  return targets
}

function aligner(tokenizer: Tokenizer, teacher: Tokenizer) {
  const speller = new Speller(tokenizer)
  const spelled: (readonly number[] | undefined)[] = []
  /** A token of the teacher's as the student writes it. */
  const spell = (id: number): readonly number[] => {
    if (id === teacher.endOfTextId) return [tokenizer.endOfTextId]
    const bytes = teacher.bytesOf(id)
    return bytes === null ? [] : speller.idsOf(bytes)
  }
  return ({ ids, written, topIds, top }: CapturedTrajectory, text: string): TokenTargets => {
    const k = topIds.length / Math.max(1, ids.length - 1)
    const ends = byteEnds(ids, teacher)
    const scored: ScoredToken[] = []
    for (let t = 1; t < ids.length; t++) {
      const others: Candidate[] = []
      for (let entry = (t - 1) * k; entry < t * k; entry++) {
        const id = topIds[entry]!
        if (id === ids[t]) continue
        spelled[id] ??= spell(id)
        others.push({ ids: spelled[id], logprob: top[entry]! })
      }
      scored.push({ start: ends[t - 1]!, end: ends[t]!, logprob: written[t - 1]!, others })
    }
    return alignTokens(placed(text, tokenizer), scored)
  }
}

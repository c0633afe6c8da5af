import { labelTokens } from '../dataset/label.ts'
import { isSupervised } from '../dataset/window.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { TrajectorySet } from '../trajectories/trajectory.ts'
import { ORIGINS, type TargetSource } from './targets.ts'

/** What a stored teacher knows of the loaded trajectories. */
export interface TargetReport {
  /** Loaded trajectories that it knows something of, and those it knows nothing of. */
  trajectories: number
  missing: number
  /** Those of the former whose log-probabilities end before their last reason or act token. */
  stoppedEarly: number
  /** Reason and act tokens of all loaded trajectories, but for one that nothing stands before. */
  tokens: number
  /** …with a target; the others are not trained on. */
  aligned: number
  /** …with the recorded token's probability only. */
  chosenOnly: number
  /** Most entries of a token. */
  k: number
}

/**
 * Looks at every target once, so that what is wrong with any is said before a run begins.
 *
 * @throws LabError `invalid-teacher`, `tokenizer-mismatch`
 */
export function reportTargets(
  source: TargetSource,
  trajectories: TrajectorySet,
  tokenizer: Tokenizer,
): TargetReport {
  const report: TargetReport = {
    trajectories: 0,
    missing: 0,
    stoppedEarly: 0,
    tokens: 0,
    aligned: 0,
    chosenOnly: 0,
    k: 1,
  }
  for (let index = 0; index < trajectories.length; index++) {
    const { kinds } = labelTokens(trajectories.at(index)!, index, tokenizer)
    const targets = source.of(index)
    let early = false
    for (let t = 1; t < kinds.length; t++) {
      if (!isSupervised(kinds[t]!)) continue
      report.tokens++
      const origin = targets?.origins[t] ?? ORIGINS.none
      early = origin === ORIGINS.none
      if (!early) report.aligned++
      if (origin === ORIGINS.chosen) report.chosenOnly++
    }
    if (targets) {
      report.trajectories++
      report.k = Math.max(report.k, targets.k)
      if (early) report.stoppedEarly++
    } else {
      report.missing++
    }
  }
  return report
}

/** The report of a whole of which `report` is an even share. */
export function scaledReport(report: TargetReport, factor: number): TargetReport {
  const { k, ...counts } = report
  const scaled = Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, Math.round(count * factor)]),
  )
  return { ...(scaled as typeof counts), k }
}

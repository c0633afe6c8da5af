import { KIND_CODES, type PlacedBatch } from '../dataset/row.ts'
import { HEAD_ROWS, HEAD_SUMS } from '../kernels/operations.ts'
import { Calibration } from '../objective/calibration.ts'
import type { MetricsLine, StepMetrics } from '../objective/metrics.ts'
import { spanMetrics } from '../objective/spanLoss.ts'
import { StepMatches } from '../objective/stepMatches.ts'
import { type SupervisedRows, TERMS, type Term } from '../objective/weights.ts'
import { NO_REASONINGS } from './reasoningSamples.ts'

/** What the head gave for the rows of one held-out batch, in ordinary memory. */
export interface MeasuredBatch {
  /** [K · 5]: HEAD_SUMS by term. */
  sums: ArrayLike<number>
  /** [K]: of the head's gradients. */
  squares: ArrayLike<number>
  /** [M · 3]: HEAD_ROWS of each supervised row. */
  rows: ArrayLike<number>
}

/** The numbers of held-out rows, batch by batch. */
export class HeldOutNumbers {
  readonly sums = new Float64Array(TERMS.length * HEAD_SUMS.length)
  private readonly squares = new Float64Array(TERMS.length)
  private readonly calibration = {
    reason: new Calibration(),
    act: new Calibration(),
    observation: new Calibration(),
  }
  private readonly actions = new StepMatches()
  private readonly reasonings = new StepMatches()

  add(batch: PlacedBatch, supervised: SupervisedRows, { sums, squares, rows }: MeasuredBatch): void {
    for (let i = 0; i < this.sums.length; i++) this.sums[i]! += sums[i]!
    for (let k = 0; k < TERMS.length; k++) this.squares[k]! += squares[k]!
    const column = (row: number, name: (typeof HEAD_ROWS)[number]) =>
      rows[row * HEAD_ROWS.length + HEAD_ROWS.indexOf(name)]!
    for (const [row, at] of supervised.positions.entries()) {
      this.calibration[TERMS[supervised.terms[row]!]!].add(
        column(row, 'confidence'),
        column(row, 'correct') === 1,
      )
      const kind = batch.kinds[at + 1]
      if (kind !== KIND_CODES.act && kind !== KIND_CODES.reason) continue
      const steps = kind === KIND_CODES.act ? this.actions : this.reasonings
      const trajectory = batch.trajectories[at + 1]
      steps.add(`${trajectory} ${batch.steps[at + 1]}`, column(row, 'agreement') === 1)
    }
  }

  /** What all batches together give. */
  metrics(
    counts: Record<Term, number>,
    scales: Record<Term, number>,
    lambda: Record<Term, number>,
  ): ReturnType<typeof spanMetrics> & Required<Pick<MetricsLine, 'steps'>> {
    const steps: StepMetrics = {
      actions: this.actions.count,
      actionMatch: this.actions.share,
      reasonings: this.reasonings.count,
      reasonMatch: this.reasonings.share,
      ...NO_REASONINGS,
    }
    return { ...spanMetrics(this.sums, this.squares, counts, scales, lambda, this.calibration), steps }
  }
}

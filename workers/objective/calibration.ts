/** Bins of equal width that confidences fall into, as in Guo et al. 2017. */
export const CALIBRATION_BINS = 10

/** The expected calibration error of predictions as they are told one by one (definition in `definitions.ts`). */
export class Calibration {
  private readonly counts = new Float64Array(CALIBRATION_BINS)
  private readonly confidences = new Float64Array(CALIBRATION_BINS)
  private readonly correct = new Float64Array(CALIBRATION_BINS)

  /**
   * @param confidence probability of the most likely token, in (0, 1]
   * @param correct whether that token was the recorded one
   */
  add(confidence: number, correct: boolean): void {
    // Bin b holds (b/10, (b+1)/10].
    const bin = Math.min(CALIBRATION_BINS - 1, Math.max(0, Math.ceil(confidence * CALIBRATION_BINS) - 1))
    this.counts[bin]!++
    this.confidences[bin]! += confidence
    if (correct) this.correct[bin]!++
  }

  /** 0 … 1; null before the first prediction. */
  get error(): number | null {
    const total = this.counts.reduce((sum, count) => sum + count, 0)
    if (total === 0) return null
    let error = 0
    for (let bin = 0; bin < CALIBRATION_BINS; bin++) {
      error += Math.abs(this.correct[bin]! - this.confidences[bin]!) / total
    }
    return error
  }
}

/** Kernels in one submission at most. */
const MOST_KERNELS = 96
/** Floating-point operations in one submission at most, about: a tenth of a second on a slow laptop's GPU. */
const MOST_COST = 1e10

/** When recorded work is handed to the device: seldom, as each hand-over costs, but never so much that a watchdog bites. */
export class SubmitPolicy {
  private kernels = 0
  private cost = 0

  /** Counts one kernel; says whether what was recorded is to be submitted now. */
  isDue(cost: number): boolean {
    this.kernels++
    this.cost += cost
    if (this.kernels < MOST_KERNELS && this.cost < MOST_COST) return false
    this.reset()
    return true
  }

  reset(): void {
    this.kernels = 0
    this.cost = 0
  }
}

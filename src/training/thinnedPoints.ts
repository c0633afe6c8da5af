/** Points of a series at most; more than a chart has pixels for would only cost time. */
export const MOST_POINTS = 400

/** Consecutive lines taken together. */
export interface LinePoint {
  /** The last step in it. */
  step: number
  lines: number
}

/**
 * Points of a run, of which there are never many: when they are too many, neighbours are merged, and from then on each point
 * takes twice as many lines. Memory and drawing time do not grow with the run.
 */
export class ThinnedPoints<P extends LinePoint> {
  private points: P[] = []
  private linesPerPoint = 1

  constructor(private readonly merged: (first: P, second: P) => P) {}

  /** @param point of one line */
  add(point: P): void {
    const last = this.points.at(-1)
    if (last && last.lines < this.linesPerPoint) {
      this.points[this.points.length - 1] = this.merged(last, point)
    } else this.points.push(point)
    if (this.points.length > MOST_POINTS) {
      const pairs: P[] = []
      for (let at = 0; at < this.points.length; at += 2) {
        const [first, second] = [this.points[at]!, this.points[at + 1]]
        pairs.push(second ? this.merged(first, second) : first)
      }
      this.points = pairs
      this.linesPerPoint *= 2
    }
  }

  /** In order of their steps. */
  get all(): readonly P[] {
    return this.points
  }
}

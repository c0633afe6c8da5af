import type { WorldMetrics } from '../../workers/protocol.ts'
import { type LinePoint, ThinnedPoints } from './thinnedPoints.ts'

interface Point extends LinePoint {
  /** Sums over the lines. */
  success: number
  reward: number
}

/** A row as the chart takes it. */
export interface WorldRow {
  step: number
  success: number
  reward: number
}

/** What a run's student did in its world, at a bounded number of points: means of neighbouring lines where they are many. */
export class WorldSeries {
  private readonly points = new ThinnedPoints<Point>((first, second) => ({
    step: second.step,
    lines: first.lines + second.lines,
    success: first.success + second.success,
    reward: first.reward + second.reward,
  }))
  /** Whether the world has a reward beside success. */
  rewardDiffers = false

  add(step: number, { success, reward }: WorldMetrics): void {
    this.points.add({ step, lines: 1, success, reward })
    if (reward !== success) this.rewardDiffers = true
  }

  rows(): WorldRow[] {
    return this.points.all.map(({ step, lines, success, reward }) => ({
      step,
      success: success / lines,
      reward: reward / lines,
    }))
  }
}

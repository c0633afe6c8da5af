import type { MetricsLine, WorldMetrics } from '../../workers/protocol.ts'
import { type LambdaMark, withMark } from './lambdaMarks.ts'
import { SERIES_KINDS, SpanSeries } from './spanSeries.ts'
import { WorldSeries } from './worldSeries.ts'

/** Milliseconds between two redrawings of the charts. */
const DRAW_INTERVAL = 250

/**
 * The numbers of the present run, outside React: they come many times a second and are drawn a few times a second.
 * The worker keeps every line for the metrics file; here is what the charts show.
 */
class MetricsLog {
  train = new SpanSeries()
  heldOut = new SpanSeries()
  /** What the student did in a world; null before it has acted, and where the recipe lets it not. */
  world: WorldSeries | null = null
  newest: { train?: MetricsLine; heldOut?: MetricsLine; world?: WorldMetrics } = {}
  /** Where λ was changed while the run went on. */
  marks: readonly LambdaMark[] = []
  /** Changes when there is something new to draw. */
  version = 0

  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly listeners = new Set<() => void>()

  /** @param anew whether these lines, be there any, are of another run than those before */
  append(lines: MetricsLine[], anew = false): void {
    if (anew) {
      this.train = new SpanSeries()
      this.heldOut = new SpanSeries()
      this.world = null
      this.newest = {}
      this.marks = []
    }
    for (const line of lines) {
      if (line.world) {
        this.world ??= new WorldSeries()
        this.world.add(line.step, line.world)
        this.newest.world = line.world
        // Nothing is held out: the line tells of the world alone.
        if (SERIES_KINDS.every((kind) => line[kind].tokens === 0)) continue
      }
      const split = line.split === 'train' ? 'train' : 'heldOut'
      this[split].add(line)
      this.marks = withMark(this.marks, this.newest.train, line)
      this.newest[split] = line
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.version++
      for (const listener of this.listeners) listener()
    }, DRAW_INTERVAL)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

export const metricsLog = new MetricsLog()

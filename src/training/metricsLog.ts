import type { MetricsLine } from '../../workers/protocol.ts'
import { type LambdaMark, withMark } from './lambdaMarks.ts'
import { SpanSeries } from './spanSeries.ts'

/** Milliseconds between two redrawings of the charts. */
const DRAW_INTERVAL = 250

/**
 * The numbers of the present run, outside React: they come many times a second and are drawn a few times a second.
 * The worker keeps every line for the metrics file; here is what the charts show.
 */
class MetricsLog {
  train = new SpanSeries()
  heldOut = new SpanSeries()
  newest: { train?: MetricsLine; heldOut?: MetricsLine } = {}
  /** Where λ was changed while the run went on. */
  marks: readonly LambdaMark[] = []
  /** Changes when there is something new to draw. */
  version = 0

  private newRun = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly listeners = new Set<() => void>()

  /** The next line begins a run; until it comes the last run stays on show. */
  expectNewRun(): void {
    this.newRun = true
  }

  /** @param anew whether these lines, be there any, are of another run than those before */
  append(lines: MetricsLine[], anew = false): void {
    if (anew || (this.newRun && lines.length > 0)) {
      this.newRun = false
      this.train = new SpanSeries()
      this.heldOut = new SpanSeries()
      this.newest = {}
      this.marks = []
    }
    for (const line of lines) {
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

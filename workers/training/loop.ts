import type { MetricsLine } from '../objective/metrics.ts'
import type { Checkpoint, Trainer } from './trainer.ts'

/** Steps that may be on the device unread: enough to keep a fast one busy. */
const MOST_UNREAD = 8
/** Numbers are read about this often, so that charts move and a pause is soon; a slow device is read every step. */
const READ_EVERY_MS = 100
/** The thread is given free at least this often, so that a pause is heard. */
const YIELD_EVERY_MS = 30

export type LoopState = 'running' | 'paused' | 'finished' | 'stopped' | 'failed'

export interface LoopListener {
  state(state: LoopState): void
  metrics(lines: MetricsLine[]): void
  /** What takes long besides training, in a few words; undefined when it is over. */
  activity(what: string | undefined): void
  /** A safe place to go back to. */
  checkpoint(checkpoint: Checkpoint): void
}

/**
 * Runs a trainer to the end of its recipe, with pause, single step, resume and stop. Numbers are read asynchronously
 * and in groups; every `evaluateEvery` steps the held-out rows are measured and a checkpoint is taken.
 */
export class TrainingLoop {
  private state: LoopState = 'running'
  private wake: (() => void) | null = null
  private single = false
  private stopping = false
  private elapsed = 0
  private lastRead = 0
  private lastYield = 0
  /** Milliseconds that were waited in the middle of something. */
  private rested = 0
  /** Steps to take before the next read, from how long the last ones took. */
  private group = 1
  private reject!: (error: Error) => void
  /** Never resolves; rejects when the device fails, so that no wait outlives it. */
  private readonly failure = new Promise<never>((_, reject) => {
    this.reject = reject
  })

  constructor(
    private readonly trainer: Trainer,
    private readonly steps: number,
    private readonly evaluateEvery: number,
    private readonly listener: LoopListener,
  ) {
    this.failure.catch(() => {})
  }

  pause(): void {
    if (this.state === 'running') this.become('paused')
  }

  resume(): void {
    if (this.state !== 'paused') return
    this.become('running')
    this.wake?.()
  }

  /** One optimiser step while paused. */
  stepOnce(): void {
    if (this.state !== 'paused') return
    this.single = true
    this.wake?.()
  }

  stop(): void {
    this.stopping = true
    this.wake?.()
  }

  /** Ends every wait of the loop with this error; for a lost device. */
  fail(error: Error): void {
    this.reject(error)
  }

  /**
   * Trains until the last step or until stopped.
   *
   * @throws whatever ended the run early; the last checkpoint that the listener heard of is good
   */
  async run(): Promise<void> {
    try {
      if (this.trainer.step === 0) await this.evaluate()
      this.lastRead = performance.now()
      while (this.trainer.step < this.steps && !this.stopping) {
        if (this.state === 'paused' && !this.single) {
          await this.read()
          await this.save()
          await this.waitForWake()
          this.lastRead = performance.now()
          continue
        }
        const began = performance.now() - this.rested
        if (!(await this.alive(this.trainer.prepareStep(() => this.goesOn())))) continue
        this.trainer.takeStep()
        this.elapsed += performance.now() - began - this.rested
        this.single = false
        const due = this.trainer.step % this.evaluateEvery === 0 || this.trainer.step >= this.steps
        if (due || this.state === 'paused' || this.trainer.unread >= this.group) await this.read()
        if (due) {
          await this.evaluate()
          await this.save()
          this.lastRead = performance.now()
        }
        await this.yieldSometimes()
      }
      await this.read()
      await this.save()
      this.become(this.trainer.step >= this.steps ? 'finished' : 'stopped')
    } catch (error) {
      this.become('failed')
      throw error
    }
  }

  private async read(): Promise<void> {
    const waited = performance.now()
    const lines = await this.alive(this.trainer.read())
    const now = performance.now()
    this.elapsed += now - waited
    if (lines.length === 0) return
    const milliseconds = Math.max(0.001, now - this.lastRead)
    this.lastRead = now
    this.group = Math.min(MOST_UNREAD, Math.max(1, Math.floor((READ_EVERY_MS * lines.length) / milliseconds)))
    const tokens = lines.reduce((sum, line) => sum + line.batchTokens, 0)
    this.listener.metrics(
      lines.map(({ batchTokens: _, ...line }) => ({
        ...line,
        tokensPerSecond: (1000 * tokens) / milliseconds,
        elapsedMs: Math.round(this.elapsed),
      })),
    )
  }

  private async evaluate(): Promise<void> {
    const line = await this.alive(
      this.trainer.evaluate({
        activity: (what) => this.listener.activity(what),
        goesOn: () => this.goesOn(),
      }),
    )
    this.listener.activity(undefined)
    if (line) this.listener.metrics([{ ...line, elapsedMs: Math.round(this.elapsed) }])
  }

  /** Inside what takes long: waits while the run is paused, and says false when it is to end. */
  private async goesOn(): Promise<boolean> {
    await this.yieldSometimes()
    if (this.state === 'paused' && !this.single && !this.stopping) {
      await this.read()
      await this.save()
      const since = performance.now()
      await this.waitForWake()
      const waited = performance.now() - since
      this.rested += waited
      this.lastRead += waited
    }
    return !this.stopping && this.state !== 'failed'
  }

  private async yieldSometimes(): Promise<void> {
    if (performance.now() - this.lastYield <= YIELD_EVERY_MS) return
    await this.alive(new Promise((resolve) => setTimeout(resolve)))
    this.lastYield = performance.now()
  }

  /** A student that has not taken a step is nobody's, and must not take the place of an earlier one. */
  private async save(): Promise<void> {
    if (this.trainer.step > 0) this.listener.checkpoint(await this.alive(this.trainer.checkpoint()))
  }

  private async waitForWake(): Promise<void> {
    // What was asked for while the numbers were being read must not be slept through.
    if (this.state !== 'paused' || this.single || this.stopping) return
    await this.alive(
      new Promise<void>((resolve) => {
        this.wake = resolve
      }),
    )
    this.wake = null
  }

  private alive<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.failure])
  }

  private become(state: LoopState): void {
    this.state = state
    this.listener.state(state)
  }
}

import type { MetricsLine } from '../objective/metrics.ts'
import type { Checkpoint, Trainer } from './trainer.ts'

/** Steps whose numbers are asked for in one read at most. */
const MOST_IN_A_READ = 64
/** Numbers are read about this often, so that charts move and a pause is soon; a slow device is read every step. */
const READ_EVERY_MS = 100
/** The thread is given free at least this often, so that a pause is heard. */
const YIELD_EVERY_MS = 30

export type LoopState = 'running' | 'paused' | 'finished' | 'stopped' | 'failed'

/** What the loop asks of a trainer. */
export type LoopTrainer = Pick<
  Trainer,
  'step' | 'unread' | 'prepareStep' | 'takeStep' | 'read' | 'evaluate' | 'checkpoint'
>

export interface LoopListener {
  state(state: LoopState): void
  metrics(lines: MetricsLine[]): void
  /** What takes long besides training, in a few words; undefined when it is over. */
  activity(what: string | undefined): void
  /** A safe place to go back to. */
  checkpoint(checkpoint: Checkpoint): void
}

/**
 * Runs a trainer to the end of its recipe, with pause, single step, resume and stop. Numbers are read in groups, and while
 * one group is on its way the next steps are taken: a browser that needs a tenth of a second for any read (Firefox looks
 * for finished ones that often) is not a slower trainer for it. Every `evaluateEvery` steps the held-out rows are measured
 * and a checkpoint is taken.
 */
export class TrainingLoop {
  private state: LoopState = 'running'
  private wake: (() => void) | null = null
  private single = false
  private stopping = false
  /** Milliseconds of training up to `since`, which is when the clock went on last; it stands still while undefined. */
  private elapsed = 0
  private since: number | undefined
  /** The clock's milliseconds when the last numbers came. */
  private lastRead = 0
  /** How many steps the newest numbers were of, and how long they took to come after those before. */
  private newest = { count: 0, milliseconds: 0 }
  /** The read that is on its way. */
  private reading: Promise<void> = Promise.resolve()
  private isReading = false
  private lastYield = 0
  /** Steps to take before the next read, from how long the last ones took. */
  private group = 1
  private reject!: (error: Error) => void
  /** Never resolves; rejects when the device fails, so that no wait outlives it. */
  private readonly failure = new Promise<never>((_, reject) => {
    this.reject = reject
  })

  constructor(
    private readonly trainer: LoopTrainer,
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
      this.startClock()
      while (this.trainer.step < this.steps && !this.stopping) {
        if (this.state === 'paused' && !this.single) {
          await this.rest()
          continue
        }
        if (!(await this.alive(this.trainer.prepareStep(() => this.goesOn())))) continue
        this.trainer.takeStep()
        this.single = false
        const due = this.trainer.step % this.evaluateEvery === 0 || this.trainer.step >= this.steps
        if (due) {
          await this.readAll()
          this.stopClock()
          await this.evaluate()
          await this.save()
          this.startClock()
        } else if (this.state === 'paused') await this.readAll()
        else if (this.trainer.unread >= this.group) await this.readOn()
        await this.yieldSometimes()
      }
      await this.readAll()
      await this.save()
      this.become(this.trainer.step >= this.steps ? 'finished' : 'stopped')
    } catch (error) {
      this.become('failed')
      throw error
    }
  }

  private startClock(): void {
    this.since = performance.now()
  }

  private stopClock(): void {
    this.elapsed = this.milliseconds()
    this.since = undefined
  }

  /** Milliseconds of training so far: pauses, evaluations and checkpoints left out. */
  private milliseconds(): number {
    return this.elapsed + (this.since === undefined ? 0 : performance.now() - this.since)
  }

  /** Asks for the unread numbers and goes on; waits only where those asked for before have not come yet. */
  private async readOn(): Promise<void> {
    const early = this.isReading
    await this.alive(this.reading)
    // Where steps are quicker than reads, more are asked for at a time; but not where it is the steps that take long.
    const { count, milliseconds } = this.newest
    if (early && milliseconds < 2 * READ_EVERY_MS) {
      this.group = Math.min(MOST_IN_A_READ, Math.max(this.group, 2 * count))
    }
    this.isReading = true
    this.reading = this.read().finally(() => {
      this.isReading = false
    })
    // Whoever waits for it next hears of a failure.
    this.reading.catch(() => {})
  }

  /** Waits until nothing is unread. */
  private async readAll(): Promise<void> {
    await this.alive(this.reading)
    await this.alive(this.read())
  }

  private async read(): Promise<void> {
    const lines = await this.trainer.read()
    // What a run that has failed still had under way is nobody's any more.
    if (lines.length === 0 || this.state === 'failed') return
    const now = this.milliseconds()
    const milliseconds = Math.max(0.001, now - this.lastRead)
    this.lastRead = now
    this.newest = { count: lines.length, milliseconds }
    const most = (READ_EVERY_MS * lines.length) / milliseconds
    this.group = Math.min(MOST_IN_A_READ, Math.max(1, Math.floor(most)))
    const tokens = lines.reduce((sum, line) => sum + line.batchTokens, 0)
    this.listener.metrics(
      lines.map(({ batchTokens: _, ...line }) => ({
        ...line,
        tokensPerSecond: (1000 * tokens) / milliseconds,
        elapsedMs: Math.round(now),
      })),
    )
  }

  private async evaluate(): Promise<void> {
    const line = await this.alive(
      this.trainer.evaluate({
        activity: (what) => {
          if (this.state !== 'failed') this.listener.activity(what)
        },
        goesOn: () => this.goesOn(),
      }),
    )
    this.listener.activity(undefined)
    if (line) this.listener.metrics([{ ...line, elapsedMs: Math.round(this.milliseconds()) }])
  }

  /** Inside what takes long: waits while the run is paused, and says false when it is to end. */
  private async goesOn(): Promise<boolean> {
    await this.yieldSometimes()
    if (this.state === 'paused' && !this.single && !this.stopping) await this.rest()
    return !this.stopping && this.state !== 'failed'
  }

  /** All that was taken is read and saved, and the clock stands still, until the pause is over. */
  private async rest(): Promise<void> {
    await this.readAll()
    const wasRunning = this.since !== undefined
    this.stopClock()
    await this.save()
    await this.waitForWake()
    if (wasRunning) this.startClock()
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

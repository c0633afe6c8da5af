import type { Device } from './device/device.ts'
import { LabError } from './errors.ts'
import type { Operations } from './kernels/operations.ts'
import type { MetricsLine } from './objective/metrics.ts'
import type { RunStatus } from './protocol.ts'
import { parseRecipe, type Recipe } from './recipe.ts'
import type { RunMaterial } from './training/prepare.ts'
import { Run, type RunListener, type TrainedStudent } from './training/run.ts'

export interface RunKeeperListener extends Pick<RunListener, 'curriculum'> {
  status(status: RunStatus): void
  metrics(lines: MetricsLine[]): void
}

/** The one run of the lab: its state, its numbers, and the student of the last that had one. */
export class RunKeeper {
  status: RunStatus = { state: 'idle', step: 0, steps: 0, hasStudent: false }
  metrics: MetricsLine[] = []
  /** Resolves when the run, if there is one, is over. */
  ended: Promise<void> = Promise.resolve()
  private run: Run | null = null
  private student: TrainedStudent | null = null

  /** @param memoryBytes of arrays in use on the device; undefined where none is open */
  constructor(
    private readonly operations: Operations,
    private readonly memoryBytes: () => number | undefined,
    private readonly listener: RunKeeperListener,
  ) {}

  get busy(): boolean {
    return ['preparing', 'running', 'paused'].includes(this.status.state)
  }

  /** Whether what the run learns is looked up in its trajectories as it goes on. */
  get looksUp(): boolean {
    return this.run?.looksUp ?? false
  }

  /**
   * Begins a run and returns once the first step is about to be taken. Where it cannot begin, the run before, its
   * student and its numbers are as they were.
   *
   * @param prepare asked when the run before is over
   */
  async begin(
    steps: number,
    prepare: () => Promise<{ material: RunMaterial; device: () => Device }>,
  ): Promise<void> {
    const { status, metrics } = this
    // From here on a second call is refused, whatever this one waits for.
    this.setStatus({ state: 'preparing', step: 0, steps, message: 'Reading tokens and arranging rows.' })
    try {
      await this.ended
      const { material, device } = await prepare()
      const run = new Run(material, {
        state: (state, message) => this.changed(run, state, message),
        metrics: (lines) => this.measured(run, lines),
        curriculum: (curriculum) => this.listener.curriculum?.(curriculum),
        activity: (message) => this.setStatus({ ...this.status, message }),
      })
      this.run = run
      this.metrics = []
      const started = run.start(device(), this.operations)
      this.ended = started.then(
        ({ end }) => end,
        () => {},
      )
      await started
    } catch (error) {
      this.run = null
      this.metrics = metrics
      this.setStatus(status)
      throw error
    }
  }

  private changed(run: Run, state: RunStatus['state'], message?: string): void {
    // The student of the run before stays until this one has its first checkpoint.
    this.student = run.student ?? this.student
    this.setStatus({ ...this.status, state, message, step: run.step, remainingMs: undefined })
  }

  private measured(run: Run, lines: MetricsLine[]): void {
    this.metrics.push(...lines)
    this.student = run.student ?? this.student
    const last = lines.findLast((line) => line.split === 'train')
    const perStep = last && last.step > 0 ? last.elapsedMs / last.step : undefined
    this.listener.metrics(lines)
    this.setStatus({
      ...this.status,
      step: run.step,
      tokensPerSecond: last?.tokensPerSecond ?? this.status.tokensPerSecond,
      remainingMs: perStep === undefined ? this.status.remainingMs : perStep * (this.status.steps - run.step),
    })
  }

  private setStatus(status: Omit<RunStatus, 'hasStudent' | 'studentStep' | 'memoryBytes'>): void {
    this.status = {
      ...status,
      hasStudent: this.student !== null,
      studentStep: this.student?.checkpoint.step,
      memoryBytes: this.memoryBytes(),
    }
    this.listener.status(this.status)
  }

  /** Its device is gone. */
  fail(error: LabError): void {
    this.run?.fail(error)
  }

  pause(): void {
    this.run?.pause()
  }

  step(): void {
    this.run?.stepOnce()
  }

  resume(): void {
    this.run?.resume()
  }

  /** @throws LabError `not-now` without an active run, `invalid-recipe` for what is no weight */
  setLambda(change: Partial<Recipe['objective']['lambda']>): void {
    if (!this.run || !this.busy) {
      throw new LabError('not-now', 'No run is active whose weights could change: set them in the recipe.')
    }
    parseRecipe({ objective: { lambda: change } }, 'The change of λ')
    this.run.setLambda(change)
  }

  async stop(): Promise<void> {
    this.run?.stop()
    await this.ended
  }

  /** @throws LabError `not-now` where no run has had a checkpoint yet */
  trained(): TrainedStudent {
    if (this.student) return this.student
    throw new LabError('not-now', 'There is no student yet: train one, and wait for its first checkpoint.')
  }
}

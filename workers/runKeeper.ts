import type { ReturnedRun } from './cluster/returned.ts'
import { LabError, messageOf } from './errors.ts'
import type { DeviceMemory } from './kernels/operations.ts'
import type { MetricsLine } from './objective/metrics.ts'
import type { RunStatus } from './protocol.ts'
import { parseRecipe, type Recipe } from './recipe.ts'
import type { RunMaterial } from './training/material.ts'
import type { CheckedDevice } from './training/openChecked.ts'
import { type KeptStudent, Run, type RunListener } from './training/run.ts'
import type { Checkpoint } from './training/trainer.ts'

export interface RunKeeperListener extends Pick<RunListener, 'curriculum'> {
  status(status: RunStatus): void
  /** @param anew whether they take the place of all that were heard before */
  metrics(lines: MetricsLine[], anew?: boolean): void
}

/** Lines of a run from elsewhere that are told at a time, so that who hears them can do something else in between. */
const LINES_AT_A_TIME = 25

/** How often one run goes on after its device was lost; a student that a GPU dies of must not be tried for ever. */
const MOST_RECOVERIES = 3

/** A run whose device was lost, and that is to go on. */
interface LostRun {
  material: RunMaterial
  /** What was said of the loss. */
  message: string
  paused: boolean
}

/** The one run of the lab: its state, its numbers, and the student of the last that had one. */
export class RunKeeper {
  status: RunStatus = { state: 'idle', step: 0, steps: 0, hasStudent: false }
  metrics: MetricsLine[] = []
  /** Resolves when the run, if there is one, is over. */
  ended: Promise<void> = Promise.resolve()
  private run: Run | null = null
  private student: KeptStudent | null = null
  /** The last safe place of this run. */
  private latest: Checkpoint | undefined
  private lost: LostRun | null = null
  private recoveries = 0
  /** The next lines are of another run than those that were told before. */
  private anew = false

  /** @param memory what is held on the device; undefined where none is open */
  constructor(
    private readonly memory: () => DeviceMemory | undefined,
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
    prepare: () => Promise<{ material: RunMaterial; opened: () => CheckedDevice }>,
  ): Promise<void> {
    const { status, metrics } = this
    // From here on a second call is refused, whatever this one waits for.
    this.setStatus({ state: 'preparing', step: 0, steps, message: 'Reading tokens and arranging rows.' })
    try {
      await this.ended
      const { material, opened } = await prepare()
      this.metrics = []
      this.anew = true
      this.latest = undefined
      this.recoveries = 0
      await this.launch(material, opened())
    } catch (error) {
      this.run = null
      this.metrics = metrics
      this.anew = false
      this.setStatus(status)
      throw error
    }
  }

  private async launch(material: RunMaterial, opened: CheckedDevice, from?: Checkpoint): Promise<void> {
    const run = new Run(material, {
      state: (state, message) => this.changed(run, state, message),
      metrics: (lines) => this.measured(run, lines),
      curriculum: (curriculum) => this.listener.curriculum?.(curriculum),
      activity: (message) => this.setStatus({ ...this.status, message }),
      checkpoint: ({ checkpoint }) => {
        this.latest = checkpoint
      },
    })
    this.run = run
    opened.operations.resetPeak()
    const started = run.start(opened.device, opened.operations, from)
    this.ended = started.then(
      ({ end }) => end,
      () => {},
    )
    await started
  }

  private changed(run: Run, state: RunStatus['state'], message?: string): void {
    // The student of the run before stays until this one has its first checkpoint.
    this.student = run.student ?? this.student
    if (state === 'failed' && this.lost) {
      state = 'preparing'
      message = `${this.lost.message} It is opened again.`
    }
    this.setStatus({ ...this.status, state, message, step: run.step, remainingMs: undefined })
  }

  private measured(run: Run, lines: MetricsLine[]): void {
    this.metrics.push(...lines)
    this.student = run.student ?? this.student
    const last = lines.findLast((line) => line.split === 'train')
    const perStep = last && last.step > 0 ? last.elapsedMs / last.step : undefined
    this.tell(lines)
    this.setStatus({
      ...this.status,
      step: run.step,
      tokensPerSecond: last?.tokensPerSecond ?? this.status.tokensPerSecond,
      remainingMs: perStep === undefined ? this.status.remainingMs : perStep * (this.status.steps - run.step),
    })
  }

  private tell(lines: MetricsLine[]): void {
    if (this.anew && lines.length > 0) {
      this.anew = false
      this.listener.metrics(lines, true)
    } else this.listener.metrics(lines)
  }

  private setStatus(
    status: Omit<RunStatus, 'hasStudent' | 'studentStep' | 'memoryBytes' | 'pooledBytes'>,
  ): void {
    const memory = this.memory()
    this.status = {
      ...status,
      hasStudent: this.student !== null,
      studentStep: this.student?.checkpoint.step,
      memoryBytes: memory?.peakBytes,
      pooledBytes: memory?.pooledBytes,
    }
    this.listener.status(this.status)
  }

  /** Its device is gone: it ends, to go on with `recover` where another device may do better. */
  fail(error: LabError): void {
    const { run, status } = this
    const goesOn = error.code === 'device-lost' && this.recoveries < MOST_RECOVERIES
    if (run && goesOn && (status.state === 'running' || status.state === 'paused')) {
      this.lost = { material: run.material, message: error.message, paused: status.state === 'paused' }
    }
    run?.fail(error)
  }

  /** Takes a run whose device was lost up again on another one, from its last checkpoint, or from its beginning. */
  async recover(opened: CheckedDevice): Promise<void> {
    const { lost, latest: from, run } = this
    this.lost = null
    if (!lost) return
    this.recoveries++
    const step = from?.step ?? 0
    // Steps behind the checkpoint are taken again, and measured again.
    const kept = this.metrics.filter((line) => line.step <= step && from)
    this.metrics = kept
    const notice = `${lost.message} It went on from step ${step} on ${opened.device.adapter}.`
    this.setStatus({ ...this.status, state: 'preparing', step, message: undefined, notice })
    this.anew = true
    if (kept.length > 0) this.tell(kept)
    try {
      await this.launch(lost.material, opened, from && { ...from, lambda: run?.lambda ?? from.lambda })
      if (lost.paused) this.pause()
    } catch (error) {
      this.failedFor(messageOf(error))
    }
  }

  /** No other device could be opened for a run whose device was lost. */
  giveUp(): void {
    const { lost } = this
    this.lost = null
    if (lost) this.failedFor(`${lost.message} No backend could be opened to go on.`)
  }

  private failedFor(message: string): void {
    const kept = this.latest ? ` The student of step ${this.latest.step} is kept.` : ''
    this.setStatus({ ...this.status, state: 'failed', message: message + kept, remainingMs: undefined })
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

  /**
   * Shows a run that was trained elsewhere in the place of the last one, which is gone then with its student and numbers.
   * Only while no run is active.
   */
  async adopt({ name, recipe, metrics, student, note }: ReturnedRun): Promise<void> {
    const step = metrics.at(-1)?.step ?? 0
    this.run = null
    this.latest = undefined
    this.student = student
    this.metrics = metrics
    this.anew = false
    const origin = `Taken in from “${name}”, where it was trained outside of this page.`
    this.status = {
      state: step < recipe.steps ? 'stopped' : 'finished',
      step,
      steps: recipe.steps,
      takenIn: name,
      notice: note ? `${origin} ${note}` : origin,
      tokensPerSecond: metrics.findLast(({ split }) => split === 'train')?.tokensPerSecond,
      hasStudent: student !== null,
      studentStep: student?.checkpoint.step,
    }
    this.listener.status(this.status)
    this.listener.metrics(metrics.slice(0, LINES_AT_A_TIME), true)
    for (let at = LINES_AT_A_TIME; at < metrics.length; at += LINES_AT_A_TIME) {
      await new Promise((resume) => setTimeout(resume))
      // Another run has begun meanwhile.
      if (this.metrics !== metrics) return
      this.listener.metrics(metrics.slice(at, at + LINES_AT_A_TIME))
    }
  }

  async stop(): Promise<void> {
    this.run?.stop()
    await this.ended
  }

  /** @throws LabError `not-now` where no run has had a checkpoint yet */
  trained(): KeptStudent {
    if (this.student) return this.student
    throw new LabError('not-now', 'There is no student yet: train one, and wait for its first checkpoint.')
  }
}

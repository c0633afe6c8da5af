import type { CurriculumView } from '../dataset/curriculumView.ts'
import type { Device } from '../device/device.ts'
import { LabError, messageOf } from '../errors.ts'
import type { Operations } from '../kernels/operations.ts'
import type { GptConfig } from '../models/parameters.ts'
import type { MetricsLine } from '../objective/metrics.ts'
import type { Recipe } from '../recipe.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { type LoopState, TrainingLoop } from './loop.ts'
import type { RunMaterial } from './material.ts'
import { type PreparedRun, prepareRun } from './prepare.ts'
import type { Checkpoint, Lambda } from './trainer.ts'

/** A student in ordinary memory: what is left of a run, wherever it ended. */
export interface TrainedStudent {
  recipe: Recipe
  config: GptConfig
  tokenizer: Tokenizer
  checkpoint: Checkpoint
  /** `corrections.json` of what it was trained on, if anything was corrected by hand. */
  corrections?: string
}

/** A student that is sampled, taken home and taught by, but not trained any further. */
export type KeptStudent = Omit<TrainedStudent, 'checkpoint'> & {
  checkpoint: Pick<Checkpoint, 'step' | 'parameters'>
}

export interface RunListener {
  state(state: LoopState, message?: string): void
  metrics(lines: MetricsLine[]): void
  /** The curriculum as it is, once the rows are in order. */
  curriculum?(curriculum: CurriculumView): void
  /** What takes long besides training; undefined when it is over. */
  activity?(what: string | undefined): void
  /** The student as it now stands, in ordinary memory. */
  checkpoint?(student: TrainedStudent): void
}

/** One training run from its material to its student. Whatever ends it, the last checkpoint stays. */
export class Run {
  /** Null until the first checkpoint. */
  student: TrainedStudent | null = null
  private loop: TrainingLoop | null = null
  private prepared: PreparedRun | null = null
  /** What was asked for before there was a trainer to hear it. */
  private lambdaChange: Partial<Lambda> = {}
  /** Why the run ended while it was still being prepared. */
  private abandonedFor: LabError | null = null
  private reject!: (error: LabError) => void
  /** Ends what takes long while it is being prepared. */
  private readonly abort = new AbortController()
  /** Never resolves; rejects when the run ends while it is still being prepared. */
  private readonly abandoned = new Promise<never>((_, reject) => {
    this.reject = reject
  })

  constructor(
    readonly material: RunMaterial,
    private readonly listener: RunListener,
  ) {
    this.abandoned.catch(() => {})
  }

  /** Optimiser steps taken. */
  get step(): number {
    return this.prepared?.trainer.step ?? 0
  }

  /**
   * Prepares the run; training itself goes on after this has returned.
   *
   * @returns a promise of the run's end in an object, so that awaiting the start does not await the end
   * @throws LabError when there is nothing to train on, the device cannot hold the student, or the run is stopped or
   * loses its device before its first step
   */
  async start(
    device: Device,
    operations: Operations,
    checkpoint?: Checkpoint,
  ): Promise<{ end: Promise<void> }> {
    const { recipe, tokenizer, corrections } = this.material
    const preparing = prepareRun(this.material, device, operations, checkpoint, {
      signal: this.abort.signal,
      activity: (what) => this.listener.activity?.(what),
    })
    let prepared: PreparedRun
    try {
      prepared = await Promise.race([preparing, this.abandoned])
      if (this.abandonedFor) throw this.abandonedFor
    } catch (error) {
      preparing.then(release, () => {})
      throw error
    }
    this.prepared = prepared
    prepared.trainer.setLambda(this.lambdaChange)
    this.listener.curriculum?.(prepared.curriculum)
    const { config } = prepared.trainer
    if (checkpoint) this.student = { recipe, config, tokenizer, checkpoint, corrections }
    this.loop = new TrainingLoop(prepared.trainer, recipe.steps, recipe.evaluateEvery, {
      state: (state) => {
        if (state !== 'failed') this.listener.state(state)
      },
      metrics: (lines) => this.listener.metrics(lines),
      activity: (what) => this.listener.activity?.(what),
      checkpoint: (latest) => {
        this.student = { recipe, config, tokenizer, checkpoint: latest, corrections }
        this.listener.checkpoint?.(this.student)
      },
    })
    this.listener.state('running')
    return { end: this.finish(this.loop, prepared) }
  }

  private async finish(loop: TrainingLoop, prepared: PreparedRun): Promise<void> {
    try {
      await loop.run()
    } catch (error) {
      const kept = this.student
        ? `The student of step ${this.student.checkpoint.step} is kept.`
        : 'It ended before the first checkpoint, so there is no student.'
      this.listener.state('failed', `${messageOf(error)} ${kept}`)
    } finally {
      release(prepared)
    }
  }

  /** The weights of the span kinds in its next step; undefined before there is one. */
  get lambda(): Lambda | undefined {
    return this.prepared?.trainer.lambda
  }

  /** Whether what it learns is looked up in its trajectories as it goes on. */
  get looksUp(): boolean {
    const { recipe } = this.material
    return (
      recipe.teacher.kind === 'stored' ||
      (recipe.teacher.kind === 'model' && recipe.tokenizer.kind === 'train-bpe')
    )
  }

  pause(): void {
    this.loop?.pause()
  }

  resume(): void {
    this.loop?.resume()
  }

  stepOnce(): void {
    this.loop?.stepOnce()
  }

  /**
   * Weights of the span kinds from the next step on; those not named stay.
   *
   * @throws LabError `invalid-recipe` when none would be left above 0
   */
  setLambda(change: Partial<Lambda>): void {
    const wished = { ...this.lambdaChange, ...change }
    const before = this.prepared?.trainer.lambda ?? this.material.recipe.objective.lambda
    if (Object.values({ ...before, ...wished }).every((weight) => weight === 0)) {
      throw new LabError(
        'invalid-recipe',
        'Every λ would be 0 and nothing trained: leave one of them above 0.',
      )
    }
    this.lambdaChange = wished
    this.prepared?.trainer.setLambda(change)
  }

  stop(): void {
    if (this.loop) this.loop.stop()
    else this.abandon(new LabError('not-now', 'The run was stopped before its first step.'))
  }

  private abandon(error: LabError): void {
    this.abandonedFor ??= error
    this.abort.abort()
    this.reject(error)
  }

  /** Ends the run because its device did. */
  fail(error: LabError): void {
    if (this.loop) this.loop.fail(error)
    else this.abandon(error)
  }
}

/** Gives a run's tensors back; those of a lost device cannot be. */
function release(prepared: PreparedRun): void {
  try {
    prepared.dispose()
  } catch {}
}

import { batchAt, heldOutBatches, padRows, rowsAt, splitBatch } from '../dataset/batches.ts'
import type { Dataset } from '../dataset/dataset.ts'
import type { PlacedBatch } from '../dataset/row.ts'
import type { Operations, Trainable, TrainableValues } from '../kernels/operations.ts'
import { type GptConfig, gptParameters, initialParameters } from '../models/parameters.ts'
import { modelOn, type TextModel } from '../models/textModel.ts'
import type { MetricsLine, OnPolicyMetrics } from '../objective/metrics.ts'
import { superviseBatch, tallyTerms, termScales } from '../objective/weights.ts'
import type { Recipe } from '../recipe.ts'
import type { Teacher } from '../teacher/teacher.ts'
import { type Evaluating, measureHeldOut } from './evaluation.ts'
import { refuseUpdate } from './notFinite.ts'
import type { OnPolicy } from './onPolicy.ts'
import { Passes } from './passes.ts'
import { freeSteps, type PendingStep, readSteps, type StepLine } from './pendingSteps.ts'
import { NO_REASONINGS, type ReasoningSamples } from './reasoningSamples.ts'
import { learningRateAt } from './schedule.ts'
import type { WorldRollouts } from './worldRollouts.ts'

export type Lambda = Recipe['objective']['lambda']

/** Everything that a run needs to go on as if it had never stopped. Data order is a function of seed and step. */
export interface Checkpoint extends TrainableValues {
  /** Optimiser steps taken. */
  step: number
  /** Weights of the span kinds where they were changed on the way; without them those of the recipe. */
  lambda?: Lambda
}

export interface TrainerSetup {
  recipe: Recipe
  dataset: Dataset
  vocabularySize: number
  operations: Operations
  /** Null where the text is the teacher. */
  teacher: Teacher | null
  /** Held-out steps that the student is to write by itself. */
  reasonings?: ReasoningSamples
  /** Where the student is to act by itself. */
  world?: WorldRollouts
  /** Writes a share of the rows of each step. */
  onPolicy?: OnPolicy
  /** To go on from; without it the student starts from the recipe's seed. */
  checkpoint?: Checkpoint
}

/** A step whose rows the student had a part in. */
interface WrittenStep {
  step: number
  batch: PlacedBatch
  metrics: OnPolicyMetrics
}

/** Takes optimiser steps on one student and measures it; knows nothing of pausing, the page or files. */
export class Trainer {
  readonly config: GptConfig
  private readonly trainable: Trainable
  /** With its parameters as they stand. */
  private readonly student: TextModel
  private readonly passes: Passes
  private taken: number
  private weights: Lambda
  private pending: PendingStep[] = []
  private written: WrittenStep | null = null

  constructor(private readonly setup: TrainerSetup) {
    const { recipe, dataset, vocabularySize, checkpoint } = setup
    const { layers, width, heads } = recipe.student
    this.config = { vocabularySize, contextLength: recipe.data.contextLength, layers, width, heads }
    if (dataset.rowLength > recipe.data.contextLength)
      throw new RangeError('rows are longer than the context')
    this.taken = checkpoint?.step ?? 0
    this.weights = checkpoint?.lambda ?? recipe.objective.lambda
    const specs = gptParameters(this.config)
    this.trainable = setup.operations.trainable(
      specs,
      () => checkpoint ?? { parameters: initialParameters(specs, recipe.seed) },
    )
    this.student = modelOn(setup.operations, this.config, () => this.trainable.weights())
    this.passes = new Passes(setup, this.config, this.trainable)
  }

  /** Optimiser steps taken so far. */
  get step(): number {
    return this.taken
  }

  /** Steps whose numbers have not been read. */
  get unread(): number {
    return this.pending.length
  }

  /** Weights of the span kinds in the next step. */
  get lambda(): Lambda {
    return this.weights
  }

  /** Changes the weights of the span kinds from the next step on; those not named stay. */
  setLambda(change: Partial<Lambda>): void {
    this.weights = { ...this.weights, ...change }
  }

  private objective(): Recipe['objective'] {
    return { ...this.setup.recipe.objective, lambda: this.lambda }
  }

  /**
   * Lets the student write its part of the next step's rows, where the recipe asks for it; `takeStep` needs them.
   *
   * @param goesOn asked before every token: waits while it should not go on, and says false when all is to end
   * @returns false when it was ended, and there is no step to take
   */
  async prepareStep(goesOn: () => Promise<boolean> = async () => true): Promise<boolean> {
    const { recipe, dataset, onPolicy } = this.setup
    if (!onPolicy || this.written?.step === this.taken) return true
    const step = this.taken
    const drawn = rowsAt(dataset, step, recipe)
    const result = await onPolicy.write(drawn, step, this.student, goesOn)
    if (!result) return false
    const batch = padRows(result.rows, recipe.batchRows, dataset.rowLength, dataset.endOfTextId)
    this.written = { step, batch, metrics: result.metrics }
    return true
  }

  /** The rows of the next step. */
  private nextBatch(): PlacedBatch {
    const { recipe, dataset, onPolicy } = this.setup
    if (!onPolicy) return batchAt(dataset, this.taken, recipe)
    if (this.written?.step !== this.taken) throw new RangeError('the student has not written its rows yet')
    return this.written.batch
  }

  /**
   * Records one optimiser step on the device; its numbers come with the next `read`. The rows may be computed in
   * micro-batches, whose gradients add up to that of the whole.
   */
  takeStep(): void {
    const { recipe } = this.setup
    const { optimiser } = recipe
    const objective = this.objective()
    const batch = this.passes.supervised(this.nextBatch())
    const shuffleSeed = objective.spans === 'shuffled' ? recipe.seed : undefined
    const { counts, totals } = tallyTerms(batch, objective, shuffleSeed)
    const parts = splitBatch(batch, recipe.accumulate).map((part) =>
      this.passes.differentiate(part, superviseBatch(part, objective, { stepTotals: totals, shuffleSeed })),
    )
    const learningRate = learningRateAt(this.taken, recipe.steps, optimiser)
    this.taken++
    const { weightDecay, clipNorm } = optimiser
    const norm = this.trainable.update({ step: this.taken, learningRate, weightDecay, clipNorm })
    this.pending.push({
      step: this.taken,
      counts,
      scales: termScales(objective, totals),
      tokens: batch.tokens,
      learningRate,
      lambda: objective.lambda,
      onPolicy: this.written?.metrics,
      parts,
      norm,
    })
    this.written = null
  }

  /** What a run does over and over, once each: a step, and the measuring of held-out rows. For a rehearsal. */
  rehearse(): void {
    const { recipe, dataset, operations } = this.setup
    this.takeStep()
    const [batch] = heldOutBatches(dataset, recipe)
    if (!batch) return
    const supervised = this.passes.supervised(batch)
    operations.scope(() => this.passes.measure(supervised, superviseBatch(supervised, this.objective())))
  }

  /**
   * Reads what the steps since the last read have measured, in one transfer.
   *
   * @throws LabError `loss-not-finite` naming the first step, term and operation whose number is not finite
   */
  async read(): Promise<StepLine[]> {
    const steps = this.pending
    this.pending = []
    return readSteps(this.setup.operations, steps, this.setup.recipe)
  }

  /**
   * The held-out rows under the student as it stands, by their own labels even where training shuffles them, and what it
   * does when it acts in a world; null where nothing is held out and it has not acted.
   *
   * What the student would have to write by itself is left out where it is told to end.
   *
   * @throws LabError `loss-not-finite`
   */
  async evaluate({
    activity = () => {},
    goesOn = async () => true,
  }: Evaluating = {}): Promise<Omit<MetricsLine, 'elapsedMs'> | null> {
    const { recipe, dataset, operations } = this.setup
    const batches = heldOutBatches(dataset, recipe).map((batch) => this.passes.supervised(batch))
    // Not before its first step: a student of random weights takes longest, writing each turn to its last token, for nothing.
    const acting = this.taken > 0 ? this.setup.world : undefined
    if (batches.length === 0 && !acting) return null
    const objective = this.objective()
    const { passes, taken } = this
    const line = await measureHeldOut(operations, batches, taken, recipe, objective, passes.measure, activity)
    if (recipe.evaluate.cotSamples > 0) activity('Writing the reasoning of held-out steps.')
    const written = await this.setup.reasonings?.measure(this.student, goesOn)
    const steps = { ...line.steps, ...(written ?? NO_REASONINGS) }
    const world = await acting?.measure(this.student, { activity, goesOn })
    if (world) return { ...line, steps, world }
    return batches.length > 0 ? { ...line, steps } : null
  }

  /**
   * A copy of the student and the optimiser's state in ordinary memory.
   *
   * @throws LabError `loss-not-finite` when there is nothing in it to go on from
   */
  async checkpoint(): Promise<Checkpoint> {
    const { taken: step, lambda } = this
    const values = await this.trainable.read()
    const { parameters, firstMoment, secondMoment } = values
    const named = { parameters, 'first moment': firstMoment, 'second moment': secondMoment }
    refuseUpdate(step, named, this.setup.recipe)
    return { step, ...values, lambda }
  }

  dispose(): void {
    this.trainable.dispose()
    freeSteps(this.setup.operations, this.pending)
    this.pending = []
  }
}

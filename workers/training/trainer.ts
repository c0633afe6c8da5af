import { batchAt, heldOutBatches, padRows, rowsAt, splitBatch } from '../dataset/batches.ts'
import type { Dataset } from '../dataset/dataset.ts'
import type { PlacedBatch } from '../dataset/row.ts'
import { type Tensor, tf } from '../device/tensorflow.ts'
import { type AdamWState, HEAD_SUMS, type HeadTeacher, type Operations } from '../kernels/operations.ts'
import { gptBackward, gptForward } from '../models/gpt.ts'
import { packingOf } from '../models/packing.ts'
import {
  decayMask,
  type GptConfig,
  gptParameters,
  initialParameters,
  joinGradients,
  type ParameterSpec,
  splitParameters,
  type Weights,
} from '../models/parameters.ts'
import type { MetricsLine, OnPolicyMetrics } from '../objective/metrics.ts'
import { spanLoss, spanMetrics } from '../objective/spanLoss.ts'
import {
  type SupervisedRows,
  superviseBatch,
  TERMS,
  type Term,
  tallyTerms,
  termScales,
} from '../objective/weights.ts'
import type { Recipe } from '../recipe.ts'
import type { Teacher } from '../teacher/teacher.ts'
import { type BatchTensors, type Evaluating, measureHeldOut } from './evaluation.ts'
import { refuseNotFinite, refuseUpdate } from './notFinite.ts'
import type { OnPolicy } from './onPolicy.ts'
import { type CotMetrics, NO_REASONINGS, type ReasoningSamples } from './reasoningSamples.ts'
import { learningRateAt } from './schedule.ts'

export type Lambda = Recipe['objective']['lambda']

/** Everything that a run needs to go on as if it had never stopped. Data order is a function of seed and step. */
export interface Checkpoint {
  /** Optimiser steps taken. */
  step: number
  /** [P] each */
  parameters: Float32Array
  firstMoment: Float32Array
  secondMoment: Float32Array
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
  /** Writes a share of the rows of each step. */
  onPolicy?: OnPolicy
  /** To go on from; without it the student starts from the recipe's seed. */
  checkpoint?: Checkpoint
}

/** A step whose numbers are still on the device. */
interface PendingStep {
  step: number
  /** Of the whole step. */
  counts: Record<Term, number>
  scales: Record<Term, number>
  tokens: number
  learningRate: number
  lambda: Lambda
  onPolicy?: OnPolicyMetrics
  /** [K·5 + K + 1]: the head's sums, its squares, then the gradient norm. */
  measured: Tensor
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
  private readonly specs: ParameterSpec[]
  private readonly decay: Tensor
  private state: AdamWState
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
    this.specs = gptParameters(this.config)
    this.taken = checkpoint?.step ?? 0
    this.weights = checkpoint?.lambda ?? recipe.objective.lambda
    this.decay = tf.tensor1d(decayMask(this.specs))
    const parameters = tf.tensor1d(checkpoint?.parameters ?? initialParameters(this.specs, recipe.seed))
    this.state = {
      parameters,
      firstMoment: checkpoint ? tf.tensor1d(checkpoint.firstMoment) : tf.zerosLike(parameters),
      secondMoment: checkpoint ? tf.tensor1d(checkpoint.secondMoment) : tf.zerosLike(parameters),
    }
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
    const { recipe, dataset, operations, onPolicy } = this.setup
    if (!onPolicy || this.written?.step === this.taken) return true
    const step = this.taken
    const weights = this.weightsApart()
    try {
      const drawn = rowsAt(dataset, step, recipe)
      const result = await onPolicy.write(drawn, step, operations, this.config, weights, goesOn)
      if (!result) return false
      const batch = padRows(result.rows, recipe.batchRows, dataset.rowLength, dataset.endOfTextId)
      this.written = { step, batch, metrics: result.metrics }
      return true
    } finally {
      tf.dispose([...weights.values()])
    }
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
    const { recipe, operations } = this.setup
    const { optimiser } = recipe
    const objective = this.objective()
    const batch = this.supervised(this.nextBatch())
    const shuffleSeed = objective.spans === 'shuffled' ? recipe.seed : undefined
    const { counts, totals } = tallyTerms(batch, objective, shuffleSeed)
    let sums: Tensor | undefined
    let squares: Tensor | undefined
    let gradient: Tensor | undefined
    for (const part of splitBatch(batch, recipe.accumulate)) {
      const rows = superviseBatch(part, objective, { stepTotals: totals, shuffleSeed })
      const computed = this.differentiate(part, rows)
      sums = addTo(sums, computed.sums)
      squares = addTo(squares, computed.squares)
      gradient = addTo(gradient, computed.gradient)
    }
    const learningRate = learningRateAt(this.taken, recipe.steps, optimiser)
    const { measured, ...state } = tf.tidy(() => {
      const { norm, ...state } = operations.adamw(this.state, gradient!, {
        step: this.taken + 1,
        learningRate,
        weightDecay: optimiser.weightDecay,
        decayMask: this.decay,
        clipNorm: optimiser.clipNorm,
      })
      return { ...state, measured: tf.concat([tf.reshape(sums!, [-1]), squares!, tf.reshape(norm, [1])]) }
    })
    const { parameters, firstMoment, secondMoment } = this.state
    tf.dispose([parameters, firstMoment, secondMoment, sums!, squares!, gradient!])
    this.state = state
    this.taken++
    const scales = termScales(objective, totals)
    this.pending.push({
      step: this.taken,
      counts,
      scales,
      tokens: batch.tokens,
      learningRate,
      lambda: objective.lambda,
      onPolicy: this.written?.metrics,
      measured,
    })
    this.written = null
  }

  /** The head's sums and squares and the gradient of one micro-batch, with whatever weights its rows have. */
  private differentiate(
    batch: PlacedBatch,
    rows: SupervisedRows,
  ): { sums: Tensor; squares: Tensor; gradient: Tensor } {
    const { recipe, operations } = this.setup
    return tf.tidy(() => {
      const ids = tf.tensor2d(batch.ids, [batch.rows, batch.length], 'int32')
      const weights = splitParameters(this.state.parameters, this.specs)
      const forward = gptForward(operations, this.config, weights, ids, packingOf(batch))
      const table = weights.get('transformer.wte.weight')!
      const loss = spanLoss(
        operations,
        forward.hidden,
        table,
        rows,
        this.consult(batch, ids),
        recipe.objective,
        true,
      )
      const { hidden, table: dTable } = loss.gradients!
      const gradients = gptBackward(operations, this.config, forward, batch.rows, hidden, dTable)
      return { sums: loss.sums, squares: loss.squares!, gradient: joinGradients(gradients, this.specs) }
    })
  }

  /**
   * Reads what the steps since the last read have measured, in one transfer.
   *
   * @throws LabError `loss-not-finite` naming the first step, term and operation whose number is not finite
   */
  async read(): Promise<(Omit<MetricsLine, 'elapsedMs'> & { batchTokens: number })[]> {
    const steps = this.pending
    if (steps.length === 0) return []
    this.pending = []
    const all = tf.concat(steps.map((step) => step.measured))
    tf.dispose(steps.map((step) => step.measured))
    const values = await all.data()
    all.dispose()
    const squaresAt = TERMS.length * HEAD_SUMS.length
    const width = squaresAt + TERMS.length + 1
    return steps.map(({ step, counts, scales, tokens, learningRate, lambda, onPolicy }, index) => {
      const own = values.slice(index * width, (index + 1) * width)
      const squares = own.subarray(squaresAt, width - 1)
      const metrics = spanMetrics(own, squares, counts, scales, lambda)
      const gradientNorm = own[width - 1]!
      refuseNotFinite(`at step ${step}`, own, this.setup.recipe, gradientNorm)
      const written = onPolicy && { onPolicy }
      return { step, split: 'train', ...metrics, ...written, learningRate, gradientNorm, batchTokens: tokens }
    })
  }

  /**
   * The held-out rows under the student as it stands, by their own labels even where training shuffles them; null where
   * nothing is held out.
   *
   * What the student would have to write by itself is left out where it is told to end.
   *
   * @throws LabError `loss-not-finite`
   */
  async evaluate({
    activity = () => {},
    goesOn = async () => true,
  }: Evaluating = {}): Promise<Omit<MetricsLine, 'elapsedMs'> | null> {
    const { recipe, dataset } = this.setup
    const batches = heldOutBatches(dataset, recipe).map((batch) => this.supervised(batch))
    if (batches.length === 0) return null
    const measure = (batch: PlacedBatch, rows: SupervisedRows) => this.measure(batch, rows)
    const objective = this.objective()
    const line = await measureHeldOut(batches, this.taken, recipe, objective, measure, activity)
    if (recipe.evaluate.cotSamples > 0) activity('Writing the reasoning of held-out steps.')
    return { ...line, steps: { ...line.steps, ...(await this.writeReasonings(goesOn)) } }
  }

  private async writeReasonings(goesOn: () => Promise<boolean>): Promise<CotMetrics> {
    const { reasonings, operations } = this.setup
    if (!reasonings) return NO_REASONINGS
    const weights = this.weightsApart()
    try {
      return await reasonings.measure(operations, this.config, weights, goesOn)
    } finally {
      tf.dispose([...weights.values()])
    }
  }

  /** The student's parameters as tensors of their own, for the caller to dispose of. */
  private weightsApart(): Weights {
    const parts = tf.tidy(() => Object.fromEntries(splitParameters(this.state.parameters, this.specs)))
    return new Map(Object.entries(parts))
  }

  /** All that a held-out line tells of one batch; gradients no further than to the last hidden states. */
  private measure(batch: PlacedBatch, rows: SupervisedRows): BatchTensors {
    const { operations, recipe } = this.setup
    const ids = tf.tensor2d(batch.ids, [batch.rows, batch.length], 'int32')
    const weights = splitParameters(this.state.parameters, this.specs)
    const { hidden } = gptForward(operations, this.config, weights, ids, packingOf(batch))
    const table = weights.get('transformer.wte.weight')!
    const teacher = this.consult(batch, ids)
    const loss = spanLoss(operations, hidden, table, rows, teacher, recipe.objective, true, true)
    return { sums: loss.sums, squares: loss.squares!, rows: loss.rows! }
  }

  private supervised(batch: PlacedBatch): PlacedBatch {
    return this.setup.teacher?.supervised(batch) ?? batch
  }

  private consult(batch: PlacedBatch, ids: Tensor): HeadTeacher | null {
    return this.setup.teacher?.consult(batch, ids) ?? null
  }

  /**
   * A copy of the student and the optimiser's state in ordinary memory.
   *
   * @throws LabError `loss-not-finite` when there is nothing in it to go on from
   */
  async checkpoint(): Promise<Checkpoint> {
    const { taken: step, lambda } = this
    const { parameters, firstMoment, secondMoment } = this.state
    // tfjs keeps what data() returned as its own copy, so it must not be handed out.
    const read = async (tensor: Tensor) => Float32Array.from((await tensor.data()) as Float32Array)
    const [p, m, v] = await Promise.all([read(parameters), read(firstMoment), read(secondMoment)])
    refuseUpdate(step, { parameters: p!, 'first moment': m!, 'second moment': v! }, this.setup.recipe)
    return { step, parameters: p!, firstMoment: m!, secondMoment: v!, lambda }
  }

  dispose(): void {
    tf.dispose([this.state.parameters, this.state.firstMoment, this.state.secondMoment, this.decay])
    tf.dispose(this.pending.map((step) => step.measured))
    this.pending = []
  }
}

/** The sum, with both parts given back. */
function addTo(sum: Tensor | undefined, part: Tensor): Tensor {
  if (!sum) return part
  const added = tf.add(sum, part)
  tf.dispose([sum, part])
  return added
}

import type { PlacedBatch } from '../dataset/row.ts'
import type { HeadTeacher, Operations, Trainable } from '../kernels/operations.ts'
import { gptForward, gptGradient, TABLE } from '../models/gpt.ts'
import { tokenRows } from '../models/packing.ts'
import type { GptConfig } from '../models/parameters.ts'
import { spanLoss } from '../objective/spanLoss.ts'
import type { SupervisedRows } from '../objective/weights.ts'
import type { Recipe } from '../recipe.ts'
import type { Teacher } from '../teacher/teacher.ts'
import type { BatchValues } from './evaluation.ts'
import type { PartSums } from './pendingSteps.ts'

/** Student and teacher over one batch of rows: forward and backward to train, forward to measure. */
export class Passes {
  /** @param on what they run on; the teacher is null where the text is it */
  constructor(
    private readonly on: { recipe: Recipe; operations: Operations; teacher: Teacher | null },
    private readonly config: GptConfig,
    private readonly trainable: Trainable,
  ) {}

  /** Adds the gradient of one micro-batch, with whatever weights its rows have. */
  differentiate(batch: PlacedBatch, supervised: SupervisedRows): PartSums {
    const { recipe, operations } = this.on
    const { gradients } = this.trainable
    return operations.scope(() => {
      // Ahead of the student's, so that its activations are gone by then.
      const teacher = this.consult(batch)
      const weights = this.trainable.weights()
      const table = weights.get(TABLE)!
      const into = { table: gradients.get(TABLE)! }
      const rows = operations.rows(tokenRows(batch))
      return gptGradient(
        operations,
        this.config,
        weights,
        rows,
        gradients,
        (hidden) => {
          const loss = spanLoss(operations, hidden, table, supervised, teacher, recipe.objective, into)
          const { hidden: gradient, squares } = loss.gradients!
          return { gradient, kept: { sums: loss.sums, squares } }
        },
        recipe.recompute,
      )
    })
  }

  /** All that a held-out line tells of one batch; gradients no further than to the last hidden states. */
  readonly measure = (batch: PlacedBatch, supervised: SupervisedRows): BatchValues => {
    const { operations, recipe } = this.on
    const teacher = this.consult(batch)
    const weights = this.trainable.weights()
    const table = weights.get(TABLE)!
    const hidden = gptForward(operations, this.config, weights, operations.rows(tokenRows(batch), false))
    const { objective } = recipe
    const into = { table: null }
    const loss = spanLoss(operations, hidden, table, supervised, teacher, objective, into, true)
    return { sums: loss.sums, squares: loss.gradients!.squares, rows: loss.rows! }
  }

  /** The batch with the labels that its teacher takes away or gives. */
  supervised(batch: PlacedBatch): PlacedBatch {
    return this.on.teacher?.supervised(batch) ?? batch
  }

  private consult(batch: PlacedBatch): HeadTeacher | null {
    return this.on.teacher?.consult(batch) ?? null
  }
}

import type { PlacedBatch } from '../dataset/row.ts'
import { type Tensor, tf } from '../device/tensorflow.ts'
import { LabError } from '../errors.ts'
import type { HeadTeacher, Operations, Packing } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import { gptForward } from '../models/gpt.ts'
import { packingOf } from '../models/packing.ts'
import { gptParameters, splitParameters, type Weights } from '../models/parameters.ts'

/** What a run asks of a teacher; the text as teacher needs no such thing and is simply null. */
export interface Teacher {
  /** The batch with only those tokens left to supervise that the teacher can speak of. */
  supervised(batch: PlacedBatch): PlacedBatch
  /**
   * What it says at each of the batch's N positions about the token behind; inside tf.tidy.
   *
   * @param ids [B, T] of the batch, on the device
   */
  consult(batch: PlacedBatch, ids: Tensor): HeadTeacher
  dispose(): void
}

/**
 * A model that runs beside the student on the same batch. Its hidden states are handed to the head, which makes its
 * logits chunk by chunk.
 */
export class ModelTeacher implements Teacher {
  private readonly weights: Weights

  constructor(
    private readonly operations: Operations,
    private readonly folder: StudentFolder,
  ) {
    const parts = tf.tidy(() =>
      Object.fromEntries(splitParameters(tf.tensor1d(folder.parameters), gptParameters(folder.config))),
    )
    this.weights = new Map(Object.entries(parts))
  }

  get contextLength(): number {
    return this.folder.config.contextLength
  }

  /** [V, D_teacher]: its tied head. */
  get table(): Tensor {
    return this.weights.get('transformer.wte.weight')!
  }

  supervised(batch: PlacedBatch): PlacedBatch {
    return batch
  }

  consult(batch: PlacedBatch, ids: Tensor): HeadTeacher {
    return { kind: 'model', hidden: this.hidden(ids, packingOf(batch)), table: this.table }
  }

  /**
   * ids [B, T] -> hidden states [B·T, D_teacher]; inside tf.tidy.
   *
   * @param packing where rows hold several sequences
   * @throws LabError `invalid-student` when the rows are longer than it can read
   */
  hidden(ids: Tensor, packing?: Packing): Tensor {
    const length = ids.shape[1]!
    const { contextLength } = this.folder.config
    if (length > contextLength) {
      throw new LabError(
        'invalid-student',
        `The teacher reads ${contextLength} tokens at most and the rows have ${length}: set data.contextLength to ${contextLength} or less.`,
      )
    }
    // Its activations are of no use to a backward pass, so they are gone before the student's begins.
    return tf.tidy(() => gptForward(this.operations, this.folder.config, this.weights, ids, packing).hidden)
  }

  dispose(): void {
    tf.dispose([...this.weights.values()])
  }
}

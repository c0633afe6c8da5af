import type { PlacedBatch } from '../dataset/row.ts'
import { LabError } from '../errors.ts'
import type { Frozen, HeadTeacher, Operations, TokenRows, Values } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import { gptForward, TABLE } from '../models/gpt.ts'
import { tokenRows } from '../models/packing.ts'
import { gptParameters } from '../models/parameters.ts'

/** What a run asks of a teacher; the text as teacher needs no such thing and is simply null. */
export interface Teacher {
  /** The batch with only those tokens left to supervise that the teacher can speak of. */
  supervised(batch: PlacedBatch): PlacedBatch
  /** What it says at each of the batch's N positions about the token behind; inside a scope. */
  consult(batch: PlacedBatch): HeadTeacher
  dispose(): void
}

/**
 * A model that runs beside the student on the same batch. Its hidden states are handed to the head, which makes its
 * logits chunk by chunk.
 */
export class ModelTeacher implements Teacher {
  private readonly frozen: Frozen

  /** @param half whether 16 bits are enough for each of its parameters */
  constructor(
    private readonly operations: Operations,
    private readonly folder: StudentFolder,
    half = false,
  ) {
    this.frozen = operations.frozen(gptParameters(folder.config), () => folder.parameters, half)
  }

  get contextLength(): number {
    return this.folder.config.contextLength
  }

  /** [V, D_teacher]: its tied head. */
  get table(): Values {
    return this.frozen.weights.get(TABLE)!
  }

  supervised(batch: PlacedBatch): PlacedBatch {
    return batch
  }

  consult(batch: PlacedBatch): HeadTeacher {
    return { kind: 'model', hidden: this.hidden(tokenRows(batch)), table: this.table }
  }

  /**
   * Its last hidden states [N, D_teacher].
   *
   * @throws LabError `invalid-student` when the rows are longer than it can read
   */
  hidden(tokens: TokenRows): Values {
    const { contextLength } = this.folder.config
    if (tokens.length > contextLength) {
      throw new LabError(
        'invalid-student',
        `The teacher reads ${contextLength} tokens at most and the rows have ${tokens.length}: set data.contextLength to ${contextLength} or less.`,
      )
    }
    const { operations, folder, frozen } = this
    return operations.scope(() =>
      gptForward(operations, folder.config, frozen.weights, operations.rows(tokens, false)),
    )
  }

  dispose(): void {
    this.frozen.dispose()
  }
}

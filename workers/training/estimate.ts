import type { Device } from '../device/device.ts'
import { chunkRows } from '../kernels/head/reference.ts'
import { type GptConfig, gptParameters, parameterCount } from '../models/parameters.ts'
import type { Recipe } from '../recipe.ts'

const FLOAT_BYTES = 4
/** Elements of one-hot rows; the embedding's own bound. */
const CHUNK = 1 << 22

export interface MemoryEstimate {
  parameters: number
  /** Live at the peak of a step. */
  totalBytes: number
  largestBufferBytes: number
}

/**
 * What a run will hold on the device with the reference operations, before anything is allocated. Counted per value of
 * - P: the state and the decay mask (4) are always there; the tensors that the student is split into (1) belong to a
 *   micro-batch, the gradients (1) to the step; AdamW makes 5 more on its way;
 * - N·D: a block keeps 12 until its backward is done (norms 2, qkv 3, attention 1, stream 2, expansion 4), or 1 where it
 *   is computed anew; 105 are there while GELU's tape is open, 44 while a teacher applies GELU;
 * - S, attention's scores: 10 while one block's tape is open and 20 N·D with them, with masks of the size of one head's, 4
 *   of a row's or, where rows are packed, 7 of all rows'; 5 in a teacher;
 * - a chunk of logits: see chunksOf; 3 where the embedding's gradient is made by one-hot rows.
 * The peak is that of the step's phases which needs most. Measured against allocation in estimate.test.ts. WebGPU keeps
 * freed buffers for reuse and so may hold more.
 *
 * @param rowLength T of the dataset's rows
 * @param vocabularySize V that the tokenizer reached
 * @param teacher the shape of a model teacher; null for the text
 */
export function estimateMemory(
  recipe: Recipe,
  rowLength: number,
  vocabularySize: number,
  teacher: GptConfig | null,
): MemoryEstimate {
  const { layers: L, width: D, heads: H } = recipe.student
  const B = recipe.batchRows / recipe.accumulate
  const N = B * rowLength
  const parameters = parameterCount(
    gptParameters({
      vocabularySize,
      contextLength: recipe.data.contextLength,
      layers: L,
      width: D,
      heads: H,
    }),
  )
  const stream = N * D
  const table = vocabularySize * D
  const scores = B * H * rowLength * rowLength
  const oneHot = Math.min(N * vocabularySize, Math.max(CHUNK, vocabularySize))
  const chunk = chunkRows(N, vocabularySize) * vocabularySize
  const square = rowLength * rowLength
  const { packing } = recipe.data

  /** Gradients of the micro-batches before. */
  const earlier = recipe.accumulate > 1 ? parameters : 0
  const kept = recipe.recompute ? L : 12 * L
  const inBlock = Math.max(105 * stream, 10 * scores + (packing ? 7 * B : 4) * square + 20 * stream)
  // The last block's backward has all that is kept, the first one's nearly all gradients.
  const last = (recipe.recompute ? kept + 12 : kept) * stream + Math.max(earlier, table)
  const first = 12 * stream + parameters
  const taught = teacher ? N * teacher.width : 0
  const phases = {
    teacher: teacher ? earlier + teacherForward(teacher, B, rowLength, packing) : 0,
    head:
      taught +
      parameters +
      earlier +
      (kept + 3) * stream +
      chunksOf(recipe, teacher !== null) * chunk +
      3 * table,
    backward: taught + parameters + Math.max(last, first) + inBlock,
    embedding: taught + 2 * parameters + 2 * stream + 3 * oneHot + 3 * table,
    optimiser: 5 * parameters,
  }
  const teacherParameters = teacher ? gptParameters(teacher) : []
  const elements = 4 * parameters + parameterCount(teacherParameters) + Math.max(...Object.values(phases))
  const largest = Math.max(
    parameters,
    ...teacherParameters.map(({ size }) => size),
    scores,
    teacher ? B * teacher.heads * rowLength * rowLength : 0,
    4 * Math.max(stream, taught),
    chunk,
  )
  return { parameters, totalBytes: elements * FLOAT_BYTES, largestBufferBytes: largest * FLOAT_BYTES }
}

/** What a teacher makes on the way to its hidden states, which it keeps nothing of but the stream. */
function teacherForward({ width, heads }: GptConfig, rows: number, length: number, packing: boolean): number {
  const stream = rows * length * width
  const square = length * length
  return Math.max(44 * stream, (5 * rows * heads + (packing ? 3 * rows : 1)) * square + 15 * stream)
}

/** Buffers of a chunk of logits that the head holds at its peak. */
function chunksOf({ objective, teacher }: Recipe, model: boolean): number {
  const { divergence, temperature, hardShare } = objective
  const text = teacher.kind === 'text'
  const sharp = divergence === 'cross-entropy' || (text && divergence === 'forward-kl')
  if (sharp) return text ? 7 : 10
  const warm = temperature === 1 ? 0 : 5
  const mixes = divergence === 'jsd' || divergence === 'skew-kl'
  // Over stored tokens, and the text as the one stored token, it scatters and masks.
  return (model && !mixes ? 11 + (hardShare > 0 ? 2 : 0) : 16) + warm
}

/** A sentence when the device cannot hold this run, with the number; nothing when it can. */
export function refuseTooLarge(estimate: MemoryEstimate, device: Device): string | undefined {
  const advice = 'choose fewer layers, a smaller width, fewer rows per batch or a shorter context'
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toPrecision(3)} GiB`
  const student = `This student of ${estimate.parameters.toLocaleString('en')} parameters`
  if (estimate.largestBufferBytes > device.maxBufferBytes) {
    return `${student} needs a single buffer of ${gigabytes(estimate.largestBufferBytes)}, but ${device.adapter} binds ${gigabytes(device.maxBufferBytes)} at most: ${advice}.`
  }
  if (estimate.totalBytes > device.maxTotalBytes) {
    return `${student} needs about ${gigabytes(estimate.totalBytes)} to train, but ${device.adapter} has ${gigabytes(device.maxTotalBytes)} at most: ${advice}.`
  }
  return undefined
}

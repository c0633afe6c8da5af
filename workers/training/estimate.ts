import type { Device } from '../device/device.ts'
import { type GptConfig, gptParameters, parameterCount } from '../models/parameters.ts'
import type { Recipe } from '../recipe.ts'

const FLOAT_BYTES = 4
/** Elements of a chunk of logits, or of one-hot rows; the head's own bound and the embedding's. */
const CHUNK = 1 << 22

export interface MemoryEstimate {
  parameters: number
  /** Live at the peak of a step. */
  totalBytes: number
  largestBufferBytes: number
}

/**
 * What a run will hold on the device with the reference operations, before anything is allocated. What a tf.tidy's
 * operations return stays until its end; a micro-batch is one, the update another. Counted per value of
 * - P: the state and the decay mask (4) are always there; the tensors that the student is split into (1), the gradients
 *   (1) and these joined (1) belong to a micro-batch, the sum of the joined ones (1) to the step where there are several;
 *   AdamW makes 7 more on its way;
 * - N·D: a block keeps 27 forward (norms 2, qkv and its bias 6, attention 1, projection 3, expansion 12, contraction 3)
 *   and 18 backward; attention's operands and their gradients, the embedding and the last norm make 29 once, and 63 are
 *   there while GELU's tape is open;
 * - S, attention's scores: 8 while one block's tape is open; where rows are packed 10, and 7 of the size of one head's;
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
  const scores = B * H * rowLength * rowLength
  const masks = recipe.data.packing ? 7 * B * rowLength * rowLength : 0
  const tape = recipe.data.packing ? 10 : 8
  const chunk = Math.min(N * vocabularySize, Math.max(CHUNK, vocabularySize))
  const table = vocabularySize * D
  const chunks = chunksOf(recipe, teacher !== null)

  const summed = recipe.accumulate > 1 ? parameters : 0
  const forward = 27 * N * L * D
  const backward = N * D * (45 * L + 29)
  const teacherParameters = teacher ? parameterCount(gptParameters(teacher)) : 0
  const teacherScores = teacher ? B * teacher.heads * rowLength * rowLength : 0
  const phases = {
    // The teacher's values in one vector, from which its tensors are cut.
    loading: teacherParameters,
    teacher: teacher
      ? summed + parameters + forward + 27 * N * teacher.layers * teacher.width + 5 * teacherScores + masks
      : 0,
    head: summed + parameters + forward + chunks * chunk + 3 * table,
    backward:
      summed + 2 * parameters + 2 * table + backward + Math.max(tape * scores + masks, 3 * chunk, 63 * N * D),
    joining: summed + 3 * parameters + 2 * table + backward,
    optimiser: 8 * parameters,
  }
  const resident = 4 * parameters + teacherParameters
  const elements = resident + Math.max(...Object.values(phases))
  const expanded = 4 * N * Math.max(D, teacher?.width ?? 0)
  const largest = Math.max(parameters, teacherParameters, scores, teacherScores, expanded, chunk)
  return { parameters, totalBytes: elements * FLOAT_BYTES, largestBufferBytes: largest * FLOAT_BYTES }
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

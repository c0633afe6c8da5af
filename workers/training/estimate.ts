import type { Device } from '../device/device.ts'
import { gptParameters, parameterCount } from '../models/parameters.ts'
import type { Recipe } from '../recipe.ts'

const FLOAT_BYTES = 4
/** Logits alive at a time, in elements; the head's own bound. */
const HEAD_CHUNK = 1 << 22

export interface MemoryEstimate {
  parameters: number
  /** Live at the peak of a step. */
  totalBytes: number
  largestBufferBytes: number
}

/**
 * What a run will hold on the device with the reference operations, before anything is allocated.
 *
 * @param rowLength T of the dataset's rows
 * @param vocabularySize V that the tokenizer reached
 * @param teacherParameters values of a model teacher, 0 for the text
 */
export function estimateMemory(
  recipe: Recipe,
  rowLength: number,
  vocabularySize: number,
  teacherParameters: number,
): MemoryEstimate {
  const { layers: L, width: D, heads: H } = recipe.student
  const B = recipe.batchRows
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
  const logits = Math.min(N * vocabularySize, Math.max(HEAD_CHUNK, vocabularySize))
  // Per layer 16 D of activations forward and 18 D of their gradients; the optimiser's old and new state, the split
  // copies and the gradients make 13 values a parameter; attention's and the head's tapes come and go.
  const elements = 13 * parameters + teacherParameters + N * L * 34 * D + Math.max(6 * scores, 8 * logits)
  const largest = Math.max(parameters, scores, 4 * N * D, 3 * N * D, logits)
  return { parameters, totalBytes: elements * FLOAT_BYTES, largestBufferBytes: largest * FLOAT_BYTES }
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

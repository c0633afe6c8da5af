import { z } from 'zod'

/**
 * A capture: a teacher's log-probabilities of whole trajectories, in one file. Numbers are little-endian.
 *
 *     8 bytes     "SADLOGP1"
 *     uint32      H, the length of the header
 *     uint32      0
 *     H bytes     header: JSON, blanks behind it
 *     then for each trajectory, n being its tokens with end-of-text as the last
 *     32 bytes    SHA-256 of its text in UTF-8
 *     uint32      n
 *     n           ids of the teacher's tokens: uint16 where the vocabulary has 65536 at most, else uint32
 *     n − 1       log-probabilities of the tokens from the second on: float16
 *     (n − 1) k   ids of the k likeliest in their places, the likeliest first: as above
 *     (n − 1) k   their log-probabilities: float16
 *
 * What is missing to 1 is the mass of all tokens that are not listed.
 */
export const MAGIC = 'SADLOGP1'
export const PREAMBLE = 16
export const HASH_BYTES = 32
export const HeaderSchema = z.strictObject({
  format: z.literal('structured-agent-distillation-lab log-probabilities'),
  /** The name under which the teacher was loaded. */
  model: z.string(),
  /** Likeliest tokens per position. */
  k: z.int().min(1),
  trajectories: z.int().min(0),
  tokens: z.int().min(0),
  /** The teacher's tokenizer.json. */
  tokenizer: z.unknown(),
})
export type CaptureHeader = z.output<typeof HeaderSchema>

/** What captures are kept in: a `FileSystemSyncAccessHandle` is one. */
export interface RandomFile {
  read(into: Uint8Array, options: { at: number }): number
  write(from: Uint8Array, options: { at: number }): number
  getSize(): number
  close(): void
}

/** What a teacher thought of one trajectory. */
export interface CapturedTrajectory {
  /** [n] the teacher's ids, end-of-text the last. */
  ids: Int32Array
  /** [n − 1] of the tokens from the second on. */
  written: Float32Array
  /** [n − 1, k] */
  topIds: Int32Array
  /** [n − 1, k] */
  top: Float32Array
}

/** Bytes that a token takes. */
export function bytesPerToken(k: number, vocabularySize: number): number {
  return (k + 1) * (idBytes(vocabularySize) + 2)
}

/** Bytes that an id takes. */
export function idBytes(vocabularySize: number): number {
  return vocabularySize <= 2 ** 16 ? 2 : 4
}

/** Bytes that a trajectory of n tokens takes. */
export function entryBytes(n: number, k: number, width: number): number {
  return HASH_BYTES + 4 + n * width + (n - 1) * 2 + (n - 1) * k * (width + 2)
}

/**
 * What went wrong, in a form a program can branch on. The person reads the message.
 */
export type LabErrorCode =
  | 'empty-file'
  | 'binary-file'
  | 'file-too-large'
  | 'wrong-encoding'
  | 'broken-record'
  | 'no-trajectory'
  | 'fetch-failed'
  | 'invalid-recipe'
  | 'invalid-student'
  | 'invalid-teacher'
  | 'tokenizer-mismatch'
  | 'student-too-large'
  | 'no-training-rows'
  | 'no-backend'
  | 'device-lost'
  | 'gpu-error'
  | 'loss-not-finite'
  | 'not-now'
  | 'usage'

/**
 * The one error class of the lab. Its message is one sentence that names what is wrong, where (file, trajectory,
 * line or recipe key) and what to do about it; it is shown to the person as it stands.
 */
export class LabError extends Error {
  override readonly name = 'LabError'

  constructor(
    readonly code: LabErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The message of anything thrown, for places that show it to a person. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

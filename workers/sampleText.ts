import { tf } from './device/tensorflow.ts'
import { LabError } from './errors.ts'
import type { Operations } from './kernels/operations.ts'
import { generate } from './models/generate.ts'
import { gptParameters, splitParameters } from './models/parameters.ts'
import type { GenerateOptions } from './protocol.ts'
import type { TrainedStudent } from './training/run.ts'

/**
 * What a student writes after a prompt.
 *
 * @param onText hears all that is written so far, with every token
 * @throws LabError `not-now` for an empty prompt
 */
export async function sampleText(
  { config, checkpoint, tokenizer }: TrainedStudent,
  operations: Operations,
  prompt: string,
  options: GenerateOptions,
  onText: (text: string) => void,
): Promise<string> {
  const { ids } = tokenizer.encode(prompt)
  if (ids.length === 0)
    throw new LabError('not-now', 'The prompt is empty: write something for the student to continue.')
  const parts = tf.tidy(() =>
    Object.fromEntries(splitParameters(tf.tensor1d(checkpoint.parameters), gptParameters(config))),
  )
  const written: number[] = []
  const { endOfTextId, vocabularySize } = tokenizer
  try {
    const weights = new Map(Object.entries(parts))
    await generate(operations, config, weights, ids, { ...options, endOfTextId, vocabularySize }, (id) => {
      written.push(id)
      onText(tokenizer.decode(written))
      return true
    })
  } finally {
    tf.dispose(parts)
  }
  return tokenizer.decode(written)
}

import { LabError } from './errors.ts'
import type { Operations } from './kernels/operations.ts'
import { generate } from './models/generate.ts'
import { gptParameters } from './models/parameters.ts'
import { modelOn } from './models/textModel.ts'
import { WrittenText } from './models/writtenText.ts'
import type { GenerateOptions } from './protocol.ts'
import type { KeptStudent } from './training/run.ts'

/**
 * What a student writes after a prompt.
 *
 * @param onText hears with every token all of the text so far that will stay, and the whole at the end
 * @throws LabError `not-now` for an empty prompt
 */
export async function sampleText(
  { config, checkpoint, tokenizer }: KeptStudent,
  operations: Operations,
  prompt: string,
  options: GenerateOptions,
  onText: (text: string) => void,
): Promise<string> {
  const { ids } = tokenizer.encode(prompt)
  if (ids.length === 0)
    throw new LabError('not-now', 'The prompt is empty: write something for the student to continue.')
  const { endOfTextId, vocabularySize } = tokenizer
  const { stop, ...rest } = options
  const written = new WrittenText(tokenizer, stop)
  const student = operations.frozen(gptParameters(config), () => checkpoint.parameters)
  try {
    const model = modelOn(operations, config, () => student.weights)
    await generate(model, ids, { ...rest, endOfTextId, vocabularySize }, (id) => {
      const hasEnded = written.add(id)
      onText(written.text)
      return !hasEnded
    })
  } finally {
    student.dispose()
  }
  const text = written.finish()
  onText(text)
  return text
}

import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { parseRecipe } from '../../../workers/recipe.ts'
import { tokenizerFor } from '../../../workers/training/material.ts'
import { Run } from '../../../workers/training/run.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

/**
 * A student that knows what household transcripts look like and little more, so that its turns are of every kind.
 *
 * @param contextLength tokens; a household's task has about 150
 */
export async function tinyFolder(contextLength: number): Promise<StudentFolder> {
  const device = await openForTest('wasm')
  const trajectories = household(24)
  const recipe = parseRecipe({
    steps: 40,
    batchRows: 2,
    evaluateEvery: 40,
    data: { contextLength, heldOut: 0.1 },
    tokenizer: { kind: 'train-bpe', vocabularySize: 400 },
    student: { layers: 1, width: 16, heads: 2 },
    objective: { arm: 'imitation' },
    optimiser: { learningRate: 0.02, warmupSteps: 2 },
  })
  const tokenizer = tokenizerFor(recipe, trajectories, null)
  const run = new Run(
    { recipe, trajectories, teacher: null, tokenizer },
    { state: () => {}, metrics: () => {} },
  )
  const { end } = await run.start(device, reference)
  await end
  const { config, checkpoint } = run.student!
  return { config, parameters: checkpoint.parameters, tokenizer: tokenizer.toJSON() }
}

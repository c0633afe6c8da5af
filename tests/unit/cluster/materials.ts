import { DEFAULT_PLAN } from '../../../workers/cluster/commands.ts'
import { type PackOptions, packRun } from '../../../workers/cluster/runZip.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { Capture } from '../../../workers/teacher/capture.ts'
import { CaptureWriter } from '../../../workers/teacher/captureWriter.ts'
import { MemoryFile } from '../../../workers/teacher/memoryFile.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { contentHash } from '../../../workers/trajectories/contentHash.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { household } from '../household.ts'

/** Runs of every kind of teacher, small enough to be packed in a moment. */

const SMALL: RecipeInput = {
  steps: 6,
  batchRows: 4,
  evaluateEvery: 3,
  data: { contextLength: 64, heldOut: 0.25 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { warmupSteps: 0, learningRate: 0.01 },
}

export function textMaterial(
  recipe: RecipeInput = {},
  trajectories: Trajectory[] = household(8),
): RunMaterial {
  const parsed = parseRecipe({ ...SMALL, ...recipe })
  return { recipe: parsed, trajectories, teacher: null, tokenizer: tokenizerFor(parsed, trajectories, null) }
}

/** A model as teacher whose vocabulary is padded by two ids. */
export function modelMaterial(): RunMaterial {
  const trajectories = household(8)
  const tokenizer = trainBpe(
    trajectories.map(({ text }) => text),
    300,
  )
  const config = { vocabularySize: 302, contextLength: 64, layers: 1, width: 24, heads: 2 }
  const parameters = initialParameters(gptParameters(config), 5)
  const teacher: StudentFolder = { config, parameters, tokenizer: tokenizer.toJSON() }
  const recipe = parseRecipe({
    ...SMALL,
    tokenizer: { kind: 'teacher' },
    teacher: { kind: 'model', source: 'the teacher' },
  })
  return { recipe, trajectories, teacher, tokenizer }
}

/** A capture as teacher. */
export function captureMaterial(): RunMaterial {
  const trajectories = household(3)
  const tokenizer = trainBpe(
    trajectories.map(({ text }) => text),
    300,
  )
  const file = new MemoryFile()
  const writer = new CaptureWriter(file, 'big', 1, tokenizer)
  for (const { text } of trajectories) {
    const encoded = tokenizer.encode(text).ids
    const ids = Int32Array.of(...encoded, tokenizer.endOfTextId)
    const written = new Float32Array(encoded.length).fill(-0.5)
    writer.add(contentHash(text), { ids, written, topIds: ids.slice(1), top: written })
  }
  writer.finish()
  const recipe = parseRecipe({
    ...SMALL,
    tokenizer: { kind: 'teacher' },
    teacher: { kind: 'stored', source: 'big' },
  })
  return { recipe, trajectories, teacher: null, capture: Capture.open(file, 'big'), tokenizer }
}

/** Log-probabilities that came with one of two trajectories. */
export function filesMaterial(): RunMaterial {
  const [first, second] = household(2) as [Trajectory, Trajectory]
  const { start, end } = first.spans.find(({ kind }) => kind === 'reason')!
  const written = { token: first.text.slice(start, end), logprob: -0.25 }
  // One token of the teacher's over several of the student's, with an alternative that begins otherwise.
  const logprobs = [{ start, end, logprob: -0.25, top: [written, { token: 'zebra', logprob: -2.5 }] }]
  const trajectories = [{ ...first, logprobs }, second]
  return textMaterial({ teacher: { kind: 'stored', source: 'trajectories' } }, trajectories)
}

/** The bytes of a RUN.zip. */
export async function packed(material: RunMaterial, options: Partial<PackOptions> = {}): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  await packRun(material, { plan: DEFAULT_PLAN, teacherLeftOut: false, ...options }, (part) =>
    parts.push(part.slice()),
  )
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer())
}

import { sortsByDifficulty } from '../dataset/curriculum.ts'
import { buildDataset, type Dataset } from '../dataset/dataset.ts'
import type { DatasetReport } from '../dataset/row.ts'
import { charactersOf, spread } from '../dataset/spread.ts'
import type { Device } from '../device/device.ts'
import { LabError } from '../errors.ts'
import type { Operations } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { Recipe } from '../recipe.ts'
import { teacherTokenizer } from '../teacher/shelf.ts'
import { ModelTeacher } from '../teacher/teacher.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { trainBpe } from '../tokenizer/train.ts'
import { each, type TrajectorySet } from '../trajectories/trajectory.ts'
import { estimateMemory, refuseTooLarge } from './estimate.ts'
import { teacherEntropies } from './teacherEntropies.ts'
import { type Checkpoint, Trainer } from './trainer.ts'

/** Characters that a tokenizer learns from; more of the same texts change little. */
const TOKENIZER_CHARACTERS = 8 * 2 ** 20
/** Characters that a run trains on: their tokens stay in memory, some three hundred megabytes. */
const TRAINING_CHARACTERS = 64 * 2 ** 20
/** Characters that an outlook looks at; it is worked out anew with every change of the recipe. */
const OUTLOOK_CHARACTERS = 2 ** 20

/** What a run is made of, before a device is involved. */
export interface RunMaterial {
  recipe: Recipe
  trajectories: TrajectorySet
  tokenizer: Tokenizer
  /** The folder of a model teacher; null where the text is the teacher. */
  teacher: StudentFolder | null
  /** `corrections.json` for what was corrected by hand in the trajectories, if anything was; it travels with the run. */
  corrections?: string
}

/**
 * The tokenizer that a recipe names: trained on the texts (of very many, on some spread evenly), or the teacher's own.
 *
 * @throws LabError `tokenizer-mismatch` when a teacher's tokenizer has ids beyond its model's vocabulary
 */
export function tokenizerFor(
  recipe: Recipe,
  trajectories: TrajectorySet,
  teacher: StudentFolder | null,
): Tokenizer {
  if (recipe.tokenizer.kind === 'train-bpe') {
    if (trajectories.length === 0) {
      throw new LabError(
        'no-training-rows',
        'No trajectories are loaded to train a tokenizer on: add files or the demo first.',
      )
    }
    return trainBpe(textsOf(spread(trajectories, TOKENIZER_CHARACTERS)), recipe.tokenizer.vocabularySize)
  }
  return teacherTokenizer(teacher!, 'The teacher')
}

function* textsOf(trajectories: TrajectorySet): Iterable<string> {
  for (const { text } of each(trajectories)) yield text
}

/** The vocabulary of the student: that of its tokenizer, or the teacher's width where that is padded. */
export function vocabularyOf({ tokenizer, teacher }: RunMaterial): number {
  return teacher?.config.vocabularySize ?? tokenizer.vocabularySize
}

export interface RunOutlook {
  parameters: number
  vocabularySize: number
  memoryBytes: number
  /** Of many trajectories the counts are estimated from some that are spread evenly. */
  dataset: DatasetReport
  /** How many trajectories were looked at, where that was not all. */
  sampled?: number
  /** Trajectories that a run leaves out, evenly spread, since their tokens would not fit into memory. */
  leftOut: number
  /** Why this device cannot hold it; a sentence. */
  refusal?: string
}

/** What a run will cost and train on; whether it fits is known only with a device. */
export function outlook(material: RunMaterial, device: Device | null): RunOutlook {
  const { recipe, teacher } = material
  const all = spread(material.trajectories, TRAINING_CHARACTERS)
  const sample = spread(all, OUTLOOK_CHARACTERS)
  const dataset = buildDataset(sample, material.tokenizer, recipe)
  const vocabularySize = vocabularyOf(material)
  const memory = estimateMemory(recipe, dataset.rowLength, vocabularySize, teacher?.config ?? null)
  const factor = charactersOf(all) / Math.max(1, charactersOf(sample))
  return {
    parameters: memory.parameters,
    vocabularySize,
    memoryBytes: memory.totalBytes,
    dataset: sample === all ? dataset.report : scaled(dataset.report, all.length, factor),
    sampled: sample === all ? undefined : sample.length,
    leftOut: material.trajectories.length - all.length,
    refusal: device ? refuseTooLarge(memory, device) : undefined,
  }
}

function scaled(report: DatasetReport, trajectories: number, factor: number): DatasetReport {
  const times = (count: number) => Math.round(count * factor)
  return {
    trajectories,
    heldOutTrajectories: times(report.heldOutTrajectories),
    rows: times(report.rows),
    heldOutRows: times(report.heldOutRows),
    mixedRows: times(report.mixedRows),
    tokens: Object.fromEntries(
      Object.entries(report.tokens).map(([kind, count]) => [kind, times(count)]),
    ) as DatasetReport['tokens'],
    emptyMaskRows: times(report.emptyMaskRows),
    weightlessRows: times(report.weightlessRows),
    unknownOutcomes: times(report.unknownOutcomes),
    cappedTokens: times(report.cappedTokens),
    truncatedSteps: times(report.truncatedSteps),
    shortenedPrompts: times(report.shortenedPrompts),
  }
}

export interface PreparedRun {
  trainer: Trainer
  dataset: Dataset
  dispose(): void
}

/**
 * Puts teacher and student on the device and the rows in order.
 *
 * @param checkpoint to go on from
 * @throws LabError `student-too-large` before anything is allocated, `no-training-rows`
 */
export async function prepareRun(
  material: RunMaterial,
  device: Device,
  operations: Operations,
  checkpoint?: Checkpoint,
): Promise<PreparedRun> {
  const { recipe, tokenizer } = material
  const trajectories = spread(material.trajectories, TRAINING_CHARACTERS)
  let dataset = buildDataset(trajectories, tokenizer, recipe)
  const vocabularySize = vocabularyOf(material)
  const memory = estimateMemory(recipe, dataset.rowLength, vocabularySize, material.teacher?.config ?? null)
  const refusal = refuseTooLarge(memory, device)
  if (refusal) throw new LabError('student-too-large', refusal)

  const teacher = material.teacher && new ModelTeacher(operations, material.teacher)
  try {
    if (teacher && recipe.curriculum.gamma > 0 && sortsByDifficulty(recipe.curriculum.order)) {
      const entropies = await teacherEntropies(operations, teacher, dataset, trajectories.length, recipe)
      dataset = buildDataset(trajectories, tokenizer, recipe, entropies)
    }
    const trainer = new Trainer({ recipe, dataset, vocabularySize, operations, teacher, checkpoint })
    return {
      trainer,
      dataset,
      dispose: () => {
        trainer.dispose()
        teacher?.dispose()
      },
    }
  } catch (error) {
    teacher?.dispose()
    throw error
  }
}

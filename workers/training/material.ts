import { spread } from '../dataset/spread.ts'
import { LabError } from '../errors.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { GptConfig } from '../models/parameters.ts'
import type { Recipe } from '../recipe.ts'
import type { Capture } from '../teacher/capture.ts'
import { teacherTokenizer } from '../teacher/shelf.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { trainBpe } from '../tokenizer/train.ts'
import { each, type TrajectorySet } from '../trajectories/trajectory.ts'

/** Characters that a tokenizer learns from at least, and for each of its tokens; more of the same change little. */
const TOKENIZER_CHARACTERS = { least: 2 ** 21, perToken: 512 }
/** Characters that a run trains on: their tokens stay in memory, some three hundred megabytes. */
const TRAINING_CHARACTERS = 64 * 2 ** 20

/** What a run is made of, before a device is involved. */
export interface RunMaterial {
  recipe: Recipe
  trajectories: TrajectorySet
  tokenizer: Tokenizer
  /** The folder of a model teacher; null where the recipe names none. */
  teacher: StudentFolder | null
  /** The capture that the recipe names, if it names one. */
  capture?: Capture | null
  /** `corrections.json` for what was corrected by hand in the trajectories, if anything was; it travels with the run. */
  corrections?: string
}

/**
 * The tokenizer that a recipe names: trained on the texts (of very many, on some spread evenly), or that of the teacher,
 * be it a model or a capture of one.
 *
 * @throws LabError `tokenizer-mismatch` when a teacher's tokenizer has ids beyond its model's vocabulary
 */
export function tokenizerFor(
  recipe: Recipe,
  trajectories: TrajectorySet,
  teacher: StudentFolder | null,
  capture?: Capture | null,
): Tokenizer {
  if (recipe.tokenizer.kind === 'train-bpe') {
    if (trajectories.length === 0) {
      throw new LabError(
        'no-training-rows',
        'No trajectories are loaded to train a tokenizer on: add files or the demo first.',
      )
    }
    const { vocabularySize } = recipe.tokenizer
    const { least, perToken } = TOKENIZER_CHARACTERS
    return trainBpe(textsOf(spread(trajectories, Math.max(least, vocabularySize * perToken))), vocabularySize)
  }
  return capture ? capture.tokenizer : teacherTokenizer(teacher!, 'The teacher')
}

function* textsOf(trajectories: TrajectorySet): Iterable<string> {
  for (const { text } of each(trajectories)) yield text
}

/** The vocabulary of the student: that of its tokenizer, or the width of a teacher beside it where that is padded. */
export function vocabularyOf(material: RunMaterial): number {
  return besideOf(material)?.vocabularySize ?? material.tokenizer.vocabularySize
}

/** The shape of a model that runs beside the student; null for any other teacher. */
export function besideOf({ recipe, teacher }: RunMaterial): GptConfig | null {
  return recipe.tokenizer.kind === 'teacher' && teacher ? teacher.config : null
}

/** The trajectories that a run trains on: all, or of very many some spread evenly. */
export function trainedOn({ trajectories }: RunMaterial): TrajectorySet {
  return spread(trajectories, TRAINING_CHARACTERS)
}

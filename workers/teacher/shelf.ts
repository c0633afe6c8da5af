import { LabError } from '../errors.ts'
import type { StudentFolder } from '../models/folder.ts'
import { gptParameters, parameterCount } from '../models/parameters.ts'
import type { Recipe } from '../recipe.ts'
import { tokenizerFromJSON } from '../tokenizer/json.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { builtInName } from './builtIn.ts'

export interface TeacherSummary {
  name: string
  parameters: number
  layers: number
  width: number
  heads: number
  contextLength: number
  vocabularySize: number
}

/** The model teachers that a recipe can name. They lie in ordinary memory; a run puts its own on the device. */
export class TeacherShelf {
  private readonly folders = new Map<string, StudentFolder>()

  /**
   * Keeps a folder under a name, in the place of an earlier one of that name.
   *
   * @throws LabError when its tokenizer cannot be used: here, and not at the start of a run
   */
  keep(name: string, folder: StudentFolder): TeacherSummary {
    teacherTokenizer(folder, name)
    this.folders.set(name, folder)
    return summarise(name, folder)
  }

  summaries(): TeacherSummary[] {
    return [...this.folders].map(([name, folder]) => summarise(name, folder))
  }

  /**
   * The folder of the model that a recipe names; null where its teacher is none.
   *
   * @throws LabError `invalid-recipe` when it is not here
   */
  of({ teacher }: Recipe): StudentFolder | null {
    if (teacher.kind !== 'model') return null
    const { source } = teacher
    return this.found(
      source,
      `The recipe's teacher "${source}" is not loaded: load its student folder, or set teacher.kind to "text".`,
    )
  }

  /** @throws LabError `invalid-recipe` when it is not here */
  named(name: string): StudentFolder {
    return this.found(name, `The teacher "${name}" is not loaded: load its student folder under that name.`)
  }

  /** @param missing what is said where it is not here, unless it comes with the lab */
  private found(name: string, missing: string): StudentFolder {
    const folder = this.folders.get(name)
    if (folder) return folder
    const builtIn = builtInName(name)
    if (builtIn !== null) {
      throw new LabError(
        'invalid-recipe',
        `The built-in teacher "${builtIn}" is not loaded yet: load it from the list of those that come with the lab.`,
      )
    }
    throw new LabError('invalid-recipe', missing)
  }
}

function summarise(name: string, { config }: StudentFolder): TeacherSummary {
  return { name, parameters: parameterCount(gptParameters(config)), ...config }
}

/**
 * The tokenizer in a teacher's folder.
 *
 * @param where the folder's name, for messages
 * @throws LabError `invalid-student` when it cannot be used, `tokenizer-mismatch` when it is of another model
 */
export function teacherTokenizer(teacher: StudentFolder, where: string): Tokenizer {
  const tokenizer = tokenizerFromJSON(teacher.tokenizer, `${where}: tokenizer.json`)
  if (tokenizer.vocabularySize > teacher.config.vocabularySize) {
    throw new LabError(
      'tokenizer-mismatch',
      `${where}: tokenizer.json has ${tokenizer.vocabularySize} ids but config.json only ${teacher.config.vocabularySize}: these files do not belong together.`,
    )
  }
  return tokenizer
}

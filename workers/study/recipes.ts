import { isRecord } from '../isRecord.ts'
import type { StudyCell } from './cells.ts'
import type { RecipePatch, Study, StudyWorld } from './study.ts'

/** A patch, and the key of the study where it stands. */
export interface Layer {
  path: string
  patch: RecipePatch
}

/** What the study says of a cell's recipe, each layer laid over the ones before it. */
export function layersOf(study: Study, cell: StudyCell, chosen?: number): Layer[] {
  const at = study.worlds.findIndex(({ environment }) => environment === cell.environment)
  const world = study.worlds[at]!
  const arm = study.arms[cell.arm]!
  const candidate = cell.candidate ?? chosen
  return [
    { path: `worlds.${at}.teacher`, patch: teacherOf(world) },
    { path: 'recipe', patch: study.recipe },
    { path: `worlds.${at}.recipe`, patch: world.recipe ?? {} },
    { path: `arms.${cell.arm}.recipe`, patch: arm.recipe },
    ...(candidate === undefined
      ? []
      : [{ path: `arms.${cell.arm}.choose.${candidate}`, patch: arm.choose![candidate]! }]),
    { path: `students.${cell.student}`, patch: { student: study.students[cell.student]! } },
    { path: 'seeds', patch: { seed: cell.seed } },
  ]
}

/** The world's teacher runs beside the student, which reads its tokens; a patch may say otherwise. */
function teacherOf({ teacher }: StudyWorld): RecipePatch {
  return { teacher: { kind: 'model', source: teacher }, tokenizer: { kind: 'teacher' } }
}

/**
 * The recipe of a cell as a person would write it.
 *
 * @param contextLength tokens that the teacher reads, and the student where no patch says otherwise
 * @param chosen the candidate of its arm, where there are some
 */
export function recipeOf(
  study: Study,
  cell: StudyCell,
  contextLength: number | undefined,
  chosen?: number,
): RecipePatch {
  const own: RecipePatch = contextLength === undefined ? {} : { data: { contextLength } }
  return layersOf(study, cell, chosen).reduce((recipe, { patch }) => patched(recipe, patch), own)
}

/** A JSON object with another laid over it: objects are merged, but for those of another `kind`; all else is replaced. */
export function patched<T extends object>(base: T, patch: object): T {
  const merged = { ...base } as Record<string, unknown>
  for (const [key, value] of Object.entries(patch)) {
    const before = merged[key]
    const same =
      isRecord(before) && isRecord(value) && (value.kind === undefined || value.kind === before.kind)
    merged[key] = same ? patched(before, value) : value
  }
  return merged as T
}

import type { Dataset } from '../dataset/dataset.ts'
import { LabError, messageOf } from '../errors.ts'
import type { HeadTeacher, Operations, Rehearsal } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import { DEFAULT_K } from '../teacher/captureTeacher.ts'
import { ModelTeacher, type Teacher } from '../teacher/teacher.ts'
import { estimateMemory, type MemoryEstimate, refuseTooLarge } from './estimate.ts'
import { besideOf, type RunMaterial, vocabularyOf } from './material.ts'
import type { CheckedDevice } from './openChecked.ts'
import { Trainer, type TrainerSetup } from './trainer.ts'

/** Who teaches in a rehearsal, as far as it matters to memory and kernels. */
export type RehearsedTeacher =
  | { kind: 'text' }
  | { kind: 'model'; folder: StudentFolder; half: boolean }
  /** @param k log-probabilities that are stored for each position */
  | { kind: 'stored'; k: number }

/**
 * A run's step and its measuring of held-out rows, done without a device: what they take of its memory, and which kernels
 * they need. What the student writes by itself is left out.
 *
 * @returns null where the operations know nothing beforehand
 * @throws LabError `student-too-large` when an array of it is more than the device takes at once
 */
export function rehearseRun(
  operations: Operations,
  setup: Pick<TrainerSetup, 'recipe' | 'dataset' | 'vocabularySize'>,
  teacher: RehearsedTeacher,
): Rehearsal | null {
  return operations.rehearse((dry) => {
    new Trainer({ ...setup, operations: dry, teacher: standIn(dry, teacher) }).rehearse()
  })
}

function standIn(dry: Operations, teacher: RehearsedTeacher): Teacher | null {
  if (teacher.kind === 'text') return null
  if (teacher.kind === 'model') return new ModelTeacher(dry, teacher.folder, teacher.half)
  const { k } = teacher
  return {
    supervised: (batch) => batch,
    consult: ({ rows, length }): HeadTeacher => ({
      kind: 'stored',
      k,
      ids: new Int32Array(rows * length * k),
      logProbabilities: new Float32Array(rows * length * k),
    }),
    dispose() {},
  }
}

/** @param k log-probabilities for each position of a teacher that does not run beside the student */
export function rehearsedTeacher(material: RunMaterial, k: number | undefined): RehearsedTeacher {
  const { recipe, teacher: folder } = material
  if (folder && besideOf(material)) {
    return { kind: 'model', folder, half: recipe.teacher.kind === 'model' && recipe.teacher.halfPrecision }
  }
  return recipe.teacher.kind === 'text' ? { kind: 'text' } : { kind: 'stored', k: k ?? DEFAULT_K }
}

/** What a run will hold, and why the device cannot: found by a rehearsal where there can be one, else by formula. */
export function foreseen(
  material: RunMaterial,
  dataset: Dataset,
  opened: Pick<CheckedDevice, 'device' | 'operations'> | null,
  teacher: RehearsedTeacher,
): MemoryEstimate & { refusal?: string; compile?: Rehearsal['compile'] } {
  const { recipe } = material
  const vocabularySize = vocabularyOf(material)
  const formula = estimateMemory(recipe, dataset.rowLength, vocabularySize, besideOf(material))
  if (!opened) return formula
  try {
    const rehearsal = rehearseRun(opened.operations, { recipe, dataset, vocabularySize }, teacher)
    if (!rehearsal) return { ...formula, refusal: refuseTooLarge(formula, opened.device) }
    const { peakBytes: totalBytes, largestBindingBytes: largestBufferBytes, compile } = rehearsal
    const memory = { parameters: formula.parameters, totalBytes, largestBufferBytes }
    return { ...memory, compile, refusal: refuseTooLarge(memory, opened.device) }
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    return { ...formula, refusal: messageOf(error) }
  }
}

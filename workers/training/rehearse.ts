import type { HeadTeacher, Operations, Rehearsal } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import { ModelTeacher, type Teacher } from '../teacher/teacher.ts'
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

import { FILES } from '../contradictions.ts'
import { LabError } from '../errors.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { Recipe } from '../recipe.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { requireSameVocabulary } from '../tokenizer/vocabulary.ts'
import type { TrajectorySet } from '../trajectories/trajectory.ts'
import type { Capture } from './capture.ts'
import { bytesPerToken } from './captureFormat.ts'
import { DEFAULT_K } from './captureTeacher.ts'
import { reportTargets, type TargetReport } from './report.ts'
import { teacherTokenizer } from './shelf.ts'
import { captureTargets, fileTargets, foreseenTargets } from './sources.ts'
import type { TargetSource } from './targets.ts'

/** What a recipe's teacher is made of. */
export interface TeacherMaterial {
  recipe: Recipe
  /** The student's. */
  tokenizer: Tokenizer
  /** The folder of a model teacher; null where none is named. */
  teacher: StudentFolder | null
  /** The capture that the recipe names, if it names one. */
  capture?: Capture | null
}

/** How a teacher speaks in a run. */
export type Signal =
  /** By the recorded tokens. */
  | { kind: 'text' }
  /** Beside the student, on the same batch and the same ids. */
  | { kind: 'beside'; folder: StudentFolder; half: boolean }
  /** By what is already written down. */
  | { kind: 'stored'; source: TargetSource }
  /** By what will be written down of it before the run, as its tokens are not the student's. */
  | { kind: 'captured-first'; folder: StudentFolder; name: string; k: number; half: boolean }

/**
 * @param trajectories of the run: targets are asked for by their index in these
 * @throws LabError `tokenizer-mismatch` where a student that is to have the teacher's tokenizer has another
 */
export function signalOf(material: TeacherMaterial, trajectories: TrajectorySet): Signal {
  const { recipe, tokenizer, teacher: folder, capture } = material
  const { teacher } = recipe
  switch (teacher.kind) {
    case 'text':
      return { kind: 'text' }
    case 'model':
      if (recipe.tokenizer.kind === 'train-bpe') {
        return {
          kind: 'captured-first',
          folder: folder!,
          name: teacher.source,
          k: teacher.k ?? DEFAULT_K,
          half: teacher.halfPrecision,
        }
      }
      requireSameVocabulary(tokenizer, teacherTokenizer(folder!, teacher.source), teacher.source)
      return { kind: 'beside', folder: folder!, half: teacher.halfPrecision }
    case 'stored':
      if (teacher.source === FILES) return { kind: 'stored', source: fileTargets(trajectories, tokenizer) }
      if (recipe.tokenizer.kind === 'teacher')
        requireSameVocabulary(tokenizer, capture!.tokenizer, teacher.source)
      return { kind: 'stored', source: captureTargets(capture!, trajectories, tokenizer) }
  }
}

/** What can be told of a teacher that does not run beside the student, before the run. */
export interface TeacherOutlook {
  report: TargetReport
  /** Where a model is captured before the run: its likeliest tokens that are kept, and what they take. */
  capture?: { k: number; bytesPerToken: number }
}

/**
 * @returns undefined where nothing needs to be looked up: the text, or a model beside the student
 * @throws LabError `invalid-teacher`, `tokenizer-mismatch`
 */
export function teacherOutlook(
  material: TeacherMaterial,
  trajectories: TrajectorySet,
): TeacherOutlook | undefined {
  const { tokenizer } = material
  const signal = signalOf(material, trajectories)
  if (signal.kind === 'stored') return { report: reportTargets(signal.source, trajectories, tokenizer) }
  if (signal.kind !== 'captured-first') return undefined
  const { folder, name, k } = signal
  const own = teacherTokenizer(folder, name)
  return {
    report: reportTargets(foreseenTargets(trajectories, tokenizer, own), trajectories, tokenizer),
    capture: { k, bytesPerToken: bytesPerToken(k, own.vocabularySize) },
  }
}

/**
 * Refuses a teacher that has nothing to say.
 *
 * @throws LabError `invalid-teacher`
 */
export function refuseSilent({ aligned }: TargetReport, loaded: number, { teacher }: Recipe): void {
  if (aligned > 0 || teacher.kind !== 'stored') return
  const none = `None of the ${loaded} loaded trajectories`
  throw new LabError(
    'invalid-teacher',
    teacher.source === FILES
      ? `${none} brought log-probabilities of its reason or act tokens: load some that did, or choose another teacher.`
      : `${none} is in the capture "${teacher.source}": load those that it was made of, or capture the teacher anew.`,
  )
}

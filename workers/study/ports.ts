import type { Actor } from '../evaluation/actor.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { MetricsLine } from '../objective/metrics.ts'
import type { Recipe } from '../recipe.ts'
import type { CheckedDevice } from '../training/openChecked.ts'
import type { Trajectory } from '../trajectories/trajectory.ts'
import type { StudyCell } from './cells.ts'
import type { CellResult, TrainedBy } from './result.ts'

/** What a study needs of the place where it is run: a disk and processes, or a browser. It knows no more of it. */
export interface StudyPorts {
  store: StudyStore
  /**
   * The model that a study names as a world's teacher.
   *
   * @throws LabError where there is none
   */
  teacher(source: string): Promise<StudentFolder>
  /**
   * Trains a student.
   *
   * @returns null where it was told not to go on
   * @throws LabError where the run fails
   */
  train(job: TrainingJob, watching: StudyWatching): Promise<Trained | null>
  /**
   * Lets a student or a teacher act.
   *
   * @param where its name, for messages
   */
  actor(folder: StudentFolder, where: string): Promise<Actor>
  /** Asked often while anything is done; false ends the study where it is, what it throws as well. */
  goesOn?: () => Promise<boolean>
  news?: (news: StudyNews) => void
}

/** Who is told how far a piece of work is, and may end it. */
export interface StudyWatching {
  goesOn: () => Promise<boolean>
  progress: (what: string, done: number, of: number) => void
}

/** Texts by their names (`files.ts`), of which several processes may make use at once. */
export interface StudyStore {
  /** Null where it is not there. */
  read(name: string): Promise<string | null>
  /** Afterwards it is there whole, whatever happens meanwhile. */
  write(name: string, text: string): Promise<void>
  /**
   * Takes a piece of work for oneself.
   *
   * @returns null where somebody else is at it
   */
  claim(name: string): Promise<Claim | null>
}

export interface Claim {
  release(): Promise<void>
}

export type StudyDevice = Pick<CheckedDevice, 'device' | 'operations'>

export interface TrainingJob {
  id: string
  recipe: Recipe
  trajectories: Trajectory[]
  /** Those of one name are the same trajectories. */
  trajectoriesName: string
  /** The model that the world's `teacher` names, and what a recipe calls it. */
  teacher: StudentFolder
  teacherSource: string
}

export interface Trained {
  student: StudentFolder
  /** All lines of the run, or a shorter list where the program writes fewer. */
  metrics: MetricsLine[]
  trainedBy: TrainedBy
}

/** What is heard of a study while it goes on. */
export type StudyNews =
  /** Something that a person should know. */
  | { kind: 'notice'; text: string }
  /** How far something is that takes long. @param cell null for what comes before the cells */
  | {
      kind: 'progress'
      environment: StudyCell['environment']
      cell: string | null
      what: string
      done: number
      of: number
    }
  | { kind: 'cell'; cell: StudyCell; state: 'begun' }
  | { kind: 'cell'; cell: StudyCell; state: 'done'; result: CellResult; left: number }
  /** It is tried again when the study is run again. */
  | { kind: 'cell'; cell: StudyCell; state: 'failed'; message: string }

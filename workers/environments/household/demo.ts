import { LabError } from '../../errors.ts'
import { Random } from '../../random.ts'
import type { Split } from '../environment.ts'
import { household } from './environment.ts'
import { TASK_TYPES } from './task.ts'

export interface HouseholdTrajectory {
  /** Its place, counted from 1, and its kind of task, e.g. "household 7 place". */
  name: string
  /** A transcript in ALFWorld's form, with a final newline. */
  text: string
}

export interface HouseholdOptions {
  /** Any integer; only its low 32 bits count. */
  seed: number
  /** How many. */
  trajectories: number
  /** `train` unless said otherwise. */
  split?: Split
}

/** Rooms tried for one trajectory; the expert fails in fewer than one of a hundred. */
const MAX_TRIES = 20

/**
 * Trajectories of the scripted expert in rooms of their own, the six kinds of task in turn. The same options give the
 * same bytes, and asking for more only adds to the end. Runs in which the expert fails are left out and replaced.
 *
 * @throws LabError `no-trajectory` where the expert failed in every room tried, which only a fault in it can cause
 */
export function householdTrajectories(options: HouseholdOptions): HouseholdTrajectory[] {
  const { seed, trajectories, split = 'train' } = options
  return Array.from({ length: trajectories }, (_, index) => {
    const type = TASK_TYPES[index % TASK_TYPES.length]!
    const random = new Random(seed).fork(`${split} trajectory ${index}`)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const run = household.expert(household.episode(random.below(2 ** 32), split, type), random)
      if (run.score.success) return { name: `household ${index + 1} ${type}`, text: run.text }
    }
    throw new LabError(
      'no-trajectory',
      `The household expert reached no goal in ${MAX_TRIES} rooms (seed ${seed}, trajectory ${index + 1}, task ${type}); try another seed.`,
    )
  })
}

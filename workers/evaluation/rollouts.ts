import type { Environment, Episode, Split } from '../environments/environment.ts'
import { Random } from '../random.ts'
import { type ConverseOptions, converse, type Student } from './converse.ts'
import { type Recorded, TeacherForced } from './reasoning.ts'
import { expertRollout, Rollout } from './rollout.ts'

/** Which episodes are played, and how. */
export interface Plan {
  environment: Environment
  split: Split
  /** Draws the episodes, and what the student draws in each. */
  seed: number
  episodes: number
  /** The place of the first, counted from 0: what was played before it need not be played again. */
  first?: number
  temperature: number
  maxTurnTokens: number
}

export const DEFAULT_EPISODES = 300
/** Tokens of a turn at most: far more than an expert writes in any world. */
export const DEFAULT_TURN_TOKENS = 160

/** Who is told of it, and may end it. */
export type Watching = Pick<ConverseOptions, 'goesOn'> & {
  /** Hears how many episodes are over. */
  progress?: (over: number, of: number) => void
}

/** The episodes of a plan, the types of task in turn; asking for more only adds to the end. */
export function episodesOf({
  environment,
  split,
  seed,
  episodes,
  first = 0,
}: Omit<Plan, 'temperature' | 'maxTurnTokens'>) {
  const taskTypes = environment.taskTypesIn?.(split) ?? environment.taskTypes
  return Array.from({ length: episodes }, (_, i): Episode => {
    const place = first + i
    const random = generatorOf(seed, place).fork('task')
    return environment.episode(random.below(2 ** 32), split, taskTypes[place % taskTypes.length])
  })
}

/**
 * Episodes played by a student, side by side; each is a function of the student, the plan and its own place.
 *
 * @returns null where it was told not to go on
 * @throws LabError `invalid-student` where the student's context is too short for a task
 */
export async function rollOut(
  student: Student,
  plan: Plan,
  { goesOn, progress = () => {} }: Watching = {},
): Promise<Rollout[] | null> {
  const rollouts = episodesOf(plan).map((episode) => new Rollout(plan.environment, episode))
  let over = 0
  const finished = await converse(student, rollouts, {
    ...plan,
    random: (i) => generatorOf(plan.seed, (plan.first ?? 0) + i).fork('writing'),
    over: () => progress(++over, rollouts.length),
    goesOn,
  })
  return finished ? rollouts : null
}

/** The same episodes played by the world's scripted expert, one after another. */
export async function expertRollouts(
  plan: Omit<Plan, 'temperature' | 'maxTurnTokens'>,
  { goesOn = async () => true, progress = () => {} }: Watching = {},
): Promise<Rollout[] | null> {
  const rollouts: Rollout[] = []
  for (const [i, episode] of episodesOf(plan).entries()) {
    if (!(await goesOn())) return null
    const random = generatorOf(plan.seed, (plan.first ?? 0) + i).fork('expert')
    rollouts.push(expertRollout(plan.environment, episode, random))
    progress(rollouts.length, plan.episodes)
  }
  return rollouts
}

/**
 * Lets a student write each turn of recorded dialogues once more, greedily, at the recorded history.
 *
 * @returns null where it was told not to go on
 */
export async function rewrite(
  student: Student,
  { environment, maxTurnTokens }: Pick<Plan, 'environment' | 'maxTurnTokens'>,
  recorded: readonly Recorded[],
  { goesOn, progress = () => {} }: Watching = {},
): Promise<TeacherForced[] | null> {
  const dialogues = recorded.map((one) => new TeacherForced(environment.script, one))
  let over = 0
  const finished = await converse(student, dialogues, {
    temperature: 0,
    maxTurnTokens,
    random: () => new Random(0),
    over: () => progress(++over, dialogues.length),
    goesOn,
  })
  return finished ? dialogues : null
}

function generatorOf(seed: number, place: number): Random {
  return new Random(seed).fork(`episode ${place}`)
}

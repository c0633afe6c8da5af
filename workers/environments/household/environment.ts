import { LabError } from '../../errors.ts'
import type { Random } from '../../random.ts'
import type { Environment, Episode, Split } from '../environment.ts'
import { runExpert } from './expert.ts'
import { generateHousehold } from './generate.ts'
import { HouseholdPlay } from './play.ts'
import { householdScript } from './script.ts'
import { TASK_TYPES } from './task.ts'
import type { Wording } from './world.ts'

/** Actions of an episode, as ReAct allowed on ALFWorld (arXiv 2210.03629). */
const STEP_CAP = 50

/**
 * ALFWorld's text game (arXiv 2010.03768) in generated rooms. A test room, told by the receptacles in it, is in no
 * training or validation episode.
 *
 * @param wording of the game's answers and the expert's commands; both answer both commands
 */
export function householdIn(wording: Wording): Environment {
  return {
    name: 'household',
    title: 'Household',
    taskTypes: TASK_TYPES,
    stepCap: STEP_CAP,
    script: householdScript,
    episode: (seed, split, taskType) => episode(wording, seed, split, taskType),
    expert: (of: Episode, random: Random) => runExpert(of, random, wording),
  }
}

/** In the words of ReAct's transcripts: `put mug 1 in/on shelf 2`. */
export const household = householdIn('old')

/** @throws LabError `usage` for a kind of task that the household does not have */
function episode(wording: Wording, seed: number, split: Split, taskType?: string): Episode {
  const type = TASK_TYPES.find((known) => known === taskType)
  if (taskType !== undefined && type === undefined) {
    throw new LabError('usage', `The household has no task "${taskType}"; it has ${TASK_TYPES.join(', ')}.`)
  }
  const { world, task, prompt } = generateHousehold(seed, split, type)
  world.wording = wording
  return {
    id: `household ${split} ${task.type} ${seed >>> 0}`,
    split,
    taskType: task.type,
    prompt: `${prompt}\n`,
    start: () => new HouseholdPlay(world, task),
  }
}

/** The wiki over the built-in encyclopedia. */
import { LabError } from '../../errors.ts'
import { Random } from '../../random.ts'
import type { Environment } from '../environment.ts'
import { Questions, TASK_TYPES, type TaskType } from './draw.ts'
import { type Encyclopedia, inventEncyclopedia } from './encyclopedia/encyclopedia.ts'
import { runExpert } from './expert.ts'
import { wikiEpisode } from './play.ts'
import { wikiScript } from './script.ts'
import { STEP_CAP } from './stepCap.ts'

/** The seed of the encyclopedia that ships; questions and teachers belong to it. */
const ENCYCLOPEDIA_SEED = 1

export interface WikiEnvironment extends Environment {
  /** The page reads in it. */
  encyclopedia: Encyclopedia
}

/** Search, Lookup and Finish in an invented encyclopedia. */
export function createWiki(): WikiEnvironment {
  const encyclopedia = inventEncyclopedia(ENCYCLOPEDIA_SEED)
  const questions = new Questions(encyclopedia)
  return {
    name: 'wiki',
    title: 'Wiki: questions over an encyclopedia (HotpotQA)',
    taskTypes: TASK_TYPES,
    stepCap: STEP_CAP,
    script: wikiScript,
    encyclopedia,
    episode(episodeSeed, split, taskType) {
      const random = new Random(episodeSeed).fork(split)
      const type = taskType === undefined ? random.fork('type').pick(TASK_TYPES) : typeCalled(taskType)
      const { question, answer } = questions.draw(type, split, random.fork(type))
      const id = `wiki ${ENCYCLOPEDIA_SEED} ${split} ${type} ${episodeSeed >>> 0}`
      return wikiEpisode({ id, split, taskType: type, question, answer }, encyclopedia.library)
    },
    expert: (episode, random) => runExpert(episode, STEP_CAP, random),
  }
}

function typeCalled(name: string): TaskType {
  const type = TASK_TYPES.find((known) => known === name)
  if (type !== undefined) return type
  throw new LabError('usage', `The wiki has no tasks of type "${name}", only ${TASK_TYPES.join(', ')}.`)
}

/** The wiki over the built-in encyclopedia. */
import { LabError } from '../../errors.ts'
import { Random } from '../../random.ts'
import type { Environment } from '../environment.ts'
import { Questions, TASK_TYPES, type TaskType } from './draw.ts'
import { type Encyclopedia, inventEncyclopedia, inventForTraining } from './encyclopedia/encyclopedia.ts'
import { runExpert } from './expert.ts'
import { wikiEpisode } from './play.ts'
import { wikiScript } from './script.ts'
import { STEP_CAP } from './stepCap.ts'

/** The seed of the encyclopedia that ships; questions and teachers belong to it. */
const ENCYCLOPEDIA_SEED = 1
/**
 * Train tasks are drawn from so many encyclopedias, the one that ships among them: of one alone a student learns the names
 * by heart, and does not learn to copy those that it has never read.
 */
const TRAIN_ENCYCLOPEDIAS = 24

export interface WikiEnvironment extends Environment {
  /** The one that ships, of which validation and test tasks are. */
  encyclopedia: Encyclopedia
  /** The one that an episode is read in. @param id of the episode */
  encyclopediaOf(id: string): Encyclopedia
}

/** Search, Lookup and Finish in an invented encyclopedia. */
export function createWiki(): WikiEnvironment {
  const encyclopedia = inventEncyclopedia(ENCYCLOPEDIA_SEED)
  const books = new Map([[ENCYCLOPEDIA_SEED, { encyclopedia, questions: new Questions(encyclopedia) }]])
  /** Made when first needed. */
  const bookOf = (seed: number) => {
    let book = books.get(seed)
    if (book === undefined) {
      const another = inventForTraining(seed, encyclopedia)
      book = { encyclopedia: another, questions: new Questions(another) }
      books.set(seed, book)
    }
    return book
  }
  return {
    name: 'wiki',
    title: 'Wiki: questions over an encyclopedia (HotpotQA)',
    taskTypes: TASK_TYPES,
    stepCap: STEP_CAP,
    script: wikiScript,
    encyclopedia,
    encyclopediaOf: (id) => bookOf(Number(id.split(' ')[1])).encyclopedia,
    episode(episodeSeed, split, taskType) {
      const random = new Random(episodeSeed).fork(split)
      const type = taskType === undefined ? random.fork('type').pick(TASK_TYPES) : typeCalled(taskType)
      const other = split === 'train' ? random.fork('encyclopedia').below(TRAIN_ENCYCLOPEDIAS) : 0
      const book = ENCYCLOPEDIA_SEED + other
      const { encyclopedia, questions } = bookOf(book)
      const { question, answer } = questions.draw(type, split, random.fork(type))
      const id = `wiki ${book} ${split} ${type} ${episodeSeed >>> 0}`
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

/** The wiki over what a person brings: HotpotQA's questions, or pages and a question they type. */

import { LabError } from '../../errors.ts'
import { oneLine } from '../../oneLine.ts'
import { Random } from '../../random.ts'
import { type Environment, type Episode, SPLITS, type Split } from '../environment.ts'
import { runGuidedExpert } from './guidedExpert.ts'
import type { HotpotQuestion } from './hotpot.ts'
import { Library, type Page } from './library.ts'
import { wikiEpisode } from './play.ts'
import { wikiScript } from './script.ts'
import { STEP_CAP } from './stepCap.ts'

export interface HotpotOptions {
  /** Decides which split a question belongs to. */
  seed?: number
  /** Whether an agent may search all pages of the file, as in ReAct, or those that came with its question. */
  pagesOf?: 'file' | 'question'
  /** More pages that may be searched, which came with no question. */
  pages?: readonly Page[]
  /** As the page calls it. */
  title?: string
}

export interface HotpotEnvironment extends Environment {
  /** Builds the index of titles in steps; without it the first search in vain does so at once, a second or two for a large file. */
  prepare(): Promise<void>
}

/** Share of the questions that validation and test each have, one at least. */
const HELD_OUT = 0.1

/**
 * Search, Lookup and Finish over a HotpotQA file. A question belongs to one split for good; pages may serve several.
 *
 * @param questions as `readHotpot` gives them
 * @throws LabError `no-trajectory` for fewer than three different questions, which three splits need
 */
export function createHotpotWiki(
  questions: readonly HotpotQuestion[],
  options: HotpotOptions = {},
): HotpotEnvironment {
  const {
    seed = 1,
    pagesOf = 'file',
    pages: more = [],
    title = 'Wiki: questions of a HotpotQA file',
  } = options
  const splits = splitQuestions(questions, seed)
  const all = pagesOf === 'file' ? new Library([...questions.flatMap(({ pages }) => pages), ...more]) : null
  const types = [...new Set(questions.map(({ type }) => type))].sort()
  const byEpisode = new WeakMap<Episode, HotpotQuestion>()
  return {
    name: 'wiki',
    title,
    taskTypes: types,
    taskTypesIn: (split) => types.filter((type) => splits[split].some((question) => question.type === type)),
    stepCap: STEP_CAP,
    script: wikiScript,
    episode(episodeSeed, split, taskType) {
      const fitting = splits[split].filter(({ type }) => taskType === undefined || type === taskType)
      if (fitting.length === 0) {
        throw new LabError(
          'no-trajectory',
          `The file has no ${taskType} question for ${split}; it needs more of them.`,
        )
      }
      // Neighbouring seeds ask different questions until all have been asked.
      const question = fitting[(episodeSeed >>> 0) % fitting.length]!
      const { id, type, answer, pages } = question
      const episode = wikiEpisode(
        { id: `wiki hotpot ${id}`, split, taskType: type, question: question.question, answer },
        all ?? new Library([...pages, ...more]),
      )
      byEpisode.set(episode, question)
      return episode
    },
    prepare: async () => all?.prepare(),
    expert(episode, random) {
      const question = byEpisode.get(episode)
      if (question === undefined) throw new LabError('usage', 'The episode is not one of this file.')
      return runGuidedExpert(episode, question, STEP_CAP, random)
    },
  }
}

/**
 * An episode with a question that a person typed, over any pages.
 *
 * @param answer what Finish is scored by; left out, nothing is scored
 */
export function askLibrary(library: Library, question: string, answer: string | null = null): Episode {
  const line = oneLine(question)
  if (line === '') throw new LabError('usage', 'There is no question yet: type one.')
  return wikiEpisode(
    { id: `wiki typed ${line}`, split: 'test', taskType: 'typed', question: line, answer },
    library,
  )
}

/**
 * Pages without questions: what is asked, a person types (`askLibrary`).
 *
 * @param title as the page calls it
 */
export function createPagesWiki(title: string): Environment {
  const refuse = (what: string) =>
    new LabError('usage', `${title} has pages and no questions${what}: add lines of question and answer.`)
  return {
    name: 'wiki',
    title,
    taskTypes: [],
    stepCap: STEP_CAP,
    script: wikiScript,
    episode() {
      throw refuse(', so no task can be drawn')
    },
    expert() {
      throw refuse(' whose supporting sentences would guide an expert')
    },
  }
}

/** Questions with the same words stay together, so that no split holds another's. */
function splitQuestions(questions: readonly HotpotQuestion[], seed: number): Record<Split, HotpotQuestion[]> {
  const byText = new Map<string, HotpotQuestion[]>()
  for (const question of questions) {
    const key = question.question.toLowerCase()
    const same = byText.get(key)
    if (same) same.push(question)
    else byText.set(key, [question])
  }
  if (byText.size < SPLITS.length) {
    throw new LabError(
      'no-trajectory',
      `The file holds ${byText.size} different questions; training, validation and test need three at least.`,
    )
  }
  const shuffled = new Random(seed).shuffle([...byText.values()])
  const heldOut = Math.max(1, Math.round(shuffled.length * HELD_OUT))
  return {
    validation: shuffled.slice(0, heldOut).flat(),
    test: shuffled.slice(heldOut, 2 * heldOut).flat(),
    train: shuffled.slice(2 * heldOut).flat(),
  }
}

/**
 * An expert for HotpotQA's questions, which no script understands: it is guided by the sentences that the file names as
 * supporting its answer. What it thinks is quoted from what it has read, but why it goes where it goes it was told.
 */
import { LabError } from '../../errors.ts'
import type { Random } from '../../random.ts'
import type { Episode, ExpertRun } from '../environment.ts'
import { Recording } from '../recording.ts'
import type { HotpotQuestion } from './hotpot.ts'
import { wikiScript } from './script.ts'
import { NO_MORE_RESULTS, similarTitles } from './wording.ts'

/** @throws LabError `no-trajectory` for a question of which the file names no supporting sentence */
export function runGuidedExpert(
  episode: Episode,
  question: HotpotQuestion,
  stepCap: number,
  random: Random,
): ExpertRun {
  const recording = new Recording(episode, wikiScript)
  let read = ''
  let said: string[] = []
  /** The last step is for the answer. */
  const isLast = () => recording.steps >= stepCap - 1
  const act = (action: string): string => {
    const observation = recording.act(action, said.join(' '))
    read += ` ${observation}`
    said = []
    return observation
  }
  const titles = inOrder(question)
  if (titles.length === 0) {
    throw new LabError('no-trajectory', `The file names no supporting sentence for question ${question.id}.`)
  }
  const named = titles.filter((title) => isNamed(title, question.question)).map(bare)
  if (named.length > 0) said.push(`The question names ${named.join(' and ')}.`)
  for (const title of titles) {
    if (isLast()) break
    if (recording.steps > 0 && read.includes(bare(title))) said.push(`${bare(title)} is named here.`)
    said.push(random.pick([`I search ${title}.`, `Next I search ${title}.`]))
    let shown = act(`Search[${title}]`)
    if (similarTitles(shown) !== null) {
      said.push(`${title}: not found.`)
      continue
    }
    for (const { sentence } of question.supporting.filter((fact) => fact.title === title)) {
      const word = rarestWord(sentence, shown)
      for (let again = ''; !shown.includes(sentence) && word && !isLast(); again = ' again') {
        said.push(`What was shown does not say enough: I look up ${word}${again}.`)
        const found = act(`Lookup[${word}]`)
        if (found === NO_MORE_RESULTS) break
        shown += ` ${found}`
      }
      if (shown.includes(sentence)) said.push(`It says: ${sentence}`)
    }
  }
  said.push(random.pick([`So the answer is ${question.answer}.`, `The answer is ${question.answer}.`]))
  act(`Finish[${question.answer}]`)
  return recording.run
}

/** Titles of the supporting pages: those that the question names first, then those that these name. */
function inOrder({ question, supporting }: HotpotQuestion): string[] {
  const titles = [...new Set(supporting.map(({ title }) => title))]
  const named = titles.filter((title) => isNamed(title, question))
  return [...named, ...titles.filter((title) => !named.includes(title))]
}

function isNamed(title: string, text: string): boolean {
  return text.toLowerCase().includes(bare(title).toLowerCase())
}

/** A title without what tells it from others: "Creed" of "Creed (band)". */
function bare(title: string): string {
  return title.replace(/ \([^()]+\)$/, '')
}

/** The longest word of a sentence that was not shown yet, which finds it soonest. */
function rarestWord(sentence: string, shown: string): string | null {
  const words = sentence.match(/[\p{L}\p{N}'-]+/gu) ?? []
  const unseen = words.filter((word) => !shown.includes(word))
  return (unseen.length > 0 ? unseen : words).sort((a, b) => b.length - a.length)[0] ?? null
}

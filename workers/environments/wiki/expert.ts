/**
 * The scripted expert. It plays through the same door as a student: it is told the question and the world's answers,
 * never the facts behind them. It plans the hops, searches, looks up what the first sentences do not hold, and is told
 * "Could not find" now and then: by a title that two works share, or by a slip, from which it recovers.
 */
import { LabError } from '../../errors.ts'
import type { Random } from '../../random.ts'
import type { Episode, ExpertRun } from '../environment.ts'
import { Recording } from '../recording.ts'
import { SlipBudget } from '../slipBudget.ts'
import type { Kind, Relation } from './encyclopedia/relation.ts'
import { type Ask, type Phrase, readQuestion } from './questions.ts'
import { readFact, subjectOf } from './reading.ts'
import { wikiScript } from './script.ts'
import { slippedTitle } from './slips.ts'
import * as thoughts from './thoughts.ts'
import { NO_MORE_RESULTS, similarTitles } from './wording.ts'

const SLIPS = { share: 0.4, most: 1, chance: 0.4 }
/** After a slip, how often it tries a title of the list that is not the one it wants, where that one is not listed. */
const NEAR_TITLE = 0.5
const RESULT = /^\(Result (\d+) \/ (\d+)\) (.*)$/
/** Searches for one page: the slip, a near title, the name, the name with its kind. */
const SEARCHES = 4

/**
 * Plays an episode of the built-in encyclopedia.
 *
 * @param random chooses wordings and slips
 * @throws LabError `no-trajectory` for a question that is not of the encyclopedia's making
 */
export function runExpert(episode: Episode, stepCap: number, random: Random): ExpertRun {
  const question = /^Question: (.*)\n$/.exec(episode.prompt)?.[1] ?? ''
  const ask = readQuestion(question)
  if (ask === null) {
    throw new LabError('no-trajectory', `The scripted expert does not understand the question "${question}".`)
  }
  return new Expert(episode, stepCap, random).solve(ask)
}

class Expert {
  private readonly recording: Recording
  private readonly slips: SlipBudget
  /** What the next thought will say. */
  private said: string[] = []

  constructor(
    episode: Episode,
    private readonly stepCap: number,
    private readonly random: Random,
  ) {
    this.recording = new Recording(episode, wikiScript)
    this.slips = new SlipBudget(random, SLIPS)
  }

  solve(ask: Ask): ExpertRun {
    this.said.push(thoughts.plan(this.random, ask))
    const answer = ask.type === 'bridge' ? this.chain(ask) : this.compare(ask)
    this.said.push(answer === null ? thoughts.GIVE_UP : thoughts.answer(this.random, answer))
    this.act(`Finish[${answer ?? 'unknown'}]`)
    return this.recording.run
  }

  private chain({ relation, of }: Extract<Ask, { type: 'bridge' }>): string | null {
    return this.read(relation, this.resolve(of))
  }

  private compare({ comparison, a, b }: Extract<Ask, { type: 'comparison' }>): string | null {
    const { relation, wins } = comparison
    const first = this.readOf(relation, a)
    const second = first && this.readOf(relation, b)
    if (!first || !second) return null
    if (wins === 'same') {
      this.said.push(thoughts.compared(first, second))
      return first[1] === second[1] ? 'yes' : 'no'
    }
    const isMore = Number(first[1]) > Number(second[1])
    const [winner, loser] = isMore === (wins === 'more') ? [first, second] : [second, first]
    const values = { winner: winner[1], word: comparison.word, loser: loser[1] }
    this.said.push(thoughts.compared(first, second, values))
    return winner[0]
  }

  private readOf(relation: Relation, phrase: Phrase): [name: string, value: string] | null {
    const name = this.resolve(phrase)
    const value = this.read(relation, name)
    return name !== null && value !== null ? [name, value] : null
  }

  /** The name of what a phrase stands for; null where it cannot be found out. */
  private resolve(phrase: Phrase): string | null {
    return 'relation' in phrase ? this.read(phrase.relation, this.resolve(phrase.of)) : phrase.name
  }

  /** Finds out the value of a relation, on the page of its subject; null where there is no such page or sentence. */
  private read(relation: Relation, subject: string | null): string | null {
    if (subject === null) return null
    const title = this.slips.take() ? slippedTitle(this.random, relation.of, subject) : subject
    this.said.push(
      this.recording.steps === 0
        ? thoughts.search(this.random, title)
        : thoughts.missing(this.random, relation, subject, title),
    )
    const shown = this.open(relation.of, subject, title)
    if (shown === null) return null
    let value = readFact(relation, shown)
    if (value === null) {
      this.said.push(thoughts.notShown(this.random, relation, subject))
      value = this.lookUp(relation)
    }
    if (value === null) return null
    this.said.push(thoughts.found(this.random, relation, subject, value))
    return value
  }

  /** Looks words up until a sentence of the page holds the value. */
  private lookUp(relation: Relation): string | null {
    const words = new Set(this.random.shuffle(relation.says.map(([, keyword]) => keyword)))
    for (const word of words) {
      this.said.push(thoughts.lookUp(word))
      for (let more = true; more; ) {
        const observation = this.act(`Lookup[${word}]`)
        const [, number, of, sentence] = RESULT.exec(observation) ?? []
        if (number === undefined) {
          this.said.push(thoughts.noSentence(this.random, word))
          break
        }
        const value = readFact(relation, sentence!)
        if (value !== null) return value
        more = number !== of
        this.said.push(thoughts.otherSentence(relation, word, more))
      }
    }
    return null
  }

  /** Opens the page of an entry. @param first what to search for first @returns its first sentences, null where it is not found */
  private open(kind: Kind, name: string, first: string): string | null {
    let title = first
    for (let searches = 1; ; searches++) {
      const observation = this.act(`Search[${title}]`)
      const titles = similarTitles(observation)
      if (titles === null) {
        const subject = subjectOf(kind, observation)
        if (subject === name) return observation
        this.said.push(thoughts.wrongPage(name, subject ?? title))
        title = name
      } else title = this.choose(kind, name, title, titles)
      if (searches === SEARCHES) return null
      this.said.push(thoughts.search(this.random, title))
    }
  }

  /** What to search for after a list of similar titles. */
  private choose(kind: Kind, name: string, searched: string, titles: readonly string[]): string {
    const withKind = `${name} (${kind})`
    const right = titles.find((title) => title === name || title === withKind)
    if (right !== undefined) {
      this.said.push(thoughts.listed(name, right))
      return right
    }
    this.said.push(thoughts.notListed(name))
    if (searched === name) return withKind
    const near = titles[0]
    if (near === undefined || this.random.next() >= NEAR_TITLE) return name
    this.said.push(thoughts.maybe(near))
    return near
  }

  /** Thinks what has been said, acts, and is answered; behind the step cap nothing is answered any more. */
  private act(action: string): string {
    const reasoning = this.said.join(' ')
    this.said = []
    if (this.recording.steps >= this.stepCap) return NO_MORE_RESULTS
    return this.recording.act(action, reasoning)
  }
}

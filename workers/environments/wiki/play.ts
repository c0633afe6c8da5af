import { oneLine } from '../../oneLine.ts'
import type { Answer, Episode, Play, Score, Split } from '../environment.ts'
import type { Library, Page } from './library.ts'
import { answerF1, exactMatch } from './scoring.ts'
import * as wording from './wording.ts'

/** What the page draws. */
export interface WikiView {
  kind: 'wiki'
  question: string
  /** The page found last, null before the first. */
  page: {
    title: string
    sentences: string[]
    /** How many of its sentences the search showed. */
    shown: number
    /** Places of those that were looked up in it, on this visit and before. */
    found: number[]
  } | null
  /** Titles of all pages that were found, in the order in which they were found first. */
  visited: string[]
  /** Where the last action looked something up: the word, and which sentence of the page it showed, if any. */
  lookup: { word: string; sentence: number | null } | null
  /** Titles that the last search listed because it found no page. */
  similar: string[]
  answer: string | null
}

/** A question put to a library. */
export interface WikiTask {
  id: string
  split: Split
  taskType: string
  question: string
  /** Null where nobody knows: then nothing is scored. */
  answer: string | null
}

/** A task in a library as an episode. */
export function wikiEpisode(task: WikiTask, library: Library): Episode {
  const { id, split, taskType, question, answer } = task
  return {
    id,
    split,
    taskType,
    prompt: `Question: ${question}\n`,
    start: () => new WikiPlay(library, question, answer),
  }
}

/** Case and blanks around the name and its argument do not matter; brackets inside the argument are part of it. */
const ACTION = /^\s*(search|lookup|finish)\s*\[(.*)\]\s*$/is

export class WikiPlay implements Play {
  private page: Page | null = null
  private word = ''
  /** Places in the page of the sentences that hold `word`, and how many of them were shown. */
  private results: number[] = []
  private shown = 0
  private lookup: WikiView['lookup'] = null
  private similar: string[] = []
  private answer: string | null = null
  /** The pages found, and what was looked up in each. */
  private readonly found = new Map<Page, Set<number>>()

  constructor(
    private readonly library: Library,
    private readonly question: string,
    private readonly gold: string | null,
  ) {}

  act(action: string): Answer {
    if (this.answer !== null) return { observation: wording.EPISODE_OVER, done: true, valid: false }
    this.lookup = null
    this.similar = []
    const [, name, inner] = ACTION.exec(action) ?? []
    const argument = oneLine(inner ?? '')
    if (name === undefined || argument === '') return refused(wording.invalidAction(action))
    switch (name.toLowerCase()) {
      case 'search':
        return done(this.search(argument))
      case 'lookup':
        return this.page === null ? refused(wording.NO_PAGE_YET) : done(this.look(this.page, argument))
      default:
        this.answer = argument
        return { observation: wording.episodeFinished(this.reward), done: true, valid: true }
    }
  }

  get score(): Score {
    const { answer, gold } = this
    if (answer === null || gold === null) return { success: false, reward: 0, measures: { f1: 0 } }
    const success = exactMatch(answer, gold)
    return { success, reward: success ? 1 : 0, measures: { f1: answerF1(answer, gold) } }
  }

  view(): WikiView {
    const { question, page, lookup, similar, answer } = this
    return {
      kind: 'wiki',
      question,
      page: page && {
        title: page.title,
        sentences: [...page.sentences],
        shown: Math.min(wording.SHOWN_SENTENCES, page.sentences.length),
        found: [...this.found.get(page)!].sort((a, b) => a - b),
      },
      visited: [...this.found.keys()].map(({ title }) => title),
      lookup: lookup && { ...lookup },
      similar: [...similar],
      answer,
    }
  }

  private get reward(): number | null {
    return this.gold === null ? null : this.score.reward
  }

  private search(title: string): string {
    const page = this.library.find(title)
    if (page === undefined) {
      // The page found before stays open, as in ReAct.
      this.similar = this.library.similar(title, wording.SIMILAR_TITLES)
      return wording.couldNotFind(title, this.similar, this.library.isAmbiguous(title))
    }
    this.page = page
    this.word = ''
    if (!this.found.has(page)) this.found.set(page, new Set())
    return page.sentences.slice(0, wording.SHOWN_SENTENCES).join(' ') || wording.EMPTY_PAGE
  }

  private look(page: Page, word: string): string {
    if (word !== this.word) {
      this.word = word
      this.shown = 0
      const sought = word.toLowerCase()
      this.results = page.sentences.flatMap((sentence, i) =>
        sentence.toLowerCase().includes(sought) ? i : [],
      )
    }
    const at = this.results[this.shown]
    this.lookup = { word, sentence: at ?? null }
    if (at === undefined) return wording.NO_MORE_RESULTS
    this.shown++
    this.found.get(page)!.add(at)
    return wording.lookupResult(this.shown, this.results.length, page.sentences[at]!)
  }
}

function done(observation: string): Answer {
  return { observation, done: false, valid: true }
}

function refused(observation: string): Answer {
  return { observation, done: false, valid: false }
}

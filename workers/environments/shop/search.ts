import MiniSearch from 'minisearch'
import { stemmer } from 'stemmer'
import type { Good } from './good.ts'

/** WebShop looks no further. */
const MOST_RESULTS = 50
/** Words of a query that are sought for: many more than any instruction has, and each costs memory for every good that has it. */
const MOST_WORDS = 100
const words = MiniSearch.getDefault('tokenize') as (text: string) => string[]
/** Of Pyserini's BM25, which WebShop searches with (MiniSearch's `d`, the plus of BM25+, is not in it). */
const BM25 = { k: 0.9, b: 0.4, d: 0 }
/** Of Lucene's English analyser, which leaves these out. */
const STOP_WORDS = new Set(
  `a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to
was will with`.split(/\s+/),
)

/** Full-text search over goods by BM25 on title, description, first bullet point and options, as WebShop's index has it. */
export class Search {
  private readonly index = new MiniSearch<{ id: number; contents: string }>({
    fields: ['contents'],
    processTerm: (term) => {
      const word = term.toLowerCase()
      return STOP_WORDS.has(word) ? null : stemmer(word)
    },
    searchOptions: { bm25: BM25, combineWith: 'OR', tokenize: (query) => words(query).slice(0, MOST_WORDS) },
  })
  private readonly goods: Good[] = []

  /** Adds goods; a worker that must stay awake adds them some at a time. */
  add(goods: readonly Good[]): void {
    for (const good of goods) {
      this.index.add({ id: this.goods.length, contents: contentsOf(good) })
      this.goods.push(good)
    }
  }

  /** The best 50, best first; of equal ones the one added first. Empty where no word is known. */
  find(query: string): Good[] {
    return this.index
      .search(query)
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, MOST_RESULTS)
      .map(({ id }) => this.goods[id]!)
  }
}

function contentsOf(good: Good): string {
  const options = [...good.options].map(([name, values]) => `${name}: ${values.join(', ')}`)
  return [good.title, good.description, good.features[0] ?? '', options.join(', and ')].join(' ')
}

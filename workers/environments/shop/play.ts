import { type Answer, type Play, type Score, THOUGHT_TAKEN } from '../environment.ts'
import { type Goal, type Good, NO_LIMIT } from './good.ts'
import {
  BACK_TO_SEARCH,
  BUY_NOW,
  clickedOption,
  INVALID_ACTION,
  itemPage,
  NEXT_PAGE,
  PREVIOUS_PAGE,
  resultsPage,
  SUB_PAGES,
  type SubPage,
  scoreLine,
  startPage,
  subPage,
  subPageLines,
} from './pages.ts'
import { type Reward, rewardOf } from './reward.ts'

/** What the shop sells and how it is found. */
export interface Store {
  find(query: string): readonly Good[]
  /** Goods on a page of results; WebShop has ten. */
  readonly pageSize: number
}

/** What stands on the counter, for drawing. */
export interface ShopView {
  kind: 'shop'
  page: 'start' | 'results' | 'item' | 'sub-page' | 'bought'
  instruction: string
  /** What the reward looks for in what is bought, in the goal's own words; no limit is null. */
  wanted: { attributes: string[]; options: string[]; priceLimit: number | null }
  query: string
  /** Of results: which page, of how many results, and what stands on it. */
  pageNumber: number
  total: number
  results: { id: string; title: string; priceTag: string }[]
  item: {
    id: string
    title: string
    priceTag: string
    /** What buying it costs, in dollars. */
    price: number
    options: { name: string; values: string[]; chosen: string | null }[]
  } | null
  subPage: { name: SubPage; lines: string[] } | null
  reward: Reward | null
}

const INVALID: Answer = { observation: INVALID_ACTION, done: false, valid: false }
const ACTION = /^(search|click|think)\[/i

/** A visit to the shop, from the search box to the purchase: WebShop's rules, its pages as text. */
export class ShopPlay implements Play {
  private page: ShopView['page'] = 'start'
  private query = ''
  private results: readonly Good[] = []
  private pageNumber = 1
  private good: Good | null = null
  private sub: SubPage | null = null
  private readonly chosen = new Map<string, string>()
  private reward: Reward | null = null

  constructor(
    private readonly store: Store,
    private readonly goal: Goal,
  ) {}

  get score(): Score {
    const { total = 0, type = 0, price = false } = this.reward ?? {}
    const share = (matched: number | undefined, wanted: readonly string[]) =>
      this.reward === null ? 0 : wanted.length === 0 ? 1 : (matched ?? 0) / wanted.length
    return {
      success: total === 1,
      reward: total,
      measures: {
        type,
        attributes: share(this.reward?.attributes, this.goal.attributes),
        options: share(this.reward?.options, this.goal.options),
        price: price ? 1 : 0,
      },
    }
  }

  act(action: string): Answer {
    if (this.page === 'bought') return { ...INVALID, done: true }
    const text = action.trim()
    const verb = ACTION.exec(text)?.[1]?.toLowerCase()
    if (verb === 'think') return shown(THOUGHT_TAKEN)
    if (verb === undefined || !text.endsWith(']')) return INVALID
    const argument = text.slice(verb.length + 1, -1).trim()
    if (argument === '') return INVALID
    return verb === 'search' ? this.search(argument) : this.click(argument.toLowerCase())
  }

  private search(query: string): Answer {
    // The search box stands on the first page only.
    if (this.page !== 'start') return INVALID
    this.query = query
    this.results = this.store.find(query.toLowerCase())
    return this.showResults(1)
  }

  /** @param button in lower case: WebShop does not ask how a button is written */
  private click(button: string): Answer {
    const is = (name: string) => button === name.toLowerCase()
    if (this.page === 'start') return INVALID
    if (is(BACK_TO_SEARCH)) return this.showStart()
    if (this.page === 'results') {
      if (is(NEXT_PAGE)) return this.showResults(this.pageNumber + 1)
      if (is(PREVIOUS_PAGE) && this.pageNumber > 1) return this.showResults(this.pageNumber - 1)
      const good = this.onPage().find(({ id }) => is(id))
      return good ? this.showItem(good) : INVALID
    }
    if (this.page === 'sub-page') return is(PREVIOUS_PAGE) ? this.showItem(this.good!) : INVALID
    if (is(PREVIOUS_PAGE)) return this.showResults(this.pageNumber)
    if (is(BUY_NOW)) return this.buy()
    const sub = SUB_PAGES.find(is)
    if (sub) {
      this.page = 'sub-page'
      this.sub = sub
      return shown(subPage(this.good!, sub))
    }
    return this.choose(button)
  }

  private showStart(): Answer {
    this.page = 'start'
    this.query = ''
    this.results = []
    this.leaveGood()
    return shown(startPage(this.goal.instruction))
  }

  private showResults(number: number): Answer {
    this.page = 'results'
    this.pageNumber = number
    this.leaveGood()
    return shown(resultsPage(number, this.results.length, this.onPage()))
  }

  private showItem(good: Good): Answer {
    this.page = 'item'
    this.good = good
    this.sub = null
    return shown(itemPage(good, this.chosen))
  }

  private choose(button: string): Answer {
    // Of options that share a value the last one on the page is meant, as in ReAct's wrapper.
    const option = [...this.good!.options].findLast(([, values]) =>
      values.some((value) => value.toLowerCase() === button),
    )
    if (!option) return INVALID
    const value = option[1].find((other) => other.toLowerCase() === button)!
    this.chosen.set(option[0], value)
    return shown(clickedOption(value))
  }

  private buy(): Answer {
    this.page = 'bought'
    this.reward = rewardOf(this.good!, [...this.chosen.values()], this.goal)
    return { ...shown(scoreLine(this.reward.total)), done: true }
  }

  private onPage(): readonly Good[] {
    const { pageSize } = this.store
    return this.results.slice((this.pageNumber - 1) * pageSize, this.pageNumber * pageSize)
  }

  /** What was chosen is forgotten with the page, as in WebShop. */
  private leaveGood(): void {
    this.good = null
    this.sub = null
    this.chosen.clear()
  }

  view(): ShopView {
    const { good, sub } = this
    const { instruction, attributes, options, priceLimit } = this.goal
    return {
      kind: 'shop',
      page: this.page,
      instruction,
      wanted: {
        attributes: [...attributes],
        options: [...options],
        priceLimit: priceLimit < NO_LIMIT ? priceLimit : null,
      },
      query: this.query,
      pageNumber: this.pageNumber,
      total: this.results.length,
      results: this.onPage().map(({ id, title, priceTag }) => ({ id, title, priceTag })),
      item: good && {
        id: good.id,
        title: good.title,
        priceTag: good.priceTag,
        price: good.price,
        options: [...good.options].map(([name, values]) => {
          return { name, values: [...values], chosen: this.chosen.get(name) ?? null }
        }),
      },
      subPage: good && sub && { name: sub, lines: subPageLines(good, sub) },
      reward: this.reward,
    }
  }
}

function shown(observation: string): Answer {
  return { observation, done: false, valid: true }
}

/**
 * The scripted expert of the invented shop. It plays through the same door as a student: it sees the prompt and the
 * pages, never the goods. Now and then it slips: it does what no button of the page does, or overlooks a price, says
 * what went wrong and does the right thing, so that students learn what to do after a failed action.
 */
import type { Random } from '../../random.ts'
import type { ExpertRun } from '../environment.ts'
import { SlipBudget } from '../slipBudget.ts'
import type { Wish } from './instruction.ts'
import { BACK_TO_SEARCH, BUY_NOW, type Listed, NEXT_PAGE, PREVIOUS_PAGE } from './pages.ts'
import { priceOf, type ReadPage } from './readPage.ts'
import * as thoughts from './thoughts.ts'
import type { Visit } from './visit.ts'

const SLIPS = { share: 0.5, most: 1, chance: 0.25 }
/** Share of first searches that name the options too, which brings goods that offer them to the top. */
const SEARCHES_OPTIONS = 0.75
/** How often one that did not is mended by another search when a good lacks an option, instead of by the next good. */
const SEARCHES_AGAIN = 0.6
/** Pages of results read before another search. */
const MOST_PAGES = 4

/** What the title of a good leaves to be seen. */
interface Candidate {
  good: Listed
  judgement: thoughts.Judgement
  /** Attributes that its title does not name; empty when it fits so far. */
  missing: string[]
  /** Another kind of good, or too dear. */
  ruledOut: boolean
  /** Its price was passed over on the page of results. */
  overlooked?: boolean
}

export class Expert {
  private readonly slips: SlipBudget
  /** Goods opened in vain, and why. */
  private readonly rejected = new Map<string, string>()
  /** Whether the search named the options. */
  private namesOptions = false

  constructor(
    private readonly visit: Visit,
    private readonly wish: Wish,
    private readonly random: Random,
  ) {
    this.slips = new SlipBudget(random, SLIPS)
  }

  solve(): ExpertRun {
    this.visit.think(thoughts.plan(this.random, this.wish))
    if (this.slips.take()) {
      this.visit.act(`click[${NEXT_PAGE}]`)
      this.visit.think(thoughts.AFTER_FAILURE.needsSearch())
    }
    const { kind, attributes, options } = this.wish
    const words = [...attributes, kind].join(' ')
    const values = options.map(({ value }) => value)
    if (this.random.next() >= SEARCHES_OPTIONS) {
      this.browse(this.visit.act(`search[${words}]`))
      if (this.visit.page.page === 'results') {
        this.visit.think(`${thoughts.nothingFits()} ${thoughts.searchesWith(values)}`)
        this.visit.act(`click[${BACK_TO_SEARCH}]`)
      }
    }
    if (!this.visit.isOver) {
      this.namesOptions = true
      this.browse(this.visit.act(`search[${words} ${values.join(' ')}]`))
    }
    return this.visit.run
  }

  /** Goes through pages of results until something is bought or nothing is left to look at. */
  private browse(first: ReadPage): void {
    let page = first
    while (page.page === 'results' && page.goods.length > 0 && !this.visit.isOver) {
      const slip = this.slipOnResults(page.goods)
      const { said: seen, chosen } = this.look(page.goods)
      const said = slip + seen
      if (chosen) {
        const back = this.open(chosen, said)
        if (!back) return
        page = back
      } else if (page.number < MOST_PAGES) {
        this.visit.think(`${said} ${thoughts.nextPage(this.random)}`)
        page = this.visit.act(`click[${NEXT_PAGE}]`)
      } else return
    }
  }

  /** Compares the goods of a page with the wish, up to the first that fits. */
  private look(goods: readonly Listed[]): { said: string; chosen: Candidate | null } {
    const said: string[] = []
    let partly: Candidate | null = null
    for (const good of goods) {
      const reason = this.rejected.get(good.id)
      if (reason !== undefined) {
        said.push(thoughts.seenBefore(good.id, reason))
        continue
      }
      const candidate = this.overlook(this.judge(good))
      said.push(thoughts.judged(candidate.judgement))
      if (candidate.ruledOut && !candidate.overlooked) continue
      if (candidate.missing.length === 0) return { said: said.join(' '), chosen: candidate }
      // One attribute may hide behind [Features], where the title names the other.
      if (candidate.missing.length < this.wish.attributes.length) partly ??= candidate
    }
    return { said: said.join(' '), chosen: partly }
  }

  private judge(good: Listed): Candidate {
    const { kind, attributes, limit } = this.wish
    const judgement: thoughts.Judgement = { id: good.id, looked: [], price: null }
    if (!good.title.includes(kind)) {
      judgement.looked.push({ word: kind, found: false })
      return { good, judgement, missing: [], ruledOut: true }
    }
    const missing = attributes.filter((attribute) => !good.title.includes(attribute))
    judgement.looked = attributes.map((word) => ({ word, found: !missing.includes(word) }))
    if (missing.length === attributes.length) return { good, judgement, missing, ruledOut: false }
    const amount = priceOf(good.priceTag)
    judgement.price = { amount, limit }
    return { good, judgement, missing, ruledOut: !(amount < limit) }
  }

  /** A slip: the words of a title fit, so its price is not looked at. */
  private overlook(candidate: Candidate): Candidate {
    const { judgement, missing, ruledOut } = candidate
    if (!judgement.price || !ruledOut || missing.length > 0 || !this.slips.take()) return candidate
    return { ...candidate, judgement: { ...judgement, price: null }, overlooked: true }
  }

  /** Opens a good and buys it. @returns the page of results that it went back to where the good does not fit */
  private open(candidate: Candidate, said: string): ReadPage | null {
    const { good, missing, overlooked } = candidate
    const hidden = missing[0]
    const opening =
      hidden === undefined
        ? thoughts.opens(this.random, good.id, overlooked !== true)
        : thoughts.opensForFeatures(good.id, hidden)
    this.visit.think(`${said} ${opening}`)
    const page = this.visit.act(`click[${good.id}]`)
    if (page.page !== 'item') return null
    if (overlooked) {
      const cost = thoughts.priceAgainst(priceOf(page.priceTag), this.wish.limit)
      return this.leave(good.id, cost, thoughts.tooDear(cost))
    }
    const absent = this.wish.options.find(({ name, value }) => !page.options.get(name)?.includes(value))
    const looked = this.wish.options
      .slice(0, absent ? this.wish.options.indexOf(absent) + 1 : undefined)
      .map((option) => thoughts.optionLooked(option.name, option.value, option !== absent))
      .join(' ')
    if (absent) {
      const reason = `no ${absent.value}`
      if (this.namesOptions || this.random.next() >= SEARCHES_AGAIN) {
        return this.leave(good.id, reason, `${looked} ${thoughts.goesBack(this.random)}`)
      }
      this.rejected.set(good.id, reason)
      this.visit.think(`${looked} ${thoughts.searchesWith(this.wish.options.map(({ value }) => value))}`)
      this.visit.act(`click[${BACK_TO_SEARCH}]`)
      return null
    }
    if (hidden !== undefined) {
      this.visit.think(`${looked} ${thoughts.readsFeatures(hidden)}`)
      const features = this.visit.act('click[Features]')
      const found = features.page === 'sub-page' && features.lines.some((line) => line.includes(hidden))
      this.visit.think(thoughts.featureLooked(hidden, found))
      this.visit.act(`click[${PREVIOUS_PAGE}]`)
      if (!found) return this.leave(good.id, `no ${hidden}`)
    }
    this.buy(looked)
    return null
  }

  /** Chooses every option and buys what stands on the page. */
  private buy(seen: string): void {
    const { options } = this.wish
    const slip = this.slipOnItem()
    this.visit.think(`${slip}${seen} ${thoughts.choosesAll(this.random, options.length)}`)
    for (const { value } of options) this.visit.act(`click[${value}]`)
    this.visit.think(
      thoughts.buys(
        this.random,
        options.map(({ value }) => value),
      ),
    )
    this.visit.act(`click[${BUY_NOW}]`)
  }

  private leave(id: string, reason: string, thought?: string): ReadPage {
    if (thought) this.visit.think(thought)
    this.rejected.set(id, reason)
    return this.visit.act(`click[${PREVIOUS_PAGE}]`)
  }

  /** A slip on a page of results: doing what only a good's own page can do. @returns as `slipOnItem` */
  private slipOnResults(goods: readonly Listed[]): string {
    const chosen = goods.find((good) => {
      const { ruledOut, missing } = this.judge(good)
      return !ruledOut && missing.length === 0 && !this.rejected.has(good.id)
    })
    if (!chosen || !this.slips.take()) return ''
    const value = this.wish.options[0]!.value
    const slips = [
      { action: `click[${value}]`, thought: thoughts.AFTER_FAILURE.notOpened(value) },
      { action: `click[${chosen.title}]`, thought: thoughts.AFTER_FAILURE.needsId(chosen.id) },
      { action: `click[${BUY_NOW}]`, thought: thoughts.AFTER_FAILURE.cannotBuyYet(chosen.id) },
    ]
    const { action, thought } = this.random.pick(slips)
    this.visit.act(action)
    return `${thought} `
  }

  /** A slip on a good's page. @returns how the next thought begins, '' where there was no slip */
  private slipOnItem(): string {
    if (!this.slips.take()) return ''
    const attribute = this.random.pick(this.wish.attributes)
    const slips = [
      { action: `click[${attribute}]`, thought: thoughts.AFTER_FAILURE.noOption(attribute) },
      { action: `click[${NEXT_PAGE}]`, thought: thoughts.AFTER_FAILURE.noNextPage() },
      { action: `search[${this.wish.kind}]`, thought: thoughts.AFTER_FAILURE.noSearchBox() },
    ]
    const { action, thought } = this.random.pick(slips)
    this.visit.act(action)
    return `${thought} `
  }
}

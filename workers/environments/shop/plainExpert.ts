/**
 * An expert for shops that nobody scripted: it knows no kinds and no attributes, only words. It buys the good below the
 * price limit whose title shares most words with the instruction, with the options that the instruction names. What
 * it says is true; how often it earns the full reward depends on the goods (WebShop's own rule-based agent earned it
 * in about one of ten tasks).
 */
import type { ExpertRun } from '../environment.ts'
import { BUY_NOW, type Listed } from './pages.ts'
import { priceOf } from './readPage.ts'
import type { Visit } from './visit.ts'

const LIMIT = /,? and price lower than ([\d.]+) dollars$/
/** Words that say nothing of the good. */
const EMPTY_WORDS = new Set(
  `a an and am are as at be for find from get i im in is it like looking me my need of on or please show some something
that the them they this to want which with would you`.split(/\s+/),
)
/** Goods compared in one thought. */
const MOST_COMPARED = 3

export function plainExpert(visit: Visit, instruction: string): ExpertRun {
  const limit = Number(LIMIT.exec(instruction)?.[1] ?? Number.POSITIVE_INFINITY)
  const wanted = wordsOf(instruction.replace(LIMIT, ''))
  const below = Number.isFinite(limit) ? `, below ${limit}` : ''
  visit.think(`I need: ${wanted.join(' ')}${below}. I search.`)
  const page = visit.act(`search[${wanted.join(' ')}]`)
  if (page.page !== 'results' || page.goods.length === 0) {
    visit.think('Nothing was found.')
    return visit.run
  }
  const good = choose(visit, page.goods, wanted, limit)
  const item = visit.act(`click[${good.id}]`)
  if (item.page !== 'item') return visit.run
  for (const [name, values] of item.options) {
    const value = named(values, wanted)
    if (value === undefined) {
      visit.think(`${name}: none that I need.`)
      continue
    }
    visit.think(`${name} ${value}: found. I click it.`)
    visit.act(`click[${value}]`)
  }
  visit.think('I buy it.')
  visit.act(`click[${BUY_NOW}]`)
  return visit.run
}

/** The good with most wanted words in its title, of those below the limit if there are any. */
function choose(visit: Visit, goods: readonly Listed[], wanted: readonly string[], limit: number): Listed {
  const compared = goods.map((good) => {
    const title = new Set(wordsOf(good.title))
    const price = priceOf(good.priceTag)
    return { good, price, shared: wanted.filter((word) => title.has(word)).length, fits: price < limit }
  })
  compared.sort((a, b) => Number(b.fits) - Number(a.fits) || b.shared - a.shared)
  const said = compared.slice(0, MOST_COMPARED).map(({ good, price, shared, fits }) => {
    const cost = Number.isFinite(limit) ? `, ${price} ${fits ? 'below' : 'not below'} ${limit}` : ''
    return `${good.id}: ${shared} of ${wanted.length} words${cost}.`
  })
  const best = compared[0]!.good
  visit.think(`${said.join(' ')} I open ${best.id}.`)
  return best
}

/** The value of which the instruction has every word; of several the one with most. */
function named(values: readonly string[], wanted: readonly string[]): string | undefined {
  return values
    .map((value) => ({ value, words: wordsOf(value) }))
    .filter(({ words }) => words.length > 0 && words.every((word) => wanted.includes(word)))
    .sort((a, b) => b.words.length - a.words.length)[0]?.value
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+(?:[.'-][\p{L}\p{N}]+)*/gu) ?? []
  return [...new Set(words)].filter((word) => !EMPTY_WORDS.has(word))
}

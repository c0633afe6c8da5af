/**
 * The pages as text, to the letter as ReAct's wrapper of WebShop printed them in the runs that its authors published
 * (github.com/ysymyth/ReAct, WebShop.ipynb): buttons in brackets, every line but that of options with a blank behind.
 */
import type { Good } from './good.ts'

export const INVALID_ACTION = 'Invalid action!'

export const BACK_TO_SEARCH = 'Back to Search'
export const NEXT_PAGE = 'Next >'
export const PREVIOUS_PAGE = '< Prev'
export const BUY_NOW = 'Buy Now'
export const SUB_PAGES = ['Description', 'Features', 'Reviews'] as const
export type SubPage = (typeof SUB_PAGES)[number]

export type Listed = Pick<Good, 'id' | 'title' | 'priceTag'>

/** Where every episode begins, and what [Back to Search] leads to. */
export function startPage(instruction: string): string {
  return page(['Webshop', 'Instruction: ', instruction, '[Search]'])
}

/** @param number counted from 1 @param total results on all pages. [Next >] stands on the last page too, as there */
export function resultsPage(number: number, total: number, goods: readonly Listed[]): string {
  return page([
    `[${BACK_TO_SEARCH}]`,
    `Page ${number} (Total results: ${total})`,
    ...(number > 1 ? [`[${PREVIOUS_PAGE}]`] : []),
    `[${NEXT_PAGE}]`,
    ...goods.flatMap(({ id, title, priceTag }) => [`[${id}]`, title, priceTag]),
  ])
}

/** @param chosen the value clicked of each option; it stands in double brackets */
export function itemPage(
  good: Pick<Good, 'title' | 'priceTag' | 'options'>,
  chosen: ReadonlyMap<string, string> = new Map(),
): string {
  const options = [...good.options].map(([name, values]) => {
    const buttons = values.map((value) => (chosen.get(name) === value ? `[[${value}]]` : `[${value}]`))
    return `${name} ${buttons.join('')}`
  })
  return [
    page([`[${BACK_TO_SEARCH}]`, `[${PREVIOUS_PAGE}]`]),
    ...options,
    page([
      good.title,
      `Price: ${good.priceTag}`,
      'Rating: N.A.',
      ...SUB_PAGES.map((name) => `[${name}]`),
      `[${BUY_NOW}]`,
    ]),
  ].join('\n')
}

/** What stands behind a good's three buttons. Nobody has reviewed anything, as in WebShop's own files. */
export function subPage(good: Pick<Good, 'description' | 'features'>, name: SubPage): string {
  return page([`[${BACK_TO_SEARCH}]`, `[${PREVIOUS_PAGE}]`, ...subPageLines(good, name)])
}

/** What such a page says, without its buttons. */
export function subPageLines(good: Pick<Good, 'description' | 'features'>, name: SubPage): string[] {
  const lines = { Description: [good.description], Features: good.features, Reviews: [] }[name]
  return lines.filter((line) => line.trim() !== '')
}

export function clickedOption(value: string): string {
  return `You have clicked ${value}.`
}

/** The end of an episode. @param reward 0 … 1 */
export function scoreLine(reward: number): string {
  return `Your score (min 0.0, max 1.0): ${asPython(reward)}`
}

/** A price as WebShop prints it, e.g. `$34.5`. */
export function dollars(price: number): string {
  return `$${asPython(price)}`
}

/** A number as Python prints it: whole ones with a zero behind the point. */
function asPython(number: number): string {
  return Number.isInteger(number) ? number.toFixed(1) : String(number)
}

function page(lines: readonly string[]): string {
  return lines.map((line) => `${line} `).join('\n')
}

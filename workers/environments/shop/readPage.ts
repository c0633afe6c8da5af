/** Pages read back from their text, by the expert, who sees nothing else. */
import { BACK_TO_SEARCH, type Listed, NEXT_PAGE, PREVIOUS_PAGE } from './pages.ts'

export type ReadPage =
  | { page: 'start'; instruction: string }
  | { page: 'results'; number: number; total: number; goods: Listed[] }
  | {
      page: 'item'
      title: string
      priceTag: string
      options: Map<string, string[]>
      /** Values in double brackets, by name of the option. */
      chosen: Map<string, string>
    }
  | { page: 'sub-page'; lines: string[] }
  | { page: 'answer'; text: string }

const RESULTS = /^Page (\d+) \(Total results: (\d+)\)$/
const BUTTON = /^\[(.*)\]$/
const OPTION = /^(.*?) \[(.*)\]$/

/** What an observation shows; anything that is no page is an `answer`. */
export function readPage(observation: string): ReadPage {
  const raw = observation.split('\n')
  const lines = raw.map((line) => line.trim())
  if (lines[0] === 'Webshop') return { page: 'start', instruction: lines[2] ?? '' }
  if (lines[0] !== `[${BACK_TO_SEARCH}]`) return { page: 'answer', text: observation }
  const results = RESULTS.exec(lines[1] ?? '')
  if (results) {
    const from = lines.indexOf(`[${NEXT_PAGE}]`) + 1
    const goods: Listed[] = []
    for (let i = from; i + 2 < lines.length; i += 3) {
      goods.push({ id: BUTTON.exec(lines[i]!)?.[1] ?? '', title: lines[i + 1]!, priceTag: lines[i + 2]! })
    }
    return { page: 'results', number: Number(results[1]), total: Number(results[2]), goods }
  }
  const price = lines.findIndex((line) => line.startsWith('Price: '))
  if (lines[1] !== `[${PREVIOUS_PAGE}]` || price < 3) return { page: 'sub-page', lines: lines.slice(2) }
  const options = new Map<string, string[]>()
  const chosen = new Map<string, string>()
  for (const line of lines.slice(2, price - 1)) {
    const [, name, values] = OPTION.exec(line) ?? []
    if (name === undefined) continue
    const buttons = values!.split('][')
    options.set(
      name,
      buttons.map((button) => BUTTON.exec(button)?.[1] ?? button),
    )
    const value = buttons.map((button) => BUTTON.exec(button)?.[1]).find((inner) => inner !== undefined)
    if (value !== undefined) chosen.set(name, value)
  }
  return {
    page: 'item',
    title: lines[price - 1]!,
    priceTag: lines[price]!.slice('Price: '.length),
    options,
    chosen,
  }
}

/** The lower price of a tag, in dollars; NaN where there is none. */
export function priceOf(tag: string): number {
  return Number(/\$(\d+(?:\.\d+)?)/.exec(tag)?.[1])
}

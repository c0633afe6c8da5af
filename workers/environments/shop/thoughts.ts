/**
 * What the expert thinks, in few words. Every sentence says only what the pages have shown. What is looked for stands
 * right before the word that says found or not found: a small student learns the look-up much sooner so.
 */
import type { Random } from '../../random.ts'
import type { Wish } from './instruction.ts'

/** The wish in one order, whatever the instruction's. */
export function plan(random: Random, wish: Wish): string {
  const options = wish.options.map(({ name, value }) => `${name} ${value}`)
  const wanted = [wish.kind, ...wish.attributes, ...options].join(', ')
  return random.pick([
    `I need: ${wanted}, below ${wish.limit}. I search.`,
    `I look for: ${wanted}, below ${wish.limit}. First I search.`,
  ])
}

/** What a title and a price on a page of results say of a good. */
export interface Judgement {
  id: string
  /** Words looked for in the title, in order, up to the first that decides. */
  looked: { word: string; found: boolean }[]
  price: { amount: number; limit: number } | null
}

export function judged({ id, looked, price }: Judgement): string {
  const words = looked.map(({ word, found }) => `${word} ${found ? 'found' : 'not found'}`)
  const cost = price ? [priceAgainst(price.amount, price.limit)] : []
  return `${id}: ${[...words, ...cost].join(', ')}.`
}

export function priceAgainst(amount: number, limit: number): string {
  return `${amount} ${amount < limit ? 'below' : 'not below'} ${limit}`
}

/** Of a good that was opened before and left. @param reason what it lacked */
export function seenBefore(id: string, reason: string): string {
  return `${id}: ${reason}.`
}

/** @param fits all that the page tells of it was looked at and is as wanted */
export function opens(random: Random, id: string, fits: boolean): string {
  return random.pick([fits ? `It fits. I open ${id}.` : `I open ${id}.`, `I open ${id}.`])
}

/** The title leaves open what the bullet points may say. */
export function opensForFeatures(id: string, attribute: string): string {
  return `${attribute} may be in the features. I open ${id}.`
}

export function nextPage(random: Random): string {
  return random.pick(['Nothing fits here. Next page.', 'No fit. I try the next page.'])
}

export function nothingFits(): string {
  return 'Nothing fits here.'
}

/** After results, or a good, without the wanted options, which the search had not named. */
export function searchesWith(values: readonly string[]): string {
  return `I search again with ${values.join(' and ')}.`
}

/** Of a good whose price was passed over before. @param cost see `priceAgainst` */
export function tooDear(cost: string): string {
  return `I did not look at the price: ${cost}. I go back.`
}

/** Of an option on a good's page. */
export function optionLooked(name: string, value: string, found: boolean): string {
  return `${name} ${value}: ${found ? 'found' : 'not found'}.`
}

export function goesBack(random: Random): string {
  return random.pick(['I go back.', 'Not this one. I go back.'])
}

export function choosesAll(random: Random, count: number): string {
  if (count === 1) return random.pick(['I choose it.', 'I click it.'])
  return random.pick(['I choose both.', 'I click both.'])
}

export function readsFeatures(attribute: string): string {
  return `Now I look for ${attribute} in the features.`
}

export function featureLooked(attribute: string, found: boolean): string {
  return `${attribute}: ${found ? 'found' : 'not found'}. I go back.`
}

export function buys(random: Random, chosen: readonly string[]): string {
  const all = chosen.join(' and ')
  return random.pick([`${all} chosen. I buy it.`, `I have chosen ${all}. All fits. I buy.`])
}

/** After "Invalid action!": why, and what to do instead. */
export const AFTER_FAILURE = {
  notOpened: (value: string) => `That failed: ${value} is no button here. I must open a good first.`,
  needsId: (id: string) => `That failed: I must click the ID, ${id}.`,
  noNextPage: () => 'That failed: there is no next page here.',
  noSearchBox: () => 'That failed: there is no search box here.',
  noOption: (attribute: string) => `That failed: ${attribute} is no option here.`,
  cannotBuyYet: (id: string) => `That failed: I must open ${id} before I buy.`,
  needsSearch: () => 'That failed: I must search first.',
}

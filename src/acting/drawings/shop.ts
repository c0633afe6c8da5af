import type { ShopView } from '../../../workers/protocol.ts'

/** A price as a page prints it against the limit; "unknown" where there is no limit or no price can be read. */
export type Affordable = 'within' | 'over' | 'unknown'

/** The lowest price that a tag such as "$12.99 to $18.99" or "$1,299.0" names; null where it names none. */
export function lowestPrice(tag: string): number | null {
  const prices = [...tag.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([price]) => Number(price.replaceAll(',', '')))
  return prices.length === 0 ? null : Math.min(...prices)
}

/** @param price in dollars @param limit in dollars; the price may be this or lower */
export function affordable(price: number | null, limit: number | null): Affordable {
  if (price === null || limit === null) return 'unknown'
  return price <= limit ? 'within' : 'over'
}

const MONEY = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })

/** 1299.5 -> $1,299.50 */
export function money(dollars: number): string {
  return MONEY.format(dollars)
}

/** A price against the limit, in words. */
export function againstLimit(price: number, limit: number | null): string {
  if (limit === null) return 'no limit was told'
  if (price > limit) return `${money(price - limit)} over the limit of ${money(limit)}`
  return `within the limit of ${money(limit)}`
}

/** What each part of the reward came to, in words. */
export function rewardParts({ reward, wanted }: ShopView): string[] {
  if (!reward) return []
  const { type, attributes, options, price } = reward
  return [
    `kind of good ${type}`,
    `attributes ${attributes} of ${wanted.attributes.length}`,
    `options ${options} of ${wanted.options.length}`,
    `price ${price ? 'within' : 'over'} the limit`,
  ]
}

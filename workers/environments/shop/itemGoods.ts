import { z } from 'zod'
import { isRecord } from '../../isRecord.ts'
import { describeIssues, issuesOf } from '../../issues.ts'
import { oneLine } from '../../oneLine.ts'
import { Random } from '../../random.ts'
import type { Good } from './good.ts'
import { dollars } from './pages.ts'

/** What WebShop charges for an item without a price, in dollars. */
const DEFAULT_PRICE = 100
/** Longer asins WebShop leaves out. */
const LONGEST_ID = 10

type OptionLists = Record<string, { value: string }[] | null>

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
const isOptionList = (value: unknown) =>
  value === null ||
  (Array.isArray(value) && value.every((one) => isRecord(one) && typeof one.value === 'string'))
const words = z.string().nullish()
const itemSchema = z.object({
  asin: z.string().min(1),
  name: z.string().min(1),
  category: words,
  query: words,
  product_category: words,
  full_description: words,
  small_description: z
    .custom<string | string[] | null>(
      (value) => value === null || typeof value === 'string' || isTexts(value),
      'must be text or a list of texts',
    )
    .optional(),
  pricing: z
    .custom<string | number | null>(
      (value) => value === null || typeof value === 'string' || typeof value === 'number',
      'must be text such as "$12.99"',
    )
    .optional(),
  customization_options: z
    .custom<OptionLists | '' | null>(
      (value) =>
        value === null || value === '' || (isRecord(value) && Object.values(value).every(isOptionList)),
      'must hold a list of objects with a value for every name of an option',
    )
    .optional(),
})

/**
 * One item as a good. What is missing is taken as WebShop takes it; what is wrong is told to `report`.
 *
 * @param at where it stands, to begin a sentence with
 * @returns null where it must be left out
 */
export function readItem(
  item: unknown,
  at: string,
  attributes: ReadonlyMap<string, string[]>,
  report: (problem: string) => void,
): Good | null {
  const read = itemSchema.safeParse(item)
  const called = isRecord(item) ? [item.asin, item.name].filter((part) => typeof part === 'string') : []
  const name = called.length > 0 ? `${at} (${called.join(', ').slice(0, 80)})` : at
  if (!read.success) {
    report(`${name} is left out: ${describeIssues(issuesOf(read.error, item), 'it')}.`)
    return null
  }
  const data = read.data
  const id = idOf(data.asin)
  if (id === 'NAN' || id.length > LONGEST_ID) {
    report(`${name} is left out: an asin has at most ${LONGEST_ID} characters.`)
    return null
  }
  const { price, priceTag } = pricing(data.pricing, id, name, report)
  const bullets = data.small_description ?? []
  return {
    id,
    title: oneLine(data.name),
    department: data.category?.trim() || 'other',
    kind: (data.query ?? '').toLowerCase().trim(),
    categories: (data.product_category ?? '').split('›').map((level) => level.trim()),
    description: oneLine(data.full_description ?? ''),
    features: (typeof bullets === 'string' ? [bullets] : bullets).map(oneLine),
    attributes: attributes.get(id) ?? [],
    options: options(data.customization_options),
    price,
    priceTag,
  }
}

/** Asins are compared in upper case. */
export function idOf(asin: string): string {
  return asin.trim().toUpperCase()
}

function options(given: OptionLists | '' | null | undefined): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, values] of Object.entries(given || {})) {
    const written = (values ?? []).map(({ value }) => oneLine(value).replaceAll('/', ' | ').toLowerCase())
    if (written.length > 0) found.set(name.toLowerCase(), [...new Set(written)])
  }
  return found
}

/** What it costs and what its pages print; of a range WebShop draws a price, so this does, the same every time. */
function pricing(
  given: string | number | null | undefined,
  id: string,
  name: string,
  report: (problem: string) => void,
): { price: number; priceTag: string } {
  const text = typeof given === 'number' ? `$${given}` : (given ?? '')
  const amounts = text
    .split('$')
    .slice(1)
    .map((amount) => Number(amount.replace(/[^\d.]/g, '') || Number.NaN))
  const [low, high] = amounts
  if (low === undefined || amounts.some((amount) => !Number.isFinite(amount))) {
    const fault =
      text.trim() === '' ? 'has no price' : `has a price that is no amount in dollars (${text.slice(0, 40)})`
    report(`${name} ${fault}; it is sold for ${dollars(DEFAULT_PRICE)}, as WebShop does.`)
    return { price: DEFAULT_PRICE, priceTag: dollars(DEFAULT_PRICE) }
  }
  if (high === undefined) return { price: low, priceTag: dollars(low) }
  const share = new Random(0).fork(`price ${id}`).next()
  return { price: low + (high - low) * share, priceTag: `${dollars(low)} to ${dollars(high)}` }
}

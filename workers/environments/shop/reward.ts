/**
 * WebShop's reward (Yao et al. 2022, arXiv 2207.01206, section 3 and its `engine/goal.py`): how far what was bought is
 * what was asked for.
 */
import { token_set_ratio } from 'fuzzball/ultra_lite'
import { normaliseColour } from './colours.ts'
import type { Goal, Good } from './good.ts'
import { nounsOf } from './nouns.ts'

/** Two texts mean the same above this token-set ratio. */
const FUZZY_MATCH = 85
/** Levels that two goods' categories must share to be of one type. */
const SHARED_CATEGORIES = 2
/** Title overlaps: above the first the type is right; below the second it is hardly related. */
const SAME_TYPE = 0.2
const RELATED = 0.1

/** A reward and what it is made of. */
export interface Reward {
  /** 0 … 1; 1 is success. */
  total: number
  /** 1, 0.5, 0.1 or 0. */
  type: number
  attributes: number
  options: number
  price: boolean
}

/**
 * r = r_type · (matched attributes + matched options + [price within the limit]) / (attributes + options + 1).
 *
 * @param chosen the values that were clicked when it was bought
 */
export function rewardOf(good: Good, chosen: readonly string[], goal: Goal): Reward {
  const type = typeReward(good, goal)
  const attributes = goal.attributes.filter((wanted) => hasAttribute(good, wanted)).length
  const options = matchedOptions(chosen, goal.options)
  const price = good.price <= goal.priceLimit
  const wanted = goal.attributes.length + goal.options.length + 1
  const total = (type * (attributes + options + (price ? 1 : 0))) / wanted
  return { total, type, attributes, options, price }
}

/** Whether the good is of the type that was asked for: 1, 0.5 for another type, 0.1 and 0 where the titles differ. */
export function typeReward(
  good: Pick<Good, 'kind' | 'categories' | 'title'>,
  goal: Pick<Goal, 'kind' | 'categories' | 'title'>,
): number {
  const overlap = titleOverlap(good.title, goal.title)
  // The last rule of the code wins: with no noun in common even the same query earns nothing.
  if (overlap === 0) return 0
  if (overlap < RELATED) return 0.1
  const wanted = new Set(goal.categories)
  const shared = new Set(good.categories.filter((level) => wanted.has(level)))
  const match = good.kind === goal.kind || shared.size >= SHARED_CATEGORIES || overlap > SAME_TYPE
  return match ? 1 : 0.5
}

/** The share of the goal title's nouns (repeated ones counted again) that stand in the other; 0.2 where it has none. */
export function titleOverlap(bought: string, wanted: string): number {
  const nouns = nounsOf(wanted)
  if (nouns.length === 0) return 0.2
  const others = new Set(nounsOf(bought))
  return [...new Set(nouns)].filter((noun) => others.has(noun)).length / nouns.length
}

/** Is an attribute among the good's, but for its wording, or to the letter in its title, bullet points or description? */
export function hasAttribute(
  good: Pick<Good, 'attributes' | 'title' | 'features' | 'description'>,
  wanted: string,
): boolean {
  return (
    good.attributes.some((attribute) => token_set_ratio(attribute, wanted) > FUZZY_MATCH) ||
    [good.title, good.features.join(' '), good.description].some((text) =>
      text.toLowerCase().includes(wanted),
    )
  )
}

/** How many wanted values are among the chosen ones, but for their wording; of colours only the colour counts. */
export function matchedOptions(chosen: readonly string[], wanted: readonly string[]): number {
  const values = chosen.map(normaliseColour)
  return wanted
    .map(normaliseColour)
    .filter((value) => values.some((other) => token_set_ratio(other, value) > FUZZY_MATCH)).length
}

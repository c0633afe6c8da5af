import { oneLine } from '../../oneLine.ts'
import type { Random } from '../../random.ts'
import { type Goal, type Good, NO_LIMIT } from './good.ts'
import type { Instruction } from './items.ts'

/** WebShop's price limits: multiples of ten dollars up to 990. */
const HIGHEST_LIMIT = 990
/** The limit is drawn from the next multiples above the price. */
const NEXT_LIMITS = 4

/** A goal made from one of a good's own instructions, as WebShop makes it (`engine/goal.py`, `get_human_goals`). */
export function goalOf(good: Good, instructions: readonly Instruction[], random: Random): Goal {
  const { text, attributes, options } = random.pick(instructions)
  const chosen =
    options ?? [...good.options].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, values]) => random.pick(values))
  const { limit, limitText } = drawLimit(good.price, random)
  return {
    goodId: good.id,
    title: good.title,
    kind: good.kind,
    categories: good.categories,
    instruction: `${withoutDots(text)}${options ? '' : named(good, chosen)}${limitText}`,
    attributes,
    options: chosen,
    priceLimit: limit,
  }
}

/** Synthetic instructions name the options behind them. */
function named(good: Good, values: readonly string[]): string {
  const names = [...good.options.keys()].sort()
  const all = names.map((name, i) => `${name}: ${values[i]}`)
  return all.length > 0 ? ` with ${all.join(', and ')}` : ''
}

function drawLimit(price: number, random: Random): { limit: number; limitText: string } {
  const lowest = 10 * Math.floor(price / 10) + 10
  const limits = Array.from({ length: NEXT_LIMITS }, (_, i) => lowest + 10 * i).filter(
    (limit) => limit <= HIGHEST_LIMIT,
  )
  if (limits.length < 2) return { limit: NO_LIMIT, limitText: '' }
  // The higher of two, so never the lowest.
  const limit = Math.max(...random.shuffle(limits).slice(0, 2))
  return { limit, limitText: `, and price lower than ${limit.toFixed(2)} dollars` }
}

function withoutDots(text: string): string {
  return oneLine(text).replace(/^\.+|\.+$/g, '')
}

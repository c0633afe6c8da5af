import type { Random } from '../../random.ts'
import type { Goal, Good } from './good.ts'
import { say, type Wish } from './instruction.ts'
import { KINDS } from './kinds.ts'

/** Shares of goals by attributes asked for: one; two of which the title hides one; else the two of the title. */
const ONE_ATTRIBUTE = 0.15
const HIDDEN_ATTRIBUTE = 0.1

const kinds = new Map(KINDS.map((kind) => [kind.name, kind]))

/** A goal that this good of the invented shop fulfils, with a value wanted of each of its options. */
export function drawGoal(good: Good, random: Random): Goal {
  const [first, second, hidden] = good.attributes as [string, string, string]
  const draw = random.next()
  const attributes =
    draw < ONE_ATTRIBUTE
      ? [random.pick([first, second])]
      : draw < ONE_ATTRIBUTE + HIDDEN_ATTRIBUTE
        ? random.shuffle([random.pick([first, second]), hidden])
        : random.shuffle([first, second])
  const options = [...good.options].map(([name, values]) => ({ name, value: random.pick(values) }))
  // WebShop takes the higher of two of the next four multiples of ten; nearer ones let prices matter.
  const limit = 10 * (Math.floor(good.price / 10) + 1 + random.below(2))
  const wish: Wish = { kind: good.kind, attributes, options, limit }
  return {
    goodId: good.id,
    title: good.title,
    kind: good.kind,
    categories: good.categories,
    instruction: say(wish, kinds.get(good.kind)!, random),
    attributes,
    options: options.map(({ value }) => value),
    priceLimit: limit,
  }
}

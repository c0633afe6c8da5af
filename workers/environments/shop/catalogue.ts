import { Random } from '../../random.ts'
import type { Good } from './good.ts'
import { KINDS, type Kind } from './kinds.ts'
import { dollars } from './pages.ts'

/** 70 kinds of 30 goods are 2,100. */
const GOODS_PER_KIND = 30
const ATTRIBUTES_PER_GOOD = 3
/** Attributes that the title names; the rest stand behind [Features]. */
const IN_TITLE = 2
/** Values offered of each option. */
const MOST_VALUES = 3
/** Whole dollars, two digits each, so that a small student may learn which is lower. */
const LOWEST = 10
const HIGHEST = 59
/** A letter and two digits: few tokens to copy. I and O look like digits. */
const ID_LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ'

const BEGINNINGS = ['Vel', 'Tor', 'Mar', 'Quin', 'Ost', 'Bel', 'Fen', 'Lun', 'Dra', 'Sil']
const ENDINGS = ['mora', 'vik', 'dane', 'ello', 'wick']

/**
 * The invented shop's goods, the same for the same seed. Nothing in it is real: brands are put together from
 * syllables, prices and attributes are drawn.
 *
 * @param seed any integer
 */
export function inventedGoods(seed: number): Good[] {
  const random = new Random(seed).fork('shop catalogue')
  const ids = random.shuffle(
    [...ID_LETTERS].flatMap((letter) => Array.from({ length: 90 }, (_, i) => `${letter}${10 + i}`)),
  )
  const goods = KINDS.flatMap((kind) =>
    Array.from({ length: GOODS_PER_KIND }, () => drawGood(random, kind, ids.pop()!)),
  )
  // Equal matches of a search come in the order of the catalogue, which should say nothing.
  return random.shuffle(goods)
}

function drawGood(random: Random, kind: Kind, id: string): Good {
  const brand = random.pick(BEGINNINGS) + random.pick(ENDINGS)
  const attributes = random.shuffle(kind.attributes).slice(0, ATTRIBUTES_PER_GOOD)
  const inTitle = attributes.slice(0, IN_TITLE)
  const price = LOWEST + random.below(HIGHEST - LOWEST + 1)
  const options = [...kind.options].map(([name, values]): [string, string[]] => {
    const offered = new Set(random.shuffle(values).slice(0, MOST_VALUES))
    return [name, values.filter((value) => offered.has(value))]
  })
  return {
    id,
    title: [`${brand} ${kind.name}`, ...inTitle].join(', '),
    department: kind.department,
    kind: kind.name,
    categories: [kind.department, kind.shelf, kind.name],
    description: `${kind.name} by ${brand} for ${kind.use}`,
    // What the title leaves out comes first: only the first bullet point is searched.
    features: [...attributes.slice(IN_TITLE), ...inTitle],
    attributes,
    options: new Map(options),
    price,
    priceTag: dollars(price),
  }
}

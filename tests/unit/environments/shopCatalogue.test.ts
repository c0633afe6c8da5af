import { token_set_ratio } from 'fuzzball/ultra_lite'
import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { inventedGoods } from '../../../workers/environments/shop/catalogue.ts'
import { normaliseColour } from '../../../workers/environments/shop/colours.ts'
import type { Goal } from '../../../workers/environments/shop/good.ts'
import { say, understand, type Wish } from '../../../workers/environments/shop/instruction.ts'
import { KINDS } from '../../../workers/environments/shop/kinds.ts'
import { readPage } from '../../../workers/environments/shop/readPage.ts'
import { hasAttribute, rewardOf } from '../../../workers/environments/shop/reward.ts'
import { inventedShop } from '../../../workers/environments/shop/shop.ts'
import { drawGoal } from '../../../workers/environments/shop/tasks.ts'
import { Random } from '../../../workers/random.ts'

const goods = inventedGoods(5)
const shop = inventedShop()

describe('the invented catalogue', () => {
  it('holds 2,100 goods in 70 kinds, the same for the same seed', () => {
    expect(goods).toHaveLength(2100)
    expect(new Set(goods.map(({ id }) => id)).size).toBe(2100)
    expect(new Set(goods.map(({ kind }) => kind)).size).toBe(70)
    expect(inventedGoods(5)).toEqual(goods)
    expect(inventedGoods(6)).not.toEqual(goods)
  })

  it('is consistent: what a good says of itself is so, and nothing else', () => {
    const kinds = new Map(KINDS.map((kind) => [kind.name, kind]))
    const wrong: string[] = []
    for (const good of goods) {
      const kind = kinds.get(good.kind)!
      if (!good.title.includes(good.kind) || good.priceTag !== `$${good.price}.0`) wrong.push(good.title)
      for (const attribute of kind.attributes) {
        if (hasAttribute(good, attribute) !== good.attributes.includes(attribute)) {
          wrong.push(`${good.title}: ${attribute}`)
        }
      }
      for (const [name, values] of kind.options) {
        const offered = good.options.get(name) ?? []
        if (offered.length !== 3 || !offered.every((value) => values.includes(value)))
          wrong.push(`${good.title}: ${name}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('has no two values or attributes of a kind that WebShop would take for the same', () => {
    for (const kind of KINDS) {
      for (const values of [...kind.options.values(), kind.attributes]) {
        for (const one of values) {
          for (const other of values) {
            if (one === other) continue
            const ratio = token_set_ratio(normaliseColour(one), normaliseColour(other))
            expect(ratio, `${kind.name}: ${one}, ${other}`).toBeLessThanOrEqual(85)
          }
        }
      }
    }
  })

  it('pays the full reward for the good that a goal was made of, and less where one thing is amiss', () => {
    const random = new Random(3)
    for (const good of goods.slice(0, 500)) {
      const goal = drawGoal(good, random)
      expect(rewardOf(good, goal.options, goal).total, good.title).toBe(1)
      expect(rewardOf(good, goal.options.slice(1), goal).total).toBeLessThan(1)
      expect(rewardOf({ ...good, price: goal.priceLimit + 1 }, goal.options, goal).total).toBeLessThan(1)
    }
  })
})

describe('instructions', () => {
  it('are understood in every wording', () => {
    const random = new Random(8)
    const openings = new Set<string>()
    for (const good of goods) {
      const kind = KINDS.find(({ name }) => name === good.kind)!
      const wish: Wish = {
        kind: good.kind,
        attributes: good.attributes.slice(0, 1 + random.below(3)),
        options: [...good.options].map(([name, values]) => ({ name, value: random.pick(values) })),
        limit: 10 * (1 + random.below(8)),
      }
      const said = say(wish, kind, random)
      openings.add(said.split(' ').slice(0, 2).join(' '))
      expect(understand(said), said).toEqual(wish)
    }
    expect([...openings].sort()).toEqual(['Find me', 'i am', 'i need'])
    expect(understand('a lamp, please')).toBeNull()
  })
})

describe('the splits', () => {
  const asked = Object.fromEntries(
    SPLITS.map((split) => {
      const goals = Array.from({ length: 2000 }, (_, seed) => shop.episode(seed, split))
      const found = goals.map((episode) => (episode.start() as unknown as { goal: Goal }).goal)
      return [
        split,
        { goods: new Set(found.map(({ goodId }) => goodId)), kinds: new Set(found.map(({ kind }) => kind)) },
      ]
    }),
  ) as Record<(typeof SPLITS)[number], { goods: Set<string>; kinds: Set<string> }>

  it('ask for no good in two splits', () => {
    expect(
      [...asked.test.goods].filter((id) => asked.train.goods.has(id) || asked.validation.goods.has(id)),
    ).toEqual([])
    expect([...asked.validation.goods].filter((id) => asked.train.goods.has(id))).toEqual([])
    expect(asked.test.goods.size).toBeGreaterThan(400)
  })

  it('ask in the test for whole kinds that no other split asks for', () => {
    const onlyTest = [...asked.test.kinds].filter(
      (kind) => !asked.train.kinds.has(kind) && !asked.validation.kinds.has(kind),
    )
    const onlyValidation = [...asked.validation.kinds].filter(
      (kind) => !asked.train.kinds.has(kind) && !asked.test.kinds.has(kind),
    )
    expect(onlyTest).toHaveLength(14)
    expect(onlyValidation).toHaveLength(7)
    expect(asked.train.kinds.size).toBe(49)
  })

  it('give the same episode for the same seed, of the type that was asked for', () => {
    for (const type of shop.taskTypes) {
      for (const split of SPLITS) {
        const episode = shop.episode(7, split, type)
        expect(episode).toMatchObject({ split, taskType: type, id: `shop-${split}-${type}-7` })
        expect(shop.episode(7 + 2 ** 32, split, type).prompt).toBe(episode.prompt)
        expect(readPage(episode.prompt).page).toBe('start')
      }
    }
    expect(shop.taskTypes).toEqual(['fashion', 'beauty', 'electronics', 'garden', 'grocery'])
    expect(() => shop.episode(1, 'test', 'cars')).toThrow(/has no cars task in its test split/)
  })

  it('start playings that do not disturb each other', () => {
    const episode = shop.episode(3, 'train')
    const [one, other] = [episode.start(), episode.start()]
    one.act('search[tea]')
    expect(other.view()).toMatchObject({ page: 'start' })
    expect(other.act('click[Back to Search]').valid).toBe(false)
  })
})

import { token_set_ratio } from 'fuzzball/ultra_lite'
import { describe, expect, it } from 'vitest'
import { normaliseColour } from '../../../workers/environments/shop/colours.ts'
import type { Goal, Good } from '../../../workers/environments/shop/good.ts'
import { nounsOf } from '../../../workers/environments/shop/nouns.ts'
import {
  hasAttribute,
  matchedOptions,
  rewardOf,
  titleOverlap,
  typeReward,
} from '../../../workers/environments/shop/reward.ts'

/*
 * Vectors worked by hand from WebShop's rules; where a title is tagged, the words are ones that every tagger calls
 * nouns. The long titles are those of WebShop's own tests (tests/web-agent-site/engine/test_goal.py, MIT licence).
 */

const GOOD: Good = {
  id: 'A10',
  title: 'table lamp',
  department: 'garden',
  kind: 'lamps',
  categories: ['home', 'lighting', 'table lamps'],
  description: 'Made of Oak wood.',
  features: ['Turns off by itself', 'easy to Clean'],
  attributes: ['energy saving', 'essential oil'],
  options: new Map(),
  price: 40,
  priceTag: '$40.0',
}
const GOAL: Goal = {
  goodId: 'A10',
  title: 'table lamp',
  kind: 'lamps',
  categories: ['home', 'lighting', 'table lamps'],
  instruction: '',
  attributes: ['energy saving', 'oak wood'],
  options: ['sky blue', 'large'],
  priceLimit: 40,
}

describe("WebShop's reward", () => {
  it('is 1 for all that was asked for, at the limit of the price', () => {
    // 1 · (2 attributes + 2 options + 1) / (2 + 2 + 1)
    expect(rewardOf(GOOD, ['light blue', 'large'], GOAL)).toEqual({
      total: 1,
      type: 1,
      attributes: 2,
      options: 2,
      price: true,
    })
  })

  it.each([
    ['without one of two options', { chosen: ['blue'] }, 4 / 5],
    ['without any option', { chosen: [] }, 3 / 5],
    ['a cent too dear', { good: { price: 40.01 } }, 4 / 5],
    ['without an attribute', { good: { attributes: [] } }, 4 / 5],
    ['without both, and too dear', { good: { attributes: [], description: '', price: 41 } }, 2 / 5],
    // Of another query and category: nouns of the goal [table, lamp], shared [lamp] is 1/2 > 0.2, so the type stays.
    ['of a type known by its title alone', { good: { kind: 'x', categories: [], title: 'floor lamp' } }, 1],
    ['with no noun in common', { good: { title: 'wooden chair' } }, 0],
  ])(
    '%s',
    (_, { good = {}, chosen = ['blue', 'large'] }: { good?: Partial<Good>; chosen?: string[] }, total) => {
      expect(rewardOf({ ...GOOD, ...good }, chosen, GOAL).total).toBeCloseTo(total, 12)
    },
  )

  it('counts the price alone where nothing else was asked for', () => {
    const goal = { ...GOAL, attributes: [], options: [] }
    expect(rewardOf(GOOD, [], goal).total).toBe(1)
    expect(rewardOf({ ...GOOD, price: 50 }, [], goal).total).toBe(0)
  })
})

describe('the type', () => {
  const wanted = { kind: 'a', categories: ['x', 'y', 'z'], title: 'desk' }
  it('is half where neither query, nor two levels of the category, nor the title match', () => {
    // Twelve different nouns wanted, two of them bought: 2/12 = 0.167, not above 0.2 and not below 0.1.
    const nouns = 'lamp table chair bottle jacket shirt cable phone bread kettle window garden'
    expect(nounsOf(nouns)).toHaveLength(12)
    const goal = { ...wanted, title: nouns }
    const bought = { kind: 'b', categories: ['x', 'v', 'w'], title: 'lamp table' }
    expect(titleOverlap(bought.title, goal.title)).toBeCloseTo(1 / 6, 12)
    expect(typeReward(bought, goal)).toBe(0.5)
    expect(typeReward({ ...bought, kind: 'a' }, goal)).toBe(1)
    expect(typeReward({ ...bought, categories: ['z', 'q', 'x'] }, goal)).toBe(1)
    // One level twice is one level.
    expect(typeReward({ ...bought, categories: ['x', 'x', 'q'] }, goal)).toBe(0.5)
    // 3/12 = 0.25
    expect(typeReward({ ...bought, title: 'lamp table chair' }, goal)).toBe(1)
    // 1/12 = 0.083: even the same query does not help.
    expect(typeReward({ ...bought, kind: 'a', title: 'lamp' }, goal)).toBe(0.1)
    expect(typeReward({ ...bought, kind: 'a', title: 'spoon' }, goal)).toBe(0)
  })

  it('counts repeated nouns of the goal once above and twice below the line', () => {
    // [bar, bar, lamp]: shared {bar} is 1 of 3.
    expect(titleOverlap('bar', 'bar bar lamp')).toBeCloseTo(1 / 3, 12)
  })

  it('takes 0.2 for a title without nouns', () => {
    expect(nounsOf('of the')).toEqual([])
    expect(titleOverlap('desk', 'of the')).toBe(0.2)
    expect(typeReward({ kind: 'b', categories: [], title: 'desk' }, { ...wanted, title: 'of the' })).toBe(0.5)
  })

  it.each([
    // [goal, bought, overlap by spaCy as WebShop's test has it, how far this tagger may be from it]
    [
      'Mens D.O.N. Issue 2 Gca Basketball Sneakers Shoes Casual - Off White',
      'PEAK High Top Mens Basketball Shoes Lou Williams Streetball Master Breathable Non Slip Outdoor Sneakers',
      0.333,
      0.04,
    ],
    [
      'Saireed UL Listed 2 Prong Power Cord for JBL Bar 3.1 Bar 2.1 Channel 4K Ultra HD Soundbar Home Theater System Subwoofer',
      'BRST AC Power Cord Outlet Socket Cable Plug Lead for Panasonic SC-HT830V DVD/VCR Combo Home Theater System',
      0.3,
      0.01,
    ],
    [
      'Saireed UL Listed 2 Prong Power Cord for JBL Bar 3.1 Bar 2.1 Channel 4K Ultra HD Soundbar',
      'BRST AC Power Cord Outlet Socket Cable Plug Lead for Panasonic SC-HT830V DVD/VCR Combo Home Theater System',
      0.15,
      0.01,
    ],
    [
      'Rusticware 921ORB Kitchen and Bath Cabinet Knob',
      'Minkissy 2pcs Stainless Steel Eyebrow Tweezers Blackhead Acne Remover Portable Makeup Tweezers (Silver)',
      0,
      0.05,
    ],
  ])('comes near what spaCy finds: %s', (goal, bought, overlap, off) => {
    expect(Math.abs(titleOverlap(bought, goal) - overlap)).toBeLessThanOrEqual(off)
  })
})

describe('attributes', () => {
  it.each([
    // The same words but for one letter: "essential oils" against "essential oil", 2·13/27 = 96.
    ['essential oils', true],
    ['saving energy', true],
    // Only in the description, the bullet points, the title: to the letter, in lower case.
    ['oak wood', true],
    ['easy to clean', true],
    ['table', true],
    // The goal's own capitals are not lowered, as there.
    ['Oak wood', false],
    // "energy" is a subset of "energy saving": 100.
    ['energy', true],
    ['gluten free', false],
  ])('%s: %s', (attribute, found) => {
    expect(hasAttribute(GOOD, attribute)).toBe(found)
  })

  it('match above 85 only', () => {
    // "of pack" is shared; "of pack 2" against "of pack 4" is 2·8/18 = 88.9: another number is let through, as there.
    expect(token_set_ratio('pack of 2', 'pack of 4')).toBe(89)
    // "ounce 8" against "ounce 9" is 2·6/14 = 85.7, "feet 3" against "feet 6" is 2·5/12 = 83.3.
    expect(token_set_ratio('8 ounce', '9 ounce')).toBe(86)
    expect(token_set_ratio('3 feet', '6 feet')).toBe(83)
    expect(matchedOptions(['8 ounce'], ['9 ounce'])).toBe(1)
    expect(matchedOptions(['3 feet'], ['6 feet'])).toBe(0)
    expect(matchedOptions(['pack of 2'], ['pack of 4'])).toBe(1)
  })
})

describe('options', () => {
  it.each([
    [['grey', 'XL', '12 pack'], ['12 pack', 'grey', 'XL'], 3],
    [['grey', 'XL', '12 pack'], ['12 pack', 'blue', 'XL'], 2],
    // Of the wanted words one more is chosen: a subset.
    [['cool powder snow'], ['powder snow'], 1],
    [[], ['grey'], 0],
    [['grey'], [], 0],
    // One choice may serve two wishes, as there.
    [['sky blue', 'navy blue'], ['blue'], 2],
  ])('%j wanted, %j chosen: %i', (wanted, chosen, matched) => {
    expect(matchedOptions(chosen, wanted)).toBe(matched)
  })

  it.each([
    ['sky blue', 'blue'],
    // The first in the list's order, not in the text's.
    ['white and black', 'black'],
    ['dark red', 'dark'],
    ['standard', 'tan'],
    ['x-large', 'x-large'],
    ['', ''],
  ])('the colour of "%s" is "%s"', (text, colour) => {
    expect(normaliseColour(text)).toBe(colour)
  })
})

import { describe, expect, it } from 'vitest'
import { drawnHeld, drawnReceptacles, taskInWords } from '../../../../src/acting/drawings/household.ts'
import {
  affordable,
  againstLimit,
  lowestPrice,
  money,
  rewardParts,
} from '../../../../src/acting/drawings/shop.ts'
import { lookupInWords, markedParts, stretchesOf } from '../../../../src/acting/drawings/wiki.ts'
import { HouseholdPlay } from '../../../../workers/environments/household/play.ts'
import { newObject, newReceptacle, newWorld } from '../../../../workers/environments/household/world.ts'
import type { ShopView } from '../../../../workers/protocol.ts'

function kitchen() {
  const receptacles = [
    newReceptacle('shelf', 10, 1),
    newReceptacle('shelf', 2, 2),
    newReceptacle('fridge', 1, 3),
    newReceptacle('microwave', 1, 4, true),
  ]
  const objects = [newObject('mug', 1, 'fridge 1'), newObject('bowl', 1, 'shelf 2')]
  return new HouseholdPlay(newWorld(receptacles, objects), {
    type: 'heat',
    object: 'mug',
    receptacle: 'shelf',
  })
}

/** Acts one after the other, and tells the receptacle of that name. */
function drawn(actions: string[], name: string, showAll = false) {
  const play = kitchen()
  for (const action of actions) expect(play.act(action).valid).toBe(true)
  return drawnReceptacles(play.view(), showAll).find((receptacle) => receptacle.name === name)
}

describe('the household as it is drawn', () => {
  it('has its receptacles by name and number, those where the task ends marked', () => {
    const all = drawnReceptacles(kitchen().view(), false)
    expect(all.map(({ name }) => name)).toEqual(['fridge 1', 'microwave 1', 'shelf 2', 'shelf 10'])
    expect(all.filter(({ wanted }) => wanted).map(({ name }) => name)).toEqual(['shelf 2', 'shelf 10'])
  })

  it('tells nothing of what the agent has not looked at, its doors included', () => {
    expect(drawn([], 'fridge 1')).toMatchObject({ door: null, objects: null, here: false })
    expect(drawn(['go to fridge 1'], 'fridge 1')).toMatchObject({ door: 'closed', objects: null, here: true })
    expect(drawn(['go to fridge 1', 'open fridge 1'], 'fridge 1')).toMatchObject({
      door: 'open',
      objects: [{ name: 'mug 1', seen: true, wanted: true, states: [] }],
    })
  })

  it('tells everything where all is to be shown, and what of it the agent has not seen', () => {
    expect(drawn([], 'fridge 1', true)).toMatchObject({
      door: 'closed',
      objects: [{ name: 'mug 1', seen: false, wanted: true }],
    })
    expect(drawn(['go to shelf 2'], 'shelf 2', true)?.objects).toEqual([
      { name: 'bowl 1', seen: true, wanted: false, states: [] },
    ])
  })

  it('marks what was done to the thing in hand', () => {
    const play = kitchen()
    expect(drawnHeld(play.view())).toBeNull()
    for (const action of ['go to fridge 1', 'open fridge 1', 'take mug 1 from fridge 1', 'go to microwave 1'])
      play.act(action)
    play.act('heat mug 1 with microwave 1')
    expect(drawnHeld(play.view())).toEqual({ name: 'mug 1', states: ['hot'], seen: true, wanted: true })
  })

  it('says what is wanted', () => {
    expect(taskInWords({ type: 'place', object: 'apple', receptacle: 'desk' })).toBe(
      'an apple in or on a desk',
    )
    expect(taskInWords({ type: 'cool', object: 'apple', receptacle: 'armchair' })).toBe(
      'a cool apple in or on an armchair',
    )
    expect(taskInWords({ type: 'two', object: 'pen', receptacle: 'drawer' })).toBe(
      'two of pen in or on a drawer',
    )
    expect(taskInWords({ type: 'examine', object: 'book', lamp: 'desklamp' })).toBe(
      'a book in hand, where a desklamp is on',
    )
  })
})

describe('a page of the encyclopedia as it is drawn', () => {
  it('is cut where sentences were shown and where they were not', () => {
    const page = { title: 'A', sentences: ['0', '1', '2', '3', '4', '5'], shown: 2, found: [3] }
    expect(stretchesOf(page)).toEqual([
      { from: 0, sentences: ['0', '1'], seen: true },
      { from: 2, sentences: ['2'], seen: false },
      { from: 3, sentences: ['3'], seen: true },
      { from: 4, sentences: ['4', '5'], seen: false },
    ])
    expect(stretchesOf({ ...page, sentences: [] })).toEqual([])
  })

  it('marks the word that was looked up, in any case', () => {
    expect(markedParts('Ferries are FERRies.', 'ferr')).toEqual([
      { text: 'Ferr', marked: true },
      { text: 'ies are ', marked: false },
      { text: 'FERR', marked: true },
      { text: 'ies.', marked: false },
    ])
    expect(markedParts('İstanbul is a town', 'town')).toEqual([{ text: 'İstanbul is a town', marked: false }])
    expect(markedParts('none', '')).toEqual([{ text: 'none', marked: false }])
  })

  it('says what a lookup found', () => {
    expect(lookupInWords({ word: 'sea', sentence: 2 })).toBe('Lookup of “sea”: sentence 3.')
    expect(lookupInWords({ word: 'sea', sentence: null })).toBe('Lookup of “sea”: no more results.')
  })
})

describe('the shop as it is drawn', () => {
  it('holds prices against the limit', () => {
    expect([lowestPrice('$12.99 to $18.99'), lowestPrice('$1,299.0'), lowestPrice('free')]).toEqual([
      12.99,
      1299,
      null,
    ])
    expect([affordable(30, 30), affordable(30.5, 30), affordable(30, null), affordable(null, 30)]).toEqual([
      'within',
      'over',
      'unknown',
      'unknown',
    ])
    expect(money(1299.5)).toBe('$1,299.50')
    expect(againstLimit(25, 30)).toBe('within the limit of $30.00')
    expect(againstLimit(32.5, 30)).toBe('$2.50 over the limit of $30.00')
    expect(againstLimit(32.5, null)).toBe('no limit was told')
  })

  it('says what the reward was made of', () => {
    const reward = { total: 0.5, type: 1, attributes: 1, options: 0, price: false }
    const wanted = { attributes: ['dimmable'], options: ['blue', 'large'], priceLimit: 30 }
    const view = { reward, wanted } as ShopView
    expect(rewardParts(view)).toEqual([
      'kind of good 1',
      'attributes 1 of 1',
      'options 0 of 2',
      'price over the limit',
    ])
    expect(rewardParts({ ...view, reward: null })).toEqual([])
  })
})

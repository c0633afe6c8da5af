import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Goal, type Good, NO_LIMIT } from '../../../workers/environments/shop/good.ts'
import { ShopPlay } from '../../../workers/environments/shop/play.ts'
import { Search } from '../../../workers/environments/shop/search.ts'
import { inventedShop } from '../../../workers/environments/shop/shop.ts'

const shop = inventedShop()

function aGood(id: string, title: string, more: Partial<Good> = {}): Good {
  return {
    id,
    title,
    department: 'garden',
    kind: 'lamps',
    categories: ['home', 'lighting'],
    description: `${title} for the desk`,
    features: ['dims', 'turns'],
    attributes: ['dimmable'],
    options: new Map([
      ['color', ['red', 'blue']],
      ['size', ['small', 'large']],
    ]),
    price: 20,
    priceTag: '$20.0',
    ...more,
  }
}

const LAMPS = Array.from({ length: 12 }, (_, i) => aGood(`L${i + 10}`, `lamp ${i + 10}`))
const GOAL: Goal = {
  goodId: 'L10',
  title: 'lamp 10',
  kind: 'lamps',
  categories: ['home', 'lighting'],
  instruction: 'Find me a lamp',
  attributes: ['dimmable'],
  options: ['blue', 'large'],
  priceLimit: 30,
}
const visit = (pageSize = 10) =>
  new ShopPlay({ find: (query) => (query.includes('lamp') ? LAMPS : []), pageSize }, GOAL)

/** Acts one after the other, giving the last answer. */
function leads(play: ShopPlay, ...actions: string[]) {
  return actions.map((action) => play.act(action)).at(-1)!
}

describe('a visit to the shop', () => {
  it('lists ten goods to a page, and the rest behind [Next >]', () => {
    const play = visit()
    const first = play.act('search[lamp]')
    expect(first).toMatchObject({ done: false, valid: true })
    expect(first.observation.split('\n').slice(0, 6)).toEqual([
      '[Back to Search] ',
      'Page 1 (Total results: 12) ',
      '[Next >] ',
      '[L10] ',
      'lamp 10 ',
      '$20.0 ',
    ])
    expect(first.observation.split('\n')).toHaveLength(3 + 30)
    expect(play.act('click[< Prev]').valid).toBe(false)
    const second = play.act('click[Next >]').observation
    expect(second.split('\n').slice(1, 5)).toEqual([
      'Page 2 (Total results: 12) ',
      '[< Prev] ',
      '[Next >] ',
      '[L20] ',
    ])
    expect(play.act('click[Next >]').observation).toBe(
      '[Back to Search] \nPage 3 (Total results: 12) \n[< Prev] \n[Next >] ',
    )
    expect(leads(play, 'click[< Prev]', 'click[< Prev]').observation).toBe(first.observation)
  })

  it('shows a good with its options, what was chosen in double brackets', () => {
    const play = visit()
    const page = [
      '[Back to Search] ',
      '[< Prev] ',
      'color [red][blue]',
      'size [small][large]',
      'lamp 10 ',
      'Price: $20.0 ',
      'Rating: N.A. ',
      '[Description] ',
      '[Features] ',
      '[Reviews] ',
      '[Buy Now] ',
    ].join('\n')
    expect(leads(play, 'search[lamp]', 'click[L10]').observation).toBe(page)
    expect(play.act('click[blue]').observation).toBe('You have clicked blue.')
    expect(play.act('click[Description]').observation).toBe(
      '[Back to Search] \n[< Prev] \nlamp 10 for the desk ',
    )
    expect(play.act('click[< Prev]').observation).toBe(page.replace('[blue]', '[[blue]]'))
    expect(leads(play, 'click[red]', 'click[Features]').observation).toBe(
      '[Back to Search] \n[< Prev] \ndims \nturns ',
    )
    expect(leads(play, 'click[< Prev]', 'click[Reviews]').observation).toBe('[Back to Search] \n[< Prev] ')
    expect(play.act('click[< Prev]').observation).toBe(page.replace('[red]', '[[red]]'))
    // Choices do not outlive the page.
    expect(leads(play, 'click[< Prev]', 'click[L10]').observation).toBe(page)
  })

  it('ends with the purchase and its score', () => {
    const all = visit()
    expect(leads(all, 'search[lamp]', 'click[L10]', 'click[blue]', 'click[large]', 'click[Buy Now]')).toEqual(
      {
        observation: 'Your score (min 0.0, max 1.0): 1.0',
        done: true,
        valid: true,
      },
    )
    expect(all.score).toMatchObject({ success: true, reward: 1 })
    expect(all.act('click[Buy Now]')).toMatchObject({ valid: false, done: true })
    const some = visit()
    expect(leads(some, 'search[lamp]', 'click[L10]', 'click[blue]', 'click[Buy Now]').observation).toBe(
      'Your score (min 0.0, max 1.0): 0.75',
    )
    expect(some.score).toEqual({
      success: false,
      reward: 0.75,
      measures: { type: 1, attributes: 1, options: 0.5, price: 1 },
    })
    expect(visit().score).toMatchObject({ success: false, reward: 0, measures: { price: 0 } })
  })

  it.each([
    [
      'at the search box',
      [],
      ['click[L10]', 'click[Next >]', 'click[Back to Search]', 'click[Buy Now]', 'search[]'],
    ],
    [
      'among results',
      ['search[lamp]'],
      [
        'search[lamp]',
        'click[blue]',
        'click[Buy Now]',
        'click[lamp 10]',
        'click[L21]',
        'click[< Prev]',
        'click[Features]',
      ],
    ],
    [
      'at a good',
      ['search[lamp]', 'click[L10]'],
      ['search[lamp]', 'click[Next >]', 'click[L11]', 'click[green]', 'click[color]', 'click[Attributes]'],
    ],
    [
      'behind a good',
      ['search[lamp]', 'click[L10]', 'click[Features]'],
      ['click[Buy Now]', 'click[blue]', 'click[Description]', 'search[lamp]', 'click[Next >]'],
    ],
  ])('answers what cannot be done %s, and changes nothing', (_, before, actions) => {
    const play = visit()
    for (const action of before) play.act(action)
    const seen = structuredClone(play.view())
    const malformed = [
      '',
      'buy',
      'click',
      'click[',
      'click[]',
      'search',
      'search[x',
      'Search lamp',
      'reset',
      '] [',
      '🛒'.repeat(5000),
      `click[${'['.repeat(10_000)}]`,
      'x'.repeat(10_000),
    ]
    for (const action of [...actions, ...malformed]) {
      expect(play.act(action), action.slice(0, 40)).toEqual({
        observation: 'Invalid action!',
        done: false,
        valid: false,
      })
      expect(play.view()).toEqual(seen)
    }
  })

  it('answers any text whatever, and never breaks', () => {
    const word = fc.constantFrom(
      'search[',
      'click[',
      ']',
      'lamp',
      'L10',
      'Next >',
      '< Prev',
      'Buy Now',
      'Features',
      'red',
      'Back to Search',
    )
    const action = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word).map((words) => words.join('')),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const play = visit(3)
        let over = false
        for (const one of actions) {
          const answer = play.act(one)
          expect(answer.observation).not.toBe('')
          if (over) expect(answer).toMatchObject({ valid: false, done: true })
          over = answer.done
          expect(play.score.reward).toBeGreaterThanOrEqual(0)
          expect(play.score.reward).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('takes a query of 10,000 characters, and one that finds nothing', () => {
    const play = shop.episode(1, 'train').start()
    const started = performance.now()
    expect(play.act(`search[${'lamp shoe tea blue '.repeat(530)}]`).valid).toBe(true)
    expect(performance.now() - started).toBeLessThan(2000)
    play.act('click[Back to Search]')
    expect(play.act('search[zzzz]').observation).toBe(
      '[Back to Search] \nPage 1 (Total results: 0) \n[Next >] ',
    )
  })

  it('takes buttons in any case, as WebShop does, and thoughts anywhere', () => {
    const play = visit()
    expect(play.act('think[hm]')).toEqual({ observation: 'OK.', done: false, valid: true })
    expect(leads(play, 'Search[LAMP]', 'click[l10]', 'click[BLUE]').observation).toBe(
      'You have clicked blue.',
    )
  })

  it('shows what there is to draw, as plain data', () => {
    const play = visit(3)
    expect(play.view()).toMatchObject({
      kind: 'shop',
      page: 'start',
      instruction: 'Find me a lamp',
      item: null,
      subPage: null,
    })
    leads(play, 'search[lamp]', 'click[Next >]')
    expect(play.view()).toMatchObject({ page: 'results', pageNumber: 2, total: 12, query: 'lamp' })
    expect(play.view().results.map(({ id }) => id)).toEqual(['L13', 'L14', 'L15'])
    leads(play, 'click[L13]', 'click[red]')
    const view = structuredClone(play.view())
    expect(view.item?.options).toEqual([
      { name: 'color', values: ['red', 'blue'], chosen: 'red' },
      { name: 'size', values: ['small', 'large'], chosen: null },
    ])
    expect(view).toMatchObject({
      wanted: { attributes: ['dimmable'], options: ['blue', 'large'], priceLimit: 30 },
      item: { price: 20 },
    })
    expect(leads(play, 'click[Features]') && play.view().subPage).toEqual({
      name: 'Features',
      lines: ['dims', 'turns'],
    })
    play.act('click[< Prev]')
    play.act('click[Buy Now]')
    expect(play.view()).toMatchObject({ page: 'bought', reward: { total: 0.5, options: 0 } })
  })

  it('tells no limit where a goal has none', () => {
    const goal = { ...GOAL, priceLimit: NO_LIMIT }
    expect(new ShopPlay({ find: () => [], pageSize: 10 }, goal).view().wanted.priceLimit).toBeNull()
  })
})

describe('the search', () => {
  it('finds word forms, ranks by BM25 and gives fifty at most', () => {
    const search = new Search()
    search.add([
      aGood('A', 'red shoe'),
      aGood('B', 'running shoes, red'),
      aGood('C', 'teapot', { options: new Map([['size', ['running']]]) }),
      ...Array.from({ length: 60 }, (_, i) => aGood(`X${i}`, 'kettle')),
    ])
    expect(search.find('runs shoe').map(({ id }) => id)).toEqual(['B', 'A', 'C'])
    expect(search.find('kettles')).toHaveLength(50)
    expect(search.find('the of and')).toEqual([])
  })
})

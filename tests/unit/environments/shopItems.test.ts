import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { readItems } from '../../../workers/environments/shop/items.ts'
import { itemsShop } from '../../../workers/environments/shop/itemsShop.ts'
import { goalOf } from '../../../workers/environments/shop/itemTasks.ts'
import { readPage } from '../../../workers/environments/shop/readPage.ts'
import { LabError } from '../../../workers/errors.ts'
import { Random } from '../../../workers/random.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'

/** An item with the keys that WebShop's items have; what it says is invented. */
const item = (asin: string, more: Record<string, unknown> = {}) => ({
  name: `Brass Desk Lamp ${asin}`,
  asin,
  product_category: 'Home & Kitchen › Lighting › Desk Lamps',
  query: ' Desk Lamps',
  category: 'garden',
  full_description: 'A lamp of brass.\nIt bends.',
  small_description: ['dimmable', 'brass foot'],
  pricing: '$24.99',
  customization_options: {
    Color: [
      { value: ' Warm White ', image: null, asin: null },
      { value: 'Red/Black', image: 'x' },
    ],
    Size: null,
  },
  images: [''],
  ...more,
})
const file = (name: string, value: unknown) => ({ name, text: JSON.stringify(value) })
const items = (...list: unknown[]) => file('items.json', list)
const asked = (...asins: string[]) =>
  file(
    'human.json',
    Object.fromEntries(
      asins.map((asin) => [
        asin,
        [
          {
            asin,
            instruction: `i want a dimmable desk lamp ${asin} in warm white.`,
            instruction_attributes: ['dimmable'],
            instruction_options: ['warm white'],
            options: ['color: warm white'],
          },
        ],
      ]),
    ),
  )

function failing(work: () => unknown): string {
  try {
    work()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(LabError)
    return (thrown as LabError).message
  }
  throw new Error('it did not fail')
}

describe("WebShop's item files", () => {
  it('become goods as WebShop makes them', () => {
    const { goods, instructions, problems } = readItems([
      file('ins.json', {
        A1: {
          attributes: ['dimmable', 'brass'],
          instruction: 'Find me lamps',
          instruction_attributes: ['dimmable'],
        },
      }),
      items(item('A1')),
    ])
    expect(problems).toEqual([])
    expect(goods).toEqual([
      {
        id: 'A1',
        title: 'Brass Desk Lamp A1',
        department: 'garden',
        kind: 'desk lamps',
        categories: ['Home & Kitchen', 'Lighting', 'Desk Lamps'],
        description: 'A lamp of brass. It bends.',
        features: ['dimmable', 'brass foot'],
        attributes: ['dimmable', 'brass'],
        options: new Map([['color', ['warm white', 'red | black']]]),
        price: 24.99,
        priceTag: '$24.99',
      },
    ])
    expect(instructions.get('A1')).toEqual([
      { text: 'Find me lamps', attributes: ['dimmable'], options: null },
    ])
  })

  it('may carry attributes and instructions in the items themselves', () => {
    const { goods, instructions } = readItems([
      items(
        item('A1', {
          attributes: ['brass'],
          instruction: 'Find me lamps',
          instruction_attributes: ['brass'],
        }),
        item('A2', {
          instructions: [{ instruction: 'a lamp', instruction_attributes: ['x'], instruction_options: {} }],
        }),
      ),
    ])
    expect(goods[0]!.attributes).toEqual(['brass'])
    // Where people have written instructions, the synthetic ones are left.
    expect([...instructions]).toEqual([['A2', [{ text: 'a lamp', attributes: ['x'], options: [] }]]])
  })

  it.each([
    [{ pricing: '$12.5$18.0' }, '$12.5 to $18.0'],
    [{ pricing: '$1,299.00' }, '$1299.0'],
    [{ pricing: '$10.00 - $20.00' }, '$10.0 to $20.0'],
    [{ pricing: 7 }, '$7.0'],
    [{ small_description: 'one point' }, '$24.99'],
    [{ customization_options: '' }, '$24.99'],
    [{ full_description: null, query: undefined, category: null }, '$24.99'],
  ])('may say %j', (more, priceTag) => {
    const { goods, problems } = readItems([items(item('A1', more))])
    expect(problems).toEqual([])
    expect(goods[0]!.priceTag).toBe(priceTag)
    const [low, high] = [...priceTag.matchAll(/[\d.]+/g)].map(Number)
    expect(goods[0]!.price).toBeGreaterThanOrEqual(low!)
    expect(goods[0]!.price).toBeLessThanOrEqual(high ?? low!)
  })

  it.each([
    [
      'no price',
      item('A1', { pricing: '' }),
      'items.json: item 1 (A1, Brass Desk Lamp A1) has no price; it is sold for $100.0, as WebShop does.',
    ],
    [
      'no pricing at all',
      { ...item('A1'), pricing: undefined },
      'items.json: item 1 (A1, Brass Desk Lamp A1) has no price; it is sold for $100.0, as WebShop does.',
    ],
    [
      'a price in words',
      item('A1', { pricing: 'cheap' }),
      'items.json: item 1 (A1, Brass Desk Lamp A1) has a price that is no amount in dollars (cheap); it is sold for $100.0, as WebShop does.',
    ],
    [
      'a price that is no number',
      item('A1', { pricing: '$1.2.3' }),
      'items.json: item 1 (A1, Brass Desk Lamp A1) has a price that is no amount in dollars ($1.2.3); it is sold for $100.0, as WebShop does.',
    ],
  ])('sell an item with %s for what WebShop does, and say so', (_, one, problem) => {
    const { goods, problems } = readItems([items(one)])
    expect(problems).toEqual([problem])
    expect(goods[0]).toMatchObject({ price: 100, priceTag: '$100.0' })
  })

  it.each([
    [
      { asin: undefined },
      'items.json: item 2 (Brass Desk Lamp A2) is left out: asin must be text (it is missing).',
    ],
    [{ name: 5 }, 'items.json: item 2 (A2) is left out: name must be text (it is 5).'],
    [
      { asin: 'B00000000000' },
      'items.json: item 2 (B00000000000, Brass Desk Lamp A2) is left out: an asin has at most 10 characters.',
    ],
    [
      { customization_options: { color: ['red'] } },
      'items.json: item 2 (A2, Brass Desk Lamp A2) is left out: customization_options must hold a list of objects with a value for every name of an option.',
    ],
    [
      { small_description: [1] },
      'items.json: item 2 (A2, Brass Desk Lamp A2) is left out: small_description must be text or a list of texts.',
    ],
    [
      { pricing: ['$1'] },
      'items.json: item 2 (A2, Brass Desk Lamp A2) is left out: pricing must be text such as "$12.99".',
    ],
  ])('leave out an item with %j, and say so', (more, problem) => {
    const { goods, problems } = readItems([items(item('A1'), item('A2', more))])
    expect(problems).toEqual([problem])
    expect(goods.map(({ id }) => id)).toEqual(['A1'])
  })

  it('leave out what is no item or no instruction', () => {
    const { goods, problems } = readItems([
      items(7, item('A1'), item('A1', { name: 'again' })),
      file('human.json', { A1: [{ instruction: 'x' }], A2: 'no' }),
    ])
    expect(goods.map(({ title }) => title)).toEqual(['Brass Desk Lamp A1'])
    expect(problems).toHaveLength(3)
    expect(problems[0]).toContain(
      'human.json: what is said of A1 is left out: 0.instruction_attributes must be a list',
    )
    expect(problems[1]).toContain('human.json: what is said of A2 is left out')
    expect(problems[2]).toBe('items.json: item 1 is left out: it must be a JSON object (it is 7).')
  })

  it('stop at a hundred problems and count the rest', () => {
    const { problems } = readItems([items(item('A1'), ...Array.from({ length: 150 }, () => ({})))])
    expect(problems).toHaveLength(101)
    expect(problems.at(-1)).toBe('… and 50 more.')
  })

  it.each([
    ['{"a": [', 'items.json is not JSON'],
    ['', 'items.json is not JSON'],
    ['"text"', 'items.json is no WebShop file'],
    ['[]', 'There are no items in items.json'],
    ['{}', 'There are no items in items.json'],
    ['[{"id": 1}]', 'item 1 is left out: asin must be text'],
  ])('that hold %j are refused in one sentence', (text, message) => {
    expect(failing(() => readItems([{ name: 'items.json', text }]))).toContain(message)
  })
})

describe('goals of item files', () => {
  it('have a price limit as WebShop draws it, and the wanted options', () => {
    const { goods, instructions } = readItems([items(item('A1')), asked('A1')])
    const limits = new Set<number>()
    for (let seed = 0; seed < 200; seed++) {
      const goal = goalOf(goods[0]!, instructions.get('A1')!, new Random(seed))
      limits.add(goal.priceLimit)
      expect(goal.instruction).toBe(
        `i want a dimmable desk lamp A1 in warm white, and price lower than ${goal.priceLimit}.00 dollars`,
      )
      expect(goal).toMatchObject({ attributes: ['dimmable'], options: ['warm white'] })
    }
    // The higher of two of 30, 40, 50, 60.
    expect([...limits].sort()).toEqual([40, 50, 60])
  })

  it('name every option in synthetic instructions, and no limit for what costs 980 or more', () => {
    const table = { A1: { attributes: ['x'], instruction: 'Find me lamps', instruction_attributes: ['x'] } }
    const { goods, instructions } = readItems([
      items(item('A1', { pricing: '$985.0' })),
      file('ins.json', table),
    ])
    const goal = goalOf(goods[0]!, instructions.get('A1')!, new Random(2))
    expect(goal.instruction).toMatch(/^Find me lamps with color: (warm white|red \| black)$/)
    expect(goal.options).toHaveLength(1)
    expect(goal.priceLimit).toBe(1_000_000)
  })
})

describe('a shop of item files', () => {
  const asins = Array.from({ length: 30 }, (_, i) => `A${i + 10}`)
  const kinds = ['desk lamps', 'floor lamps', 'wall lamps', 'table lamps', 'night lights']
  const files = [
    items(
      ...asins.map((asin, i) => item(asin, { query: kinds[i % 5], name: `Brass ${kinds[i % 5]} ${asin}` })),
    ),
    asked(...asins),
  ]

  it('plays like WebShop, ten goods to a page, its splits apart', async () => {
    const { shop, problems } = await itemsShop(files)
    expect(problems).toEqual([])
    expect(shop.taskTypes).toEqual(['garden'])
    const asked = SPLITS.map((split) => {
      const prompts = Array.from({ length: 100 }, (_, seed) => shop.episode(seed, split).prompt)
      return new Set(prompts.map((prompt) => /lamp (A\d\d)/.exec(prompt)![1]!))
    })
    expect(new Set(asked.flatMap((set) => [...set])).size).toBe(asked.reduce((sum, set) => sum + set.size, 0))
    const play = shop.episode(1, 'test').start()
    const page = readPage(play.act('search[brass lamp]').observation)
    expect(page).toMatchObject({ page: 'results', total: 30 })
    expect(page.page === 'results' && page.goods).toHaveLength(10)
  })

  it('has an expert that reads instructions in any words, and buys what the results allow', async () => {
    const { shop } = await itemsShop(files)
    let won = 0
    for (let seed = 0; seed < 40; seed++) {
      const run = shop.expert(shop.episode(seed, 'train'), new Random(seed))
      expect(run.text).toContain('Action: click[Buy Now]')
      if (run.score.success) won++
      const { trajectories } = readTrajectories('run.txt', new TextEncoder().encode(run.text))
      expect(trajectories[0]!.warnings).toEqual([])
    }
    expect(won).toBe(40)
  })

  it('needs something to ask for in every split', async () => {
    await expect(itemsShop([items(item('A1'), item('A2'))])).rejects.toThrow(
      /^items\.json: 0 of 2 items have an instruction, which leaves nothing for train, validation, test; add /,
    )
    await expect(itemsShop([items(item('A1'), item('A2')), asked('A1', 'A2')])).rejects.toThrow(
      /nothing for validation, test/,
    )
    const three = await itemsShop([items(item('A1'), item('A2'), item('A3')), asked('A1', 'A2', 'A3')])
    for (const split of SPLITS) expect(three.shop.episode(1, split).split).toBe(split)
  })

  it('tells how far it is', async () => {
    const shares: number[] = []
    const many = Array.from({ length: 3000 }, (_, i) => item(`X${i}`))
    await itemsShop([items(...many), asked('X1', 'X2', 'X3')], (share) => shares.push(share))
    expect(shares.length).toBeGreaterThan(0)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.at(-1)).toBeLessThanOrEqual(1)
  })
})

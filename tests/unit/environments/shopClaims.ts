import { understand, type Wish } from '../../../workers/environments/shop/instruction.ts'
import { priceOf, type ReadPage, readPage } from '../../../workers/environments/shop/readPage.ts'
import type { Claim } from './claims.ts'

/** What had been shown when a thought was thought. */
export interface Moment {
  wish: Wish
  page: ReadPage
  /** The last action failed. */
  failed: string | null
  /** The last pages of their kinds. */
  results: Extract<ReadPage, { page: 'results' }> | null
  item: Extract<ReadPage, { page: 'item' }> | null
  chosen: string[]
  /** Every good's page that was opened, and every list of features, by ID. */
  opened: Map<string, Extract<ReadPage, { page: 'item' }>>
  features: Map<string, string[]>
  openId: string
}

export function momentAfter(before: Moment | null, action: string, observation: string): Moment {
  const page = readPage(observation.trimEnd())
  if (before === null) {
    if (page.page !== 'start') throw new Error('a prompt is the page with the search box')
    const wish = understand(page.instruction)!
    return {
      wish,
      page,
      failed: null,
      results: null,
      item: null,
      chosen: [],
      opened: new Map(),
      features: new Map(),
      openId: '',
    }
  }
  if (observation === 'Invalid action!') return { ...before, failed: action }
  const after: Moment = { ...before, failed: null, page: page.page === 'answer' ? before.page : page }
  const button = /^click\[(.*)\]$/.exec(action)?.[1] ?? ''
  if (page.page === 'results') return { ...after, results: page, item: null, chosen: [] }
  if (page.page === 'item') {
    const openId = button === '< Prev' ? before.openId : button
    after.opened.set(openId, page)
    return { ...after, item: page, openId, chosen: [...page.chosen.values()] }
  }
  if (page.page === 'sub-page') after.features.set(before.openId, page.lines)
  else if (observation.startsWith('You have clicked')) after.chosen = [...before.chosen, button]
  return after
}

/** That, and what was done after it. */
interface Thinking extends Moment {
  following: string[]
}

const ID = '([A-Z]\\d\\d)'
const listed = (id: string, { results }: Moment) => results?.goods.find((good) => good.id === id)
const openedNext = (id: string, following: string[]) => following[0] === `click[${id}]`
const costsSo = (text: string, tag: string, wish: Wish) => {
  const match = /^(\d+) (not )?below (\d+)$/.exec(text)
  if (!match) return false
  const [, amount, not, limit] = match
  return (
    Number(amount) === priceOf(tag) &&
    Number(limit) === wish.limit &&
    (not === undefined) === Number(amount) < wish.limit
  )
}
const fits = (good: { title: string; priceTag: string }, { wish }: Moment) =>
  [wish.kind, ...wish.attributes].every((word) => good.title.includes(word)) &&
  priceOf(good.priceTag) < wish.limit
/** Nothing on the page fits by its title that was not left for a reason. */
const nothingFits = (moment: Moment) =>
  moment.page.page === 'results' &&
  moment.page.goods.every((good) => !fits(good, moment) || moment.opened.has(good.id))

export const CLAIMS: Claim<Thinking>[] = [
  {
    name: 'plan',
    pattern: /^I (?:need|look for): (.+), below (\d+)\.(?: First)? I search\.$/,
    isTrue: ([, wanted, limit], { wish }) =>
      Number(limit) === wish.limit &&
      wanted ===
        [wish.kind, ...wish.attributes, ...wish.options.map(({ name, value }) => `${name} ${value}`)].join(
          ', ',
        ),
  },
  {
    name: 'judged',
    pattern: new RegExp(`^${ID}: ((?:[a-z ]+ (?:not )?found(?:, )?)+)(\\d+ (?:not )?below \\d+)?\\.$`),
    isTrue: ([, id, words, cost], moment) => {
      const good = listed(id!, moment)
      if (!good || (cost !== undefined && !costsSo(cost, good.priceTag, moment.wish))) return false
      return words!
        .split(', ')
        .filter(Boolean)
        .every((part) => {
          const [, word, not] = /^(.+?) (not )?found$/.exec(part)!
          const wanted = [moment.wish.kind, ...moment.wish.attributes]
          return wanted.includes(word!) && good.title.includes(word!) === (not === undefined)
        })
    },
  },
  {
    name: 'seen before: lacks',
    pattern: new RegExp(`^${ID}: no ([^.:]+)\\.$`),
    isTrue: ([, id, lacking], { opened, features, wish }) => {
      const option = wish.options.find(({ value }) => value === lacking)
      if (option) return opened.has(id!) && !opened.get(id!)!.options.get(option.name)!.includes(lacking!)
      return wish.attributes.includes(lacking!) && features.has(id!) && !features.get(id!)!.includes(lacking!)
    },
  },
  {
    name: 'seen before: too dear',
    pattern: new RegExp(`^${ID}: (\\d+ not below \\d+)\\.$`),
    isTrue: ([, id, cost], { opened, wish }) =>
      opened.has(id!) && costsSo(cost!, opened.get(id!)!.priceTag, wish),
  },
  {
    name: 'fits',
    pattern: new RegExp(`^It fits\\. I open ${ID}\\.$`),
    isTrue: ([, id], moment) => openedNext(id!, moment.following) && fits(listed(id!, moment)!, moment),
  },
  {
    name: 'opens',
    pattern: new RegExp(`^I open ${ID}\\.$`),
    isTrue: ([, id], { following }) => openedNext(id!, following),
  },
  {
    name: 'opens for its features',
    pattern: new RegExp(`^([^.:]+) may be in the features\\. I open ${ID}\\.$`),
    isTrue: ([, attribute, id], moment) =>
      openedNext(id!, moment.following) &&
      moment.wish.attributes.includes(attribute!) &&
      !listed(id!, moment)!.title.includes(attribute!),
  },
  {
    name: 'next page',
    pattern: /^(?:Nothing fits here\. Next page|No fit\. I try the next page)\.$/,
    isTrue: (_, moment) => nothingFits(moment) && moment.following[0] === 'click[Next >]',
  },
  {
    name: 'searches with options',
    pattern: /^I search again with ([^.:]+)\.$/,
    isTrue: ([, values], { wish, following: [first, second] }) =>
      values === wish.options.map(({ value }) => value).join(' and ') &&
      first === 'click[Back to Search]' &&
      wish.options.every(({ value }) => second!.includes(value)),
  },
  {
    name: 'overlooked price',
    pattern: /^I did not look at the price: (\d+ not below \d+)\. I go back\.$/,
    isTrue: ([, cost], { item, wish, following }) =>
      costsSo(cost!, item!.priceTag, wish) && following[0] === 'click[< Prev]',
  },
  {
    name: 'option',
    pattern: /^(color|size|shoe size|bed size|length|scent|flavor|volume|pack) ([^.:]+): (not )?found\.$/,
    isTrue: ([, name, value, not], { item, wish }) =>
      wish.options.some((option) => option.name === name && option.value === value) &&
      item!.options.get(name!)!.includes(value!) === (not === undefined),
  },
  {
    name: 'goes back',
    pattern: /^(?:Not this one\. )?I go back\.$/,
    isTrue: (_, { page, following }) =>
      (page.page === 'item' || page.page === 'sub-page') && following[0] === 'click[< Prev]',
  },
  {
    name: 'chooses',
    pattern: /^I (?:choose|click) (it|both)\.$/,
    isTrue: ([, how], { wish, following }) =>
      wish.options.length === (how === 'it' ? 1 : 2) &&
      wish.options.every(({ value }, i) => following[i] === `click[${value}]`),
  },
  {
    name: 'reads features',
    pattern: /^Now I look for ([^.:]+) in the features\.$/,
    isTrue: ([, attribute], { item, following }) =>
      !item!.title.includes(attribute!) && following[0] === 'click[Features]',
  },
  {
    name: 'feature',
    pattern: /^([^.:]+): (not )?found\.$/,
    isTrue: ([, attribute, not], { features, openId, page, wish, following }) =>
      page.page === 'sub-page' &&
      wish.attributes.includes(attribute!) &&
      features.get(openId)!.includes(attribute!) === (not === undefined) &&
      following[0] === 'click[< Prev]',
  },
  {
    name: 'buys',
    pattern: /^(?:([^.:]+) chosen\. I buy it|I have chosen ([^.:]+)\. All fits\. I buy)\.$/,
    isTrue: (match, { chosen, wish, following }) =>
      (match[1] ?? match[2]) === chosen.join(' and ') &&
      wish.options.every(({ value }) => chosen.includes(value)) &&
      following[0] === 'click[Buy Now]',
  },
  {
    name: 'failed: not opened',
    pattern: /^That failed: ([^.:]+) is no button here\. I must open a good first\.$/,
    isTrue: ([, value], { failed, page }) => failed === `click[${value}]` && page.page === 'results',
  },
  {
    name: 'failed: needs the ID',
    pattern: new RegExp(`^That failed: I must click the ID, ${ID}\\.$`),
    isTrue: ([, id], moment) => moment.failed === `click[${listed(id!, moment)!.title}]`,
  },
  {
    name: 'failed: cannot buy yet',
    pattern: new RegExp(`^That failed: I must open ${ID} before I buy\\.$`),
    isTrue: ([, id], moment) =>
      moment.failed === 'click[Buy Now]' && moment.item === null && fits(listed(id!, moment)!, moment),
  },
  {
    name: 'failed: no next page',
    pattern: /^That failed: there is no next page here\.$/,
    isTrue: (_, { failed, page }) => failed === 'click[Next >]' && page.page === 'item',
  },
  {
    name: 'failed: no search box',
    pattern: /^That failed: there is no search box here\.$/,
    isTrue: (_, { failed, page }) => failed!.startsWith('search[') && page.page === 'item',
  },
  {
    name: 'failed: no option',
    pattern: /^That failed: ([^.:]+) is no option here\.$/,
    isTrue: ([, word], { failed, item }) =>
      failed === `click[${word}]` && [...item!.options.values()].every((values) => !values.includes(word!)),
  },
  {
    name: 'failed: must search first',
    pattern: /^That failed: I must search first\.$/,
    isTrue: (_, { failed, page, following }) =>
      failed !== null && page.page === 'start' && following[0]!.startsWith('search['),
  },
]

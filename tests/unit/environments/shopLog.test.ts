import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Goal, Good } from '../../../workers/environments/shop/good.ts'
import { itemPage, resultsPage, scoreLine, startPage } from '../../../workers/environments/shop/pages.ts'
import { ShopPlay } from '../../../workers/environments/shop/play.ts'
import { readPage } from '../../../workers/environments/shop/readPage.ts'
import { shopScript } from '../../../workers/environments/shop/script.ts'

/** What ReAct's authors printed of 90 runs in the real WebShop; it lies beside the checkout, not in it. */
const LOG = fileURLToPath(
  new URL('../../../../shared/trajectories/ysymyth-ReAct/webshop_run_stdout.txt', import.meta.url),
)
const here = existsSync(LOG)

interface Turn {
  action: string
  /** With the line end that opens a page. */
  observation: string
}

function readLog(): Turn[][] {
  return readFileSync(LOG, 'utf8')
    .split(/^-{17}\n\d+\n/m)
    .slice(1)
    .map((run) => {
      const turns: Turn[] = []
      for (const block of run.split(/^(?=Action: )/m)) {
        const match = /^Action: (.*)\nObservation: ((?:.|\n)*?)\n*$/.exec(
          block.replace(/\n\n\d+ [\d.]+ (?:.|\n)*$/, ''),
        )
        if (match) turns.push({ action: match[1]!, observation: match[2]! })
      }
      return turns
    })
}

describe.skipIf(!here)(
  `the shop beside ReAct's log of WebShop${here ? '' : ' (skipped: ../shared/trajectories is not here)'}`,
  () => {
    const runs = here ? readLog() : []
    const turns = runs.flat()

    it('reads the log whole', () => {
      expect(runs).toHaveLength(90)
      expect(turns.filter(({ observation }) => observation === 'Invalid action!')).toHaveLength(54)
      expect(turns.filter(({ observation }) => observation === 'OK.')).toHaveLength(191)
    })

    it('prints every page of the log to the letter from what stands on it', () => {
      const counts = { start: 0, results: 0, item: 0, 'sub-page': 0, answer: 0 }
      for (const { observation } of turns) {
        const page = readPage(observation.replace(/^\n/, ''))
        counts[page.page]++
        if (page.page === 'start') expect(`\n${startPage(page.instruction)}`).toBe(observation)
        if (page.page === 'results') {
          expect(`\n${resultsPage(page.number, page.total, page.goods)}`).toBe(observation)
          expect(page.goods.every(({ id, priceTag }) => /^B\w{9}$/.test(id) && /^\$\d/.test(priceTag))).toBe(
            true,
          )
        }
        if (page.page === 'item') expect(`\n${itemPage(page)}`).toBe(observation)
        if (page.page === 'answer') {
          const known =
            /^(?:OK\.|Invalid action!|You have clicked .*\.|Your score \(min 0\.0, max 1\.0\): .*|)$/s
          expect(observation).toMatch(known)
        }
      }
      expect(counts).toMatchObject({ start: 91, results: 93, item: 91, 'sub-page': 0 })
    })

    it('prints every score of the log as Python did', () => {
      const scores = turns.filter(({ observation }) => observation.startsWith('Your score'))
      expect(scores).toHaveLength(84)
      for (const { observation } of scores) {
        expect(scoreLine(Number(observation.split(': ')[1]))).toBe(observation)
      }
    })

    it('writes and reads the turns of the log as the log has them', () => {
      for (const { action, observation } of turns.slice(1)) {
        const written = `Action: ${action}\n`
        const turn = shopScript.read(written, 1, false)!
        expect(turn.end).toBe(written.length)
        if (turn.kind === 'thought') {
          // Seven thoughts of the log were cut off before their bracket.
          const whole = action.endsWith(']') ? written : `${written.slice(0, -1)}]\n`
          expect(shopScript.write({ reasoning: turn.reasoning }, 1)).toBe(whole.replace(/ +\]\n$/, ']\n'))
        } else {
          expect(turn).toMatchObject({ kind: 'act', reasoning: null, action: action.trim() })
        }
        if (observation !== '') {
          expect(shopScript.answer(observation.replace(/^\n/, ''), 1)).toBe(`Observation: ${observation}\n\n`)
        }
      }
    })

    it('answers every action of the log as WebShop did, in a shop rebuilt from its pages', () => {
      const different: string[] = []
      let answers = 0
      for (const run of runs) {
        const start = readPage(run[0]!.observation.replace(/^\n/, ''))
        if (start.page !== 'start') throw new Error('a run begins at the search box')
        const play = new ShopPlay(storeOf(run), { ...GOAL, instruction: start.instruction })
        for (const { action, observation } of run.slice(1)) {
          answers++
          // What the goals were the log does not say, so that of scores only the form compares.
          const answer = play.act(action).observation.replace(/^(Your score .*: ).*/, '$1')
          const recorded = observation.replace(/^\n/, '').replace(/^(Your score .*: ).*/, '$1')
          if (answer !== recorded) different.push(`${action}: ${recorded}`)
        }
      }
      expect(answers).toBe(606)
      // The wrapper's address broke at an option with "#1b" in it, and it let nobody leaf through results.
      expect(different).toEqual(['click[Buy Now]: ', 'click[Next >]: Invalid action!'])
    })
  },
)

const GOAL: Goal = {
  goodId: '',
  title: 'lamp',
  kind: '',
  categories: [],
  instruction: '',
  attributes: ['x'],
  options: [],
  priceLimit: 0,
}

/** The goods that a run showed, found by the queries that found them. */
function storeOf(run: readonly Turn[]) {
  const goods = new Map<string, Good>()
  const found = new Map<string, Good[]>()
  for (const { action, observation } of run) {
    const page = readPage(observation.replace(/^\n/, ''))
    if (page.page === 'results' && action.startsWith('search[')) {
      const listed = page.goods.map(({ id, title, priceTag }) => {
        const good = goods.get(id) ?? { ...EMPTY, id, title, priceTag }
        goods.set(id, good)
        return good
      })
      // The log shows three of fifty.
      const rest = Array.from({ length: page.total - listed.length }, (_, i) => ({
        ...EMPTY,
        id: `rest ${i}`,
      }))
      found.set(action.slice('search['.length, -1).toLowerCase(), [...listed, ...rest])
    }
    if (page.page === 'item') {
      const good = goods.get(action.slice('click['.length, -1))
      if (good) Object.assign(good, { options: page.options })
    }
  }
  return { find: (query: string) => found.get(query) ?? [], pageSize: 3 }
}

const EMPTY: Good = {
  id: '',
  title: '',
  department: '',
  kind: '',
  categories: [],
  description: '',
  features: [],
  attributes: [],
  options: new Map(),
  price: 0,
  priceTag: '',
}

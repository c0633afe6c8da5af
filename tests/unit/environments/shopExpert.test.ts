import { describe, expect, it } from 'vitest'
import { type Episode, SPLITS } from '../../../workers/environments/environment.ts'
import { shopScript } from '../../../workers/environments/shop/script.ts'
import { inventedShop } from '../../../workers/environments/shop/shop.ts'
import { Random } from '../../../workers/random.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { checkClaims } from './claims.ts'
import { CLAIMS, type Moment, momentAfter } from './shopClaims.ts'

const shop = inventedShop()
const EPISODES = 300

interface Told {
  episode: Episode
  text: string
  turns: { thought: string | null; action: string; observation: string }[]
}

/** The turns of a transcript, read from its text alone by the world's own script. */
function tell(seed: number, split: (typeof SPLITS)[number]): Told {
  const episode = shop.episode(seed, split)
  const { text } = shop.expert(episode, new Random(seed))
  const turns: Told['turns'] = []
  for (let at = episode.prompt.length; at < text.length; ) {
    const turn = shopScript.read(text.slice(at), turns.length + 1, false)!
    const start = at + turn.end + 'Observation: '.length
    const end = text.indexOf('\n\n', start)
    const observation = text.slice(start, end).replace(/^\n/, '')
    if (turn.kind === 'malformed') throw new Error(turn.text)
    const action = turn.kind === 'act' ? turn.action : `think[${turn.reasoning}]`
    turns.push({ thought: turn.kind === 'thought' ? turn.reasoning : null, action, observation })
    at = end + 2
  }
  return { episode, text, turns }
}

const told = Object.fromEntries(
  SPLITS.map((split) => [split, Array.from({ length: EPISODES }, (_, seed) => tell(seed, split))]),
) as Record<(typeof SPLITS)[number], Told[]>

describe('the scripted expert', () => {
  it.each(SPLITS)('earns the full reward in at least 99 of 100 tasks: %s', (split) => {
    const bought = told[split].filter(({ turns }) => turns.at(-1)!.observation.endsWith('): 1.0'))
    expect(bought.length / EPISODES).toBeGreaterThanOrEqual(0.99)
  })

  it.each(SPLITS)('writes what a fresh visit answers to the letter, within the step cap: %s', (split) => {
    for (const { episode, text, turns } of told[split]) {
      expect(text.startsWith(episode.prompt)).toBe(true)
      const play = episode.start()
      for (const { action, observation } of turns) expect(play.act(action).observation).toBe(observation)
      const run = shop.expert(episode, new Random(Number(episode.id.split('-').at(-1))))
      expect(run.score).toEqual(play.score)
      expect(run.steps).toBe(turns.filter(({ thought }) => thought === null).length)
      expect(run.steps).toBeLessThanOrEqual(shop.stepCap)
    }
  })

  it('thinks nothing that is not so at that moment', () => {
    const seen = new Set<string>()
    for (const split of SPLITS) {
      for (const { episode, turns } of told[split]) {
        let moment: Moment = momentAfter(null, '', episode.prompt)
        for (const [i, { thought, action, observation }] of turns.entries()) {
          if (thought === null) moment = momentAfter(moment, action, observation)
          else {
            const next = turns.slice(i + 1).filter((turn) => turn.thought === null)
            const following = next.map((turn) => turn.action)
            for (const name of checkClaims(CLAIMS, thought, { ...moment, following })) seen.add(name)
          }
        }
      }
    }
    expect([...seen].sort()).toEqual(CLAIMS.map(({ name }) => name).sort())
  })

  it('slips in a fair share of episodes, says why, and does something else', () => {
    let slips = 0
    for (const { turns } of told.train) {
      for (const [i, { action, observation }] of turns.entries()) {
        if (observation !== 'Invalid action!') continue
        slips++
        expect(turns[i + 1]!.thought).toMatch(/^That failed: /)
        const next = turns.slice(i + 1).find(({ thought }) => thought === null)!
        expect(next.action).not.toBe(action)
        expect(next.observation).not.toBe('Invalid action!')
      }
    }
    expect(slips / EPISODES).toBeGreaterThan(0.2)
    expect(slips / EPISODES).toBeLessThan(0.5)
    const wentBack = told.train.filter(({ turns }) =>
      turns.some(({ action }) => /click\[(< Prev|Back)/.test(action)),
    )
    expect(wentBack.length / EPISODES).toBeGreaterThan(0.15)
  })

  it('is cut into prompt, reasoning, acts and observations without a warning', () => {
    for (const { text, turns, episode } of [...told.train, ...told.test]) {
      const { trajectories, problems } = readTrajectories('shop.txt', new TextEncoder().encode(text))
      expect(problems).toEqual([])
      expect(trajectories).toHaveLength(1)
      const { spans, warnings, environment, text: whole } = trajectories[0]!
      expect({ warnings, environment, whole }).toEqual({ warnings: [], environment: 'shop', whole: text })
      const contents = spans.map((span) => [span.kind, whole.slice(span.contentStart, span.contentEnd)])
      const expected = turns.flatMap(({ thought, action, observation }) => [
        thought === null ? ['act', action] : ['reason', thought],
        ['observation', observation.trim()],
      ])
      expect(contents).toEqual([['prompt', episode.prompt.trim()], ...expected])
      expect(spans[0]!.end).toBe(episode.prompt.length)
    }
  })

  it('stays short enough for a small student', () => {
    const texts = told.train.map(({ text }) => text)
    const tokenizer = trainBpe(texts, 1024)
    const tokens = (text: string) => tokenizer.encode(text).ids.length
    const mean = texts.reduce((sum, text) => sum + tokens(text), 0) / texts.length
    expect(mean).toBeLessThan(500)
    const within = texts.filter((text) => tokens(text) <= 512).length
    expect(within / texts.length).toBeGreaterThan(0.6)
  })
})

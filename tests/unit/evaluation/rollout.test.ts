import { beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../../workers/environments/environment.ts'
import { ENVIRONMENT_NAMES, environmentNamed } from '../../../workers/environments/index.ts'
import { episodeLine, readEpisodeLines } from '../../../workers/evaluation/episodeFile.ts'
import { recordingOf } from '../../../workers/evaluation/reasoning.ts'
import { expertRollout, FREE_THOUGHTS, Rollout } from '../../../workers/evaluation/rollout.ts'
import { expertRollouts } from '../../../workers/evaluation/rollouts.ts'
import { Random } from '../../../workers/random.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'

let worlds: Record<(typeof ENVIRONMENT_NAMES)[number], Environment>

beforeAll(async () => {
  const named = await Promise.all(ENVIRONMENT_NAMES.map(async (name) => [name, await environmentNamed(name)]))
  worlds = Object.fromEntries(named)
})

/** An episode in which each of some texts is a turn, the last one again and again until it is over. */
function played(world: Environment, texts: readonly string[], ended = false): Rollout {
  const rollout = new Rollout(world, world.episode(3, 'test'))
  for (let i = 0; !rollout.isOver; i++) {
    expect(rollout.hear(texts[Math.min(i, texts.length - 1)]!, ended)).toBe(true)
  }
  return rollout
}

const kinds = ({ turns }: Rollout) => turns.map(({ kind }) => kind)

describe('an episode', () => {
  it('waits for a turn to be whole', () => {
    const rollout = new Rollout(worlds.wiki, worlds.wiki.episode(1, 'test'))
    expect(rollout.hear('Thought 1: I search.\n', false)).toBe(false)
    expect(rollout.hear('Thought 1: I search.\nAction 1: Search[x]', false)).toBe(false)
    expect(rollout.turns).toEqual([])
    expect(rollout.hear('Thought 1: I search.\nAction 1: Search[x]\nObservation 1: I made it', false)).toBe(
      true,
    )
    expect(rollout.turns).toMatchObject([
      { kind: 'act', reasoning: 'I search.', action: 'Search[x]', valid: true, spent: true },
    ])
    // What came behind the turn is nobody's.
    expect(rollout.text).not.toContain('I made it')
    expect(rollout.pieces[1]).toMatch(
      /^Thought 1: I search\.\nAction 1: Search\[x\]\nObservation 1: Could not find x\./,
    )
  })

  it('is told in the world’s own words what does not read as a turn, which spends a step', () => {
    const refusals = {
      household: 'Nothing happens.\n',
      wiki: 'Observation 1: Invalid action: blah\n',
      shop: 'Observation: Invalid action!\n\n',
    }
    for (const name of ENVIRONMENT_NAMES) {
      const world = worlds[name]
      const rollout = played(world, ['blah\n'])
      expect(rollout.turns[0]).toMatchObject({
        kind: 'malformed',
        reasoning: null,
        action: null,
        text: 'blah\n',
        answer: refusals[name],
        valid: false,
        spent: true,
      })
      expect(rollout.turns).toHaveLength(world.stepCap)
      expect([rollout.steps, rollout.stoppedAtCap, rollout.score.success]).toEqual([
        world.stepCap,
        true,
        false,
      ])
    }
  })

  it('never shows a world what is malformed, be it an action of that world', () => {
    const goal = expertRollout(worlds.household, worlds.household.episode(3, 'test'), new Random(1))
    expect(goal.score.success).toBe(true)
    // Without the marker each of the expert's commands is no turn.
    const rollout = played(
      worlds.household,
      goal.turns.map(({ text }) => text.replace(/^> /, '')),
    )
    expect(new Set(kinds(rollout))).toEqual(new Set(['malformed']))
    expect(rollout.score.success).toBe(false)
  })

  it('ends at the cap where a student ends its text at once, or thinks without end', () => {
    for (const world of Object.values(worlds)) {
      const silent = played(world, [''], true)
      expect(kinds(silent)).toEqual(Array(world.stepCap).fill('malformed'))
      expect(silent.turns.every(({ text }) => text === '\n')).toBe(true)
    }
    for (const [world, thought] of [
      [worlds.household, '> think: Hm.\n'],
      [worlds.shop, 'Action: think[Hm.]\n'],
    ] as const) {
      const thinker = played(world, [thought])
      expect(kinds(thinker)).toEqual(Array(FREE_THOUGHTS + world.stepCap).fill('thought'))
      expect(thinker.turns.filter(({ spent }) => spent)).toHaveLength(world.stepCap)
      expect(thinker.turns[0]!.answer).toContain('OK.')
      expect(thinker.stoppedAtCap).toBe(true)
    }
  })

  it('lets every act have its free thoughts', () => {
    const turns = [...Array(FREE_THOUGHTS).fill('> think: Hm.\n'), '> look\n']
    const rollout = played(worlds.household, Array(50).fill(turns).flat())
    expect(rollout.steps).toBe(50)
    expect(rollout.turns.filter(({ kind }) => kind === 'act')).toHaveLength(50)
  })

  it('takes a text that was cut off as it stands, and ends its line', () => {
    const rollout = new Rollout(worlds.household, worlds.household.episode(3, 'test'))
    rollout.hear('> look', true, 7)
    expect(rollout.turns).toMatchObject([
      { kind: 'act', action: 'look', text: '> look\n', tokens: 7, valid: true },
    ])
    expect(rollout.pieces[1]).toMatch(/^> look\nYou are in the middle of a room/)
  })
})

describe('the expert through the door of students', () => {
  it('reaches every goal, in every world, with nothing malformed', async () => {
    for (const environment of Object.values(worlds)) {
      const rollouts = (await expertRollouts({ environment, split: 'test', seed: 2, episodes: 60 }))!
      expect(rollouts.map(({ score }) => score.reward)).toEqual(Array(60).fill(1))
      expect(rollouts.flatMap(kinds)).not.toContain('malformed')
      expect(new Set(rollouts.map(({ episode }) => episode.taskType))).toEqual(new Set(environment.taskTypes))
    }
  })

  it('writes the same transcripts and takes as many steps as by itself', () => {
    for (const world of Object.values(worlds)) {
      for (let seed = 0; seed < 10; seed++) {
        const episode = world.episode(seed, 'validation')
        const alone = world.expert(episode, new Random(seed))
        const again = expertRollout(world, episode, new Random(seed))
        expect([again.text, again.steps, again.score]).toEqual([alone.text, alone.steps, alone.score])
      }
    }
  })

  it('is found out where the world answers otherwise', () => {
    const world = worlds.household
    const liar: Environment = {
      ...world,
      expert: (episode, random) => {
        const run = world.expert(episode, random)
        return { ...run, text: run.text.replace(/\n$/, ' Or so it says.\n') }
      },
    }
    expect(() => expertRollout(liar, world.episode(1, 'test'), new Random(1))).toThrow(
      /^The expert's run of "household test \w+ 1" reads otherwise when it is played again, at its turn \d+\.$/,
    )
  })
})

describe('a line of an episode', () => {
  it('is read by the lab as one trajectory with its outcome', () => {
    for (const [name, world] of Object.entries(worlds)) {
      const good = expertRollout(world, world.episode(5, 'test'), new Random(5))
      const bad = played(world, [good.turns[0]!.text, 'blah\n'])
      const lines = [good, bad].map((rollout) => episodeLine(rollout, name, 5))
      const file = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      const { trajectories } = readTrajectories('episodes.jsonl', new TextEncoder().encode(file))
      expect(trajectories.map(({ text }) => text)).toEqual([good.text, bad.text])
      expect(trajectories).toMatchObject([
        { success: true, reward: 1, environment: name },
        { success: false, reward: 0, environment: name },
      ])
    }
  })

  it('tells where each turn and its answer stand', () => {
    for (const [name, world] of Object.entries(worlds)) {
      const rollout = expertRollout(world, world.episode(6, 'test'), new Random(6))
      const { text, places } = episodeLine(rollout, name, 6)
      expect(places.map(({ start, answered }) => text.slice(start, answered))).toEqual(
        rollout.turns.map((turn) => turn.text),
      )
      expect(places.map(({ answered, end }) => text.slice(answered, end))).toEqual(
        rollout.turns.map(({ answer }) => answer),
      )
      expect(places.at(-1)!.end).toBe(text.length)
    }
  })
})

describe('a file of episodes', () => {
  const linesOf = (world: Environment, ...rollouts: Rollout[]) =>
    rollouts.map((rollout) => `${JSON.stringify(episodeLine(rollout, world.name, 1))}\n`).join('')

  it('gives back what was recorded', () => {
    for (const world of Object.values(worlds)) {
      const good = expertRollout(world, world.episode(8, 'test'), new Random(8))
      const bad = played(world, [good.turns[0]!.text, 'blah\n'])
      const read = readEpisodeLines(linesOf(world, good, bad), world, 'f')
      for (const [i, rollout] of [good, bad].entries()) {
        const { prompt, taskType, turns } = recordingOf(rollout)
        const kept = turns.map(({ reasoning, action, text, answer }) => ({ reasoning, action, text, answer }))
        expect(read[i]).toEqual({ prompt, taskType, turns: kept })
      }
    }
  })

  it('is refused in a sentence where it is none', () => {
    const world = worlds.household
    const good = expertRollout(world, world.episode(8, 'test'), new Random(8))
    const line = linesOf(world, good)
    const changed = (change: object) => `${line}${JSON.stringify({ ...JSON.parse(line), ...change })}\n`
    const { places } = JSON.parse(line)
    for (const [text, message] of [
      ['\n', 'f holds no episode.'],
      [`${line}{"a": \n`, /^f, line 2: this is no JSON \(.*\)\.$/],
      [line.replace('"text"', '"texts"'), /^f, line 1: this is no episode of "lab evaluate": text must be/],
      [
        changed({ places: [] }),
        /^f, line 2: this is no episode of "lab evaluate": places must be at least 1/,
      ],
      [changed({ places: places.slice(1).reverse() }), /^f, line 2: the places of turn 2 do not follow/],
      [changed({ text: 'short' }), /^f, line 2: the places of turn 1 do not follow/],
    ] as const) {
      expect(() => readEpisodeLines(text, world, 'f')).toThrow(message)
    }
    expect(() => readEpisodeLines(line, worlds.wiki, 'f')).toThrow(
      'f, line 1: this episode was played in the household, not in the wiki.',
    )
  })
})

describe('the worlds', () => {
  it('are made once, and an unknown one is named in a sentence', async () => {
    expect(await environmentNamed('shop')).toBe(worlds.shop)
    await expect(environmentNamed('garden')).rejects.toThrow(
      'There is no environment "garden", only household, wiki and shop.',
    )
  })
})

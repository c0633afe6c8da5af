import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../../workers/environments/environment.ts'
import { step } from '../../../../workers/environments/household/commands.ts'
import { householdTrajectories } from '../../../../workers/environments/household/demo.ts'
import { household, householdIn } from '../../../../workers/environments/household/environment.ts'
import { generateHousehold } from '../../../../workers/environments/household/generate.ts'
import { NOTHING_HAPPENS } from '../../../../workers/environments/household/sentences.ts'
import { TASK_TYPES } from '../../../../workers/environments/household/task.ts'
import { Random } from '../../../../workers/random.ts'
import { checkClaims } from '../claims.ts'
import { CLAIMS } from './claims.ts'

const EPISODES = 120

/** The commands and observations of a transcript, read from its text alone. */
function readTranscript(text: string): { prompt: string; steps: { command: string; observation: string }[] } {
  const [prompt, ...turns] = text.slice(0, -1).split('\n> ')
  const steps = turns.map((turn) => {
    const [command, ...observation] = turn.split('\n')
    return { command: command!, observation: observation.join('\n') }
  })
  return { prompt: `${prompt}\n`, steps }
}

const isThought = ({ command }: { command: string }) => command.startsWith('think: ')

describe('the scripted expert', () => {
  it.each(SPLITS.flatMap((split) => TASK_TYPES.map((type) => [split, type] as const)))(
    'reaches the goal in at least 99 of 100 tasks, within the step cap: %s %s',
    (split, type) => {
      let reached = 0
      for (let seed = 0; seed < EPISODES; seed++) {
        const { steps, score } = household.expert(household.episode(seed, split, type), new Random(seed))
        if (score.success && score.reward === 1 && steps <= household.stepCap) reached++
      }
      expect(reached / EPISODES).toBeGreaterThanOrEqual(0.99)
    },
  )

  it.each(TASK_TYPES)(
    'writes what a fresh playing answers to the letter, done at the end only: %s',
    (type) => {
      for (let seed = 0; seed < EPISODES; seed++) {
        const episode = household.episode(seed, 'train', type)
        const run = household.expert(episode, new Random(seed))
        const { prompt, steps } = readTranscript(run.text)
        expect(prompt).toBe(episode.prompt)
        expect(run.steps).toBe(steps.filter((taken) => !isThought(taken)).length)
        const fresh = household.episode(seed, 'train', type).start()
        expect(fresh.score).toEqual({ success: false, reward: 0 })
        for (const [i, { command, observation }] of steps.entries()) {
          const answer = fresh.act(command)
          expect(answer.observation).toBe(observation)
          expect(answer.done).toBe(i === steps.length - 1)
          expect(answer.valid).toBe(observation !== NOTHING_HAPPENS)
        }
      }
    },
  )

  it('sees prompt and answers only: a playing that answers from elsewhere is all that it needs', () => {
    for (let seed = 0; seed < 20; seed++) {
      const episode = household.episode(seed, 'test')
      const { text } = household.expert(episode, new Random(seed))
      // Thoughts are answered without the world, as a student's are.
      const acts = readTranscript(text).steps.filter((taken) => !isThought(taken))
      const recorded = acts.map(({ observation }) => observation)
      const start = () => ({
        act: () => ({ observation: recorded.shift()!, done: recorded.length === 0, valid: true }),
        score: { success: true, reward: 1 },
        view: () => ({ kind: 'household' as const }),
      })
      expect(household.expert({ ...episode, start }, new Random(seed)).text).toBe(text)
    }
  })

  it('puts by `move` in the new wording, and is told where it arrives', () => {
    const today = householdIn('new')
    for (let seed = 0; seed < 30; seed++) {
      const { text, score } = today.expert(today.episode(seed, 'test', 'two'), new Random(seed))
      expect(score.success).toBe(true)
      expect(text).toMatch(/\n> move [a-z]+ \d+ to [a-z]+ \d+\nYou move the /)
      expect(text).not.toMatch(/\n> put /)
      for (const [, place, answer] of text.matchAll(/\n> go to (.+)\n(.+)/g)) {
        if (answer !== NOTHING_HAPPENS)
          expect(answer).toMatch(new RegExp(`^You arrive at ${place}\\. (On the|The) `))
      }
    }
  })

  it('thinks nothing that is not so at that moment', () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 1200; seed++) {
      const { world, task } = generateHousehold(seed, 'train')
      const { text } = household.expert(household.episode(seed, 'train'), new Random(seed))
      const { steps } = readTranscript(text)
      for (const [i, taken] of steps.entries()) {
        if (isThought(taken)) {
          const following = steps.slice(i + 1).map((other) => other.command)
          const thought = taken.command.slice('think: '.length)
          for (const name of checkClaims(CLAIMS, thought, { world, task, following })) seen.add(name)
        }
        step(world, taken.command)
      }
    }
    expect([...seen].sort()).toEqual(CLAIMS.map(({ name }) => name).sort())
  })

  it('slips in a fair share of episodes and recovers with a thought', () => {
    const texts = householdTrajectories({ seed: 3, trajectories: 400 }).map(({ text }) => text)
    const slipping = texts.filter((text) => /That (failed|was wrong)/.test(text))
    expect(slipping.length).toBeGreaterThan(400 * 0.3)
    expect(slipping.length).toBeLessThan(400 * 0.55)
    for (const text of slipping) {
      const { steps } = readTranscript(text)
      for (const [i, { observation }] of steps.entries()) {
        if (observation !== NOTHING_HAPPENS) continue
        expect(steps[i + 1]!.command).toMatch(/^think: That failed/)
        const next = steps[i + 2]!
        expect(next.command, text).not.toBe(steps[i]!.command)
      }
    }
  })

  it('goes to no place twice, except to where it saw the lamp', () => {
    for (let seed = 0; seed < EPISODES; seed++) {
      const { text } = household.expert(household.episode(seed, 'train', 'examine'), new Random(seed))
      const visits = readTranscript(text)
        .steps.filter(
          ({ command, observation }) => command.startsWith('go to ') && observation !== NOTHING_HAPPENS,
        )
        .map(({ command }) => command)
      const beforeLamp = visits.slice(0, -1)
      expect(new Set(beforeLamp).size, visits.join(', ')).toBe(beforeLamp.length)
    }
  })
})

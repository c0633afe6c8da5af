import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { Library } from '../../../workers/environments/wiki/library.ts'
import { wikiEpisode } from '../../../workers/environments/wiki/play.ts'
import { similarTitles } from '../../../workers/environments/wiki/wording.ts'
import { Random } from '../../../workers/random.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { codes, expectPartition, read, spansOf } from '../trajectories/reading.ts'
import { runs, stepsOf, wiki } from './wikiRuns.ts'

describe('the scripted expert', () => {
  it.each(SPLITS.flatMap((split) => wiki.taskTypes.map((type) => [split, type] as const)))(
    'answers at least 99 of 100 questions within the step cap: %s %s',
    (split, type) => {
      const played = runs(100, split, type)
      expect(played.filter(({ score }) => score.success).length).toBeGreaterThanOrEqual(99)
      expect(Math.max(...played.map(({ steps }) => steps))).toBeLessThan(wiki.stepCap)
    },
  )

  it('writes what a fresh playing answers to the letter, and the same for the same seeds', () => {
    for (const { episode, text, score, steps: taken } of runs(60)) {
      const { steps } = stepsOf(text)
      expect(steps).toHaveLength(taken)
      const play = episode.start()
      for (const [i, { action, observation }] of steps.entries()) {
        const answer = play.act(action)
        expect(answer.observation).toBe(observation)
        expect(answer.done).toBe(i === steps.length - 1)
      }
      expect(play.score).toEqual(score)
    }
    expect(runs(20).map(({ text }) => text)).toEqual(runs(20).map(({ text }) => text))
  })

  it('knows nothing but the prompt: another answer behind it changes nothing but the score', () => {
    for (const { episode, text } of runs(20)) {
      const { id, split, taskType } = episode
      const question = episode.prompt.slice('Question: '.length, -1)
      const other = wikiEpisode(
        { id, split, taskType, question, answer: 'nobody' },
        wiki.encyclopediaOf(id).library,
      )
      const seed = Number(id.split(' ').at(-1))
      expect(wiki.expert(other, new Random(seed)).text).toBe(text.replace('reward = 1', 'reward = 0'))
    }
  })

  it('is read by the segmenter as it was written', () => {
    const played = runs(60, 'test')
    const { trajectories, problems } = read(played.map(({ text }) => text).join('\n'))
    expect(problems).toEqual([])
    expect(trajectories).toHaveLength(played.length)
    for (const [i, trajectory] of trajectories.entries()) {
      expectPartition(trajectory)
      expect([trajectory.environment, codes(trajectory)]).toEqual(['wiki', []])
      const { question, steps } = stepsOf(played[i]!.text)
      expect(spansOf(trajectory)).toEqual([
        ['prompt', `Question: ${question}`],
        ...steps.flatMap(({ thought, action, observation }) => [
          ['reason', thought],
          ['act', action],
          ['observation', observation],
        ]),
      ])
    }
  })

  it('fails now and then, says so and recovers', () => {
    const played = runs(300)
    const failing = played.filter(({ text }) => text.includes('Could not find'))
    expect(failing.length / played.length).toBeGreaterThan(0.2)
    expect(failing.length / played.length).toBeLessThan(0.5)
    const vain = played.filter(({ text }) => text.includes(': No more results.'))
    expect(vain.length).toBeGreaterThan(played.length * 0.05)
    for (const { text } of played) {
      const { steps } = stepsOf(text)
      for (const [i, { observation }] of steps.entries()) {
        const next = steps[i + 1]
        if (similarTitles(observation)) {
          expect(next!.thought).toMatch(/^I look for .+ in the list: (?:found|not there)/)
          expect(next!.action).toMatch(/^Search\[/)
          expect(next!.action).not.toBe(steps[i]!.action)
        }
        if (observation === 'No more results.') {
          expect(next!.thought).toMatch(/: not on this page\./)
          expect(next!.action).toMatch(/^Lookup\[/)
        }
      }
    }
  })

  it('looks things up where the first sentences do not hold them', () => {
    const played = runs(200)
    const looking = played.filter(({ text }) => text.includes('Lookup['))
    expect(looking.length / played.length).toBeGreaterThan(0.25)
    expect(looking.length / played.length).toBeLessThan(0.7)
  })

  it('fits: fewer than 500 tokens on average with a vocabulary of 1,024', () => {
    const texts = runs(400).map(({ text }) => text)
    const tokenizer = trainBpe(texts, 1024)
    const lengths = texts.map((text) => tokenizer.encode(text).ids.length)
    expect(lengths.reduce((sum, length) => sum + length) / lengths.length).toBeLessThan(500)
  })

  it.each([
    ['Who directed the film Nowhere?', 4],
    ['Where was the director of the film Nowhere born?', 4],
    ['Which film is older, the film Nowhere or the film Elsewhere?', 4],
    ['Do the film Nowhere and the film Elsewhere have the same director?', 4],
    ['Which university is the rival of the university Lonely College?', 3],
  ])('gives up within a few steps where the pages do not hold the answer: %s', (question, most) => {
    const lonely = { title: 'Lonely College', sentences: ['Lonely College is a university.'] }
    const task = { id: 'x', split: 'test', taskType: 'typed', question, answer: 'x' } as const
    for (const library of [new Library([]), new Library([lonely]), wiki.encyclopedia.library]) {
      const run = wiki.expert(wikiEpisode(task, library), new Random(2))
      expect(run.steps).toBeLessThanOrEqual(most + 2)
      expect(run.score.success).toBe(false)
      expect(run.text).toContain('I cannot find what I need. I finish without an answer.\nAction')
      expect(codes(read(run.text).trajectories[0]!)).toEqual([])
    }
  })

  it('says in a sentence that it does not understand a question of another making', () => {
    const task = { id: 'x', split: 'test', taskType: 'typed', question: 'Why?', answer: null } as const
    expect(() => wiki.expert(wikiEpisode(task, wiki.encyclopedia.library), new Random(1))).toThrow(
      'The scripted expert does not understand the question "Why?".',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { type Entry, valueText } from '../../../workers/environments/wiki/encyclopedia/entry.ts'
import { COMPARISONS, relationsOf } from '../../../workers/environments/wiki/encyclopedia/relations.ts'
import { wikiEpisode } from '../../../workers/environments/wiki/play.ts'
import { readFact } from '../../../workers/environments/wiki/reading.ts'
import { createWiki } from '../../../workers/environments/wiki/wiki.ts'
import { similarTitles } from '../../../workers/environments/wiki/wording.ts'
import { Random } from '../../../workers/random.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { codes, expectPartition, read, spansOf } from '../trajectories/reading.ts'

const wiki = createWiki()
const ALL = SPLITS.flatMap((split) => Object.values(wiki.encyclopedia.entries[split]).flat())

interface Step {
  thought: string
  action: string
  observation: string
}

function runs(count: number, split: 'train' | 'validation' | 'test' = 'train', type?: string) {
  return Array.from({ length: count }, (_, seed) => {
    const episode = wiki.episode(seed, split, type)
    return { episode, ...wiki.expert(episode, new Random(seed)) }
  })
}

/** The steps of a transcript, read from its text alone. */
function stepsOf(text: string): { question: string; steps: Step[] } {
  const [question, ...lines] = text.slice(0, -1).split('\n')
  const steps: Step[] = []
  for (let i = 0; i < lines.length; i += 3) {
    const n = i / 3 + 1
    const [thought, action, observation] = ['Thought', 'Action', 'Observation'].map((marker, j) => {
      const start = `${marker} ${n}: `
      expect(lines[i + j]!.startsWith(start), lines[i + j]).toBe(true)
      return lines[i + j]!.slice(start.length)
    })
    steps.push({ thought: thought!, action: action!, observation: observation! })
  }
  return { question: question!.slice('Question: '.length), steps }
}

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
        wiki.encyclopedia.library,
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

  it('thinks nothing that is not so at that moment', () => {
    const seen = new Set<string>()
    for (const { text } of runs(500)) {
      const { question, steps } = stepsOf(text)
      for (const [i, step] of steps.entries()) {
        for (const sentence of step.thought.match(/[^.]+\./g)!.map((part) => part.trim())) {
          const told: Told = { question, steps, at: i, before: steps[i - 1], step }
          seen.add(check(sentence, told))
        }
      }
    }
    expect([...seen].sort()).toEqual(CLAIMS.map(([name]) => name).sort())
  })

  it('fits: fewer than 500 tokens on average with a vocabulary of 1,024', () => {
    const texts = runs(400).map(({ text }) => text)
    const tokenizer = trainBpe(texts, 1024)
    const lengths = texts.map((text) => tokenizer.encode(text).ids.length)
    expect(lengths.reduce((sum, length) => sum + length) / lengths.length).toBeLessThan(500)
  })

  it('says in a sentence that it does not understand a question of another making', () => {
    const task = { id: 'x', split: 'test', taskType: 'typed', question: 'Why?', answer: null } as const
    expect(() => wiki.expert(wikiEpisode(task, wiki.encyclopedia.library), new Random(1))).toThrow(
      'The scripted expert does not understand the question "Why?".',
    )
  })
})

interface Told {
  question: string
  steps: Step[]
  at: number
  before: Step | undefined
  step: Step
}

/** Whether a name has that value of a relation that thoughts call so. */
function isSo(noun: string, name: string, value: string): boolean {
  return ALL.some(
    (entry) => entry.name === name && factsCalled(noun, entry).some((fact) => valueText(fact) === value),
  )
}

function factsCalled(noun: string, entry: Entry) {
  return relationsOf(entry.kind)
    .filter((relation) => relation.noun === noun)
    .flatMap((relation) => entry.facts.get(relation.id) ?? [])
}

/** Whether some relation called so can be read from a text. */
function shows(noun: string, observation: string, value?: string): boolean {
  const text = observation.replace(/^\(Result \d+ \/ \d+\) /, '')
  const relations = [...new Set(ALL.map(({ kind }) => kind))].flatMap((kind) => relationsOf(kind))
  return relations
    .filter((relation) => relation.noun === noun)
    .some((relation) =>
      value === undefined ? readFact(relation, text) !== null : readFact(relation, text) === value,
    )
}

const observation = (told: Told) => told.before!.observation
const searched = (told: Told) =>
  told.steps.slice(0, told.at).some(({ action }) => action.startsWith('Search['))

/** Every kind of sentence that the expert may think, and whether it is so. The first that fits is the one meant. */
const CLAIMS: [name: string, pattern: RegExp, isTrue: (match: string[], told: Told) => boolean][] = [
  [
    'plan',
    /^(?:I need|My plan: (?:first )?)\s?(the .+)\.$/,
    ([, plan], { question, steps, at }) => {
      // What the first fact is of, the question names; every fact planned is found in the end.
      return plan!.split(', then ').every((part) => {
        const [, noun, name] = /^the (.+?)(?: of both| of ([A-Z].*))?$/.exec(part)!
        const found = steps.some(({ observation }) => shows(noun!, observation))
        return at === 0 && found && question.includes(name ?? '')
      })
    },
  ],
  ['search', /^(?:So )?I search (.+)\.$/, ([, title], { step }) => step.action === `Search[${title}]`],
  ['look up', /^I look up (.+?)(?: again)?\.$/, ([, word], { step }) => step.action === `Lookup[${word}]`],
  [
    'listed',
    /^I look for (.+) in the list: found(?:, (.+))?\.$/,
    ([, name, title], told) => similarTitles(observation(told))!.includes(title ?? name!),
  ],
  [
    'not listed',
    /^I look for (.+) in the list: not there\.$/,
    ([, name], told) => !similarTitles(observation(told))!.includes(name!),
  ],
  ['maybe', /^(.+) may be it\.$/, ([, title], told) => similarTitles(observation(told))!.includes(title!)],
  [
    'wrong page',
    /^I look for (.+): not here, this is (.+)\.$/,
    ([, name, other], told) => name !== other && !observation(told).startsWith(`${name} `),
  ],
  [
    'no sentence',
    /^(?:The word|I look for) (.+): not on this page\.$/,
    ([, word], { before }) =>
      before!.action === `Lookup[${word}]` && before!.observation === 'No more results.',
  ],
  [
    'found',
    /^(?:I look for the|The) ([^:]+?)(?: of ([A-Z].*))?: found, (.+)\.$/,
    ([, noun, name, value], told) =>
      shows(noun!, observation(told), value!) && (name === undefined || isSo(noun!, name, value!)),
  ],
  [
    'not found',
    /^(?:I look for the|The) ([^:]+?)(?: of ([A-Z].*))?: not found yet\.$/,
    ([, noun, name], told) =>
      !shows(noun!, observation(told)) && (name === undefined || observation(told).startsWith(name)),
  ],
  [
    'other sentence',
    /^The (.+): not in this sentence\.$/,
    ([, noun], told) => observation(told).startsWith('(Result ') && !shows(noun!, observation(told)),
  ],
  [
    'no more',
    /^No more (.+)\.$/,
    ([, word], { before }) =>
      before!.action === `Lookup[${word}]` && /^\(Result (\d+) \/ \1\)/.test(before!.observation),
  ],
  [
    'missing',
    /^(?:Now I need|Still missing:) the (.+?)(?: of ([A-Z].*))?\.$/,
    ([, noun, name], told) => {
      const after = told.steps.slice(told.at).map(({ observation }) => observation)
      const known = told.question.includes(name ?? '') || told.before!.observation.includes(name ?? '')
      return searched(told) && known && after.some((text) => shows(noun!, text))
    },
  ],
  [
    'answer',
    /^(?:So the|The) answer is (.+)\.$/,
    ([, value], { step }) => step.action === `Finish[${value}]`,
  ],
  [
    'numbers compared',
    /^(\d+) is (before|after|more than|less than) (\d+)\.$/,
    ([, a, word, b]) => Number(a) < Number(b) === ['before', 'less than'].includes(word!) && a !== b,
  ],
  [
    'alike',
    /^They are (not )?the same\.$/,
    ([, not], { step }) => {
      const [a, b] = [...step.thought.matchAll(/([^.]+): ([^.]+)\. (?=[^.]+: |They)/g)]
        .slice(-2)
        .map((m) => m[2])
      return (a === b) === (not === undefined)
    },
  ],
  [
    'value',
    /^([A-Z][^:]+): (.+)\.$/,
    ([, name, value], told) => {
      const text = told.steps.slice(0, told.at).map(({ observation }) => observation)
      const relations = COMPARISONS.map(({ relation }) => relation)
      const held = ALL.filter((entry) => entry.name === name).some((entry) =>
        relations.some((relation) => {
          const fact = entry.facts.get(relation.id)
          return relation.of === entry.kind && fact !== undefined && valueText(fact) === value
        }),
      )
      return held && text.some((seen) => seen.includes(value!))
    },
  ],
]

function check(sentence: string, told: Told): string {
  for (const [name, pattern, isTrue] of CLAIMS) {
    const match = pattern.exec(sentence)
    if (!match) continue
    expect(isTrue(match, told), `${name}: ${sentence}\n${JSON.stringify(told.steps, null, 1)}`).toBe(true)
    return name
  }
  throw new Error(`No claim fits "${sentence}".`)
}

import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { Questions, TASK_TYPES } from '../../../workers/environments/wiki/draw.ts'
import { inventEncyclopedia } from '../../../workers/environments/wiki/encyclopedia/encyclopedia.ts'
import { type Entry, valueText } from '../../../workers/environments/wiki/encyclopedia/entry.ts'
import { KINDS } from '../../../workers/environments/wiki/encyclopedia/relation.ts'
import { type Ask, type Phrase, readQuestion } from '../../../workers/environments/wiki/questions.ts'
import { normaliseAnswer } from '../../../workers/environments/wiki/scoring.ts'
import { createWiki } from '../../../workers/environments/wiki/wiki.ts'
import { Random } from '../../../workers/random.ts'

const SEEDS = 400
const encyclopedia = inventEncyclopedia(1)
const questions = new Questions(encyclopedia)
const ALL = SPLITS.flatMap((split) => KINDS.flatMap((kind) => encyclopedia.entries[split][kind]))

/** Every answer that a question may have, over the whole encyclopedia. */
function answersOf(ask: Ask): string[] {
  if (ask.type === 'bridge')
    return [...new Set(meant(ask.of).map((entry) => valueText(entry.facts.get(ask.relation.id)!)))]
  const { relation, wins } = ask.comparison
  const [a, b] = [ask.a, ask.b].map((phrase) => meant(phrase))
  return a!.flatMap((one) =>
    b!.map((other) => {
      const [first, second] = [one, other].map((entry) => entry.facts.get(relation.id)!)
      if (wins === 'same') return first === second ? 'yes' : 'no'
      expect(first).not.toBe(second)
      return first! > second! === (wins === 'more') ? one.name : other.name
    }),
  )
}

function meant(phrase: Phrase): Entry[] {
  if ('relation' in phrase)
    return meant(phrase.of).map((entry) => entry.facts.get(phrase.relation.id) as Entry)
  return ALL.filter(({ kind, name }) => kind === phrase.kind && name === phrase.name)
}

function hops(phrase: Phrase): number {
  return 'relation' in phrase ? 1 + hops(phrase.of) : 0
}

describe('questions of the encyclopedia', () => {
  it.each(TASK_TYPES)(
    '%s have one answer, take as many facts as they say, and are read back as meant',
    (type) => {
      for (const split of SPLITS) {
        for (let seed = 0; seed < SEEDS / 4; seed++) {
          const { question, answer, ask, touched } = questions.draw(type, split, new Random(seed))
          expect(question).toMatch(/^[A-Z].*\?$/)
          expect(readQuestion(question), question).toEqual(ask)
          expect(answersOf(ask)).toEqual([answer])
          const facts = ask.type === 'bridge' ? 1 + hops(ask.of) : 2 + hops(ask.a) + hops(ask.b)
          expect(facts).toBe(Number(type.at(-1)))
          expect(new Set(touched.map(({ split }) => split))).toEqual(new Set([split]))
          if (ask.type !== 'bridge') continue
          expect(` ${normaliseAnswer(question)} `).not.toContain(` ${normaliseAnswer(answer)} `)
        }
      }
    },
  )

  it('of test touch nothing that those of training and validation touch', () => {
    const touched = SPLITS.map((split) => {
      const entries = Array.from({ length: SEEDS }, (_, seed) =>
        questions.draw(TASK_TYPES[seed % 4]!, split, new Random(seed)),
      ).flatMap(({ touched }) => touched)
      return new Set(entries.map(({ title }) => title))
    })
    const [train, validation, test] = touched as [Set<string>, Set<string>, Set<string>]
    expect(test.size).toBeGreaterThan(200)
    for (const title of test) expect([train.has(title), validation.has(title)]).toEqual([false, false])
    for (const title of validation) expect(train.has(title)).toBe(false)
    // Pages of every split stay searchable.
    for (const title of [...train, ...test]) expect(encyclopedia.library.find(title)).toBeDefined()
  })

  it('are many, of many forms', () => {
    const drawn = Array.from({ length: SEEDS }, (_, seed) =>
      questions.draw('bridge-3', 'test', new Random(seed)),
    )
    expect(new Set(drawn.map(({ question }) => question)).size).toBeGreaterThan(SEEDS * 0.9)
    const kinds = drawn.map(({ ask }) => ask.type === 'bridge' && ask.relation.id)
    expect(new Set(kinds).size).toBeGreaterThan(30)
  })

  it('that yes or no answers are answered by either about equally often', () => {
    const answers = Array.from(
      { length: 4 * SEEDS },
      (_, seed) => questions.draw('comparison-2', 'train', new Random(seed)).answer,
    )
    const yes = answers.filter((answer) => answer === 'yes').length
    const no = answers.filter((answer) => answer === 'no').length
    expect(yes + no).toBeGreaterThan(200)
    expect(yes / (yes + no)).toBeGreaterThan(0.4)
    expect(yes / (yes + no)).toBeLessThan(0.6)
  })

  it('are not read where they are not of its making', () => {
    for (const question of [
      '',
      'Who?',
      'Who directed x?',
      'Where was the film Orvan born?',
      'Is the a or b?',
    ]) {
      expect(readQuestion(question)).toBeNull()
    }
  })
})

describe('episodes', () => {
  const wiki = createWiki()

  it('are the same for the same seed, split and type, and have names of their own', () => {
    const told = (seed: number, type?: string) => {
      const { id, prompt, taskType, split } = wiki.episode(seed, 'test', type)
      return { id, prompt, taskType, split }
    }
    expect(told(7)).toEqual(told(7))
    expect(told(-1)).toEqual(told(2 ** 32 - 1))
    expect(told(7, 'bridge-3').taskType).toBe('bridge-3')
    expect(told(7, told(7).taskType)).toEqual(told(7))
    expect(() => told(7, 'bridge-4')).toThrow(
      'The wiki has no tasks of type "bridge-4", only bridge-2, bridge-3, comparison-2, comparison-3.',
    )
    const episodes = Array.from({ length: 100 }, (_, seed) => told(seed))
    expect(new Set(episodes.map(({ id }) => id)).size).toBe(100)
    expect(new Set(episodes.map(({ taskType }) => taskType))).toEqual(new Set(wiki.taskTypes))
    expect(told(7).prompt).toMatch(/^Question: .*\?\n$/)
  })

  it('of train are of many encyclopedias, none of which names what only the others are asked about', () => {
    const { entries } = wiki.encyclopedia
    const unseen = [entries.validation, entries.test].flatMap((kinds) => Object.values(kinds).flat())
    const names = new Set(unseen.map(({ name }) => normaliseAnswer(name)))
    const ids = Array.from({ length: 200 }, (_, seed) => wiki.episode(seed, 'train').id)
    const books = new Set(ids.map((id) => wiki.encyclopediaOf(id)))
    expect(books.size).toBe(24)
    for (const book of books) {
      for (const { name } of Object.values(book.entries.train).flat()) {
        expect(names.has(normaliseAnswer(name))).toBe(false)
      }
      if (book !== wiki.encyclopedia) expect(Object.values(book.entries.test).flat()).toEqual([])
    }
    for (const split of ['validation', 'test'] as const) {
      expect(wiki.encyclopediaOf(wiki.episode(1, split).id)).toBe(wiki.encyclopedia)
    }
  })

  it('are drawn in a millisecond of a processor’s time', () => {
    for (let seed = 0; seed < 200; seed++) wiki.episode(seed, 'train')
    const began = process.cpuUsage()
    for (let seed = 0; seed < 500; seed++) wiki.episode(seed, 'train')
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1000 / 500).toBeLessThan(1)
  })
})

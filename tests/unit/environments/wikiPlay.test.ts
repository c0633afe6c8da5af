import { describe, expect, it } from 'vitest'
import { Library, type Page } from '../../../workers/environments/wiki/library.ts'
import { type WikiView, wikiEpisode } from '../../../workers/environments/wiki/play.ts'
import { couldNotFind, similarTitles } from '../../../workers/environments/wiki/wording.ts'

const PAGES: Page[] = [
  {
    title: 'Orvan Ferry',
    sentences: ['One ferry.', 'Two.', 'Three.', 'Four.', 'Five.', 'Six ferries.', 'Seven.'],
  },
  { title: 'Short', sentences: ['Only this.'] },
  { title: 'Blank', sentences: [] },
  { title: 'Mirel (town)', sentences: ['Mirel is a town.'] },
  { title: 'Mirel (film)', sentences: ['Mirel is a film.'] },
  { title: "Runnin' Out", sentences: ['A song.'] },
]

function start(answer: string | null = 'Five') {
  const task = { id: 'x', split: 'test', taskType: 'bridge-2', question: 'Which?', answer } as const
  return wikiEpisode(task, new Library(PAGES)).start()
}

const view = (play: ReturnType<typeof start>) => play.view() as WikiView

describe('Search', () => {
  it('shows the first five sentences, whatever the case and blanks of the title', () => {
    for (const action of [
      'Search[Orvan Ferry]',
      'search[orvan ferry]',
      ' SEARCH [ Orvan   Ferry ] ',
      'Search[ORVAN FERRY]\n',
    ]) {
      expect(start().act(action)).toEqual({
        observation: 'One ferry. Two. Three. Four. Five.',
        done: false,
        valid: true,
      })
    }
    expect(start().act('Search[Short]').observation).toBe('Only this.')
    expect(start().act('Search[Blank]').observation).toBe('This page holds no text.')
  })

  it('lists similar titles where no page has that one', () => {
    expect(start().act('Search[Orvan Fery]').observation).toBe(
      "Could not find Orvan Fery. Similar: ['Orvan Ferry'].",
    )
    expect(start().act('Search[zzzz]').observation).toBe('Could not find zzzz. Similar: [].')
    expect(start().act('Search[runnin]').observation).toBe(
      'Could not find runnin. Similar: ["Runnin\' Out"].',
    )
  })

  it('names a title that several pages share in brackets, as ReAct does, and lists those pages first', () => {
    const play = start()
    expect(play.act('Search[mirel]').observation).toBe(
      "Could not find [mirel]. Similar: ['Mirel (town)', 'Mirel (film)'].",
    )
    expect(view(play).similar).toEqual(['Mirel (town)', 'Mirel (film)'])
    expect(play.act('Search[Mirel (film)]').observation).toBe('Mirel is a film.')
    expect(view(play).similar).toEqual([])
  })

  it('keeps the page open when the next is not found', () => {
    const play = start()
    play.act('Search[Short]')
    play.act('Search[zzzz]')
    expect(play.act('Lookup[only]').observation).toBe('(Result 1 / 1) Only this.')
  })
})

describe('Lookup', () => {
  it('says that there is no page before the first was found', () => {
    for (const before of [[], ['Search[zzzz]']]) {
      const play = start()
      for (const action of before) play.act(action)
      expect(play.act('Lookup[ferry]')).toEqual({
        observation: 'There is no page to look in yet: Search for one first.',
        done: false,
        valid: false,
      })
    }
  })

  it('walks the sentences of the whole page that hold the word', () => {
    const play = start()
    play.act('Search[Orvan Ferry]')
    expect(play.act('Lookup[FERR]').observation).toBe('(Result 1 / 2) One ferry.')
    expect(view(play).lookup).toEqual({ word: 'FERR', sentence: 0 })
    expect(play.act('Lookup[FERR]').observation).toBe('(Result 2 / 2) Six ferries.')
    expect(view(play).lookup).toEqual({ word: 'FERR', sentence: 5 })
    for (let i = 0; i < 3; i++) expect(play.act('Lookup[FERR]').observation).toBe('No more results.')
    expect(view(play).lookup).toEqual({ word: 'FERR', sentence: null })
  })

  it('begins anew with another word, and on another page', () => {
    const play = start()
    play.act('Search[Orvan Ferry]')
    play.act('Lookup[ferr]')
    expect(play.act('Lookup[three]').observation).toBe('(Result 1 / 1) Three.')
    expect(play.act('Lookup[ferr]').observation).toBe('(Result 1 / 2) One ferry.')
    play.act('Search[Orvan Ferry]')
    expect(play.act('Lookup[ferr]').observation).toBe('(Result 1 / 2) One ferry.')
    expect(play.act('Lookup[nothing]').observation).toBe('No more results.')
  })
})

describe('Finish', () => {
  it('ends the episode with its score', () => {
    const right = start()
    expect(right.score).toEqual({ success: false, reward: 0, measures: { f1: 0 } })
    expect(right.act('finish[ the five. ]')).toEqual({
      observation: 'Episode finished, reward = 1',
      done: true,
      valid: true,
    })
    expect(right.score).toEqual({ success: true, reward: 1, measures: { f1: 1 } })
    const half = start('Five Oaks')
    expect(half.act('Finish[Five]').observation).toBe('Episode finished, reward = 0')
    expect(half.score.success).toBe(false)
    expect(half.score.measures!.f1).toBeCloseTo(2 / 3, 12)
  })

  it('lets nothing change the score afterwards', () => {
    const play = start()
    play.act('Finish[wrong]')
    expect(play.act('Finish[Five]')).toEqual({
      observation: 'The episode is over.',
      done: true,
      valid: false,
    })
    expect(play.score.success).toBe(false)
    expect(view(play).answer).toBe('wrong')
  })

  it('scores nothing where nobody knows the answer', () => {
    const play = start(null)
    expect(play.act('Finish[Five]').observation).toBe('Episode finished.')
    expect(play.score.success).toBe(false)
  })
})

describe('what is no action', () => {
  it.each([
    '',
    '   ',
    'Search[Orvan Ferry',
    'Search Orvan Ferry]',
    'Search[]',
    'Lookup[ ]',
    'Finish[]',
    'click[Buy Now]',
    'Search[a] and more',
    '🦊',
    '\ud800',
  ])('%j is answered and changes nothing', (action) => {
    const play = start()
    const before = play.view()
    const { observation, done, valid } = play.act(action)
    expect(observation).toBe(`Invalid action: ${action.toWellFormed().trim()}`)
    expect([done, valid]).toEqual([false, false])
    expect(play.view()).toEqual(before)
  })

  it.each([
    'x'.repeat(10_000),
    `Search[${'Orvan '.repeat(1700)}]`,
    `Lookup[${'x'.repeat(10_000)}]`,
    '['.repeat(10_000),
  ])('ten thousand characters are answered briefly', (action) => {
    const play = start()
    play.act('Search[Short]')
    const began = performance.now()
    const { observation, done } = play.act(action)
    expect(performance.now() - began).toBeLessThan(1000)
    expect(observation.length).toBeLessThan(400)
    expect(done).toBe(false)
  })

  it('takes brackets inside an argument as part of it', () => {
    expect(start().act('Search[[Short]]').observation).toMatch(/^Could not find \[Short\]\./)
  })
})

describe('playings and views', () => {
  it('do not disturb each other, and views are plain data of their own', () => {
    const task = { id: 'x', split: 'test', taskType: 'bridge-2', question: 'Which?', answer: 'a' } as const
    const episode = wikiEpisode(task, new Library(PAGES))
    expect(episode.prompt).toBe('Question: Which?\n')
    const [one, other] = [episode.start(), episode.start()]
    one.act('Search[Orvan Ferry]')
    expect((other.view() as WikiView).page).toBeNull()
    const seen = one.view() as WikiView
    expect(structuredClone(seen)).toEqual(seen)
    expect(seen.page).toEqual({ title: 'Orvan Ferry', sentences: PAGES[0]!.sentences, shown: 5, found: [] })
    seen.page!.sentences.length = 0
    expect((one.view() as WikiView).page!.sentences).toHaveLength(7)
  })

  it('tell which pages were found and what was looked up in them, after going away and back too', () => {
    const play = start()
    expect(view(play).visited).toEqual([])
    play.act('Search[Orvan Ferry]')
    for (const word of ['seven', 'six', 'six', 'eight']) play.act(`Lookup[${word}]`)
    play.act('Search[zzzz]')
    expect(view(play)).toMatchObject({ visited: ['Orvan Ferry'], page: { found: [5, 6] } })
    play.act('Search[Short]')
    expect(view(play)).toMatchObject({ visited: ['Orvan Ferry', 'Short'], page: { found: [] } })
    play.act('Search[Orvan Ferry]')
    expect(view(play)).toMatchObject({ visited: ['Orvan Ferry', 'Short'], page: { found: [5, 6] } })
  })
})

describe('a list of titles', () => {
  it('is read back as it was written, quotes and all', () => {
    for (const titles of [
      [],
      ['a'],
      ["it's", 'say "x"', 'both \' and "', 'back\\slash', "end\\'"],
      ['a, b', "['c']"],
    ]) {
      expect(similarTitles(couldNotFind('x. Similar: y', titles, false))).toEqual(titles)
    }
    expect(similarTitles('Short is a town.')).toBeNull()
  })
})

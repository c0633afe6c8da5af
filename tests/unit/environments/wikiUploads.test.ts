import { describe, expect, it } from 'vitest'
import { readHotpot } from '../../../workers/environments/wiki/hotpot.ts'
import { Library } from '../../../workers/environments/wiki/library.ts'
import { readPages } from '../../../workers/environments/wiki/pages.ts'
import type { WikiView } from '../../../workers/environments/wiki/play.ts'
import { askLibrary, createHotpotWiki } from '../../../workers/environments/wiki/uploaded.ts'
import { Random } from '../../../workers/random.ts'
import { codes, read } from '../trajectories/reading.ts'

/** A record in the shape of HotpotQA's distractor files; its facts are invented. */
function record(i: number, changes: Record<string, unknown> = {}) {
  return {
    _id: `id${i}`,
    question: `Where was the director of the film Orvan ${i} born?`,
    answer: `Town ${i}`,
    type: i % 3 === 0 ? 'comparison' : 'bridge',
    level: 'hard',
    supporting_facts: [
      [`Orvan ${i} (film)`, 0],
      [`Mira Dolven ${i}`, 6],
    ],
    context: [
      [`Other ${i}`, ['It is about nothing.']],
      [`Mira Dolven ${i}`, ['A.', ' B.', ' C.', ' D.', '', ' E.', ` Dolven was born in Town ${i}.`]],
      [`Orvan ${i} (film)`, [`Orvan ${i} is a film by Mira Dolven ${i}.`, ' It is short.\n']],
    ],
    ...changes,
  }
}
const FILE = Array.from({ length: 30 }, (_, i) => record(i))
const { records: QUESTIONS } = readHotpot('dev.json', JSON.stringify(FILE))

describe('reading a HotpotQA file', () => {
  it('takes a JSON list, or one question per line', () => {
    const lines = readHotpot('dev.jsonl', FILE.map((question) => JSON.stringify(question)).join('\n'))
    expect(lines).toEqual({ records: QUESTIONS, problems: [] })
    expect(QUESTIONS[4]).toEqual({
      id: 'id4',
      question: 'Where was the director of the film Orvan 4 born?',
      answer: 'Town 4',
      type: 'bridge',
      pages: [
        { title: 'Other 4', sentences: ['It is about nothing.'] },
        { title: 'Mira Dolven 4', sentences: ['A.', 'B.', 'C.', 'D.', 'E.', 'Dolven was born in Town 4.'] },
        { title: 'Orvan 4 (film)', sentences: ['Orvan 4 is a film by Mira Dolven 4.', 'It is short.'] },
      ],
      supporting: [
        { title: 'Orvan 4 (film)', sentence: 'Orvan 4 is a film by Mira Dolven 4.' },
        { title: 'Mira Dolven 4', sentence: 'Dolven was born in Town 4.' },
      ],
    })
  })

  it.each([
    [{ question: undefined }, '"question" must be text (it is missing)'],
    [{ question: ' ' }, '"question" must not be empty'],
    [{ answer: 7 }, '"answer" must be text (it is 7)'],
    [{ type: [] }, '"type" must be text (it is an empty list)'],
    [{ context: undefined }, '"context" must be a list of [title, [sentences]] (it is missing)'],
    [{ context: { title: [] } }, '"context" must be a list of [title, [sentences]] (it is an object)'],
    [{ context: [] }, '"context" must be a list of [title, [sentences]] (it is an empty list)'],
    [{ context: [['a', []], 'b'] }, 'paragraph 2 of "context" must be [title, [sentences]] (it is "b")'],
    [{ context: [[1, []]] }, 'the title of paragraph 1 of "context" must be text (it is 1)'],
    [{ context: [['a', 'b']] }, 'the sentences of paragraph 1 of "context" must be a list (it is "b")'],
    [{ context: [['a', ['b', null]]] }, 'a sentence of paragraph 1 of "context" must be text (it is null)'],
    [{ supporting_facts: {} }, '"supporting_facts" must be a list (it is an object)'],
    [{ supporting_facts: [['a']] }, 'each of "supporting_facts" must be [title, number] (one is a list)'],
  ])('names the record and what is wrong with it: %j', (changes, problem) => {
    const broken = [record(0), record(1, changes), record(2)]
    expect(readHotpot('dev.json', JSON.stringify(broken))).toMatchObject({
      records: [{ id: 'id0' }, { id: 'id2' }],
      problems: [`dev.json, record 2: ${problem}.`],
    })
    expect(() => readHotpot('dev.json', JSON.stringify([record(0, changes)]))).toThrow(
      `dev.json, record 1: ${problem}.`,
    )
  })

  it.each([
    ['', 'dev.json is empty.'],
    ['[]', 'dev.json holds no question: its list is empty.'],
    ['[1, null]', 'dev.json, record 1: it must be a JSON object.'],
    [
      '[{]',
      'dev.json is no JSON: in line 1, column 3, there is "]" where a "key" in double quotes should stand.',
    ],
    [
      'Question: x',
      'dev.json is neither a JSON list nor one JSON object per line: in line 1, there is Question where a value should stand.',
    ],
    ['{"a": 1}', 'dev.json, line 1: "context" must be a list of [title, [sentences]] (it is missing).'],
  ])('says in a sentence what a file is not: %j', (text, problem) => {
    expect(() => readHotpot('dev.json', text)).toThrow(problem)
  })

  it('goes on behind a broken line, and tells of many problems only the first', () => {
    const lines = [JSON.stringify(record(0)), '{"broken', ...Array.from({ length: 30 }, () => '{}')]
    const { records, problems } = readHotpot('dev.jsonl', lines.join('\n'))
    expect(records).toHaveLength(1)
    expect(problems).toHaveLength(21)
    expect(problems[0]).toBe('dev.jsonl, line 2: it is no JSON: there is a string that is never closed.')
    expect(problems.at(-1)).toBe('dev.jsonl: 11 more are left out.')
  })

  it('leaves out supporting facts that point nowhere', () => {
    const facts = [
      ['Nowhere', 0],
      ['Other 1', 9],
      ['Other 1', 0],
    ]
    const { records } = readHotpot('dev.json', JSON.stringify([record(1, { supporting_facts: facts })]))
    expect(records[0]!.supporting).toEqual([{ title: 'Other 1', sentence: 'It is about nothing.' }])
  })
})

describe('the wiki over a HotpotQA file', () => {
  const wiki = createHotpotWiki(QUESTIONS)

  it('asks every question of the file in one split only, by a seed', () => {
    const prompts = (seed: number) =>
      (['train', 'validation', 'test'] as const).map((split) => {
        const world = createHotpotWiki(QUESTIONS, { seed })
        return new Set(Array.from({ length: 60 }, (_, i) => world.episode(i, split).prompt))
      })
    const [train, validation, test] = prompts(1)
    expect([train!.size, validation!.size, test!.size]).toEqual([24, 3, 3])
    expect(new Set([...train!, ...validation!, ...test!]).size).toBe(30)
    expect(prompts(1)).toEqual(prompts(1))
    expect(prompts(2)[2]).not.toEqual(test)
  })

  it('keeps questions with the same words together', () => {
    const twice = [
      ...QUESTIONS,
      ...QUESTIONS.map((question) => ({ ...question, id: `${question.id} again` })),
    ]
    const world = createHotpotWiki(twice)
    const [train, test] = (['train', 'test'] as const).map(
      (split) => new Set(Array.from({ length: 100 }, (_, i) => world.episode(i, split).prompt)),
    )
    for (const prompt of test!) expect(train!.has(prompt)).toBe(false)
  })

  it('knows the types of the file', () => {
    expect(wiki.taskTypes).toEqual(['bridge', 'comparison'])
    for (let seed = 0; seed < 20; seed++)
      expect(wiki.episode(seed, 'train', 'comparison').taskType).toBe('comparison')
    const bridges = QUESTIONS.filter(({ type }) => type === 'bridge')
    expect(() => createHotpotWiki(bridges).episode(0, 'test', 'comparison')).toThrow(
      'The file has no comparison question for test; it needs more of them.',
    )
    expect(() => createHotpotWiki(QUESTIONS.slice(0, 2))).toThrow(
      'The file holds 2 different questions; training, validation and test need three at least.',
    )
  })

  it('searches the pages of the file, or only those of the question', async () => {
    const other = `Search[Mira Dolven ${wiki.episode(0, 'test').id.endsWith('id4') ? 5 : 4}]`
    expect(wiki.episode(0, 'test').start().act(other).observation).toBe('A. B. C. D. E.')
    await wiki.prepare()
    const own = createHotpotWiki(QUESTIONS, { pagesOf: 'question' })
    await own.prepare()
    expect(own.episode(0, 'test').start().act(other).observation).toMatch(/^Could not find Mira Dolven/)
  })

  it('has an expert, guided by the supporting facts, whom the segmenter understands', () => {
    for (const pagesOf of ['file', 'question'] as const) {
      const world = createHotpotWiki(QUESTIONS, { pagesOf })
      for (let seed = 0; seed < 24; seed++) {
        const episode = world.episode(seed, 'train')
        const run = world.expert(episode, new Random(seed))
        expect(run.score).toEqual({ success: true, reward: 1, measures: { f1: 1 } })
        const i = /Orvan (\d+)/.exec(episode.prompt)![1]
        expect(run.text).toContain(`(Result 1 / 1) Dolven was born in Town ${i}.\n`)
        expect(run.text).toContain(`It says: Dolven was born in Town ${i}. `)
        const { trajectories } = read(run.text)
        expect([trajectories.length, trajectories[0]!.environment]).toEqual([1, 'wiki'])
        expect(codes(trajectories[0]!)).toEqual([])
        expect(trajectories[0]!.spans.filter(({ kind }) => kind === 'act')).toHaveLength(run.steps)
      }
    }
  })

  it('has no expert for questions without supporting facts', () => {
    const bare = createHotpotWiki(QUESTIONS.map((question) => ({ ...question, supporting: [] })))
    expect(() => bare.expert(bare.episode(0, 'train'), new Random(1))).toThrow(
      /^The file names no supporting sentence for question id\d+\.$/,
    )
  })

  it('reads and opens 7,000 questions with 70,000 pages in a few seconds', async () => {
    const many = Array.from({ length: 7000 }, (_, i) => {
      const context = Array.from({ length: 10 }, (_, j) => [`Page ${i} ${j}`, ['One.', 'Two.', 'Three.']])
      return record(i, { context, supporting_facts: [] })
    })
    const text = JSON.stringify(many)
    const began = process.cpuUsage()
    const { records } = readHotpot('dev.json', text)
    const world = createHotpotWiki(records)
    expect(world.episode(5, 'test').start().act('Search[page 17 3]').observation).toBe('One. Two. Three.')
    const { user, system } = process.cpuUsage(began)
    expect((user + system) / 1e6).toBeLessThan(4)
  })
})

describe('pages and a typed question', () => {
  const lines = [
    '{"title": "Orvan", "text": "Orvan is a town. It has 3.5 km of wall.\\nDr Mev lives there! Does she?"}',
    '{"title": "List", "text": ["One.", " ", "Two\\nlines."]}',
  ]

  it('are read line by line, texts cut into sentences', () => {
    expect(readPages('pages.jsonl', lines.join('\n'))).toEqual({
      records: [
        {
          title: 'Orvan',
          sentences: ['Orvan is a town.', 'It has 3.5 km of wall.', 'Dr Mev lives there!', 'Does she?'],
        },
        { title: 'List', sentences: ['One.', 'Two lines.'] },
      ],
      problems: [],
    })
  })

  it('say what is wrong with a page', () => {
    const more = [
      ...lines,
      '{"title": "orvan", "text": ""}',
      '{"text": ""}',
      '{"title": "x", "text": [1]}',
      '{"title": "y"}',
    ]
    expect(readPages('pages.jsonl', more.join('\n')).problems).toEqual([
      'pages.jsonl, line 3: there is a page "orvan" before it.',
      'pages.jsonl, line 4: "title" must be text (it is missing).',
      'pages.jsonl, line 5: "text" must be text or a list of sentences (it is a list).',
      'pages.jsonl, line 6: "text" must be text or a list of sentences (it is missing).',
    ])
  })

  it('can be asked what a person types, scored where they know the answer', () => {
    const library = new Library(readPages('pages.jsonl', lines.join('\n')).records)
    const play = askLibrary(library, ' Who lives\nin Orvan? ', 'Dr Mev').start()
    expect((play.view() as WikiView).question).toBe('Who lives in Orvan?')
    expect(play.act('Search[orvan]').observation).toBe(
      'Orvan is a town. It has 3.5 km of wall. Dr Mev lives there! Does she?',
    )
    play.act('Finish[the dr mev]')
    expect(play.score.success).toBe(true)
    expect(askLibrary(library, 'Who?').start().act('Finish[x]').observation).toBe('Episode finished.')
    expect(() => askLibrary(library, '  ')).toThrow('There is no question yet: type one.')
  })
})

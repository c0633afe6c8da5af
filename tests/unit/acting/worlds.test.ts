import { describe, expect, it } from 'vitest'
import type { ActorId } from '../../../workers/acting/acting.ts'
import { Stage } from '../../../workers/acting/stage.ts'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { openWorld } from '../../../workers/environments/uploaded.ts'
import { LabError } from '../../../workers/errors.ts'
import { HOTPOT, hotpotRecord, ITEMS, PAGES, QUESTIONS, shopItem } from './worldFiles.ts'

const EXPERT: ActorId = { kind: 'expert' }
const GREEDY = { temperature: 0, seed: 1 }
const silent = () => {}
const nobody = (): never => {
  throw new LabError('not-now', 'There is nobody.')
}
const newStage = () => new Stage({ operations: nobody, student: nobody, teacher: nobody })
const file = (name: string, text: string) => new File([text], name)
const open = (...files: [name: string, text: string][]) =>
  openWorld(files.map(([name, text]) => ({ name, text })))

describe('a world on files of one’s own', () => {
  it('is told by what the files hold', async () => {
    const stage = newStage()
    expect(await stage.addWorld([file('dev.json', HOTPOT)])).toMatchObject({
      ...{ name: 'dev.json', environment: 'wiki', title: 'Wiki (dev.json)', uploaded: true, tasks: 'drawn' },
      ...{ taskTypes: ['bridge', 'comparison'], splits: ['train', 'validation', 'test'], problems: [] },
      about: '12 questions over 24 pages.',
    })
    expect(await stage.addWorld([file('pages.jsonl', `\uFEFF${PAGES}`)])).toMatchObject({
      ...{ environment: 'wiki', tasks: 'typed', splits: [], taskTypes: [] },
      about: '2 pages and no questions: type your own.',
    })
    expect(await stage.addWorld([file('both.jsonl', `${PAGES}\n${QUESTIONS}`)])).toMatchObject({
      ...{ environment: 'wiki', tasks: 'drawn', taskTypes: ['easy', 'question'] },
      about: '3 questions over 2 pages.',
    })
    expect(await stage.addWorld([file('q.jsonl', QUESTIONS), file('p.jsonl', PAGES)])).toMatchObject({
      name: 'q.jsonl, p.jsonl',
      about: '3 questions over 2 pages.',
    })
    expect(await stage.addWorld([file('items.json', ITEMS)])).toMatchObject({
      ...{ environment: 'shop', tasks: 'drawn', taskTypes: ['garden', 'electronics'] },
      about: '12 items on sale, of which 12 are asked for.',
    })
    const names = (await stage.worlds()).map(({ name }) => name)
    expect(names).toEqual([
      ...['household', 'wiki', 'shop'],
      ...['dev.json', 'pages.jsonl', 'both.jsonl', 'q.jsonl, p.jsonl', 'items.json'],
    ])
    await stage.removeWorld('dev.json')
    await expect(stage.removeWorld('dev.json')).rejects.toThrow(
      'There is no world of your own named "dev.json".',
    )
    await expect(stage.openEpisode({ world: 'dev.json', split: 'test', seed: 1 })).rejects.toThrow(
      'There is no world named "dev.json": choose another, or open its file again.',
    )
  })

  it('is acted in as the built-in ones are', async () => {
    const stage = newStage()
    for (const text of [HOTPOT, ITEMS]) {
      const { name } = await stage.addWorld([file('mine.json', text)])
      let view = await stage.openEpisode({ world: name, split: 'train', seed: 3 })
      for (let i = 0; i < 20 && !view.over; i++) view = await stage.takeTurn(view.id, EXPERT, GREEDY, silent)
      expect(view).toMatchObject({ over: true, score: { success: true } })
    }
    const files = [file('items.json', ITEMS)]
    await stage.addWorld(files)
    const report = await stage.evaluateActor(
      EXPERT,
      { world: 'items.json', split: 'test', seed: 1, episodes: 4, temperature: 0 },
      silent,
    )
    expect(report!.episodes.all.success!.of).toBe(4)
  })

  it('asks what a person types where it has pages only, scored where they know the answer', async () => {
    const stage = newStage()
    await stage.addWorld([file('pages.jsonl', PAGES)])
    const task = { world: 'pages.jsonl', split: 'test', seed: 1 } as const
    await expect(stage.openEpisode(task)).rejects.toThrow('There is no question yet: type one.')
    const view = await stage.openEpisode({ ...task, question: 'Which river?', answer: 'Dolven' })
    expect(view.prompt).toBe('Question: Which river?\n')
    await stage.actInEpisode(view.id, { action: 'Search[dolven]' })
    const over = await stage.actInEpisode(view.id, { action: 'Finish[the Dolven]' })
    expect(over).toMatchObject({ over: true, score: { success: true } })
    expect(
      (await stage.openEpisode({ ...task, split: 'train', seed: 9, question: 'Which river?' })).prompt,
    ).toBe(view.prompt)
    const open = await stage.openEpisode({ ...task, question: 'Which river?' })
    const unknown = await stage.actInEpisode(open.id, { action: 'Finish[Dolven]' })
    expect(unknown.turns[0]!.observation).toBe('Episode finished.')
    await expect(
      stage.takeTurn((await stage.openEpisode({ ...task, question: 'x' })).id, EXPERT, GREEDY, silent),
    ).rejects.toThrow(
      'Wiki (pages.jsonl) has pages and no questions whose supporting sentences would guide an expert: add lines of question and answer.',
    )
    const plan = { world: 'pages.jsonl', split: 'test', seed: 1, episodes: 1, temperature: 0 } as const
    await expect(stage.evaluateActor(EXPERT, plan, silent)).rejects.toThrow(
      'Wiki (pages.jsonl) has pages and no questions, so no task can be drawn: add lines of question and answer.',
    )
  })

  it('may lack some kinds of task in a split, of which none is asked then', async () => {
    const records = [0, 1, 2, 3].map((i) => hotpotRecord(i, { type: i === 0 ? 'comparison' : 'bridge' }))
    const text = JSON.stringify(records)
    const { environment } = await open(['few.json', text])
    const types = SPLITS.map((split) => environment.taskTypesIn!(split))
    expect(types.filter((inSplit) => inSplit.includes('comparison'))).toHaveLength(1)
    expect(types.every((inSplit) => inSplit.length > 0)).toBe(true)
    const stage = newStage()
    await stage.addWorld([file('few.json', text)])
    for (const split of SPLITS) {
      const plan = { world: 'few.json', split, seed: 1, episodes: 4, temperature: 0 }
      const report = await stage.evaluateActor(EXPERT, plan, silent)
      expect(report!.episodes.all.success).toMatchObject({ mean: 1, of: 4 })
    }
  })

  it('that cannot be solved is played to its end without success', async () => {
    const stage = newStage()
    // The answer stands on no page, and is asked for as a fact that no page has.
    const lost = Array.from({ length: 3 }, (_, i) =>
      hotpotRecord(i, { answer: 'Nowhere', supporting_facts: [['Gone', 0]] }),
    )
    await stage.addWorld([file('lost.json', JSON.stringify(lost))])
    const episode = await stage.openEpisode({ world: 'lost.json', split: 'train', seed: 1 })
    await expect(stage.takeTurn(episode.id, EXPERT, GREEDY, silent)).rejects.toThrow(
      /^The file names no supporting sentence for question id\d\.$/,
    )
    expect((await stage.actInEpisode(episode.id, { action: 'Finish[Town 1]' })).score.success).toBe(false)
    // Nothing costs as little as is wanted, and no good has what is asked for.
    const dear = Array.from({ length: 3 }, (_, i) =>
      shopItem(i, {
        pricing: '$5000',
        instructions: [{ instruction: 'i want a waterproof kayak.', instruction_attributes: ['waterproof'] }],
      }),
    )
    await stage.addWorld([file('dear.json', JSON.stringify(dear))])
    let view = await stage.openEpisode({ world: 'dear.json', split: 'train', seed: 1 })
    const refusals: string[] = []
    for (let i = 0; i < 20 && !view.over && refusals.length === 0; i++) {
      view = await stage.takeTurn(view.id, EXPERT, GREEDY, silent).catch((error) => {
        refusals.push((error as LabError).message)
        return view
      })
    }
    expect(view.score.success).toBe(false)
    expect(refusals).toEqual(view.over ? [] : ['The expert has given up here: act yourself.'])
  })
})

describe('a file that makes no world', () => {
  it.each<[string, [name: string, text: string][], string | RegExp]>([
    ['nothing', [], /^Name the files of a world: HotpotQA’s distractor JSON/],
    ['an empty file', [['a.json', ' \n']], 'a.json is empty.'],
    [
      'text',
      [['a.txt', 'Question: who?\n']],
      'a.txt is no JSON: in line 1, column 1, there is Question where a value should stand.',
    ],
    ['binary', [['a.png', '\u0089PNG\r\n\u001a\n']], /^a\.png is no JSON: in line 1, column 1, /],
    [
      'a list of other things',
      [['a.json', '[1, {"x": 2}]']],
      /^a\.json is none of the files that a world is made of: HotpotQA’s distractor JSON \(question, answer, context\), JSON lines of title and text, or WebShop’s item files \(asin, name, pricing\)\.$/,
    ],
    ['a number', [['a.json', '7']], /^a\.json is none of the files/],
    ['an empty list', [['a.json', '[]']], /^a\.json is none of the files/],
    [
      'an object of settings',
      [['a.json', '{"steps": 60, "data": {"x": 1}}']],
      /^a\.json is none of the files/,
    ],
    ['lines of other things', [['a.jsonl', '{"x": 1}\n{"x": 2}']], /^a\.jsonl is none of the files/],
    [
      'a list that was cut off',
      [['a.json', HOTPOT.slice(0, 500)]],
      /^a\.json is no JSON: in line 1, column 501, /,
    ],
    [
      'questions without pages',
      [['q.jsonl', QUESTIONS]],
      'q.jsonl holds questions and no pages to search: add lines of title and text, or a "context" to each question.',
    ],
    [
      'too few questions',
      [['d.json', JSON.stringify([hotpotRecord(1), hotpotRecord(2)])]],
      'The file holds 2 different questions; training, validation and test need three at least.',
    ],
    [
      'a question of the wrong shape',
      [['d.json', JSON.stringify([hotpotRecord(1, { context: { title: [] } })])]],
      'd.json, record 1: "context" must be a list of [title, [sentences]] (it is an object).',
    ],
    [
      'pages without text',
      [['p.jsonl', '{"title": "a"}']],
      'p.jsonl, line 1: "text" must be text or a list of sentences (it is missing).',
    ],
    [
      'items without instructions',
      [['i.json', JSON.stringify([shopItem(1, { instructions: [] })])]],
      /^i\.json: 0 of 1 items have an instruction, which leaves nothing for train, validation, test; add WebShop's/,
    ],
    [
      'instructions without items',
      [['ins.json', '{"B01": [{"instruction": "i want a lamp", "instruction_attributes": ["x"]}]}']],
      /^There are no items in ins\.json: /,
    ],
    [
      'goods and pages at once',
      [
        ['i.json', ITEMS],
        ['p.jsonl', PAGES],
      ],
      'i.json holds goods of a shop and p.jsonl does not: open them as two worlds.',
    ],
  ])('is refused in a sentence: %s', async (_, files, message) => {
    const thrown = await open(...files).then(
      () => null,
      (error) => error,
    )
    expect(thrown).toBeInstanceOf(LabError)
    expect(thrown.message).toMatch(
      message instanceof RegExp ? message : new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`),
    )
  })

  it('is told of what was wrong with single records, and goes on with the others', async () => {
    const dear = JSON.stringify([...JSON.parse(ITEMS), shopItem(20, { pricing: null }), { asin: 'B0X' }, 7])
    const { problems, environment } = await open(['items.json', dear])
    expect(problems).toEqual([
      'items.json: item 13 (B020, Brass Desk Lamp 20) has no price; it is sold for $100.0, as WebShop does.',
      expect.stringMatching(/^items\.json: item 14 \(B0X\) is left out: .*name/),
      expect.stringMatching(/^items\.json: item 15 is left out: /),
    ])
    expect(environment.episode(1, 'train').start().act('search[lamp]').valid).toBe(true)
    const mixed = await open([
      'dev.jsonl',
      `${JSON.parse(HOTPOT)
        .map((record: object) => JSON.stringify(record))
        .join('\n')}\n{"context": 1}\n{`,
    ])
    expect(mixed.problems).toEqual([
      'dev.jsonl, line 13: "context" must be a list of [title, [sentences]] (it is 1).',
      expect.stringMatching(/^dev\.jsonl, line 14: it is no JSON: /),
    ])
  })

  it('may be too large', async () => {
    const large = file('large.json', '')
    Object.defineProperty(large, 'size', { value: 300 * 2 ** 20 })
    await expect(newStage().addWorld([large])).rejects.toThrow(
      'large.json has 300 MB, and a world may have 256 MB: open a part of it.',
    )
  })

  it('is wanted as another kind than it is', async () => {
    const as = (kind: 'wiki' | 'shop', text: string) => openWorld([{ name: 'a.json', text }], kind)
    await expect(as('shop', HOTPOT)).rejects.toThrow(
      'a.json holds questions or pages of a wiki, which make no shop.',
    )
    await expect(as('wiki', ITEMS)).rejects.toThrow('a.json holds goods of a shop, which make no wiki.')
    await expect(as('shop', '[{"x": 1}]')).rejects.toThrow(/^There are no items in a\.json/)
    await expect(as('wiki', '[{"x": 1}]')).rejects.toThrow('a.json, record 1: "context" must be a list')
  })
})

import { describe, expect, it } from 'vitest'
import { Collection } from '../../../workers/library/collection.ts'
import type { LibraryState, LoadingStatus } from '../../../workers/protocol.ts'
import { contentHash } from '../../../workers/trajectories/contentHash.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { expectPartition, spansOf } from '../trajectories/reading.ts'

const REACT = (question: string) => `Question: ${question}
Thought 1: Look it up.
Action 1: Search[${question}]
Observation 1: A lamp.
Thought 2: Done.
Action 2: Finish[lamp]
`

function heard() {
  const states: LibraryState[] = []
  const loadings: (LoadingStatus | null)[] = []
  const collection = new Collection({
    changed: (state) => states.push(state),
    loading: (status) => loadings.push(status),
  })
  return { collection, states, loadings, state: () => collection.state() }
}

const source = (name: string, text: string) => ({ name, blob: new Blob([text]) })

async function filled(...texts: string[]) {
  const all = heard()
  await all.collection.load(texts.map((text, i) => source(`${'abcdef'[i]}.txt`, text)))
  return all
}

const kinds = ({ spans }: { spans: Trajectory['spans'] }) => spans.map(({ kind }) => kind)

describe('loading', () => {
  it('tells the files, what they hold, and what there is to filter by', async () => {
    const { state, loadings } = await filled(REACT('a?'), REACT('b?') + REACT('c?'), 'nothing of note')
    expect(state()).toMatchObject({
      trajectories: 3,
      excluded: 0,
      corrected: 0,
      files: [
        { file: 'a.txt', trajectories: 1, warned: 0 },
        { file: 'b.txt', trajectories: 2, warned: 0 },
      ],
      moreFiles: 0,
      formats: [['react-text', 3]],
      environments: [['wiki', 3]],
      outcomes: { succeeded: 0, failed: 0, unknown: 3 },
    })
    expect(loadings[0]).toMatchObject({ file: 'a.txt', filesDone: 0, files: 3, bytesDone: 0 })
    expect(loadings.at(-1)).toBeNull()
  })

  it('takes one loading after another, and cancels those that wait', async () => {
    const { collection, state } = heard()
    const first = collection.load([source('a', REACT('a?'))])
    const second = collection.load([source('b', REACT('b?'))])
    collection.cancelLoading()
    const third = collection.load([source('c', REACT('c?'))])
    expect(await first).toMatchObject({ added: 0, cancelled: true })
    expect(await second).toMatchObject({ added: 0, cancelled: true })
    expect(await third).toEqual({ files: 1, added: 1, problems: [] })
    expect(state().files.map(({ file }) => file)).toEqual(['c'])
  })

  it('lists what a query finds file by file, also where a file was loaded twice', async () => {
    const { collection } = await filled(REACT('a?'), REACT('b?'))
    await collection.load([source('a.txt', REACT('again?'))])
    const list = await collection.list({})
    expect([...list.ids]).toEqual([0, 2, 1])
    expect(list.files).toEqual([
      { file: 'a.txt', start: 0 },
      { file: 'b.txt', start: 2 },
    ])
    expect(collection.summaries(list.ids).map(({ title }) => title)).toEqual(['a?', 'again?', 'b?'])
    expect(collection.summaries([1, 99])).toHaveLength(1)
  })
})

describe('correcting', () => {
  it('gives selected text another kind, and takes it back and forth', async () => {
    const { collection, state } = await filled(REACT('a?'))
    const { text, spans } = collection.view(0)
    const before = kinds({ spans })
    const start = text.indexOf('Look')
    collection.corrector.editSpans(0, { type: 'relabel', start, end: start + 4, kind: 'other' })
    expectPartition(collection.loaded(0))
    expect(spansOf(collection.loaded(0)).slice(1, 4)).toEqual([
      ['reason', ''],
      ['other', 'Look'],
      ['reason', 'it up.'],
    ])
    expect(collection.view(0).summary).toMatchObject({ corrected: true, spans: { other: 1, reason: 3 } })
    expect(state()).toMatchObject({ corrected: 1, undo: 'change of kind' })
    expect(collection.corrector.undo()).toBe(0)
    expect(kinds(collection.view(0))).toEqual(before)
    expect(state()).toMatchObject({ corrected: 0, redo: 'change of kind' })
    expect(collection.corrector.redo()).toBe(0)
    expect(collection.view(0).summary.corrected).toBe(true)
    collection.corrector.resetSpans(0)
    expect(collection.view(0).spans).toEqual(spans)
    expect(collection.corrector.undo()).toBe(0)
    expect(collection.view(0).summary.corrected).toBe(true)
  })

  it('forgets a correction that was drawn back by hand, and changes nothing for nothing', async () => {
    const { collection, state } = await filled(REACT('a?'))
    const [first, second] = collection.view(0).spans
    collection.corrector.editSpans(0, { type: 'merge', start: 0, end: second!.end })
    expect(collection.view(0).summary.corrected).toBe(true)
    collection.corrector.editSpans(0, {
      type: 'relabel',
      start: first!.end,
      end: second!.end,
      kind: 'reason',
    })
    expect(collection.view(0).summary.corrected).toBe(false)
    expect(collection.correctionsFile()).toBeNull()
    const { undo, version } = state()
    collection.corrector.editSpans(0, { type: 'split', at: first!.end })
    expect(state()).toMatchObject({ undo, version })
  })

  it('holds for the same text wherever it comes from, and travels in a file', async () => {
    const { collection, state } = await filled(REACT('a?'), REACT('b?'), REACT('a?'))
    collection.corrector.editSpans(0, { type: 'merge', start: 0, end: 30 })
    await collection.corrector.setExcluded([1], true)
    expect(state()).toMatchObject({ corrected: 2, excluded: 1 })
    const file = collection.correctionsFile()!
    expect(Object.keys(JSON.parse(file).corrections).sort()).toEqual(
      [contentHash(REACT('a?')), contentHash(REACT('b?'))].sort(),
    )

    const later = await filled(REACT('b?'), REACT('c?'))
    expect(await later.collection.load([source('corrections.json', file)])).toEqual({
      files: 1,
      added: 0,
      problems: [],
    })
    expect(later.state()).toMatchObject({ corrected: 0, excluded: 1 })
    await later.collection.load([source('more', REACT('a?'))])
    expect(later.state()).toMatchObject({ corrected: 1, excluded: 1 })
    expect(kinds(later.collection.view(2))).toEqual(kinds(collection.view(0)))
  })

  it('refuses a broken file of corrections in one sentence, and loses nothing', async () => {
    const { collection, state } = await filled(REACT('a?'))
    await collection.corrector.setExcluded([0], true)
    const broken = '{"version": 1, "corrections": {"abc": {}}}'
    const report = await collection.load([source('corrections.json', broken)])
    expect(report.problems).toHaveLength(1)
    expect(report.problems[0]!.message).toMatch(/^corrections\.json .*corrections/)
    expect(state().excluded).toBe(1)
  })

  it('excludes many at once, and takes all of them in again with one undo', async () => {
    const { collection, state } = await filled(REACT('a?'), REACT('b?'), REACT('a?'), REACT('c?'))
    await collection.corrector.setExcluded((await collection.list({})).ids, true)
    expect(state()).toMatchObject({ excluded: 4, undo: 'exclusion of 4 trajectories' })
    expect(collection.included().length).toBe(0)
    expect(collection.corrector.undo()).toBeUndefined()
    expect(state()).toMatchObject({ excluded: 0, redo: 'exclusion of 4 trajectories' })
    expect(collection.included().length).toBe(4)
  })
})

describe('reading anew', () => {
  const CALLS = JSON.stringify([
    { role: 'user', content: 'Find shoes.' },
    {
      role: 'assistant',
      content: 'I search.',
      tool_calls: [{ id: '1', type: 'function', function: { name: 'search', arguments: '{"q":"shoes"}' } }],
    },
    { role: 'tool', tool_call_id: '1', content: 'Red shoes.' },
  ])

  it('writes tool calls in the form asked for, and keeps corrections of texts that are the same', async () => {
    const { collection, state } = await filled(CALLS, REACT('a?'))
    await collection.corrector.setExcluded([0, 1], true)
    expect(collection.loaded(0).text).toContain('search({"q": "shoes"})')
    const report = await collection.setReading({ toolCalls: 'keywords', mappings: [] })
    expect(report).toEqual({ files: 2, added: 2, problems: [] })
    const [call, react] = collection.summaries((await collection.list({})).ids)
    expect(collection.loaded(call!.id).text).toContain('search(q="shoes")')
    // Its text is another, so nothing is known of it; the other one's is the same.
    expect([call!.excluded, react!.excluded]).toEqual([false, true])
    expect(state().reading.toolCalls).toBe('keywords')
    expect(state().undo).toBeUndefined()
    expect(Math.min(call!.id, react!.id)).toBeGreaterThan(1)
    expect(await collection.setReading({ toolCalls: 'keywords', mappings: [] })).toEqual({
      files: 0,
      added: 0,
      problems: [],
    })
  })

  it('that is cancelled leaves everything as it was', async () => {
    const { collection, state } = await filled(CALLS)
    const before = state()
    const reading = collection.setReading({ toolCalls: 'keywords', mappings: [] })
    collection.cancelLoading()
    expect(await reading).toMatchObject({ cancelled: true, added: 0 })
    expect(state()).toEqual(before)
    expect(collection.loaded(0).text).toContain('search({"q": "shoes"})')
  })
})

describe('mapping by hand', () => {
  const LOG =
    'JOB tidy\nIDEA look around\nDO go north\nSEES a door\nIDEA open it\nDO open door\nSEES it is open\n'

  it('shows what a mapping makes of a refused file, and reads it with the recipe', async () => {
    const { collection, state } = await filled(LOG)
    expect(state().trajectories).toBe(0)
    const sample = await collection.fileSample('a.txt')
    expect(sample).toEqual({ kind: 'text', text: LOG })
    const mapping = {
      kind: 'markers' as const,
      prompt: ['JOB'],
      reason: ['IDEA'],
      act: ['DO'],
      observation: ['SEES'],
    }
    const preview = await collection.previewMapping('a.txt', mapping)
    expect(preview).toMatchObject({ trajectories: 1 })
    expect(kinds(preview.first!)).toEqual([
      'prompt',
      'reason',
      'act',
      'observation',
      'reason',
      'act',
      'observation',
    ])
    const nothing = await collection.previewMapping('a.txt', { ...mapping, reason: ['X'], act: ['Y'] })
    expect(nothing.trajectories).toBe(0)
    expect(nothing.message).toContain('a.txt')
    await collection.setReading({ toolCalls: 'json', mappings: [mapping] })
    expect(state().trajectories).toBe(1)
    expect(collection.view(state().trajectories - 1).text).toBe(LOG)
  })

  it('shows the records of JSON and the paths in them', async () => {
    const { collection } = await filled(
      `${JSON.stringify({ job: 'tidy', log: [{ idea: 'look', deed: 'go', seen: 'door' }] })}\n`.repeat(3),
    )
    const sample = await collection.fileSample('a.txt')
    if (sample.kind !== 'json') throw new Error('it is JSON')
    expect(JSON.parse(sample.records)).toHaveLength(3)
    expect(sample.paths.map(({ path }) => path)).toEqual(['job', 'log[*].idea', 'log[*].deed', 'log[*].seen'])
    const preview = await collection.previewMapping('a.txt', {
      kind: 'fields',
      prompt: 'job',
      steps: 'log[*]',
      reason: 'idea',
      act: 'deed',
      observation: 'seen',
    })
    expect(preview.trajectories).toBe(3)
    expect(kinds(preview.first!)).toEqual(['prompt', 'reason', 'act', 'observation'])
  })

  it('refuses what is no longer loaded', async () => {
    const { collection } = await filled(LOG)
    collection.remove('a.txt')
    await expect(async () => collection.fileSample('a.txt')).rejects.toThrow('a.txt is no longer loaded')
  })
})

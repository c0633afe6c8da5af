import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  evaluate,
  listPaths,
  type PathPart,
  parsePath,
  sampleRecord,
  writePath,
} from '../../../workers/trajectories/mapping/jsonPath.ts'

const RUN = {
  task: 'wash',
  'a.b': { ' c ': 1 },
  turns: [
    { thought: 'look', acts: [{ name: 'look' }, { name: 'go' }] },
    { acts: [] },
    { thought: 'done', acts: [{ name: 'stop' }] },
  ],
}

function values(path: string, root: unknown = RUN) {
  const parsed = parsePath(path)
  return parsed.ok ? evaluate(parsed.path, root).map(({ value }) => value) : parsed.reason
}

describe('a JSON path', () => {
  it.each<[string, unknown[]]>([
    ['task', ['wash']],
    ['$.task', ['wash']],
    ['turns[0].thought', ['look']],
    ['turns[-1].thought', ['done']],
    ['turns[*].thought', ['look', 'done']],
    ['turns[*].acts[*].name', ['look', 'go', 'stop']],
    ['["a.b"][" c "]', [1]],
    ['["a.b"][*]', [1]],
    ['turns[ 1 ].acts', [[]]],
    ['nothing.here[0]', []],
    ['task[0]', []],
    ['turns.length', []],
    ['constructor.name', []],
  ])('%s', (path, found) => {
    expect(values(path)).toEqual(found)
  })

  it('is the value itself when it is empty or $', () => {
    expect(values('')).toEqual([RUN])
    expect(values('$')).toEqual([RUN])
  })

  it('tells which elements it took', () => {
    const parsed = parsePath('turns[*].acts[*].name')
    expect(parsed.ok && evaluate(parsed.path, RUN).map(({ trail }) => trail)).toEqual([
      [0, 0],
      [0, 1],
      [2, 0],
    ])
  })

  it.each([
    ['a..b', 'a name is missing at character 3 of "a..b"'],
    ['a.', 'a name is missing at character 3 of "a."'],
    ['.a', 'a name is missing at character 1 of ".a"'],
    ['a[', 'only [0], [*] or ["a name"] may stand in brackets at character 2 of "a["'],
    ['a[b]', 'only [0], [*] or ["a name"] may stand in brackets at character 2 of "a[b]"'],
    ['a["\\x"]', 'only [0], [*] or ["a name"] may stand in brackets at character 2 of "a[\\"\\\\x\\"]"'],
    ['a[0]b', '"." or "[" should stand at character 5 of "a[0]b"'],
    ['a.*', 'write [*] for every element instead of * at character 3 of "a.*"'],
    ['a]', '"." or "[" should stand at character 2 of "a]"'],
  ])('is refused with a reason: %s', (path, reason) => {
    expect(values(path)).toBe(reason)
  })

  it('is read as it was written, whatever the names', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }).map((key): PathPart => ({ key })),
      fc.constantFrom<PathPart>('each', { key: '*' }, { key: '$' }, { key: 'a b' }, { key: '["x"]' }),
      fc.integer({ min: -999, max: 999 }).map((index): PathPart => ({ index: index === 0 ? 0 : index })),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (path) => {
        expect(parsePath(writePath(path))).toEqual({ ok: true, path })
      }),
    )
  })

  it('never throws, and takes linear time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.anything(), (path, value) => void values(path, value)),
    )
    expect(typeof values(`a["${'\\"'.repeat(200_000)}`)).toBe('string')
    expect(values('[*]'.repeat(160), [[[]]])).toEqual([])
  })
})

describe('the paths of a sample', () => {
  it('are listed with an example and a count, lists as [*]', () => {
    expect(listPaths(RUN)).toEqual([
      { path: 'task', example: 'wash', values: 1 },
      { path: '["a.b"][" c "]', example: '1', values: 1 },
      { path: 'turns[*].thought', example: 'look', values: 2 },
      { path: 'turns[*].acts[*].name', example: 'look', values: 3 },
      { path: 'turns[*].acts', example: '[]', values: 1 },
    ])
  })

  it('lead to something, whatever the sample', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (sample) => {
        for (const { path } of listPaths(sample)) {
          const found = values(path, sample)
          expect(Array.isArray(found) && found.length > 0).toBe(true)
        }
      }),
    )
  })

  it('are bounded, however large or deep the sample', () => {
    const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i]))
    expect(listPaths(wide, 10)).toHaveLength(10)
    let deep: unknown = 'x'
    for (let i = 0; i < 100; i++) deep = { a: deep }
    expect(listPaths(deep)).toHaveLength(1)
  })
})

describe('the record of a sample', () => {
  it('is the first of many', () => {
    const run = { thoughts: ['t'], actions: ['a'] }
    expect(sampleRecord([run, run])).toBe(run)
    expect(sampleRecord({ '0': run, '1': run })).toBe(run)
    expect(sampleRecord([[run], [run]])).toBe(run)
    expect(sampleRecord(run)).toBe(run)
    expect(sampleRecord({ run, other: { x: 1 } })).toEqual({ run, other: { x: 1 } })
    expect(sampleRecord('text')).toBe('text')
  })
})

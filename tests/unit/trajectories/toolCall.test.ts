import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { renderCall } from '../../../workers/trajectories/toolCall.ts'
import { spansOf } from './reading.ts'

describe('a tool call as text', () => {
  it.each([
    [
      '{"query":"red shoes","limit":5}',
      'f({"query": "red shoes", "limit": 5})',
      'f(query="red shoes", limit=5)',
    ],
    ['{ "a" : [ 1 , {"b":null} ] }', 'f({"a": [1, {"b": null}]})', 'f(a=[1, {"b": null}])'],
    [
      '{"mass": 1.0, "id": 12345678901234567890}',
      'f({"mass": 1.0, "id": 12345678901234567890})',
      'f(mass=1.0, id=12345678901234567890)',
    ],
    ['{"a b": "x"}', 'f({"a b": "x"})', 'f("a b"="x")'],
    ['{"city":"\\u5317\\u4eac \\"N\\""}', 'f({"city": "北京 \\"N\\""})', 'f(city="北京 \\"N\\"")'],
    ['{"a": ",}]:{"}', 'f({"a": ",}]:{"})', 'f(a=",}]:{")'],
    ['{}', 'f({})', 'f()'],
    ['', 'f()', 'f()'],
    ["{'a': 2}", "f({'a': 2})", "f({'a': 2})"],
    ['[1,2]', 'f([1, 2])', 'f([1, 2])'],
    ['"ls -l"', 'f("ls -l")', 'f("ls -l")'],
    ['ls -l', 'f(ls -l)', 'f(ls -l)'],
  ])('%s', (args, json, keywords) => {
    expect(renderCall({ name: 'f', arguments: args }, 'json')).toBe(json)
    expect(renderCall({ name: 'f', arguments: args }, 'keywords')).toBe(keywords)
  })

  it('keeps what the arguments mean, and is the same however they were spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = renderCall({ name: 'f', arguments: JSON.stringify(value) }, 'json')
        expect(JSON.parse(text.slice(2, -1))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(renderCall({ name: 'f', arguments: JSON.stringify(value, null, 2) }, 'json')).toBe(text)
      }),
    )
  })

  it('takes calls of one turn as one step', () => {
    const call = (name: string) => ({ name, arguments: '{"a":1}' })
    const trajectory = segment(
      {
        pieces: [
          { kind: 'prompt', text: 'task\n' },
          { kind: 'reason', text: 'both\n' },
          { kind: 'act', text: '', call: call('f') },
          { kind: 'act', text: '', call: call('g'), sameStep: true },
          { kind: 'observation', text: 'one\n' },
          { kind: 'observation', text: 'two\n' },
          { kind: 'act', text: '', call: call('h') },
        ],
        reward: 0.5,
        success: false,
        taskType: 'airline',
      },
      { file: 'f', index: 0, format: 'x' },
      'keywords',
    )!
    expect(spansOf(trajectory)).toEqual([
      ['prompt', 'task'],
      ['reason', 'both'],
      ['act', 'f(a=1)'],
      ['act', 'g(a=1)'],
      ['observation', 'one'],
      ['observation', 'two'],
      ['act', 'h(a=1)'],
    ])
    expect(trajectory.spans.map(({ step }) => step)).toEqual([-1, 0, 0, 0, 0, 0, 1])
    expect(trajectory).toMatchObject({ reward: 0.5, success: false, taskType: 'airline' })
  })

  it('moves the log-probabilities of a piece to where it stands in the text', () => {
    const trajectory = segment(
      {
        pieces: [
          { kind: 'prompt', text: 'task\n' },
          { kind: 'act', text: 'go\n', logprobs: [{ start: 0, end: 2, logprob: -0.5 }] },
        ],
      },
      { file: 'f', index: 0, format: 'x' },
    )!
    expect(trajectory.logprobs).toEqual([{ start: 5, end: 7, logprob: -0.5 }])
  })
})

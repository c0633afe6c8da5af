import { describe, expect, it } from 'vitest'
import { codes, contents, expectPartition, read } from './reading.ts'

function conversation(...turns: string[]): string {
  const messages = turns.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }))
  return JSON.stringify({ messages })
}

describe('A turn that is JSON', () => {
  it('has the thought and the act as members, as they were written', () => {
    const bare = '{"thought": "I see a \\"door\\".", "status": 1, "action": "open door"}'
    const fenced = '```json\n{\n  "thought": "done",\n  "tool": "finish",\n  "tool_input": {"a": 1.0}\n}\n```'
    const text = conversation('Go.', bare, '{"observation": "open"}', fenced)
    expect(contents(text)[0]).toEqual([
      ['prompt', 'Go.'],
      ['reason', 'I see a \\"door\\".'],
      ['other', '1'],
      ['act', 'open door'],
      ['observation', '{"observation": "open"}'],
      ['reason', 'done'],
      ['act', '"tool": "finish",\n  "tool_input": {"a": 1.0}'],
    ])
    read(text).trajectories.forEach(expectPartition)
  })

  it('may hold the thought as data, and the world only as the model imagines it', () => {
    const turn = '{"thoughts": {"text": "a"}, "command": {"name": "b"}, "observation": "c"}'
    const run = read(conversation('Go.', turn)).trajectories[0]!
    expect(contents(conversation('Go.', turn))[0]!.slice(1)).toEqual([
      ['reason', '{"text": "a"}'],
      ['act', '{"name": "b"}'],
      ['observation', 'c'],
    ])
    expect(codes(run)).toContain('observation-written-by-model')
  })

  it('is none where it is broken, or says neither', () => {
    for (const turn of ['{"thought": "a", "action": }', '{"thought": "a"}', '{"a": 1, "action": 2}']) {
      const kinds = contents(conversation('Go.', turn))[0]!.map(([kind]) => kind)
      expect(kinds).not.toContain('reason')
    }
  })
})

describe('Code and what it printed, in one turn', () => {
  const blocks = '```python\nprint(1+1)\n```\n```output\n2\n```\n'

  it('are acts and observations by turns, with the last words an act', () => {
    const turn = `Let me compute.\n${blocks}Once more.\n${blocks}It is 2.`
    expect(contents(conversation('1+1?', turn))[0]).toEqual([
      ['prompt', '1+1?'],
      ['reason', 'Let me compute.'],
      ['act', 'print(1+1)'],
      ['observation', '2'],
      ['reason', 'Once more.'],
      ['act', 'print(1+1)'],
      ['observation', '2'],
      ['act', 'It is 2.'],
    ])
  })

  it('follow a marked thought', () => {
    expect(contents(conversation('1+1?', `Thought: compute\n${blocks}`))[0]!.slice(1)).toEqual([
      ['reason', 'compute'],
      ['act', 'print(1+1)'],
      ['observation', '2'],
    ])
  })
})

describe('Messages of code', () => {
  it('are acts, as Open Interpreter runs them', () => {
    const messages = [
      { role: 'user', type: 'message', content: 'list' },
      { role: 'assistant', type: 'message', content: 'I list.' },
      { role: 'assistant', type: 'code', format: 'python', content: 'print(1)' },
      { role: 'computer', type: 'console', format: 'output', content: '1' },
      { role: 'assistant', type: 'message', content: 'It is 1.' },
    ]
    expect(contents(JSON.stringify(messages))[0]).toEqual([
      ['prompt', 'list'],
      ['reason', 'I list.'],
      ['act', 'print(1)'],
      ['observation', '1'],
      ['act', 'It is 1.'],
    ])
  })
})

describe('A trial before', () => {
  it('belongs to the prompt, its reflection included', () => {
    const run =
      'Previous trial:\nQuestion: q?\nThought 1: wrong\nAction 1: Finish[w]\n(END PREVIOUS TRIAL)\n\nReflection: I was wrong.\n\nQuestion: q?\nThought 1: right\nAction 1: Finish[r]\n'
    expect(contents(run)).toEqual([
      [
        ['prompt', run.slice(0, run.indexOf('Thought 1: right')).trim()],
        ['reason', 'right'],
        ['act', 'Finish[r]'],
      ],
    ])
  })
})

describe('Tokens beside a completion', () => {
  it('include the line ends between its spans, though the prompt has none', () => {
    const written = ['Thought', ': a', '\n', 'Action: Finish[x]']
    const record = {
      prompt: 'Question: q?\n',
      text: written.join(''),
      tokens: written,
      token_logprobs: [-1, -2, -3, -4],
    }
    const { text, logprobs } = read(JSON.stringify(record)).trajectories[0]!
    expect(logprobs!.map(({ start, end }) => text.slice(start, end))).toEqual(written)
  })
})

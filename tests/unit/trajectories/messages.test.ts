import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

const MESSAGES = [
  { role: 'system', content: 'Think, then act.' },
  { role: 'user', content: 'Question: how deep is the well?' },
  { role: 'assistant', content: 'Thought: I search.\nAction: search[well]' },
  { role: 'user', content: 'Observation: 12 m.' },
  { role: 'assistant', content: 'Thought: Known now.\nAction: finish[12 m]\n' },
]

describe('OpenAI messages', () => {
  it('renders the contents line after line and supervises the assistant only', () => {
    const run = read(JSON.stringify({ messages: MESSAGES })).trajectories[0]!
    expect(run.format).toBe('openai-messages')
    expect(run.text).toBe(
      'Think, then act.\nQuestion: how deep is the well?\nThought: I search.\nAction: search[well]\nObservation: 12 m.\nThought: Known now.\nAction: finish[12 m]\n',
    )
    expect(spansOf(run)).toEqual([
      ['prompt', 'Think, then act.'],
      ['prompt', 'Question: how deep is the well?'],
      ['reason', 'I search.'],
      ['act', 'search[well]'],
      ['observation', '12 m.'],
      ['reason', 'Known now.'],
      ['act', 'finish[12 m]'],
    ])
    expect(run.warnings).toEqual([])
    expect(run.spans.map((span) => span.step)).toEqual([-1, -1, 0, 0, 0, 1, 1])
  })

  it('reads bare arrays, arrays of records, names to messages and JSONL', () => {
    expect(contents(JSON.stringify(MESSAGES))).toHaveLength(1)
    expect(contents(JSON.stringify([{ messages: MESSAGES }, { messages: MESSAGES }], null, 1))).toHaveLength(
      2,
    )
    expect(contents(JSON.stringify({ one: MESSAGES, two: { deeper: MESSAGES } }))).toHaveLength(2)
    const line = JSON.stringify({ id: 1, messages: MESSAGES })
    const { trajectories } = read(`${line}\r\n\n${line}`)
    expect(trajectories.map((trajectory) => trajectory.index)).toEqual([0, 1])
  })

  it('knows the model by its other names, null contents and text parts', () => {
    for (const role of ['gpt', 'agent', 'model', 'Assistant']) {
      const messages = [
        { role: 'user', content: [{ type: 'text', text: 'Go' }, ' on.'] },
        { role, content: null },
        { role, content: [{ type: 'text', text: 'Thought: t\nAction: a' }] },
        { role: 'tool', content: 'o' },
      ]
      expect(contents(JSON.stringify(messages))[0]).toEqual([
        ['prompt', 'Go on.'],
        ['reason', 't'],
        ['act', 'a'],
        ['observation', 'o'],
      ])
    }
  })

  it('takes unmarked text before a marked action for the thought', () => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'I look.\nAction: look' },
    ]
    expect(contents(JSON.stringify(messages))[0]!.slice(1)).toEqual([
      ['reason', 'I look.'],
      ['act', 'look'],
    ])
  })

  it('flags an observation that the model wrote itself, and does not supervise it', () => {
    const messages = [
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        content: 'Thought: t\nAction: a\nObservation: made up\nThought: u\nAction: finish[b]',
      },
    ]
    const run = read(JSON.stringify(messages)).trajectories[0]!
    expect(spansOf(run).map(([kind]) => kind)).toEqual([
      'prompt',
      'reason',
      'act',
      'observation',
      'reason',
      'act',
    ])
    expect(codes(run)).toEqual(['observation-written-by-model'])
    expect(run.warnings[0]!.line).toBe(4)
  })

  it('flags turns without markers, and does not supervise them', () => {
    const messages = [
      ...MESSAGES,
      { role: 'user', content: 'Thanks.' },
      { role: 'assistant', content: 'Welcome!' },
    ]
    const run = read(JSON.stringify(messages)).trajectories[0]!
    expect(spansOf(run).at(-1)).toEqual(['other', 'Welcome!'])
    expect(codes(run)).toEqual(['unmarked-turn'])
  })

  it('gives swapped roles a warning and no supervision', () => {
    const swapped = MESSAGES.map(({ role, content }) => {
      return { role: role === 'assistant' ? 'user' : role === 'user' ? 'assistant' : role, content }
    })
    const run = read(JSON.stringify(swapped)).trajectories[0]!
    expect(new Set(run.spans.map((span) => span.kind))).toEqual(new Set(['prompt', 'other']))
    expect(codes(run)).toContain('wrong-role')
  })

  it('does not take the turns of a conversation it cannot read for transcripts', () => {
    const calls = { ...MESSAGES[2], tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }
    for (const conversation of [
      [MESSAGES[1], calls],
      [
        { from: 'human', value: 'q' },
        { from: 'gpt', value: 'Thought: t\nAction: a\nObservation: o' },
      ],
      [
        { role: 'user', content: 'hello\nyou' },
        { role: 'assistant', content: 'hi' },
      ],
    ]) {
      const { trajectories, problems } = read(JSON.stringify({ conversation }))
      expect(trajectories).toEqual([])
      expect(problems).toHaveLength(1)
    }
  })

  it('says how many conversations beside the read ones brought nothing', () => {
    const chat = [
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'hi' },
    ]
    const { trajectories, problems } = read(JSON.stringify([MESSAGES, chat, chat]))
    expect(trajectories).toHaveLength(1)
    expect(problems[0]!.message).toContain('2 conversations')
  })
})

describe('Alpaca records', () => {
  it('puts the instruction in front of the ReAct text', () => {
    const record = { instruction: 'How deep?', input: 'the well', output: 'Thought: t\nAction: finish[12 m]' }
    expect(contents(JSON.stringify([record]))).toEqual([
      [
        ['prompt', 'How deep?\nthe well'],
        ['reason', 't'],
        ['act', 'finish[12 m]'],
      ],
    ])
  })
})

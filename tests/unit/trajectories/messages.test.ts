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

  it('keeps plain chats, and flags every turn of the agent', () => {
    const chat = [
      { role: 'user', content: 'hello\nyou' },
      { role: 'assistant', content: 'hi' },
      { role: 'user', content: 'bye' },
      { role: 'assistant', content: 'bye bye' },
    ]
    const run = read(JSON.stringify({ chat })).trajectories[0]!
    expect(spansOf(run)).toEqual([
      ['prompt', 'hello\nyou'],
      ['other', 'hi'],
      ['observation', 'bye'],
      ['other', 'bye bye'],
    ])
    expect(codes(run)).toEqual(['unmarked-turn', 'no-reason-span', 'no-act-span', 'unmarked-turn'])
  })

  it('says how many conversations beside the read ones brought nothing', () => {
    const silent = [
      { role: 'user', content: 'hello' },
      { role: 'system', content: 'hi' },
    ]
    const { trajectories, problems } = read(JSON.stringify([MESSAGES, silent, silent]))
    expect(trajectories).toHaveLength(1)
    expect(problems[0]!.message).toContain('2 conversations')
  })

  it('finds the list under the names that people give it, and inside strings', () => {
    for (const key of ['conversation', 'history', 'traj', 'trajectory', 'dialog', 'chat', 'steps']) {
      expect(contents(JSON.stringify({ id: 3, [key]: MESSAGES }))[0]).toHaveLength(7)
    }
    expect(contents(JSON.stringify({ messages: JSON.stringify(MESSAGES) }))[0]).toHaveLength(7)
  })

  it('joins prompt and completion, and inputs and outputs that repeat them', () => {
    const halves = { prompt: MESSAGES.slice(0, 2), completion: MESSAGES.slice(2) }
    const run = { inputs: { messages: MESSAGES.slice(0, 2) }, outputs: { messages: MESSAGES } }
    for (const record of [halves, run]) expect(contents(JSON.stringify(record))[0]).toHaveLength(7)
  })

  it('reads only the longest of the lists that an agent saw step by step', () => {
    const lists = [MESSAGES.slice(0, 3), MESSAGES]
    expect(contents(JSON.stringify(lists))).toHaveLength(1)
    expect(contents(JSON.stringify([MESSAGES, MESSAGES]))).toHaveLength(2)
  })

  it('puts the system prompt of a record in front, but not the name of a setting', () => {
    expect(contents(JSON.stringify({ system: 'Be kind.', messages: MESSAGES.slice(1) }))[0]![0]).toEqual([
      'prompt',
      'Be kind.',
    ])
    expect(contents(JSON.stringify({ system: 'vanilla', messages: MESSAGES.slice(1) }))[0]![0]![1]).toMatch(
      /^Question/,
    )
  })

  it('takes demonstrations and acknowledgements before the task for the prompt', () => {
    const demo = MESSAGES.slice(1).map((message) => ({ ...message, is_demo: true }))
    const [run] = contents(JSON.stringify([...demo, { role: 'assistant', content: 'OK.' }, ...MESSAGES]))
    expect(run!.filter(([kind]) => kind === 'prompt')).toHaveLength(7)
    expect(run!.filter(([kind]) => kind === 'act')).toHaveLength(2)
  })

  it('takes worked examples in turns of their own for the prompt where a driver says that they end', () => {
    const turns = [
      ...MESSAGES,
      { role: 'user', content: 'Here is your task.\nQuestion: why?' },
      ...MESSAGES.slice(2),
    ]
    const [run] = contents(JSON.stringify(turns))
    expect(run!.map(([kind]) => kind).slice(0, 7)).toEqual(Array(6).fill('prompt').concat('reason'))
  })

  it('does not supervise turns whose loss or weight is off', () => {
    const muted = MESSAGES.map((message, i) =>
      i === 2 ? { ...message, weight: 0 } : { ...message, weight: 1 },
    )
    expect(contents(JSON.stringify(muted))[0]!.map(([kind]) => kind)).toEqual([
      'prompt',
      'prompt',
      'prompt',
      'prompt',
      'reason',
      'act',
    ])
    const late = MESSAGES.map((message, i) => (i === 4 ? { ...message, loss: false } : message))
    expect(contents(JSON.stringify(late))[0]!.at(-1)).toEqual([
      'other',
      'Thought: Known now.\nAction: finish[12 m]',
    ])
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

describe('Messages as other libraries keep them', () => {
  it('may answer calls in blocks without a type, in data, and in a field of their own', () => {
    const call = (name: string) => ({ type: 'tool_use', name, input: {} })
    const result = (content: unknown) => ({ role: 'user', content: [{ type: 'tool_result', content }] })
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: [call('a')] },
      result([{ text: 'plain' }, { json: { song: 'x' } }, { type: 'image', source: {} }]),
      { role: 'assistant', content: [call('b')] },
      result([{ type: 'web_search_result', url: 'u' }]),
      { role: 'CHATBOT', message: 'I look.', tool_calls: [{ name: 'c', parameters: {} }] },
      { role: 'TOOL', tool_results: [{ call: { name: 'c' }, outputs: [{ t: 5 }] }] },
      { role: 'CHATBOT', message: '5.' },
    ]
    expect(contents(JSON.stringify({ messages }))[0]).toEqual([
      ['prompt', 'q'],
      ['act', 'a({})'],
      ['observation', 'plain\n{"song": "x"}'],
      ['act', 'b({})'],
      ['observation', '[{"type": "web_search_result", "url": "u"}]'],
      ['reason', 'I look.'],
      ['act', 'c({})'],
      ['observation', '[{"t": 5}]'],
      ['act', '5.'],
    ])
  })

  it('may begin with the words of somebody else under the role of the agent', () => {
    const messages = [
      { role: 'assistant', name: 'user_proxy', content: 'What is 5 by 5?' },
      { role: 'assistant', name: 'bot', content: '', tool_calls: [{ function: { name: 'f' } }] },
      { role: 'tool', name: 'user_proxy', content: '25' },
    ]
    expect(contents(JSON.stringify(messages))[0]).toEqual([
      ['prompt', 'What is 5 by 5?'],
      ['act', 'f()'],
      ['observation', '25'],
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

const ASKED = { role: 'user', content: 'How warm is it in Oslo?' }
const WEATHER = { name: 'weather', arguments: '{"city":"Oslo","days":1.0}' }
const RENDERED = 'weather({"city": "Oslo", "days": 1.0})'

describe('tool calls in messages', () => {
  it('are acts of their own; text beside them is reasoning, text without them an act', () => {
    const messages = [
      ASKED,
      { role: 'assistant', content: 'I look it up.', tool_calls: [{ id: 'a', function: WEATHER }] },
      { role: 'tool', tool_call_id: 'a', content: '{"t": 3}' },
      { role: 'assistant', content: 'Three degrees.' },
      { role: 'user', content: 'Thanks.' },
    ]
    const run = read(JSON.stringify({ messages })).trajectories[0]!
    expect(spansOf(run)).toEqual([
      ['prompt', ASKED.content],
      ['reason', 'I look it up.'],
      ['act', RENDERED],
      ['observation', '{"t": 3}'],
      ['act', 'Three degrees.'],
      ['observation', 'Thanks.'],
    ])
    expect(run.warnings).toEqual([])
    expect(run.text).toContain(`I look it up.\n${RENDERED}\n`)
  })

  it('that stand side by side belong to one step', () => {
    const calls = ['Oslo', 'Rome'].map((city) => ({ function: { name: 'weather', arguments: { city } } }))
    const messages = [
      ASKED,
      { role: 'agent', content: '', tool_calls: calls },
      { role: 'tool', content: '3' },
      { role: 'tool', content: '20' },
      { role: 'agent', content: null, tool_calls: calls.slice(1) },
    ]
    const run = read(JSON.stringify(messages)).trajectories[0]!
    expect(spansOf(run).map(([kind]) => kind)).toEqual([
      'prompt',
      'act',
      'act',
      'observation',
      'observation',
      'act',
    ])
    expect(run.spans.map(({ step }) => step)).toEqual([-1, 0, 0, 0, 0, 1])
  })

  it('are known in every shape that frameworks give them', () => {
    const args = { city: 'Oslo' }
    const shapes = [
      { tool_calls: [{ id: '1', type: 'function', function: { name: 'weather', arguments: args } }] },
      { tool_calls: [{ id: '1', function: 'weather', arguments: args }] },
      { tool_calls: [{ name: 'weather', args, id: '1', type: 'tool_call' }] },
      { tool_calls: JSON.stringify([{ function: { name: 'weather', arguments: args } }]) },
      { tool_calls: [{ name: 'weather', parameters: args }] },
      { function_call: { name: 'weather', arguments: JSON.stringify(args) } },
      { additional_kwargs: { tool_calls: [{ function: { name: 'weather', arguments: args } }] } },
      { content: [{ type: 'tool_use', id: '1', name: 'weather', input: args }] },
      { content: [{ type: 'tool_call', value: JSON.stringify({ name: 'weather', arguments: args }) }] },
      { content: [{ type: 'toolCall', id: '1', name: 'weather', arguments: args }] },
    ]
    for (const shape of shapes) {
      const messages = [ASKED, { role: 'assistant', content: null, ...shape }, { role: 'tool', content: '3' }]
      expect(contents(JSON.stringify(messages))[0]).toEqual([
        ['prompt', ASKED.content],
        ['act', 'weather({"city": "Oslo"})'],
        ['observation', '3'],
      ])
    }
  })

  it('are read once where a message holds them twice', () => {
    const message = {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', name: 'weather', input: {} },
      ],
      tool_calls: [{ name: 'weather', args: {} }],
    }
    expect(contents(JSON.stringify([ASKED, message]))[0]!.map(([kind]) => kind)).toEqual([
      'prompt',
      'reason',
      'act',
    ])
  })

  it('leave markers and blocks of code in the text beside them alone', () => {
    const messages = [
      ASKED,
      { role: 'assistant', content: 'Hm.\nAction: none\n```\nls\n```', function_call: WEATHER },
      { role: 'function', name: 'weather', content: 'Observation: 3\nThought: no' },
      { role: 'assistant', content: 'Run this:\n```bash\nls\n```' },
    ]
    expect(contents(JSON.stringify(messages))[0]!.slice(1)).toEqual([
      ['reason', 'Hm.\nAction: none\n```\nls\n```'],
      ['act', RENDERED],
      ['observation', '3\nThought: no'],
      ['act', 'Run this:\n```bash\nls\n```'],
    ])
  })

  it('to a tool that only thinks are reasoning', () => {
    const think = { name: 'think', arguments: { thought: 'Cold?' } }
    const messages = [
      ASKED,
      { role: 'assistant', tool_calls: [{ function: think }] },
      { role: 'tool', content: '' },
      { role: 'assistant', content: 'Yes.' },
    ]
    expect(contents(JSON.stringify(messages))[0]!.slice(1)).toEqual([
      ['reason', 'think({"thought": "Cold?"})'],
      ['act', 'Yes.'],
    ])
  })
})

describe('reasoning that messages keep apart', () => {
  it('is a thought before the text or the call, whatever its field', () => {
    const fields = [
      { reasoning_content: 'Cold there.' },
      { reasoning: 'Cold there.' },
      { thinking: 'Cold there.' },
      { reasoning_details: [{ type: 'reasoning.text', text: 'Cold there.' }] },
      { additional_kwargs: { reasoning_content: 'Cold there.' } },
    ]
    for (const field of fields) {
      const messages = [ASKED, { role: 'assistant', content: 'Three degrees.', ...field }]
      expect(contents(JSON.stringify(messages))[0]!.slice(1)).toEqual([
        ['reason', 'Cold there.'],
        ['act', 'Three degrees.'],
      ])
    }
  })

  it('is left out where the text says it as well', () => {
    const message = {
      role: 'assistant',
      content: 'I look.\n```\nls\n```',
      thought: 'I look.\n',
      action: 'ls',
    }
    expect(contents(JSON.stringify([ASKED, message]))[0]!.slice(1)).toEqual([
      ['reason', 'I look.'],
      ['act', 'ls'],
    ])
  })

  it('is read from blocks, with several calls and results', () => {
    const call = (city: string) => {
      return { type: 'tool_call', value: JSON.stringify({ name: 'weather', arguments: { city } }) }
    }
    const messages = [
      { role: 'user', content: [{ type: 'text', value: ASKED.content }] },
      {
        role: 'assistant',
        content: [{ type: 'reasoning', value: 'Both {"name": "x"}.' }, call('Oslo'), call('Rome')],
      },
      { role: 'tool', content: [{ type: 'text', value: '3' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Known.', signature: 's' },
          { type: 'text', text: 'Three.' },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', content: [{ type: 'text', text: 'late' }] }] },
    ]
    const run = read(JSON.stringify({ messages })).trajectories[0]!
    expect(spansOf(run)).toEqual([
      ['prompt', ASKED.content],
      ['reason', 'Both {"name": "x"}.'],
      ['act', 'weather({"city": "Oslo"})'],
      ['act', 'weather({"city": "Rome"})'],
      ['observation', '3'],
      ['reason', 'Known.'],
      ['act', 'Three.'],
      ['observation', 'late'],
    ])
    expect(run.spans.map(({ step }) => step)).toEqual([-1, 0, 0, 0, 0, 1, 1, 1])
  })
})

describe('conversations of frameworks', () => {
  it('LangChain names its messages by type, in three ways', () => {
    const plain = [
      { type: 'human', content: 'q' },
      { type: 'ai', content: '', tool_calls: [{ name: 'f', args: { x: 1 }, id: '1' }] },
      { type: 'tool', content: 'o', tool_call_id: '1' },
      { type: 'ai', content: 'a' },
    ]
    const wrapped = plain.map(({ type, ...data }) => ({ type, data }))
    const names: Record<string, string> = { human: 'HumanMessage', ai: 'AIMessageChunk', tool: 'ToolMessage' }
    const dumped = plain.map(({ type, ...kwargs }) => {
      return { lc: 1, type: 'constructor', id: ['langchain', 'schema', names[type]], kwargs }
    })
    for (const messages of [plain, wrapped, dumped]) {
      expect(contents(JSON.stringify({ messages }))[0]).toEqual([
        ['prompt', 'q'],
        ['act', 'f({"x": 1})'],
        ['observation', 'o'],
        ['act', 'a'],
      ])
    }
  })

  it('Gemini holds parts with functionCall and functionResponse', () => {
    const contentsOf = [
      { role: 'user', parts: [{ text: 'q' }] },
      {
        role: 'model',
        parts: [{ text: 'Hm.', thought: true }, { functionCall: { name: 'f', args: { x: 1 } } }],
      },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { y: 2 } } }] },
      { role: 'model', parts: [{ text: 'a' }] },
    ]
    const record = { systemInstruction: { parts: [{ text: 's' }] }, contents: contentsOf }
    const run = read(JSON.stringify(record)).trajectories[0]!
    expect(run.format).toBe('gemini-contents')
    expect(spansOf(run)).toEqual([
      ['prompt', 's'],
      ['prompt', 'q'],
      ['reason', 'Hm.'],
      ['act', 'f({"x": 1})'],
      ['observation', '{"y": 2}'],
      ['act', 'a'],
    ])
  })

  it('ToolBench keeps one list for every step; the longest is the trajectory', () => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'o' },
      { role: 'assistant', content: 'Enough.' },
      { role: 'assistant', content: null, function_call: { name: 'Finish', arguments: '{"a": "b"}' } },
    ]
    const record = { win: true, answer_generation: { train_messages: [messages.slice(0, 2), messages] } }
    const { trajectories } = read(JSON.stringify(record))
    expect(trajectories).toHaveLength(1)
    expect(trajectories[0]!.success).toBe(true)
    expect(spansOf(trajectories[0]!).slice(1)).toEqual([
      ['act', 'f({})'],
      ['observation', 'o'],
      ['reason', 'Enough.'],
      ['act', 'Finish({"a": "b"})'],
    ])
  })

  it('tau-bench says that its agent has tools even where none is called', () => {
    const record = {
      reward: 0,
      info: { task: { actions: [] } },
      traj: [ASKED, { role: 'assistant', content: 'Who knows.' }],
    }
    expect(contents(JSON.stringify([record]))[0]![1]).toEqual(['act', 'Who knows.'])
  })

  it('xLAM answers a query with calls', () => {
    const record = {
      query: 'q',
      tools: '[{"name": "f"}]',
      answers: '[{"name": "f", "arguments": {"x": 1.0}}]',
    }
    expect(contents(JSON.stringify(record))[0]).toEqual([
      ['prompt', 'q'],
      ['act', 'f({"x": 1.0})'],
    ])
  })

  it('a response of an API is a trajectory, with its request where that is there', () => {
    const response = {
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'Hello.' } }],
    }
    expect(contents(JSON.stringify(response))[0]).toEqual([['act', 'Hello.']])
    expect(contents(JSON.stringify({ request: { messages: [ASKED] }, response }))[0]).toEqual([
      ['prompt', ASKED.content],
      ['act', 'Hello.'],
    ])
    const legacy = { prompt: 'q', choices: [{ text: 'Thought: t\nAction: a', finish_reason: 'stop' }] }
    const run = read(JSON.stringify(legacy)).trajectories[0]!
    expect(spansOf(run)).toEqual([
      ['prompt', 'q'],
      ['reason', 't'],
      ['act', 'a'],
    ])
    expect(codes(run)).toEqual([])
  })

  it('AgentBench keeps runs as texts that take turns', () => {
    const turns = [
      'A room.\nYour task is to: find a cup.',
      'go to desk 1',
      'You see a cup 1.',
      'take cup 1\n',
    ]
    expect(contents(JSON.stringify({ one: turns }))[0]).toEqual([
      ['prompt', 'A room.\nYour task is to: find a cup.'],
      ['act', 'go to desk 1'],
      ['observation', 'You see a cup 1.'],
      ['act', 'take cup 1'],
    ])
  })

  it('preference data is read by the answer that was chosen', () => {
    const reply = (content: string) => ({ role: 'assistant', content })
    const records = [
      {
        messages: [ASKED],
        chosen: reply('Thought: t\nAction: a'),
        rejected: reply('Thought: no\nAction: no'),
      },
      {
        chosen: [ASKED, reply('Thought: t\nAction: a')],
        rejected: [ASKED, reply('Thought: no\nAction: no')],
      },
    ]
    for (const record of records) {
      expect(contents(JSON.stringify(record))).toEqual([
        [
          ['prompt', ASKED.content],
          ['reason', 't'],
          ['act', 'a'],
        ],
      ])
    }
  })

  it('a step may keep calls and answers beside its message', () => {
    const steps = [
      { step_id: 1, message: ASKED },
      {
        step_id: 2,
        message: { role: 'agent', content: 'I look it up.' },
        reasoning_content: 'Oslo.',
        tool_calls: [{ id: 'a', name: 'weather', arguments: {} }],
        observation: { results: [{ source_call_id: 'a', content: '3' }] },
      },
    ]
    expect(contents(JSON.stringify({ steps }))[0]).toEqual([
      ['prompt', ASKED.content],
      ['reason', 'Oslo.'],
      ['reason', 'I look it up.'],
      ['act', 'weather({})'],
      ['observation', '3'],
    ])
  })
})

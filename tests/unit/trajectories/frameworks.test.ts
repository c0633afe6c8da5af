import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

const ASKED = { role: 'user', content: 'How warm is it in Oslo?' }

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

  it('LangSmith keeps a call of a model as messages and generations', () => {
    const message = (name: string, kwargs: object) => ({
      lc: 1,
      type: 'constructor',
      id: ['m', name],
      kwargs,
    })
    const run = {
      inputs: { messages: [[message('HumanMessage', { content: 'q' })]] },
      outputs: {
        generations: [
          [
            {
              text: '',
              message: message('AIMessage', { content: '', tool_calls: [{ name: 'f', args: {} }] }),
            },
          ],
        ],
      },
    }
    expect(contents(JSON.stringify([run]))[0]).toEqual([
      ['prompt', 'q'],
      ['act', 'f({})'],
    ])
  })

  it('Bedrock, Pydantic AI, Vercel, Haystack and AutoGen name the parts of a turn in their own ways', () => {
    const bedrock = [
      { role: 'user', content: [{ text: 'q' }] },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 't' } } },
          { toolUse: { toolUseId: '1', name: 'f', input: { x: 1 } } },
        ],
      },
      { role: 'user', content: [{ toolResult: { toolUseId: '1', content: [{ text: 'o', type: 'text' }] } }] },
      { role: 'assistant', content: [{ text: 'a' }] },
    ]
    const pydantic = [
      { kind: 'request', parts: [{ part_kind: 'user-prompt', content: 'q' }] },
      {
        kind: 'response',
        parts: [
          { part_kind: 'thinking', content: 't' },
          { part_kind: 'tool-call', tool_name: 'f', args: '{"x":1}' },
        ],
      },
      { kind: 'request', parts: [{ part_kind: 'tool-return', tool_name: 'f', content: 'o' }] },
      { kind: 'response', parts: [{ part_kind: 'text', content: 'a' }] },
    ]
    const vercel = [
      { role: 'user', content: 'q' },
      {
        role: 'assistant',
        parts: [
          { type: 'step-start' },
          { type: 'reasoning', text: 't' },
          { type: 'tool-f', state: 'output-available', input: { x: 1 }, output: 'o' },
          { type: 'text', text: 'a' },
        ],
      },
    ]
    const haystack = [
      { role: 'user', content: [{ text: 'q' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 't' },
          { tool_call: { tool_name: 'f', arguments: { x: 1 } } },
        ],
      },
      { role: 'tool', content: [{ tool_call_result: { result: 'o', origin: {} } }] },
      { role: 'assistant', content: [{ text: 'a' }] },
    ]
    const autogen = [
      { type: 'UserMessage', content: 'q', source: 'user' },
      { type: 'AssistantMessage', thought: 't', content: [{ id: '1', name: 'f', arguments: '{"x":1}' }] },
      { type: 'FunctionExecutionResultMessage', content: [{ content: 'o', name: 'f', call_id: '1' }] },
      { type: 'AssistantMessage', content: 'a' },
    ]
    for (const messages of [bedrock, pydantic, vercel, haystack, autogen]) {
      expect(contents(JSON.stringify({ messages }))[0]).toEqual([
        ['prompt', 'q'],
        ['reason', 't'],
        ['act', 'f({"x": 1})'],
        ['observation', 'o'],
        ['act', 'a'],
      ])
    }
  })

  it('Inspect AI grades its samples', () => {
    const messages = [
      ASKED,
      { role: 'assistant', content: 'No.', tool_calls: [{ function: 'f', arguments: {} }] },
    ]
    const log = {
      samples: [
        { messages, scores: { match: { value: 'I' } } },
        { messages, scores: { match: { value: 'C' } } },
      ],
    }
    expect(read(JSON.stringify(log)).trajectories.map(({ success }) => success)).toEqual([false, true])
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

  it('a list of transcripts is not one of turns', () => {
    const react = (name: string) =>
      `Question: ${name}?\nThought: t\nAction: search[${name}]\nObservation: o\n`
    const list = ['a', 'b', 'c', 'd'].map(react)
    expect(read(JSON.stringify(list)).trajectories.map(({ format }) => format)).toEqual(
      Array(4).fill('react-text'),
    )
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

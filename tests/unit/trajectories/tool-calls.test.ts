import { describe, expect, it } from 'vitest'
import { contents, read, spansOf } from './reading.ts'

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

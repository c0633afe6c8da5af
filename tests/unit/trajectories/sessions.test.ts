import { describe, expect, it } from 'vitest'
import { contents, read, spansOf } from './reading.ts'

function lines(rows: object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

describe('session logs', () => {
  it('of Claude Code hold one block per line between lines that keep books', () => {
    const event = (type: string, message: object, rest: object = {}) => {
      return { type, sessionId: 's', uuid: 'u', message: { role: type, ...message }, ...rest }
    }
    const rows = [
      event('user', { content: 'Fix it.' }),
      { type: 'file-history-snapshot', messageId: 'm', snapshot: {} },
      event('assistant', { content: [{ type: 'thinking', thinking: 'A typo.' }] }),
      event('assistant', { content: [{ type: 'text', text: 'I look.' }] }),
      event('user', { content: 'aside' }, { isSidechain: true }),
      event('assistant', { content: [{ type: 'tool_use', id: 't', name: 'Read', input: { path: 'a' } }] }),
      event('user', { content: [{ type: 'tool_result', tool_use_id: 't', content: 'x = 1' }] }),
      event('assistant', { model: '<synthetic>', content: [{ type: 'text', text: 'API error' }] }),
      event('assistant', { content: [{ type: 'text', text: 'Done.' }] }),
      { ...event('user', { content: 'Another.' }), sessionId: 't' },
      { ...event('assistant', { content: 'Yes.' }), sessionId: 't' },
    ]
    const { trajectories } = read(lines(rows))
    expect(trajectories.map(({ format }) => format)).toEqual(['session-log', 'session-log'])
    expect(spansOf(trajectories[0]!)).toEqual([
      ['prompt', 'Fix it.'],
      ['reason', 'A typo.'],
      ['reason', 'I look.'],
      ['act', 'Read({"path": "a"})'],
      ['observation', 'x = 1'],
      ['act', 'Done.'],
    ])
  })

  it('of Codex hold Responses items as payloads', () => {
    const rows = [
      { type: 'session_meta', payload: { id: 's', instructions: 'Be careful.' } },
      {
        type: 'response_item',
        payload: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'q' }] },
      },
      { type: 'event_msg', payload: { type: 'agent_reasoning', text: 'Hm.' } },
      {
        type: 'response_item',
        payload: { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      },
      {
        type: 'response_item',
        payload: { type: 'function_call', name: 'shell', arguments: '{"command":["ls"]}' },
      },
      { type: 'response_item', payload: { type: 'function_call_output', output: 'a' } },
      {
        type: 'response_item',
        payload: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'An a.' }] },
      },
    ]
    expect(contents(lines(rows))).toEqual([
      [
        ['prompt', 'Be careful.'],
        ['prompt', 'q'],
        ['reason', 'Hm.'],
        ['act', 'shell({"command": ["ls"]})'],
        ['observation', 'a'],
        ['act', 'An a.'],
      ],
    ])
  })

  it('may be nothing but items or messages, a line each, told apart by their conversation', () => {
    const items = [
      { type: 'message', role: 'user', content: 'q' },
      { type: 'function_call', name: 'f', arguments: '{"x": 1}' },
      { type: 'function_call_output', output: 'o' },
    ]
    expect(contents(lines(items))).toEqual([
      [
        ['prompt', 'q'],
        ['act', 'f({"x": 1})'],
        ['observation', 'o'],
      ],
    ])
    const messages = ['a', 'b'].flatMap((conversation_id) => [
      { conversation_id, role: 'user', content: 'q' },
      { conversation_id, role: 'assistant', content: 'Thought: t\nAction: a' },
    ])
    expect(contents(lines(messages))).toHaveLength(2)
  })
})

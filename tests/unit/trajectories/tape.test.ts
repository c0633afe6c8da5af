import { describe, expect, it } from 'vitest'
import { read, spansOf } from './reading.ts'

describe('tapes', () => {
  it('hold thoughts, calls and answers as steps; control steps leave no text', () => {
    const steps = [
      { kind: 'user', content: 'How high is the tower?' },
      { kind: 'assistant_thought', content: 'I look it up.' },
      { kind: 'assistant', tool_calls: [{ function: { name: 'find', arguments: { query: 'tower' } } }] },
      { kind: 'set_next_node', next_node: 'act' },
      { kind: 'tool', content: ['The tower | 30 m', 'Another | 3 m'] },
      { kind: 'assistant_thought', content: ['The tower | 30 m'] },
      { kind: 'assistant', content: '30 m' },
    ]
    const run = read(JSON.stringify({ metadata: {}, context: null, steps })).trajectories[0]!
    expect(run.format).toBe('tape-steps')
    expect(spansOf(run)).toEqual([
      ['prompt', 'How high is the tower?'],
      ['reason', 'I look it up.'],
      ['act', 'find({"query": "tower"})'],
      ['observation', '["The tower | 30 m", "Another | 3 m"]'],
      ['other', '["The tower | 30 m"]'],
      ['act', '30 m'],
    ])
  })

  it('may have actions and observations of kinds of their own', () => {
    const steps = [
      { kind: 'question', content: 'q' },
      { kind: 'reasoning_thought', reasoning: 'Click it.' },
      { kind: 'click_action', bid: '12', button: 'left', metadata: { id: 'x' } },
      { kind: 'page_observation', text: 'A page.' },
    ]
    const run = read(JSON.stringify({ steps })).trajectories[0]!
    expect(spansOf(run)).toEqual([
      ['prompt', 'q'],
      ['reason', 'Click it.'],
      ['act', 'click_action({"bid": "12", "button": "left"})'],
      ['observation', '{"text": "A page."}'],
    ])
  })

  it('are not every list of steps with kinds', () => {
    const steps = [
      { kind: 'setup', seconds: 3 },
      { kind: 'build', seconds: 9 },
    ]
    expect(read(JSON.stringify({ steps })).trajectories).toEqual([])
  })
})

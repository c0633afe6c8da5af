import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

describe('ShareGPT', () => {
  it('holds Thought and Action in the turns of the model, their markers alone on a line', () => {
    const conversations = [
      { from: 'human', loss: null, value: 'You are shopping.' },
      { from: 'gpt', loss: false, value: 'Ok.' },
      { from: 'human', loss: null, value: 'Find a hat.' },
      { from: 'gpt', loss: true, value: 'Thought:\nI search.\n\nAction:\nsearch[hat]' },
      { from: 'human', loss: null, value: 'Results: a hat' },
      { from: 'gpt', loss: true, value: 'Thought:\nThat one.\n\nAction:\nclick[Buy Now]' },
    ]
    const run = read(JSON.stringify([{ id: 'x', conversations }])).trajectories[0]!
    expect(run.format).toBe('sharegpt')
    expect(spansOf(run)).toEqual([
      ['prompt', 'You are shopping.'],
      ['prompt', 'Ok.'],
      ['prompt', 'Find a hat.'],
      ['reason', 'I search.'],
      ['act', 'search[hat]'],
      ['observation', 'Results: a hat'],
      ['reason', 'That one.'],
      ['act', 'click[Buy Now]'],
    ])
    expect(run.warnings).toEqual([])
  })

  it('holds calls in turns of their own, digit for digit', () => {
    const conversations = [
      { from: 'system', value: 's' },
      { from: 'human', value: 'q' },
      { from: 'gpt', value: 'Which one?' },
      { from: 'human', value: 'All.' },
      { from: 'gpt', value: 'I ask.' },
      { from: 'function_call', value: '{"name": "f", "arguments": {"x": 1.0, "y": [1,2]}}' },
      { from: 'observation', value: 'Thought: no thought' },
      { from: 'gpt', value: 'Done.' },
      { from: 'function_call', value: 'no JSON' },
    ]
    expect(contents(JSON.stringify({ conversations, tools: '[]' }))[0]).toEqual([
      ['prompt', 's'],
      ['prompt', 'q'],
      ['act', 'Which one?'],
      ['observation', 'All.'],
      ['reason', 'I ask.'],
      ['act', 'f({"x": 1.0, "y": [1, 2]})'],
      ['observation', 'Thought: no thought'],
      ['reason', 'Done.'],
      ['act', 'no JSON'],
    ])
  })

  it('may hold calls in tags, and then its other turns are replies', () => {
    const conversations = [
      { from: 'human', value: 'q' },
      { from: 'gpt', value: 'I ask.\n<tool_call>\n{"name": "f"}\n</tool_call>' },
      { from: 'tool', value: '<tool_response>\n3\n</tool_response>' },
      { from: 'gpt', value: 'Three.' },
    ]
    expect(contents(JSON.stringify({ conversations }))[0]).toEqual([
      ['prompt', 'q'],
      ['reason', 'I ask.'],
      ['act', '{"name": "f"}'],
      ['observation', '3'],
      ['act', 'Three.'],
    ])
  })

  it('is flagged, not dropped, where nothing marks what the model does', () => {
    const conversations = [
      { from: 'human', value: 'plan:' },
      { from: 'gpt', value: '1. click a\n2. type b' },
    ]
    const run = read(JSON.stringify([{ id: 1, conversations }])).trajectories[0]!
    expect(spansOf(run)).toEqual([
      ['prompt', 'plan:'],
      ['other', '1. click a\n2. type b'],
    ])
    expect(codes(run)).toContain('unmarked-turn')
  })

  it('gets a warning and no supervision where the roles are swapped', () => {
    const conversations = [
      { from: 'gpt', value: 'Find a hat.' },
      { from: 'human', value: 'Thought: t\nAction: a' },
      { from: 'gpt', value: 'Observation: o' },
      { from: 'human', value: 'Thought: u\nAction: b' },
    ]
    const run = read(JSON.stringify({ conversations })).trajectories[0]!
    expect(new Set(run.spans.map(({ kind }) => kind))).toEqual(new Set(['other']))
    expect(codes(run)).toContain('wrong-role')
  })
})

describe('conversations quoted with gaps', () => {
  const QUOTED = `    {
      "conversations": [
        { "from": "human", "value": "Find a \\"hat\\" {now}." },
        { "from": "gpt", "loss": true, "value": "Thought: I search.\\nAction: search[hat]" },
	...(more interactions)
        { "from": "gpt", "loss": true, "value": "Thought: That one.\\nAction: click[Buy Now]" }
      ],
      "item_id": "x_1"
    },
`

  it('are read turn by turn, and say where turns are missing', () => {
    const run = read(QUOTED).trajectories[0]!
    expect(run.format).toBe('quoted-messages')
    expect(spansOf(run)).toEqual([
      ['prompt', 'Find a "hat" {now}.'],
      ['reason', 'I search.'],
      ['act', 'search[hat]'],
      ['reason', 'That one.'],
      ['act', 'click[Buy Now]'],
    ])
    expect(run.warnings.map(({ code, line }) => [code, line])).toEqual([['turns-left-out', 4]])
  })

  it('are told apart record by record', () => {
    expect(contents(`[${QUOTED}${QUOTED}`)).toHaveLength(2)
  })

  it('keep the calls inside their messages', () => {
    const text = `[{"role": "user", "content": "q"},, {"role": "assistant", "content": null,
      "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}, ...`
    expect(contents(text)).toEqual([
      [
        ['prompt', 'q'],
        ['act', 'f({})'],
      ],
    ])
  })

  it('take linear time to look for', () => {
    const hostile = [
      `{"role": ${'{"a": '.repeat(200_000)}`,
      `{"from": "${'\\"'.repeat(500_000)}`,
      `{${'"role": "user", '.repeat(100_000)}`,
      `[${'{"from": "gpt", "value": '.repeat(50_000)}${'}'.repeat(50_000)}`,
    ]
    for (const text of hostile) expect(read(text).trajectories).toEqual([])
  }, 20_000)
})

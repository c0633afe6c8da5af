import { describe, expect, it } from 'vitest'
import { contents, read, spansOf } from './reading.ts'

const OUTPUT = [
  { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Measure first.' }], encrypted_content: null },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: '', annotations: [] }] },
  { type: 'function_call', call_id: 'a', name: 'measure', arguments: '{"mass": 1.0}' },
  { type: 'function_call', call_id: 'b', name: 'measure', arguments: '{"mass": 2}' },
  { type: 'function_call_output', call_id: 'a', output: '{"f":1}' },
  { type: 'function_call_output', call_id: 'b', output: '{"f":2}' },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'It doubles.' }] },
]
const SPANS = [
  ['reason', 'Measure first.'],
  ['act', 'measure({"mass": 1.0})'],
  ['act', 'measure({"mass": 2})'],
  ['observation', '{"f":1}'],
  ['observation', '{"f":2}'],
  ['act', 'It doubles.'],
]

describe('OpenAI Responses items', () => {
  it('are read from a bare list, a response, and a rollout with its request', () => {
    const asked = [{ type: 'message', role: 'user', content: 'What is the law?' }]
    expect(contents(JSON.stringify(OUTPUT))[0]).toEqual(SPANS)
    expect(contents(JSON.stringify({ object: 'response', output: OUTPUT }))[0]).toEqual(SPANS)
    const rollout = { responses_create_params: { input: asked }, response: { output: OUTPUT }, reward: 1 }
    const run = read(JSON.stringify(rollout)).trajectories[0]!
    expect(run.format).toBe('openai-responses')
    expect(spansOf(run)).toEqual([['prompt', 'What is the law?'], ...SPANS])
    expect(run.spans.map(({ step }) => step)).toEqual([-1, 0, 0, 0, 0, 0, 1])
    expect(contents(JSON.stringify([...asked, ...OUTPUT]))[0]).toEqual([
      ['prompt', 'What is the law?'],
      ...SPANS,
    ])
  })

  it('may ask by a sentence, under instructions', () => {
    const record = {
      request: { instructions: 'Be brief.', input: 'Why?' },
      response: { output: OUTPUT.slice(-1) },
    }
    expect(contents(JSON.stringify(record))[0]).toEqual([
      ['prompt', 'Be brief.'],
      ['prompt', 'Why?'],
      ['act', 'It doubles.'],
    ])
  })

  it('take a message before a call for reasoning, and know tools of other kinds', () => {
    const items = [
      { role: 'user', content: 'q' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I patch it.' }] },
      { type: 'custom_tool_call', call_id: 'a', name: 'apply_patch', input: '*** Begin Patch' },
      { type: 'custom_tool_call_output', call_id: 'a', output: [{ type: 'output_text', text: 'ok' }] },
      { type: 'web_search_call', id: 'w', action: { type: 'search', query: 'x' } },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Done.' }] },
    ]
    expect(contents(JSON.stringify({ input: items.slice(0, 1), output: items.slice(1) }))[0]).toEqual([
      ['prompt', 'q'],
      ['reason', 'I patch it.'],
      ['act', 'apply_patch(*** Begin Patch)'],
      ['observation', 'ok'],
      ['act', 'web_search({"type": "search", "query": "x"})'],
      ['act', 'Done.'],
    ])
  })

  it('prefer what the model thought to the summary of it', () => {
    const item = {
      type: 'reasoning',
      content: [{ type: 'reasoning_text', text: 'Long.' }],
      summary: [{ type: 'summary_text', text: 'Short.' }],
    }
    expect(contents(JSON.stringify([item, OUTPUT[2]]))[0]![0]).toEqual(['reason', 'Long.'])
  })
})

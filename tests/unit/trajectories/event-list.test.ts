import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventList } from '../../../workers/trajectories/formats/event-list.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { expectPartition, spansOf } from './reading.ts'

function trajectoriesOf(value: object) {
  return (eventList.readJson!(value) ?? []).map((draft) => {
    return segment(draft, { file: 'f', index: 0, format: 'event-list' })!
  })
}

describe('OpenHands', () => {
  const response = {
    id: 'r1',
    choices: [
      {
        message: {
          content: 'I look.',
          tool_calls: [
            { id: 'c1', function: { name: 'bash', arguments: '{"command":"ls","n":1.0}' } },
            { id: 'c2', function: { name: 'bash', arguments: '{"command":"pwd"}' } },
          ],
        },
      },
    ],
  }
  const run = (id: string, command: string, thought: string) => ({
    source: 'agent',
    action: 'run',
    args: { command, thought, blocking: false, hidden: false },
    tool_call_metadata: { tool_call_id: id, model_response: response },
  })
  const seen = (content: string) => ({ source: 'agent', observation: 'run', content, extras: {} })
  const EVENTS = [
    { source: 'agent', action: 'system', args: { content: 'You are an agent.' } },
    { source: 'user', action: 'message', args: { content: 'Fix it.' } },
    { source: 'environment', observation: 'agent_state_changed', content: '', extras: {} },
    run('c1', 'ls', 'I look.'),
    seen('src'),
    run('c2', 'pwd', ''),
    seen('/'),
    { source: 'agent', action: 'think', args: { thought: 'Easy.' } },
    { source: 'agent', observation: 'think', content: 'Logged.', extras: {} },
    { source: 'agent', action: 'edit', args: { path: 'a.py', thought: '', new_str: 'x', old_str: null } },
    { source: 'agent', action: 'message', args: { content: 'Fixed.' } },
  ]

  it('is read by the calls that the model wrote', () => {
    const [trajectory] = trajectoriesOf({ history: EVENTS, test_result: { resolved: true } })
    expect(spansOf(trajectory!)).toEqual([
      ['prompt', 'You are an agent.'],
      ['prompt', 'Fix it.'],
      ['reason', 'I look.'],
      ['act', 'bash({"command": "ls", "n": 1.0})'],
      ['observation', 'src'],
      ['act', 'bash({"command": "pwd"})'],
      ['observation', '/'],
      ['reason', 'Easy.'],
      ['observation', 'Logged.'],
      ['act', 'edit({"path": "a.py", "new_str": "x"})'],
      ['act', 'Fixed.'],
    ])
    expect(trajectory!.success).toBe(true)
  })

  it('is read as a bare list, and as pairs of an action and what it brought', () => {
    const spans = spansOf(trajectoriesOf(EVENTS)[0]!)
    const pairs = [
      [EVENTS[0]],
      [EVENTS[1], EVENTS[2]],
      [EVENTS[3], EVENTS[4]],
      ...EVENTS.slice(5).map((event) => [event]),
    ]
    expect(spansOf(trajectoriesOf(pairs)[0]!)).toEqual(spans)
  })

  it('is read in the events of its SDK', () => {
    const events = [
      {
        kind: 'SystemPromptEvent',
        source: 'agent',
        system_prompt: { type: 'text', text: 'You are an agent.' },
      },
      {
        kind: 'MessageEvent',
        source: 'user',
        llm_message: { role: 'user', content: [{ type: 'text', text: 'Fix.' }] },
      },
      {
        kind: 'ActionEvent',
        source: 'agent',
        thought: [{ type: 'text', text: 'I look.' }],
        reasoning_content: 'Hm.',
        action: { kind: 'ExecuteBashAction', command: 'ls' },
        tool_call: { id: 'c', name: 'bash', arguments: '{"command":"ls"}' },
      },
      {
        kind: 'ObservationEvent',
        source: 'environment',
        observation: { kind: 'X', content: [{ type: 'text', text: 'src' }] },
      },
      { kind: 'ConversationStateUpdateEvent', source: 'environment', key: 'x', value: 1 },
      {
        kind: 'MessageEvent',
        source: 'agent',
        llm_message: { role: 'assistant', content: [{ type: 'text', text: 'Ok.' }] },
      },
    ]
    expect(spansOf(trajectoriesOf(events)[0]!)).toEqual([
      ['prompt', 'You are an agent.'],
      ['prompt', 'Fix.'],
      ['reason', 'Hm.'],
      ['reason', 'I look.'],
      ['act', 'bash({"command": "ls"})'],
      ['observation', 'src'],
      ['act', 'Ok.'],
    ])
  })
})

describe('other lists of events', () => {
  it('are read as AutoGen writes them', () => {
    const messages = [
      { source: 'user', type: 'TextMessage', content: 'Weather?' },
      { source: 'helper', type: 'ThoughtEvent', content: 'I ask.' },
      {
        source: 'helper',
        type: 'ToolCallRequestEvent',
        content: [
          { id: '1', name: 'weather', arguments: '{"city":"A"}' },
          { id: '2', name: 'weather', arguments: '{"city":"B"}' },
        ],
      },
      {
        source: 'helper',
        type: 'ToolCallExecutionEvent',
        content: [
          { content: 'rain', call_id: '1' },
          { content: 'sun', call_id: '2' },
        ],
      },
      { source: 'helper', type: 'ToolCallSummaryMessage', content: 'rain\nsun' },
      { source: 'helper', type: 'TextMessage', content: 'Rain in A.' },
    ]
    const [run] = trajectoriesOf({ messages, stop_reason: null })
    expect(spansOf(run!)).toEqual([
      ['prompt', 'Weather?'],
      ['reason', 'I ask.'],
      ['act', 'weather({"city": "A"})'],
      ['act', 'weather({"city": "B"})'],
      ['observation', 'rain'],
      ['observation', 'sun'],
      ['other', 'rain\nsun'],
      ['act', 'Rain in A.'],
    ])
    expect(run!.spans.map(({ step }) => step)).toEqual([-1, 0, 0, 0, 0, 0, 0, 1])
  })

  it('are read as Harbor writes them', () => {
    const steps = [
      { step_id: 1, source: 'system', message: 'You are an agent.' },
      { step_id: 2, source: 'user', message: 'Fix it.' },
      {
        step_id: 3,
        source: 'agent',
        message: 'I look.',
        reasoning_content: 'Hm.',
        tool_calls: [{ tool_call_id: 'c', function_name: 'bash', arguments: { command: 'ls' } }],
        observation: { results: [{ source_call_id: 'c', content: 'src' }] },
      },
      { step_id: 4, source: 'agent', message: 'Done.' },
    ]
    expect(spansOf(trajectoriesOf({ schema_version: 'ATIF-v1.4', steps })[0]!)).toEqual([
      ['prompt', 'You are an agent.'],
      ['prompt', 'Fix it.'],
      ['reason', 'Hm.'],
      ['reason', 'I look.'],
      ['act', 'bash({"command": "ls"})'],
      ['observation', 'src'],
      ['act', 'Done.'],
    ])
  })

  it('are left to others where nobody is said to act', () => {
    for (const value of [
      [],
      {},
      [{ source: 'x' }],
      { messages: [{ role: 'assistant', source: 'generate', content: 'c', message: 'm', tool_calls: [] }] },
      { steps: [{ thought: 't', action: 'a' }] },
    ]) {
      expect(eventList.readJson!(value)).toBeNull()
    }
    expect(eventList.readJson!([{ source: 'user', type: 'TextMessage', content: 'hi' }])).toEqual([])
  })

  it('never throw, whatever stands in them', () => {
    const field = fc.constantFrom<unknown>('run', 'message', '', null, 1, {}, [], ['x'], { content: 'c' }, [
      { content: 'c' },
    ])
    const type = fc.constantFrom(
      'TextMessage',
      'ToolCallRequestEvent',
      'ToolCallExecutionEvent',
      'ActionEvent',
      'XEvent',
    )
    const event = fc.record(
      {
        source: fc.constantFrom('agent', 'user'),
        type,
        kind: type,
        ...{ action: field, args: field, observation: field, content: field, message: field, step_id: field },
        ...{
          tool_calls: field,
          thought: field,
          llm_message: field,
          tool_call_metadata: field,
          result: field,
        },
      },
      { requiredKeys: ['source'] },
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), (events) => {
        for (const run of trajectoriesOf({ events })) if (run !== null) expectPartition(run)
      }),
    )
  })

  it('take linear time', () => {
    const time = (n: number) => {
      const value = Array.from({ length: n }, (_, i) => ({
        source: 'agent',
        step_id: i,
        message: 'a'.repeat(i % 50),
      }))
      const began = performance.now()
      eventList.readJson!(value)
      return performance.now() - began
    }
    time(500)
    const [once, often] = [Math.min(time(500), time(500)), Math.min(time(8000), time(8000))]
    expect(often).toBeLessThan(Math.max(once, 10) * 16 * 4)
  })
})

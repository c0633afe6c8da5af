import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Draft } from '../../../workers/trajectories/formats/format.ts'
import { stepRecords } from '../../../workers/trajectories/formats/step-records.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { expectPartition, spansOf } from './reading.ts'

function trajectoriesOf(value: object) {
  return (stepRecords.readJson!(value) ?? []).map(placed)
}

function placed(draft: Draft) {
  return segment(draft, { file: 'f', index: 0, format: 'step-records' })!
}

function spans(value: object) {
  return trajectoriesOf(value).map(spansOf)
}

const RUN = [
  ['prompt', 'wash the cup'],
  ['reason', 'look first'],
  ['act', 'look'],
  ['observation', 'a sink'],
  ['reason', 'now wash'],
  ['act', 'wash({"what": "cup"})'],
  ['observation', 'clean'],
]

describe('rows of one step each', () => {
  const rows = [
    {
      task: 'wash the cup',
      thought: 'look first',
      bad_thought: 'sing',
      action: 'look',
      observation: 'a sink',
    },
    {
      task: 'wash the cup',
      thought: 'now wash',
      action: '{"name":"wash","parameters":{"what":"cup"}}',
      observation: 'clean',
    },
  ]

  it('share the key of their task, or of their episode and attempt', () => {
    const keys = (row: object) => stepRecords.rowKey!(row)
    expect(keys(rows[0]!)).toBe(keys(rows[1]!))
    expect(keys(rows[0]!)).not.toBe(keys({ ...rows[0], task: 'dry it' }))
    expect(keys({ ...rows[0], episode_id: 1 })).not.toBe(keys({ ...rows[0], episode_id: 2 }))
    expect(keys({ ...rows[0], trial: 1 })).not.toBe(keys({ ...rows[0], trial: 2 }))
    expect(keys({ ...rows[0], episode_id: 1, task: 'look' })).toBe(keys({ ...rows[0], episode_id: 1 }))
  })

  it('are no rows where a record is no step', () => {
    for (const record of [
      [],
      {},
      { task: 't', thought: 'only a thought' },
      { instruction: 'i', output: 'o', action: 'a' },
      { role: 'assistant', content: 'c', thought: 't', action: 'a' },
      { thought: ['a'], action: ['b'] },
      { thought: 't', action: 'a', steps: [{ thought: 't', action: 'a' }] },
      { name: 'f', arguments: '{}' },
    ]) {
      expect(stepRecords.rowKey!(record)).toBeNull()
    }
  })

  it('are one trajectory, told apart by key, by the count of steps and by the end of an episode', () => {
    expect(spans(rows)).toEqual([RUN])
    const other = { ...rows[0], task: 'dry it' }
    expect(trajectoriesOf([...rows, other])).toHaveLength(2)
    const counted = [0, 1, 0, 1, 2].map((step) => ({ step, thought: 't', action: 'a' }))
    expect(trajectoriesOf(counted)).toHaveLength(2)
    const ended = [false, true, false, true].map((done) => ({ observation: 'o', action: 'a', done }))
    expect(trajectoriesOf(ended)).toHaveLength(2)
  })

  it('tell the outcome by their last row', () => {
    const rewarded = rows.map((row, i) => ({ ...row, reward: i, task_type: 'clean' }))
    expect(trajectoriesOf(rewarded)[0]).toMatchObject({ reward: 1, taskType: 'clean' })
  })

  it('that name what was seen first begin with it', () => {
    const seen = [
      { observation: 'a door', action: 'open' },
      { observation: 'an open door', action: 'go' },
    ]
    expect(spans(seen)[0]).toEqual([
      ['prompt', 'a door'],
      ['act', 'open'],
      ['observation', 'an open door'],
      ['act', 'go'],
    ])
  })
})

describe('a record that holds its steps', () => {
  it.each<[string, object]>([
    [
      'a list of steps',
      {
        question: 'wash the cup',
        steps: [
          { thought: 'look first', action: 'look', observation: 'a sink' },
          { thought: 'now wash', action: 'wash', action_input: { what: 'cup' }, observation: 'clean' },
        ],
      },
    ],
    [
      'a list under a name of its own, with other names',
      {
        goal: 'wash the cup',
        attempt_1: [
          { Thought: 'look first', Action: 'look', Observation: 'a sink' },
          { Thought: 'now wash', Tool: 'wash', 'Tool Input': '{"what":"cup"}', Observation: 'clean' },
        ],
      },
    ],
    [
      'entries of one field each',
      {
        task: { id: 3 },
        trajectory: [
          { Goal: 'wash the cup' },
          { Thought: 'look first' },
          { Action: 'look', id: 0 },
          { Observation: 'a sink' },
          { Thought: 'now wash' },
          { Action: { name: 'wash', arguments: { what: 'cup' } } },
          { Observation: 'clean' },
          { progress_rate: 1 },
        ],
      },
    ],
    [
      'a list beside its task, described',
      {
        task: { id: 3, description: 'wash the cup' },
        interactions: [
          { reasoning: 'look first', act: 'look', obs: 'a sink' },
          { reasoning: 'now wash', tool_calls: [{ name: 'wash', args: { what: 'cup' } }], result: 'clean' },
        ],
      },
    ],
    [
      'parallel lists',
      {
        query: 'wash the cup',
        turn_history: {
          thoughts: ['look first', 'now wash'],
          actions: ['look', { tool: 'wash', args: { what: 'cup' } }],
          observations: ['a sink', 'clean'],
          rewards: [0, 1],
        },
      },
    ],
    [
      'parallel lists that begin with what is seen first',
      {
        observations: ['wash the cup', 'a sink', 'clean'],
        thoughts: ['look first', 'now wash'],
        actions: ['look', 'wash({"what": "cup"})'],
      },
    ],
    [
      'a numbered dictionary',
      {
        question: 'wash the cup',
        trajectory: {
          thought_0: 'look first',
          tool_name_0: 'look',
          observation_0: 'a sink',
          thought_1: 'now wash',
          tool_name_1: 'wash',
          tool_args_1: { what: 'cup' },
          observation_1: 'clean',
        },
      },
    ],
    [
      'values with markers of their own',
      {
        task: 'wash the cup',
        steps: [
          { thought: 'Thought 1: look first', action: 'Action: look', observation: 'Observation: a sink' },
          { thought: 'Thought 2: now wash', action: { wash: { what: 'cup' } }, observation: 'clean' },
        ],
      },
    ],
  ])('as %s', (_, record) => {
    expect(spans(record)).toEqual([RUN])
  })

  it('says what DSPy answers behind its trajectory, and None for a tool that returned nothing', () => {
    const prediction = {
      trajectory: { thought_0: 't', tool_name_0: 'finish', tool_args_0: {}, observation_0: null },
      reasoning: 'because',
      answer: '42',
      question: 'what?',
    }
    expect(spans(prediction)[0]).toEqual([
      ['prompt', 'what?'],
      ['reason', 't'],
      ['act', 'finish({})'],
      ['observation', 'None'],
      ['reason', 'because'],
      ['act', '42'],
    ])
  })

  it('keeps a thought that was recorded as an act a thought', () => {
    const record = {
      steps: [
        { action: 'think: where is [it]?', observation: 'OK.' },
        { action: 'think[here]', observation: 'OK.' },
        { action: { name: 'think', arguments: { thought: 'so' } } },
        { action: 'go', observation: 'there' },
      ],
    }
    expect(spans(record)[0]).toEqual([
      ['reason', 'where is [it]?'],
      ['observation', 'OK.'],
      ['reason', 'here'],
      ['observation', 'OK.'],
      ['reason', 'think({"thought": "so"})'],
      ['act', 'go'],
      ['observation', 'there'],
    ])
  })

  it('does not take what the model wrote, thought and act in one, for an answer', () => {
    const record = { steps: [{ thought: 'so I go', action: 'go', response: 'so I go\n```\ngo\n```' }] }
    expect(spans(record)[0]!.map(([kind]) => kind)).toEqual(['reason', 'act'])
  })

  it('reads the thought out of what the model wrote, where no field keeps it', () => {
    const step = {
      step: 1,
      model_output: 'Thought: I add.\n```py\nprint(1 + 2)\n```',
      tool_calls: [{ function: { name: 'python_interpreter', arguments: 'print(1 + 2)' } }],
      observations: '3',
    }
    const end = { thought: 'Known.', output: 'It is 3.' }
    expect(spans({ steps: [step, end] })[0]).toEqual([
      ['reason', 'I add.'],
      ['act', 'print(1 + 2)'],
      ['observation', '3'],
      ['reason', 'Known.'],
      ['act', 'It is 3.'],
    ])
  })

  it('unfolds what the model wrote from records of their own', () => {
    const step = (goal: string, action: object, content: string) => ({
      model_output: { current_state: { memory: 'none', next_goal: goal }, action: [action] },
      result: [{ extracted_content: content }],
      state: { url: 'x', title: 'y' },
      metadata: { step_number: 1 },
    })
    const history = [step('go there', { open: { url: 'x' } }, 'opened'), step('end', { done: {} }, 'done')]
    expect(spans({ history })[0]).toEqual([
      ['reason', 'none'],
      ['reason', 'go there'],
      ['act', 'open({"url": "x"})'],
      ['observation', '[{"extracted_content": "opened"}]'],
      ['reason', 'none'],
      ['reason', 'end'],
      ['act', 'done({})'],
      ['observation', '[{"extracted_content": "done"}]'],
    ])
  })

  it('takes several calls of a step for one step', () => {
    const calls = [
      { name: 'a', arguments: { n: 1 } },
      { name: 'b', arguments: {} },
    ]
    const [run] = trajectoriesOf({ steps: [{ thought: 't', tool_calls: calls, observation: 'o' }] })
    expect(run!.spans.map(({ kind, step }) => [kind, step])).toEqual([
      ['reason', 0],
      ['act', 0],
      ['act', 0],
      ['observation', 0],
    ])
  })

  it('keeps numbers of a call digit for digit', () => {
    const steps = [
      { thought: 't', action: '{"name":"move","parameters":{"x":531.0,"id":12345678901234567890}}' },
    ]
    expect(spans({ steps })[0]![1]).toEqual(['act', 'move({"x": 531.0, "id": 12345678901234567890})'])
  })
})

describe('what is no record of steps', () => {
  it.each<[string, object]>([
    ['a conversation', [{ role: 'user', content: 'q', action: 'a' }]],
    ['a record with a conversation', { history: [{ role: 'assistant', thought: 't', action: 'a' }] }],
    ['a list of tools', { tools: [{ name: 'f', parameters: {}, description: 'd' }] }],
    ['a shell log under a name of its own', { build: [{ command: 'make', output: 'done' }] }],
    [
      'several episodes under names',
      { a: { thoughts: ['t'], actions: ['a'] }, b: { thoughts: ['t'], actions: ['b'] } },
    ],
    [
      'typed items of a conversation',
      [
        { kind: 'assistant', tool_calls: [] },
        { kind: 'tool', content: 'x' },
      ],
    ],
    [
      'rows of several episodes',
      { data: ['a', 'b'].map((task_id) => ({ task_id, thought: 't', action: 'a' })) },
    ],
    ['the calls that solve a task', { instruction: 'i', actions: [{ name: 'f', kwargs: {} }], outputs: [] }],
    ['numbers', [1, 2, 3]],
    ['nothing', {}],
  ])('is left to others: %s', (_, value) => {
    expect(stepRecords.readJson!(value)).toBeNull()
  })
})

describe('any value', () => {
  const key = fc.constantFrom(
    ...['thought', 'Action', 'action_input', 'observation', 'steps', 'task', 'thoughts', 'actions'],
    ...['observations', 'thought_0', 'tool_name_0', 'observation_0', 'done', 'step', 'reasoning', 'x'],
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('x', 'think: y', 'Thought: z', '{"name": "f"}', '', null, 1, 0, true),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(key, tie('value'), { maxKeys: 6 }),
    ),
  }))

  it('gives partitions or nothing, and never throws', () => {
    fc.assert(
      fc.property(value, (any) => {
        if (typeof any !== 'object' || any === null) return
        stepRecords.rowKey!(any)
        for (const draft of stepRecords.readJson!(any) ?? []) expectPartition(placed(draft))
      }),
      { numRuns: 500 },
    )
  })

  it('takes linear time', () => {
    const time = (n: number) => {
      const rows = Array.from({ length: n }, (_, i) => ({
        step: i % 9,
        thought: 't',
        action: 'a',
        args: { i },
      }))
      const numbered = Object.fromEntries(
        rows.flatMap((_, i) => [
          [`thought_${i}`, 't'],
          [`tool_name_${i}`, 'f'],
        ]),
      )
      const began = performance.now()
      stepRecords.readJson!(rows)
      stepRecords.readJson!({ steps: rows })
      stepRecords.readJson!(numbered)
      return performance.now() - began
    }
    time(500)
    const [once, often] = [Math.min(time(500), time(500)), Math.min(time(8000), time(8000))]
    expect(often).toBeLessThan(Math.max(once, 10) * 16 * 4)
  })
})

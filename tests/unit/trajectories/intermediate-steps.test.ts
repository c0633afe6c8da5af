import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intermediateSteps } from '../../../workers/trajectories/formats/intermediate-steps.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { codes, expectPartition, spansOf } from './reading.ts'

function trajectoriesOf(value: object) {
  return (intermediateSteps.readJson!(value) ?? []).map((draft) => {
    return segment(draft, { file: 'f', index: 0, format: 'intermediate-steps' })!
  })
}

const LOGGED = {
  tool: 'Search',
  tool_input: 'cups',
  log: ' I should search.\nAction: Search\nAction Input: cups',
}
const CALLED = {
  tool: 'wash',
  tool_input: { what: 'cup' },
  log: "\nInvoking: `wash` with `{'what': 'cup'}`\n\n\n",
  message_log: [{ content: 'Now I wash.', tool_calls: [] }],
}
const RUN = [
  ['prompt', 'Which cup?'],
  ['reason', 'I should search.'],
  ['act', 'Search\nAction Input: cups'],
  ['observation', 'a blue cup'],
  ['reason', 'Now I wash.'],
  ['act', 'wash({"what": "cup"})'],
  ['observation', '{"clean": true}'],
  ['act', 'The blue one.'],
]

describe('intermediate steps', () => {
  const pairs = [
    [LOGGED, 'a blue cup'],
    [CALLED, { clean: true }],
  ]
  const named = pairs.map(([action, observation]) => ({ action, observation }))
  const flat = pairs.map(([action, observation]) => ({ ...(action as object), observation }))
  const constructed = pairs.map(([kwargs, observation]) => [
    { lc: 1, type: 'constructor', id: ['langchain', 'schema', 'AgentAction'], kwargs },
    observation,
  ])

  it.each([
    ['pairs', pairs],
    ['pairs by name', named],
    ['flat', flat],
    ['serialised constructors', constructed],
  ])('are read as %s', (_, intermediate_steps) => {
    const record = { input: 'Which cup?', chat_history: [], output: 'The blue one.', intermediate_steps }
    expect(trajectoriesOf(record).map(spansOf)).toEqual([RUN])
    expect(trajectoriesOf(intermediate_steps).map(spansOf)).toEqual([RUN.slice(1, -1)])
  })

  it('are read where what went in and what came out stand apart', () => {
    const run = {
      inputs: { input: 'Which cup?' },
      outputs: { output: 'The blue one.', intermediate_steps: pairs },
    }
    expect(trajectoriesOf(run).map(spansOf)).toEqual([RUN])
  })

  it('may be none, when the answer came at once', () => {
    const record = { input: { input: 'q' }, output: 'a', intermediate_steps: [], success: true }
    expect(trajectoriesOf(record).map(spansOf)).toEqual([
      [
        ['prompt', 'q'],
        ['act', 'a'],
      ],
    ])
    expect(trajectoriesOf(record)[0]!.success).toBe(true)
  })

  it('end with the answer as the model wrote it, where that is kept', () => {
    const log = 'I now know.\nFinal Answer: blue'
    const record = { intermediate_steps: [], return_values: { output: 'blue' }, log }
    expect(trajectoriesOf(record).map(spansOf)[0]).toEqual([
      ['reason', 'I now know.'],
      ['act', 'blue'],
    ])
  })

  it('flag what LangChain itself could not read', () => {
    const action = { tool: '_Exception', tool_input: 'Invalid format', log: 'Well, hello.' }
    const [run] = trajectoriesOf({
      intermediate_steps: [
        [action, 'Invalid format'],
        [LOGGED, 'x'],
      ],
    })
    expect(spansOf(run!)[0]).toEqual(['other', 'Well, hello.'])
    expect(codes(run!)).toContain('unmarked-turn')
  })

  it('are left to others where they are something else', () => {
    for (const value of [
      [],
      {},
      { steps: [] },
      { intermediate_steps: 'x' },
      [[LOGGED]],
      [[1, 2]],
      { steps: [1] },
    ]) {
      expect(intermediateSteps.readJson!(value)).toBeNull()
    }
  })

  it('never throw, whatever stands in them', () => {
    const action = fc.record(
      {
        tool: fc.constantFrom('f', '_Exception', 1),
        tool_input: fc.anything(),
        log: fc.string(),
        kwargs: fc.object(),
      },
      { requiredKeys: [] },
    )
    const step = fc.oneof(
      fc.tuple(action, fc.jsonValue()),
      fc.record({ action, observation: fc.jsonValue() }),
      fc.anything(),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3 }), fc.string(), (intermediate_steps, output) => {
        for (const run of trajectoriesOf({ intermediate_steps, output }))
          if (run !== null) expectPartition(run)
      }),
    )
  })

  it('take linear time', () => {
    const time = (n: number) => {
      const value = Array.from({ length: n }, () => [LOGGED, 'x'])
      const began = performance.now()
      intermediateSteps.readJson!(value)
      return performance.now() - began
    }
    time(500)
    const [once, often] = [Math.min(time(500), time(500)), Math.min(time(8000), time(8000))]
    expect(often).toBeLessThan(Math.max(once, 10) * 16 * 4)
  })
})

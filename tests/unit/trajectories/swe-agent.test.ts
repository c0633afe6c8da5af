import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sweAgent } from '../../../workers/trajectories/formats/swe-agent.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { expectPartition, spansOf } from './reading.ts'

function trajectoriesOf(value: object) {
  return (sweAgent.readJson!(value) ?? []).map((draft) => {
    return segment(draft, { file: 'f', index: 0, format: 'swe-agent' })!
  })
}

const WRITTEN = ['Look around.\n```\nls -F\n```', 'Done, I think.\n```\nsubmit\n```']
const HISTORY = [
  { role: 'system', content: 'SETTING: a shell.', agent: 'primary' },
  { role: 'user', content: 'Fix the bug.', agent: 'primary' },
  { role: 'assistant', content: WRITTEN[0], thought: 'Look around.\n', action: 'ls -F\n', agent: 'primary' },
  { role: 'user', content: 'src/\n(Open file: n/a)', agent: 'primary' },
  {
    role: 'assistant',
    content: WRITTEN[1],
    thought: 'Done, I think.\n',
    action: 'submit\n',
    agent: 'primary',
  },
]
const TRAJECTORY = [
  { action: 'ls -F\n', observation: 'src/\n', response: WRITTEN[0], state: '{}', thought: 'Look around.\n' },
  { action: 'submit\n', observation: 'diff', response: WRITTEN[1], state: '{}', thought: 'Done, I think.\n' },
]
const INFO = { exit_status: 'submitted', submission: 'diff', model_stats: {} }
const RUN = [
  ['prompt', 'SETTING: a shell.'],
  ['prompt', 'Fix the bug.'],
  ['reason', 'Look around.'],
  ['act', 'ls -F'],
  ['observation', 'src/\n(Open file: n/a)'],
  ['reason', 'Done, I think.'],
  ['act', 'submit'],
]

describe('SWE-agent', () => {
  it('is read by its history, and being submitted is no success', () => {
    const [run, ...others] = trajectoriesOf({
      environment: 'swe',
      trajectory: TRAJECTORY,
      history: HISTORY,
      info: INFO,
    })
    expect(others).toEqual([])
    expect(spansOf(run!)).toEqual(RUN)
    expect(run!.success).toBeUndefined()
    expect(run!.text).toContain('Look around.\n```\nls -F\n```\n')
  })

  it('says what its evaluation says', () => {
    const record = { trajectory: TRAJECTORY, history: HISTORY, info: { ...INFO, resolved: true } }
    expect(trajectoriesOf(record)[0]!.success).toBe(true)
  })

  it('does not learn demonstrations', () => {
    const demonstration = HISTORY.slice(1, 4).map((message) => ({ ...message, is_demo: true }))
    const history = [HISTORY[0], ...demonstration, ...HISTORY.slice(1)]
    const spans = spansOf(trajectoriesOf({ trajectory: TRAJECTORY, history, info: INFO })[0]!)
    expect(spans.filter(([kind]) => kind !== 'prompt')).toEqual(RUN.slice(2))
    expect(spans.filter(([kind]) => kind === 'prompt')).toHaveLength(5)
  })

  it('is read by its trajectory where there is no history', () => {
    const query = HISTORY.slice(0, 2)
    const record = { trajectory: [{ ...TRAJECTORY[0], query }, TRAJECTORY[1]], info: INFO }
    expect(spansOf(trajectoriesOf(record)[0]!)).toEqual([
      ...RUN.slice(0, 4),
      ['observation', 'src/'],
      ...RUN.slice(5),
      ['observation', 'diff'],
    ])
    const unfenced = { trajectory: TRAJECTORY.map((step) => ({ ...step, response: step.thought })) }
    expect(spansOf(trajectoriesOf(unfenced)[0]!).slice(0, 2)).toEqual(RUN.slice(2, 4))
  })

  it('reads mini-swe-agent, whose last message is the program’s', () => {
    const messages = [
      { role: 'system', content: 'You have a shell.' },
      { role: 'user', content: 'Fix it.' },
      { role: 'assistant', content: 'THOUGHT: Look.\n\n```bash\nls\n```' },
      { role: 'user', content: '<returncode>0</returncode>\n<output>\nsrc\n</output>' },
      { role: 'assistant', content: 'THOUGHT: Done.\n\n```bash\necho DONE\n```' },
      { role: 'exit', content: 'diff', extra: { exit_status: 'Submitted' } },
    ]
    const spans = spansOf(
      trajectoriesOf({ messages, info: INFO, trajectory_format: 'mini-swe-agent-1.1' })[0]!,
    )
    expect(spans.map(([kind]) => kind)).toEqual([
      ...['prompt', 'prompt', 'reason', 'act', 'observation', 'reason', 'act', 'other'],
    ])
    expect(spans.slice(2, 4)).toEqual([
      ['reason', 'Look.'],
      ['act', 'ls'],
    ])
    expect(sweAgent.readJson!({ messages, info: INFO })).toBeNull()
  })

  it('leaves to others what has only a history, or steps of other fields', () => {
    expect(sweAgent.readJson!({ history: HISTORY })).toBeNull()
    expect(sweAgent.readJson!({ trajectory: [{ action: 'a', observation: 'o' }] })).toBeNull()
    expect(sweAgent.readJson!({ trajectory: [] })).toBeNull()
    expect(sweAgent.readJson!([])).toBeNull()
  })

  it('never throws, whatever stands in the fields', () => {
    const text = fc.constantFrom<unknown>('a', 'T\n```\nx\n```', '', null, 1, {}, ['x'])
    const step = fc.record({ action: text, observation: text, response: text, thought: text, query: text })
    const message = fc.record({ role: fc.constantFrom('user', 'assistant', 'exit', 1), content: text })
    const record = fc.record(
      {
        trajectory: fc.array(step, { maxLength: 3 }),
        history: fc.array(message, { maxLength: 3 }),
        messages: fc.array(message, { maxLength: 3 }),
        info: fc.constantFrom<unknown>({ mini_version: '1' }, null, 1),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(record, (any) => {
        for (const run of trajectoriesOf(any)) if (run !== null) expectPartition(run)
      }),
    )
  })

  it('takes linear time', () => {
    const time = (n: number) => {
      const value = {
        trajectory: [TRAJECTORY[0]],
        history: Array.from({ length: n }, (_, i) => HISTORY[2 + (i % 2)]),
      }
      const began = performance.now()
      sweAgent.readJson!(value)
      return performance.now() - began
    }
    time(500)
    const [once, often] = [Math.min(time(500), time(500)), Math.min(time(8000), time(8000))]
    expect(often).toBeLessThan(Math.max(once, 10) * 16 * 4)
  })
})

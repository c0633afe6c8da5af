import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { continuationReader } from '../../../workers/trajectories/continuation.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { DEFAULT_READING, type Reading } from '../../../workers/trajectories/reading.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'

function only(text: string, reading: Reading = DEFAULT_READING): Trajectory {
  const { trajectories } = readTrajectories('file', new TextEncoder().encode(text), { reading })
  expect(trajectories).toHaveLength(1)
  return trajectories[0]!
}

/** What is written in place of a step, as [kind, content] by the rules of the trajectory. */
function spansOf(trajectory: Trajectory, step: number, written: string, reading = DEFAULT_READING) {
  const from = trajectory.spans.find((span) => span.step === step)!.start
  const read = continuationReader(trajectory, from, step, reading)
  expect(read).not.toBeNull()
  return (
    read!(written)?.map(({ kind, contentStart, contentEnd }) => [
      kind,
      written.slice(contentStart, contentEnd),
    ]) ?? null
  )
}

const REACT = `Question: Which city hosts the older lighthouse?
Thought 1: I look for the lighthouse first.
Action 1: Search[old lighthouse]
Observation 1: It stands in Brevik.
Thought 2: So it is Brevik.
Action 2: Finish[Brevik]
`

const HOUSEHOLD = `You are in the middle of a room. Looking quickly around you, you see a desk 1, and a shelf 1.
Your task is to: put a pen on the shelf.
> think: First I need a pen. It may be on the desk.
OK.
> go to desk 1
On the desk 1, you see a pen 2.
> take pen 2 from desk 1
You pick up the pen 2 from the desk 1.
> put pen 2 in/on shelf 1
You put the pen 2 in/on the shelf 1.
`

const CALLS = JSON.stringify({
  messages: [
    { role: 'user', content: 'Find a red cup.' },
    {
      role: 'assistant',
      content: 'I search the shop.',
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'search', arguments: '{"query": "red cup"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: 'Cup B7 costs 4.' },
    { role: 'assistant', content: 'The red cup is B7.' },
  ],
})

describe('what a student writes at a step border', () => {
  it('of a ReAct text is cut by its markers, as far as the environment’s answer', () => {
    const trajectory = only(REACT)
    expect(
      spansOf(trajectory, 1, 'Thought 2: Let me be sure.\nAction 2: Lookup[height]\nObservation 2: 40 m.\n'),
    ).toEqual([
      ['reason', 'Let me be sure.'],
      ['act', 'Lookup[height]'],
      ['observation', '40 m.'],
    ])
    expect(spansOf(trajectory, 0, 'Thought 1: I do not')).toEqual([['reason', 'I do not']])
  })

  it('of a household game is cut at its prompts', () => {
    const trajectory = only(HOUSEHOLD)
    expect(spansOf(trajectory, 0, '> think: A pen is wanted.\nOK.\n> go to shelf 1\n')).toEqual([
      ['reason', 'A pen is wanted.'],
      ['observation', 'OK.'],
      ['act', 'go to shelf 1'],
    ])
    expect(spansOf(trajectory, 2, '> put pen 2 in/on desk 1\n')?.[0]).toEqual([
      'act',
      'put pen 2 in/on desk 1',
    ])
  })

  it('of a conversation with tools is words and the calls after them', () => {
    const trajectory = only(CALLS)
    expect(spansOf(trajectory, 0, 'A cup, then.\nsearch({"query": "cup"})\nCup C1.\n')).toEqual([
      ['reason', 'A cup, then.'],
      ['act', 'search({"query": "cup"})'],
      ['observation', 'Cup C1.'],
    ])
  })

  it('of a text mapped by hand is cut by the mapping', () => {
    const mapping = {
      kind: 'markers' as const,
      prompt: [],
      reason: ['~t '],
      act: ['~a '],
      observation: ['~o '],
    }
    const reading: Reading = { ...DEFAULT_READING, mappings: [mapping] }
    const trajectory = only('A task.\n~t One.\n~a go\n~o Done.\n~t Two.\n~a stop\n', reading)
    expect(spansOf(trajectory, 1, '~t Other.\n~a wait\n', reading)).toEqual([
      ['reason', 'Other.'],
      ['act', 'wait'],
    ])
  })

  it('that goes on with the observation, or with nothing, is no step', () => {
    expect(spansOf(only(REACT), 1, 'and it is old.\nThought 2: So.\n')).toBeNull()
    expect(spansOf(only(HOUSEHOLD), 1, 'The desk 1 is closed.\n')).toBeNull()
    expect(spansOf(only(REACT), 0, '')).toBeNull()
    expect(spansOf(only(CALLS), 0, '   ')).toBeNull()
  })

  it('is read by no rule where the labels of the true step follow none', () => {
    const trajectory = only(REACT)
    const spans = trajectory.spans.map((span) => ({ ...span, kind: 'act' as const }))
    const from = trajectory.spans.find((span) => span.step === 1)!.start
    expect(continuationReader({ ...trajectory, spans }, from, 1, DEFAULT_READING)).toBeNull()
  })

  it('never lies outside of what was written, whatever that is', () => {
    const trajectories = [only(REACT), only(HOUSEHOLD), only(CALLS)]
    const words = fc.constantFrom(
      'Thought 2:',
      'Action 1:',
      '> go to desk 1',
      '> think:',
      '\n',
      'x',
      'Question: y',
      '\ud800',
      'f(1)',
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), fc.nat(2), (parts, which) => {
        const trajectory = trajectories[which]!
        const written = parts.join(' ')
        const from = trajectory.spans.find((span) => span.step === 0)!.start
        const spans = continuationReader(trajectory, from, 0, DEFAULT_READING)!(written)
        for (const span of spans ?? []) {
          expect(span.start).toBeGreaterThanOrEqual(0)
          expect(span.end).toBeGreaterThan(span.start)
          expect(span.end).toBeLessThanOrEqual(written.length)
        }
      }),
    )
  })
})

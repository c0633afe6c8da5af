import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chatLine, spanLine, tokenLine } from '../../../workers/trajectories/export.ts'
import { SPAN_KINDS } from '../../../workers/trajectories/trajectory.ts'
import { characters, trajectoryOf } from '../dataset/fixtures.ts'

const RUN = trajectoryOf([
  ['prompt', 'sys\n', -1],
  ['prompt', 'q\n', -1],
  ['reason', 't\n', 0],
  ['act', 'a\n', 0],
  ['observation', 'o\n', 0],
  ['other', 'x\n', 0],
  ['reason', 'u\n', 1],
  ['act', 'b\n', 1],
  ['act', 'c\n', 2],
])
const LAMBDA = { reason: 0.5, act: 1, observation: 0 }

describe('a trajectory as a line of spans', () => {
  it('tells its outcome and its log-probabilities where they are known', () => {
    const known = {
      ...RUN,
      success: false,
      reward: 0.5,
      taskType: 'heat',
      logprobs: [{ start: 0, end: 1, logprob: -1 }],
    }
    expect(JSON.parse(JSON.stringify(spanLine(known)))).toMatchObject({
      success: false,
      reward: 0.5,
      taskType: 'heat',
      logprobs: 1,
    })
    expect(Object.keys(JSON.parse(JSON.stringify(spanLine(RUN))))).toEqual([
      'file',
      'index',
      'format',
      'environment',
      'spans',
      'warnings',
    ])
  })

  it('holds every span as it is: the spans read back from a line are those that it was written from', () => {
    // An emoji is two UTF-16 code units; the last span has no content but stands somewhere.
    const text = 'Q: 🦆?\nThought: well \n'
    const spans = [
      { kind: 'prompt' as const, start: 0, end: 7, contentStart: 3, contentEnd: 6, step: -1 },
      { kind: 'reason' as const, start: 7, end: 21, contentStart: 16, contentEnd: 20, step: 0 },
      { kind: 'act' as const, start: 21, end: 22, contentStart: 22, contentEnd: 22, step: 0 },
    ]
    const line = spanLine({ ...RUN, text, spans })
    expect(line.spans[1]).toEqual({
      kind: 'reason',
      text: 'Thought: well ',
      content: 'well',
      step: 0,
      contentAt: 9,
    })
    let start = 0
    const read = line.spans.map(({ kind, text, content, step, contentAt }) => {
      const contentStart = start + contentAt
      const span = { kind, start, end: start + text.length, contentStart, step }
      start = span.end
      return { ...span, contentEnd: contentStart + content.length }
    })
    expect(read).toEqual(spans)
  })
})

describe('a trajectory as labelled tokens', () => {
  it('gives every token its kind and the weight of its kind, the end of the text included', () => {
    const line = tokenLine({ ...RUN, index: 7 }, characters, LAMBDA)
    expect(line.index).toBe(7)
    expect(characters.decode(line.ids)).toBe(RUN.text)
    expect(line.kinds.join('')).toBe('000000112233441122222')
    expect(line.weights).toEqual(line.kinds.map((kind) => [0, 0.5, 1, 0, 0][kind]))
  })

  it('weighs what belongs to nobody as an observation, as training does', () => {
    const { kinds, weights } = tokenLine(RUN, characters, { ...LAMBDA, observation: 0.25 })
    expect(weights[kinds.indexOf(4)]).toBe(0.25)
    expect(weights[kinds.indexOf(0)]).toBe(0)
  })
})

describe('a trajectory as a conversation', () => {
  it('gives thoughts and acts of a step to the assistant and all else to the user', () => {
    expect(chatLine(RUN, LAMBDA)).toEqual({
      messages: [
        { role: 'system', content: 'sys\n' },
        { role: 'user', content: 'q\n' },
        { role: 'assistant', content: 't\na\n', weight: 1 },
        { role: 'user', content: 'o\nx\n' },
        { role: 'assistant', content: 'u\nb\n', weight: 1 },
        { role: 'assistant', content: 'c\n', weight: 1 },
      ],
    })
  })

  it('gives a prompt of one span to the user', () => {
    expect(chatLine(trajectoryOf([['prompt', 'q', -1]]), LAMBDA).messages[0]!.role).toBe('user')
  })

  it('weighs a message of the assistant 0 where the recipe learns nothing of it', () => {
    const { messages } = chatLine(RUN, { reason: 1, act: 0, observation: 0 })
    expect(messages.map(({ weight }) => weight)).toEqual([undefined, undefined, 1, undefined, 1, 0])
  })

  it('holds the text of any trajectory, character by character', () => {
    const part = fc.tuple(fc.constantFrom(...SPAN_KINDS), fc.string({ minLength: 1 }), fc.nat(3))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const trajectory = trajectoryOf(parts)
        const { messages } = chatLine(trajectory, LAMBDA)
        expect(messages.map(({ content }) => content).join('')).toBe(trajectory.text)
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { codes, contents, read } from './reading.ts'

const file = (...records: object[]) => JSON.stringify(records)

describe('Alpaca records', () => {
  it('are prompt and run, observations included', () => {
    const record = {
      instruction: 'Find the lake.',
      input: 'It is deep.',
      output: 'Thought: where?\nAction: search[lake]\nObservation: Ola\nThought: so\nAction: finish[Ola]',
    }
    const run = read(file(record)).trajectories[0]!
    expect(run.format).toBe('alpaca')
    expect(codes(run)).toEqual([])
    expect(contents(file(record, record))).toHaveLength(2)
    expect(contents(file(record))[0]).toEqual([
      ['prompt', 'Find the lake.\nIt is deep.'],
      ['reason', 'where?'],
      ['act', 'search[lake]'],
      ['observation', 'Ola'],
      ['reason', 'so'],
      ['act', 'finish[Ola]'],
    ])
  })

  it('may hold one step, in any notation, after the turns before', () => {
    const record = {
      system: 'You act.',
      history: [['Who?', 'Thought: I ask.\nAction: ask[who]']],
      instruction: 'Observation: Ann',
      input: '',
      output: '<think>So it is Ann.</think>\n<answer>Ann</answer>',
    }
    expect(contents(file(record))[0]).toEqual([
      ['prompt', 'You act.\nWho?\nThought: I ask.\nAction: ask[who]\nObservation: Ann'],
      ['reason', 'So it is Ann.'],
      ['act', 'Ann'],
    ])
  })

  it('are read as prompt and completion, too', () => {
    expect(contents(file({ prompt: 'q', completion: 'Thought: a\nAction: b[c]' }))[0]).toEqual([
      ['prompt', 'q'],
      ['reason', 'a'],
      ['act', 'b[c]'],
    ])
  })

  it('without thoughts and actions bring nothing', () => {
    expect(read(file({ instruction: 'Say hello.', input: '', output: 'Hello.\nYou.' })).trajectories).toEqual(
      [],
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wikiScript } from '../../../workers/environments/wiki/script.ts'

const read = (written: string, ended = true) => wikiScript.read(written, 2, ended)

describe('reading a turn', () => {
  it('takes a thought and an action, and leaves what follows', () => {
    const turn = 'Thought 2: I search it.\nAction 2: Search[Orvan]\n'
    const wanted = { kind: 'act', end: turn.length, reasoning: 'I search it.', action: 'Search[Orvan]' }
    expect(read(turn, false)).toEqual(wanted)
    expect(read(`${turn}Observation 2: made up`)).toEqual(wanted)
    expect(read(`\n\n${turn}`)).toEqual({ ...wanted, end: turn.length + 2 })
  })

  it('does without numbers, without a thought, and without a final newline', () => {
    expect(read('Thought: hm\nAction: Finish[x]')).toMatchObject({
      kind: 'act',
      reasoning: 'hm',
      action: 'Finish[x]',
    })
    expect(read('Action 9: Lookup[x]\n')).toMatchObject({
      kind: 'act',
      reasoning: null,
      action: 'Lookup[x]',
      end: 20,
    })
    expect(read('Thought 2:\nAction 2:\n')).toMatchObject({ kind: 'act', reasoning: null, action: '' })
  })

  it('reads thoughts of several lines', () => {
    expect(read('Thought 2: one\n\n two\nAction 2: Search[x]\n')).toMatchObject({ reasoning: 'one\n\n two' })
  })

  it('waits while the turn may go on', () => {
    for (const written of ['', 'Tho', 'Thought 2: so\n', 'Thought 2: so\nAction 2: Search[x]', '\n']) {
      expect(read(written, false), written).toBeNull()
    }
  })

  it('gives what does not read as a turn back as malformed', () => {
    expect(read('go to desk 1\nThought 2: x\n', false)).toEqual({
      kind: 'malformed',
      end: 13,
      text: 'go to desk 1',
    })
    expect(read('Thought 2: a\nObservation 2: b\n', false)).toEqual({
      kind: 'malformed',
      end: 13,
      text: 'Thought 2: a',
    })
    expect(read('Observation 2: b\n', false)).toMatchObject({ kind: 'malformed', end: 17 })
    expect(read('Thought 2: never ends')).toMatchObject({ kind: 'malformed', end: 21 })
    expect(read('')).toEqual({ kind: 'malformed', end: 0, text: '' })
  })

  it('always comes to a turn of any text that has ended, and moves on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('Thought 1: ', 'Action 1: ', 'Observation 1: ', 'x', '\n', ' ', '🦊', '[')),
        (parts) => {
          const written = parts.join('')
          const turn = read(written)!
          expect(turn.end).toBeLessThanOrEqual(written.length)
          if (written.trim() !== '') expect(turn.end).toBeGreaterThan(0)
          const early = read(written, false)
          if (early) expect(early).toEqual(turn)
        },
      ),
    )
  })
})

describe('writing a turn', () => {
  it('is what reading takes back', () => {
    for (const turn of [
      { reasoning: 'I know.', action: 'Finish[a b]' },
      { reasoning: null, action: 'Search[x]' },
    ]) {
      const written = wikiScript.write(turn, 12)
      expect(read(written, false)).toEqual({ kind: 'act', end: written.length, ...turn })
    }
    expect(wikiScript.write({ reasoning: 'I know.', action: 'Finish[a]' }, 3)).toBe(
      'Thought 3: I know.\nAction 3: Finish[a]\n',
    )
    expect(wikiScript.answer('No more results.', 3)).toBe('Observation 3: No more results.\n')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { householdScript as script } from '../../../../workers/environments/household/script.ts'

const anyText = fc
  .array(fc.constantFrom('>', ' ', '\n', '\r', 'think:', 'go to shelf 1', 'é', '\u0000', '😀'))
  .map((pieces) => pieces.join(''))

describe("the household's turns", () => {
  it('reads a command behind its marker, with a blank after it or without', () => {
    const turn = { kind: 'act', reasoning: null, action: 'go to shelf 1' }
    expect(script.read('> go to shelf 1\nOn the shelf', 1, false)).toEqual({ ...turn, end: 16 })
    expect(script.read('>go to shelf 1 \n', 1, false)).toEqual({ ...turn, end: 16 })
    expect(script.read('> go to shelf 1', 1, true)).toEqual({ ...turn, end: 15 })
  })

  it('reads a thought as a turn of its own', () => {
    expect(script.read('> think: I need a mug. \n> go to shelf 1\n', 3, false)).toEqual({
      kind: 'thought',
      reasoning: 'I need a mug.',
      end: 24,
    })
    expect(script.read('>Think:a\n', 3, false)).toEqual({ kind: 'thought', reasoning: 'a', end: 9 })
  })

  it('waits for the end of the line unless nothing more comes', () => {
    expect(script.read('> go to sh', 1, false)).toBeNull()
    expect(script.read('', 1, false)).toBeNull()
    expect(script.read('> go to sh', 1, true)).toMatchObject({ kind: 'act', action: 'go to sh' })
  })

  it.each(['go to shelf 1\n', '\n> go to shelf 1\n', '>\n', '> \n', ' > look\n', 'OK.\n'])(
    'calls malformed what does not begin as a turn: %j',
    (written) => {
      const turn = script.read(written, 1, false)!
      expect(turn.kind).toBe('malformed')
      expect(turn.end).toBe(written.indexOf('\n') + 1)
    },
  )

  it('finds a turn in any ended text, and never one beyond it', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (written, number) => {
        const turn = script.read(written, number, true)!
        expect(turn.end).toBeLessThanOrEqual(written.length)
        if (written.includes('\n')) expect(script.read(written, number, false)).toEqual(turn)
      }),
    )
  })

  it('reads back what it writes', () => {
    const written = script.write({ reasoning: 'I need a mug.' }, 1)
    expect(written).toBe('> think: I need a mug.\n')
    expect(script.read(written, 1, false)).toEqual({
      kind: 'thought',
      reasoning: 'I need a mug.',
      end: written.length,
    })
    const acted = script.write({ reasoning: null, action: 'look' }, 2)
    expect(acted).toBe('> look\n')
    expect(script.read(acted, 2, false)).toEqual({
      kind: 'act',
      reasoning: null,
      action: 'look',
      end: acted.length,
    })
    expect(script.answer('Nothing happens.', 2)).toBe('Nothing happens.\n')
    expect(() => script.write({ reasoning: 'both', action: 'look' }, 1)).toThrow(/turn of its own/)
  })
})

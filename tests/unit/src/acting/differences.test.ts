import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, type Piece } from '../../../../src/acting/transcript/differences.ts'

/** The pieces as text, what differs in brackets. */
const marked = (pieces: Piece[]) => pieces.map(({ text, shared }) => (shared ? text : `[${text}]`)).join('')
const both = (ours: string, theirs: string) => differences(ours, theirs).map(marked)

describe('differing words', () => {
  it('are those outside the longest row of words in common', () => {
    expect(both('go to fridge 1', 'go to fridge 1')).toEqual(['go to fridge 1', 'go to fridge 1'])
    expect(both('go to fridge 1', 'go to cabinet 1')).toEqual(['go to [fridge] 1', 'go to [cabinet] 1'])
    expect(both('take mug 1 from desk 2', 'now take the mug 1')).toEqual([
      'take mug 1 [from desk 2]',
      '[now] take [the] mug 1',
    ])
    expect(both('a b c d', 'b x d a')).toEqual(['[a] b [c] d', 'b [x] d [a]'])
  })

  it('are all words where nothing is shared, and none of an empty text', () => {
    expect(both('open it', 'close that')).toEqual(['[open it]', '[close that]'])
    expect(both('open it', '')).toEqual(['[open it]', ''])
    expect(both('', '')).toEqual(['', ''])
  })

  it('do not depend on white space, which stays as it is', () => {
    expect(both(' go  to\nfridge 1 ', 'go to fridge 1')).toEqual([' go  to\nfridge 1 ', 'go to fridge 1'])
  })

  it('keep both texts whole, share the same words on both sides, and alternate', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', ' ', '\n', 'mug 1 ')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, (ours, theirs) => {
        const [a, b] = differences(ours, theirs)
        const whole = (pieces: Piece[]) => pieces.map((piece) => piece.text).join('')
        expect([whole(a), whole(b)]).toEqual([ours, theirs])
        const shared = (pieces: Piece[]) =>
          pieces.filter((piece) => piece.shared).flatMap((piece) => piece.text.match(/\S+/g) ?? [])
        expect(shared(a)).toEqual(shared(b))
        for (const pieces of [a, b]) {
          for (let i = 1; i < pieces.length; i++) expect(pieces[i]!.shared).toBe(!pieces[i - 1]!.shared)
        }
      }),
    )
  })

  it('of very long texts take no time, and still leave out equal beginnings and ends', () => {
    const words = (word: string) => Array.from({ length: 20_000 }, (_, i) => word + i).join(' ')
    const began = performance.now()
    const [a] = differences(`same ${words('x')} end`, `same ${words('y')} end`)
    expect(performance.now() - began).toBeLessThan(2000)
    expect(a.map(({ shared }) => shared)).toEqual([true, false, true])
    expect(a[2]!.text).toBe(' end')
  })
})

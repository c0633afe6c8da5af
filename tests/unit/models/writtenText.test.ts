import { describe, expect, it } from 'vitest'
import { WrittenText } from '../../../workers/models/writtenText.ts'

/** Ids stand for pieces of the text's bytes; a special token has none. */
function write(pieces: (Uint8Array | string | null)[], stops: string[] = []) {
  const encoder = new TextEncoder()
  const bytesOf = (id: number) => {
    const piece = pieces[id]!
    return typeof piece === 'string' ? encoder.encode(piece) : piece
  }
  const text = new WrittenText({ bytesOf }, stops)
  const shown: string[] = []
  let tokens = 0
  while (tokens < pieces.length) {
    const hasEnded = text.add(tokens++)
    shown.push(text.text)
    if (hasEnded) break
  }
  return { shown, tokens, whole: text.finish() }
}

describe('written text', () => {
  it('is what its tokens say, special ones nothing', () => {
    expect(write(['go', ' to', null, ' shelf'])).toEqual({
      shown: ['go', 'go to', 'go to', 'go to shelf'],
      tokens: 4,
      whole: 'go to shelf',
    })
  })

  it('shows a character when its last byte is there', () => {
    const bytes = new TextEncoder().encode('a€😀')
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte))
    const { shown, whole } = write(pieces)
    expect(shown).toEqual(['a', 'a', 'a', 'a€', 'a€', 'a€', 'a€', 'a€😀'])
    expect(whole).toBe('a€😀')
    expect(write(pieces.slice(0, 3)).whole).toBe('a\ufffd')
    expect(write(['\ufeffx']).whole).toBe('\ufeffx')
  })

  it('ends before a stop string, with the token that completes it', () => {
    expect(write(['one', '\n', '\nt', 'wo'], ['\n\n'])).toEqual({
      shown: ['one', 'one', 'one'],
      tokens: 3,
      whole: 'one',
    })
    expect(write(['stop'], ['stop'])).toEqual({ shown: [''], tokens: 1, whole: '' })
    expect(write(['a\nb\nc'], ['\n']).whole).toBe('a')
  })

  it('ends before the first of several', () => {
    expect(write(['abcdef'], ['de', 'bc']).whole).toBe('a')
    expect(write(['ab', 'cd'], ['cd', 'bcd']).whole).toBe('a')
  })

  it('holds back what a stop string may begin with, until it is known', () => {
    expect(write(['x<', '<', '/', 'e'], ['</s>', '<</']).shown).toEqual(['x', 'x', 'x'])
    expect(write(['x<', '/', 'e', '<'], ['</s>'])).toEqual({
      shown: ['x', 'x', 'x</e', 'x</e'],
      tokens: 4,
      whole: 'x</e<',
    })
  })

  it('sees a stop string whose characters come in parts', () => {
    const bytes = new TextEncoder().encode('é→b')
    expect(
      write(
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        ['→'],
      ).whole,
    ).toBe('é')
  })

  it('does not end at a string that is none', () => {
    expect(() => write(['a'], [''])).toThrow('A text cannot end at an empty stop string.')
  })
})

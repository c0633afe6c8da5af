import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineAround, moved, wordAround } from '../../../../src/trajectories/caret.ts'
import { cutPieces, spanAt, textRows } from '../../../../src/trajectories/textRows.ts'
import type { Span, SpanKind } from '../../../../workers/protocol.ts'

function ground(text: string, ends: number[] = [text.length], longest = 1000) {
  let start = 0
  const spans = ends.map((end, index): Span => {
    const kind: SpanKind = index % 2 ? 'act' : 'reason'
    const span = { kind, start, end, contentStart: start, contentEnd: end, step: 0 }
    start = end
    return span
  })
  return { text, spans, rows: textRows(text, longest) }
}

const TEXT = 'go to shelf\n\n😀 é'
const GROUND = ground(TEXT, [6, 12, TEXT.length])

function to(key: string, at: number, far = false): number | undefined {
  return moved({ key, far }, at, GROUND, 10)
}

describe('the caret of the span viewer', () => {
  it('goes by whole characters', () => {
    expect(to('ArrowRight', 13)).toBe(15)
    expect(to('ArrowLeft', 15)).toBe(13)
    expect(to('ArrowLeft', 0)).toBe(0)
    expect(to('ArrowRight', TEXT.length)).toBe(TEXT.length)
  })

  it('goes by rows, to the end of shorter ones', () => {
    expect(to('ArrowDown', 4)).toBe(12)
    expect(to('ArrowDown', 12)).toBe(13)
    expect(to('ArrowUp', 13)).toBe(12)
    expect(to('ArrowUp', 3)).toBe(0)
    expect(to('ArrowDown', 15)).toBe(TEXT.length)
    expect(to('PageDown', 2)).toBe(TEXT.length)
    expect(to('PageUp', TEXT.length)).toBe(0)
  })

  it('goes to the ends of rows and of the text', () => {
    expect(to('Home', 4)).toBe(0)
    expect(to('End', 4)).toBe(11)
    expect(to('Home', 14, true)).toBe(0)
    expect(to('End', 4, true)).toBe(TEXT.length)
  })

  it('goes by words and by spans', () => {
    expect(to('ArrowRight', 0, true)).toBe(2)
    expect(to('ArrowRight', 11, true)).toBe(15)
    expect(to('ArrowLeft', 11, true)).toBe(6)
    expect(to('ArrowDown', 0, true)).toBe(6)
    expect(to('ArrowDown', 14, true)).toBe(TEXT.length)
    expect(to('ArrowUp', 8, true)).toBe(6)
    expect(to('ArrowUp', 6, true)).toBe(0)
  })

  it('leaves other keys alone', () => {
    expect(to('a', 3)).toBeUndefined()
    expect(to('Tab', 3)).toBeUndefined()
  })

  it('stays in the text and outside of characters, whatever is pressed', () => {
    const keys = fc.constantFrom(
      'ArrowLeft',
      'ArrowRight',
      'ArrowUp',
      'ArrowDown',
      'PageUp',
      'PageDown',
      'Home',
      'End',
    )
    const text = fc.array(fc.constantFrom('a', '😀', '\n', ' ', '\r\n', 'é'), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(text, fc.array(fc.tuple(keys, fc.boolean()), { maxLength: 20 }), (parts, presses) => {
        const whole = ground(parts.join(''), undefined, 5)
        let at = 0
        for (const [key, far] of presses) {
          at = moved({ key, far }, at, whole, 3)!
          expect(at).toBeGreaterThanOrEqual(0)
          expect(at).toBeLessThanOrEqual(whole.text.length)
          expect(whole.text.slice(0, at).isWellFormed()).toBe(true)
        }
      }),
    )
  })
})

describe('picking by clicks', () => {
  it('takes the word, the blanks or the signs around a point', () => {
    expect(wordAround(TEXT, GROUND.rows[0]!, 7)).toEqual([6, 11])
    expect(wordAround(TEXT, GROUND.rows[0]!, 11)).toEqual([6, 11])
    expect(wordAround(TEXT, GROUND.rows[0]!, 2)).toEqual([2, 3])
    expect(wordAround(TEXT, GROUND.rows[1]!, 12)).toEqual([12, 12])
    expect(wordAround(TEXT, GROUND.rows[2]!, 14)).toEqual([13, 15])
  })

  it('takes the line with its newline, however many rows it takes', () => {
    const long = ground(`one\n${'x'.repeat(25)}\nend`, undefined, 10)
    expect(lineAround(long.text, long.rows, 2)).toEqual([4, 30])
    expect(lineAround(long.text, long.rows, long.rows.length - 1)).toEqual([30, 33])
  })
})

describe('the rows of the span viewer', () => {
  it('know the span of an offset, the last one at the end of the text', () => {
    expect([0, 5, 6, 11, 12, TEXT.length].map((offset) => spanAt(GROUND.spans, offset))).toEqual([
      0, 0, 1, 1, 2, 2,
    ])
  })

  it('are cut at the ends of what is picked', () => {
    expect(
      cutPieces(
        [
          [0, 4],
          [4, 9],
        ],
        [2, 6, Number.NaN],
      ),
    ).toEqual([
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 9],
    ])
    expect(cutPieces([[3, 3]], [3, 3, 3])).toEqual([[3, 3]])
    expect(cutPieces([[0, 4]], [0, 4, Number.NaN])).toEqual([[0, 4]])
  })
})

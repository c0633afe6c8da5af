import { describe, expect, it } from 'vitest'
import { quote, wordsOfEdit } from '../../../../src/trajectories/editWords.ts'
import { mergeOf, pickedIn, relabelOf, splitOf, wordsOfPick } from '../../../../src/trajectories/picked.ts'
import type { Span, SpanKind, Warning } from '../../../../workers/protocol.ts'

const TEXT = 'task\nhm, a mug\ngo to shelf 1\n'

function spansOf(...ends: [SpanKind, number][]): Span[] {
  let start = 0
  return ends.map(([kind, end]) => {
    const span = { kind, start, end, contentStart: start, contentEnd: end, step: 0 }
    start = end
    return span
  })
}

const SPANS = spansOf(['prompt', 5], ['reason', 15], ['act', 29])

describe('what is picked', () => {
  it('is the same whichever way it was picked', () => {
    expect(pickedIn({ anchor: 9, focus: 3 })).toEqual({ start: 3, end: 9 })
    expect(pickedIn(null)).toBeUndefined()
  })

  it('is relabelled as it is, and the whole span at a caret', () => {
    expect(relabelOf({ start: 7, end: 9 }, SPANS, 'act')).toEqual({
      type: 'relabel',
      start: 7,
      end: 9,
      kind: 'act',
    })
    expect(relabelOf({ start: 7, end: 7 }, SPANS, 'act')).toEqual({
      type: 'relabel',
      start: 5,
      end: 15,
      kind: 'act',
    })
  })

  it('splits a span where it begins, unless one begins there anyway', () => {
    expect(splitOf({ start: 7, end: 12 }, SPANS)).toEqual({ type: 'split', at: 7 })
    for (const at of [0, 5, TEXT.length]) expect(splitOf({ start: at, end: at }, SPANS)).toBeUndefined()
  })

  it('merges the spans it touches, unless it is one', () => {
    expect(mergeOf({ start: 7, end: 16 }, SPANS)).toEqual({ type: 'merge', start: 7, end: 16 })
    for (const [start, end] of [
      [5, 15],
      [7, 7],
      [15, 15],
    ] as const) {
      expect(mergeOf({ start, end }, SPANS)).toBeUndefined()
    }
  })

  it('is told in words', () => {
    const words = (start: number, end: number) => wordsOfPick({ start, end }, SPANS)
    expect(words(7, 7)).toBe('Reason, span 2 of 3')
    expect(words(7, 9)).toBe('2 characters of Reason, span 2 of 3')
    expect(words(5, 15)).toBe('Reason, span 2 of 3, whole')
    expect(words(5, 16)).toBe('11 characters in 2 spans')
  })
})

describe('what an edit did', () => {
  const before = { text: TEXT, spans: SPANS, warnings: [] }
  const warning: Warning = { code: 'no-act-span', message: 'No act.', offset: 0, line: 1 }

  it('is told in words', () => {
    const spans = spansOf(['prompt', 5], ['reason', 8], ['reason', 15], ['act', 29])
    const after = { text: TEXT, spans, warnings: [warning] }
    expect(wordsOfEdit({ type: 'split', at: 8 }, before, after)).toBe(
      'Reason split before “a mug”. 4 spans, 1 warning.',
    )
    expect(wordsOfEdit({ type: 'merge', start: 6, end: 9 }, after, before)).toBe(
      'Merged into one span, Reason: “hm, a mug”. 3 spans, no warnings.',
    )
    expect(wordsOfEdit({ type: 'split', at: 5 }, before, before)).toMatch(/^Nothing changed/)
  })

  it('quotes the beginning only, on one line and in whole characters', () => {
    expect(quote('a\n  b\tc', 0, 7)).toBe('a b c')
    const long = quote(`x${'😀'.repeat(100)}`, 0, 201)
    expect(long.isWellFormed()).toBe(true)
    expect(long).toBe(`x${'😀'.repeat(29)} …`)
  })
})

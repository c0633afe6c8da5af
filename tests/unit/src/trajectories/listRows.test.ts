import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  HEIGHTS,
  indexFrom,
  type ListRow,
  rowAt,
  rowCount,
  rowOf,
  rowUnder,
  scrollTo,
  topOf,
  totalHeight,
  windowAt,
} from '../../../../src/trajectories/listRows.ts'

/** A list of so many trajectories per file, with ids that are no places. */
function listOf(sizes: number[]) {
  let start = 0
  const files = sizes.map((size, file) => {
    const from = start
    start += size
    return { file: `file ${file}`, start: from }
  })
  return { ids: Int32Array.from({ length: start }, (_, index) => 1000 + 3 * index), files }
}

/** The same rows, laid out one by one. */
function laidOut(sizes: number[]): ListRow[] {
  let index = 0
  return sizes.flatMap((trajectories, file): ListRow[] => [
    { type: 'file', file: `file ${file}`, trajectories },
    ...Array.from(
      { length: trajectories },
      (): ListRow => ({ type: 'trajectory', id: 1000 + 3 * index, index: index++ }),
    ),
  ])
}

const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 })

describe('the rows of the list', () => {
  test('are every file above its trajectories', () => {
    fc.assert(
      fc.property(sizes, (of) => {
        const list = listOf(of)
        const rows = laidOut(of)
        expect(rowCount(list)).toBe(rows.length)
        let top = 0
        for (const [row, expected] of rows.entries()) {
          expect(rowAt(list, row)).toEqual(expected)
          expect(topOf(list, row)).toBe(top)
          expect(rowUnder(list, top)).toBe(row)
          if (expected.type === 'trajectory') expect(rowOf(list, expected.index)).toBe(row)
          top += HEIGHTS[expected.type]
          expect(rowUnder(list, top - 1)).toBe(row)
        }
        expect(totalHeight(list)).toBe(top)
      }),
    )
  })

  test('say which trajectory comes next', () => {
    fc.assert(
      fc.property(sizes, (of) => {
        const rows = laidOut(of)
        for (let row = 0; row <= rows.length; row++) {
          const before = rows.slice(0, row).filter(({ type }) => type === 'trajectory').length
          expect(indexFrom(listOf(of), row)).toBe(before)
        }
      }),
    )
  })

  test('fill the view at every scroll position', () => {
    fc.assert(
      fc.property(sizes, fc.nat(3000), fc.integer({ min: 1, max: 600 }), (of, scrolled, view) => {
        const list = listOf(of)
        const scrollTop = Math.min(scrolled, Math.max(0, totalHeight(list) - view))
        const { first, end, top, height } = windowAt(list, scrollTop, view, 2)
        expect(top).toBeLessThanOrEqual(scrollTop)
        expect(top + topOf(list, end) - topOf(list, first)).toBeGreaterThanOrEqual(
          Math.min(scrollTop + view, height),
        )
        expect(end - first).toBeLessThanOrEqual(Math.ceil(view / HEIGHTS.file) + 6)
      }),
    )
  })

  test('are none in an empty list', () => {
    expect(windowAt({ ids: new Int32Array(), files: [] }, 0, 500, 8)).toEqual({
      first: 0,
      end: 0,
      top: 0,
      height: 0,
    })
  })

  test('come into sight with the least movement', () => {
    const list = listOf([100])
    const top = topOf(list, 50)
    expect(scrollTo(list, 50, top + 10, 400)).toBe(top)
    expect(scrollTo(list, 50, top - 100, 400)).toBe(top - 100)
    expect(scrollTo(list, 50, 0, 400)).toBe(top + HEIGHTS.trajectory - 400)
  })

  test('of a list taller than a browser draws are all within reach', () => {
    const list = listOf([2_000_000])
    const view = 600
    const { height } = windowAt(list, 0, view, 8)
    expect(height).toBeLessThan(totalHeight(list))
    expect(windowAt(list, 0, view, 8).first).toBe(0)
    const last = windowAt(list, height - view, view, 8)
    expect(last.end).toBe(rowCount(list))
    expect(last.top + topOf(list, last.end) - topOf(list, last.first)).toBeCloseTo(height, 3)
    const middle = rowOf(list, 1_234_567)
    const found = windowAt(list, scrollTo(list, middle, 0, view), view, 0)
    expect([found.end - 2, found.end - 1]).toContain(middle)
  })
})

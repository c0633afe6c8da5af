import type { TrajectoryList } from '../../workers/protocol.ts'

/** Pixels that a row takes, whatever is in it. */
export const HEIGHTS = { file: 24, trajectory: 40 }

/** Browsers draw no element higher than some 17 million pixels; beyond this the scroll bar runs faster than the rows. */
const TALLEST = 15_000_000

/** A row of the list: a file's name, or one of its trajectories. */
export type ListRow =
  | { type: 'file'; file: string; trajectories: number }
  /** `index`: its place among all that the list shows, counted from 0. */
  | { type: 'trajectory'; id: number; index: number }

/** What is laid out: every file's name above its trajectories. */
type Found = Pick<TrajectoryList, 'ids' | 'files'>

export function rowCount({ ids, files }: Found): number {
  return ids.length + files.length
}

/** Pixels of all rows together. */
export function totalHeight({ ids, files }: Found): number {
  return ids.length * HEIGHTS.trajectory + files.length * HEIGHTS.file
}

export function rowAt({ ids, files }: Found, row: number): ListRow {
  const file = lastAtOrBefore(files.length, (at) => files[at]!.start + at, row)
  const { file: name, start } = files[file]!
  if (row === start + file) {
    return { type: 'file', file: name, trajectories: (files[file + 1]?.start ?? ids.length) - start }
  }
  const index = row - file - 1
  return { type: 'trajectory', id: ids[index]!, index }
}

/** The row of the trajectory at a place among all that the list shows. */
export function rowOf({ files }: Found, index: number): number {
  return index + 1 + lastAtOrBefore(files.length, (at) => files[at]!.start, index)
}

/** Trajectories above a row: the place of the first one that is not. */
export function indexFrom(found: Found, row: number): number {
  return row - namesAbove(found, row)
}

/** Pixels above a row. */
export function topOf(found: Found, row: number): number {
  const names = namesAbove(found, row)
  return names * HEIGHTS.file + (row - names) * HEIGHTS.trajectory
}

function namesAbove({ files }: Found, row: number): number {
  return 1 + lastAtOrBefore(files.length, (at) => files[at]!.start + at, row - 1)
}

/** The row that covers a distance from the top of the first. */
export function rowUnder(found: Found, pixels: number): number {
  return Math.max(
    0,
    lastAtOrBefore(rowCount(found), (row) => topOf(found, row), pixels),
  )
}

/** What of the list is drawn at a scroll position. */
export interface ListWindow {
  /** The first row drawn, and one past the last. */
  first: number
  end: number
  /** Where the first row begins, in pixels of the scrolled element. */
  top: number
  /** The height of the scrolled element. */
  height: number
}

/**
 * The rows to draw.
 *
 * @param scrollTop of the element that scrolls
 * @param viewHeight its own height
 * @param margin rows to draw beyond either border
 */
export function windowAt(found: Found, scrollTop: number, viewHeight: number, margin: number): ListWindow {
  const total = totalHeight(found)
  const height = Math.min(total, TALLEST)
  const offset = scrollTop * scaleOf(total, viewHeight)
  const first = Math.max(0, rowUnder(found, offset) - margin)
  const end = Math.min(rowCount(found), rowUnder(found, offset + viewHeight) + 1 + margin)
  return { first, end, top: topOf(found, first) - offset + scrollTop, height }
}

/** The scroll position that brings a row into sight with the least movement. */
export function scrollTo(found: Found, row: number, scrollTop: number, viewHeight: number): number {
  const scale = scaleOf(totalHeight(found), viewHeight)
  const top = topOf(found, row)
  const bottom = topOf(found, row + 1)
  const offset = scrollTop * scale
  if (top < offset) return top / scale
  return bottom > offset + viewHeight ? (bottom - viewHeight) / scale : scrollTop
}

/** Pixels of the list to one pixel of the scroll bar; 1 for all but enormous lists. */
function scaleOf(total: number, viewHeight: number): number {
  return total <= TALLEST ? 1 : (total - viewHeight) / (TALLEST - viewHeight)
}

/** The last index whose value is at most `limit`, by halving; -1 when there is none. Values ascend. */
function lastAtOrBefore(length: number, value: (index: number) => number, limit: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (value(middle) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

import { SPAN_KINDS, type SpanKind } from '../trajectories/trajectory.ts'
import { type Cut, KIND_CODES, type LabelledTokens, type Row } from './row.ts'

/** The rows of one trajectory, and what did not fit. */
export interface Windows {
  rows: Row[]
  /** Steps cut because they alone exceed the room beside the prompt. */
  truncatedSteps: number
  /** What was lost with them. */
  cut: Record<SpanKind, Cut>
  /** Rows whose prompt had to be shortened. */
  shortenedPrompts: number
}

/**
 * Cuts a trajectory into rows of at most T = contextLength tokens at the borders of its steps, as many whole steps to a
 * row as fit, with the task prompt (all that stands before the first step) in front of each.
 *
 * - Every reason and act token is in exactly one row, unless counted in `cut`. In the rows after the first
 *   the repeated prompt is of kind `prompt` throughout, so nothing in it is supervised twice.
 * - A prompt that leaves less than half of the context makes room up to that half, from its front: the task stands at
 *   its end, behind the worked examples.
 * - A step longer than the room is cut to the tokens from its first on that hold its reason and act tokens; where these
 *   alone are too many, to those from the first reason or act token on. What is lost is mostly the environment's.
 * - Position t predicts token t + 1, so the first token of a row is context only. Without a prompt, a row after the
 *   first therefore begins with the token before its first step; only the trajectory's very first token is never
 *   predicted.
 * - A trajectory without a step has no rows.
 */
export function windowRows(labelled: LabelledTokens, contextLength: number, difficulty = 0): Windows {
  const { trajectory, ids, kinds, steps } = labelled
  const windows: Windows = { rows: [], truncatedSteps: 0, cut: noCut(), shortenedPrompts: 0 }
  const prompt = promptLength(labelled)
  const borders = stepBorders(steps, prompt)

  for (let first = 0; first + 1 < borders.length; ) {
    const context = prompt > 0 ? prompt : first > 0 ? 1 : 0
    const whole = borders.at(-1)! - borders[first]! + context <= contextLength
    const room = contextLength - (whole ? context : Math.min(context, Math.floor(contextLength / 2)))
    let start = borders[first]!
    let next = first
    while (next + 1 < borders.length && borders[next + 1]! - start <= room) next++
    let end = borders[next]!
    if (next === first) {
      next++
      end = borders[next]!
      const kept = cutStep(kinds, start, end, room)
      windows.truncatedSteps++
      countCut(windows.cut, kinds.subarray(start, end), kept - start, kept - start + room)
      start = kept
      end = kept + room
    }
    const contextKept = Math.min(context, contextLength - (end - start))
    if (contextKept < context) windows.shortenedPrompts++
    const contextEnd = prompt > 0 ? prompt : borders[first]!
    const contextStart = contextEnd - contextKept
    if (contextKept + end - start >= 2) {
      const contextKinds = kinds.slice(contextStart, contextEnd)
      if (first > 0) contextKinds.fill(KIND_CODES.prompt)
      windows.rows.push({
        trajectory,
        ids: join(Int32Array, ids.subarray(contextStart, contextEnd), ids.subarray(start, end)),
        kinds: join(Uint8Array, contextKinds, kinds.subarray(start, end)),
        steps: join(Int32Array, new Int32Array(contextKept).fill(-1), steps.subarray(start, end)),
        places: join(Int32Array, counted(contextStart, contextEnd), counted(start, end)),
        difficulty,
      })
    } else {
      // One token with nothing before or after it in its row: there is nothing that could predict it.
      windows.truncatedSteps++
      countCut(windows.cut, kinds.subarray(start, end), 0, 0)
    }
    first = next
  }
  return windows
}

/** Whether a token of this kind is the student's own to produce. */
export function isSupervised(kind: number): boolean {
  return kind === KIND_CODES.reason || kind === KIND_CODES.act
}

/** Nothing lost. */
export function noCut(): Record<SpanKind, Cut> {
  return Object.fromEntries(SPAN_KINDS.map((kind) => [kind, { spans: 0, tokens: 0 }])) as Record<
    SpanKind,
    Cut
  >
}

/** Adds what one step loses when only its tokens [from, to) are kept. */
function countCut(cut: Record<SpanKind, Cut>, kinds: Uint8Array, from: number, to: number): void {
  for (let start = 0; start < kinds.length; ) {
    let end = start
    while (end < kinds.length && kinds[end] === kinds[start]) end++
    const kept = Math.max(0, Math.min(end, to) - Math.max(start, from))
    if (kept < end - start) {
      const own = cut[SPAN_KINDS.find((kind) => KIND_CODES[kind] === kinds[start])!]
      own.spans++
      own.tokens += end - start - kept
    }
    start = end
  }
}

function promptLength({ kinds, steps }: LabelledTokens): number {
  let length = 0
  while (length < steps.length && steps[length] === -1 && !isSupervised(kinds[length]!)) length++
  return length
}

/** Where steps begin, and at the end where the last one ends; empty when there is none. */
function stepBorders(steps: Int32Array, prompt: number): number[] {
  const borders: number[] = []
  for (let t = prompt; t < steps.length; t++) if (t === prompt || steps[t] !== steps[t - 1]) borders.push(t)
  return borders.length > 0 ? [...borders, steps.length] : []
}

/** Where the `room` tokens that are kept of the step [start, end) begin. */
function cutStep(kinds: Uint8Array, start: number, end: number, room: number): number {
  let first = start
  while (first < end && !isSupervised(kinds[first]!)) first++
  if (first === end) return start
  let last = end - 1
  while (!isSupervised(kinds[last]!)) last--
  return Math.min(Math.max(start, last + 1 - room), first, end - room)
}

function counted(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i)
}

function join<T extends Int32Array | Uint8Array>(type: new (length: number) => T, a: T, b: T): T {
  const both = new type(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

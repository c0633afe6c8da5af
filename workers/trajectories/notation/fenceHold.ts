import { closes, type Fence, fenceAt } from './fences.ts'
import { lineEnd, skipSpace } from './lines.ts'

/** More fences than this behind a marker are not looked through for the one that closes its block. */
const MOST_FENCES = 16
/** More lines that look like markers than this are a transcript rather than a file that somebody wrote. */
const MOST_INSIDE = 32

interface Place {
  start: number
}

interface FenceLine extends Place {
  fence: Fence
}

/**
 * Where a fenced block behind a marker runs over lines that look like markers themselves: code that an agent writes, or
 * a page that it reads, is one piece whatever it says. Asked from left to right, it takes linear time.
 */
export class FenceHold {
  private readonly fences: FenceLine[]
  private next = 0

  constructor(private readonly text: string) {
    this.fences = text.includes('```') ? fenceLines(text) : []
  }

  /**
   * @param from where the content of a marker begins
   * @param lines the lines that look like markers, `lines[i]` the first behind it
   * @param goesOn whether such a line carries on the count of steps: then the block was never closed
   * @param followed true to ask for such a line behind the block
   * @returns one past the block's last line; 0 when no block runs over a marker line
   */
  until<T extends Place>(
    from: number,
    lines: readonly T[],
    i: number,
    goesOn: (line: T) => boolean,
    followed = false,
  ): number {
    const { fences, text } = this
    if (fences.length === 0 || i >= lines.length) return 0
    while (this.next < fences.length && fences[this.next]!.start < from) this.next++
    const limit = lines[i]!.start
    let open = text.startsWith('```', skipSpace(text, from, limit))
      ? fenceAt(text, skipSpace(text, from, limit))
      : null
    let k = this.next
    if (open !== null && fences[k] !== undefined && fences[k]!.start < open.end) k++
    for (; k < fences.length && fences[k]!.start < limit; k++) {
      const { fence } = fences[k]!
      if (open === null) open = fence
      else if (closes(fence, open)) open = null
    }
    if (open === null) return 0
    let last = k
    while (last < fences.length && last < k + MOST_FENCES && !closes(fences[last]!.fence, open)) last++
    const closing = last < k + MOST_FENCES ? fences[last] : undefined
    if (closing === undefined) return 0
    let after = i
    for (; after < lines.length && lines[after]!.start < closing.start; after++) {
      if (after - i >= MOST_INSIDE || goesOn(lines[after]!)) return 0
    }
    if (followed && after === lines.length) return 0
    // An odd fence behind it: what seemed to close a block had opened the next one.
    const stop = lines[after]?.start ?? text.length
    let behind = last + 1
    while (behind <= last + 2 * MOST_FENCES && (fences[behind]?.start ?? stop) < stop) behind++
    return (behind - last) % 2 === 1 ? closing.fence.end : 0
  }
}

function fenceLines(text: string): FenceLine[] {
  const lines: FenceLine[] = []
  for (let at = text.indexOf('```'); at >= 0; ) {
    let start = at
    while (start > 0 && at - start < 3 && text.charCodeAt(start - 1) === 32) start--
    const fence = start === 0 || text.charCodeAt(start - 1) === 10 ? fenceAt(text, start) : null
    if (fence !== null) lines.push({ start, fence })
    at = text.indexOf('```', fence === null ? at + 3 : lineEnd(text, at))
  }
  return lines
}

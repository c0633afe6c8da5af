import type { Draft, Format } from '../formats/format.ts'
import { fencedBlocks } from './documents.ts'
import type { Findings } from './findings.ts'
import { megabytes } from './limits.ts'
import type { TextReader } from './textReader.ts'
import { firstReading } from './walk.ts'

/**
 * As many worked examples as stand before one task: whether a trajectory is such an example is known only when this
 * many have followed it (see `episodes.ts`), so these are read once more with the next part.
 */
const UNDECIDED = 14

/**
 * Running text, read in parts. Each part begins where a trajectory of the one before begins, so that the parts bring
 * what the whole would; it grows where it holds too few to tell.
 */
export class RunningText implements TextReader {
  /** Whole lines, in pieces. */
  private pieces: string[] = []
  private length = 0
  /** The line that has not ended yet. */
  private tail: string[] = []
  private tailLength = 0
  private skipping = false
  private line = 1
  private target: number
  private preferred: Format | null = null

  constructor(private readonly findings: Findings) {
    this.target = findings.task.limits.part
  }

  push(text: string): void {
    // Lines are looked at one by one only where one may be too long.
    const { longestLine } = this.findings.task.limits
    const last = text.lastIndexOf('\n') + 1
    if (last > 0 && !this.skipping && this.tailLength + text.length <= longestLine)
      this.addLines(text.slice(0, last))
    else {
      for (let at = 0; at < last; ) {
        const end = text.indexOf('\n', at) + 1
        const line = text.slice(at, end)
        if (this.skipping || this.tailLength + line.length > longestLine + 1) this.leaveOut()
        else this.addLines(line)
        at = end
      }
    }
    this.tail.push(text.slice(last))
    this.tailLength += text.length - last
    if (this.tailLength > longestLine) {
      this.skipping = true
      this.tail = []
    }
    while (this.length >= this.target) this.readPart()
  }

  end(): void {
    if (this.skipping) this.leaveOut()
    else this.addLines('')
    const text = this.pieces.join('')
    if (text !== '') this.read(text, true)
  }

  /** Puts the line that was open, and these that follow it, to the whole ones. */
  private addLines(text: string): void {
    if (text === '' && this.tail.length === 0) return
    for (const piece of [...this.tail, text]) {
      if (piece === '') continue
      this.pieces.push(piece)
      this.length += piece.length
    }
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.line++
    this.tail = []
    this.tailLength = 0
  }

  /** Leaves the line that was open out; an empty one stands for it. */
  private leaveOut(): void {
    this.findings.lineTooLong(this.line)
    this.tail = []
    this.skipping = false
    this.addLines('\n')
  }

  private readPart(): void {
    const { part, longestPart } = this.findings.task.limits
    const text = this.pieces.join('')
    const end = text.lastIndexOf('\n', this.target - 1) + 1
    const carried = end === 0 ? 0 : this.read(text.slice(0, end), false)
    if (carried === 0 && this.target < longestPart) {
      this.target = Math.min(longestPart, this.target * 2)
      this.pieces = [text]
      return
    }
    const from = carried === 0 ? this.readAnyway(text, end || text.length) : carried
    this.pieces = [text.slice(from)]
    this.length = text.length - from
    // At least as much new text as is read again, so that the whole takes linear time.
    this.target = Math.min(longestPart, Math.max(part, 2 * (end - from)))
  }

  /** A part that cannot grow any further is read as if it were the whole. */
  private readAnyway(text: string, end: number): number {
    const before = this.findings.trajectories
    const carried = this.read(text.slice(0, end), true)
    if (this.findings.trajectories > before) {
      const size = megabytes(this.findings.task.limits.longestPart)
      this.findings.problem(
        `In ${this.findings.name}, a trajectory runs on for more than ${size} and was cut there; check where it ends.`,
      )
    }
    return carried
  }

  /**
   * Reads a part, or the rest, and takes what is certain.
   *
   * @returns the offset from which to go on, 0 when nothing can be told yet
   */
  private read(text: string, rest: boolean): number {
    const fenced = fencedBlocks(text)
    const { formats } = this.findings.task
    if (fenced !== null && firstReading(fenced.outside, formats) === null) {
      const readings = fenced.blocks
        .map((block) => firstReading(block, formats))
        .filter((found) => found !== null)
      for (const { drafts, format } of readings) this.findings.take(drafts, format)
      if (readings.length > 0) return rest ? text.length : fenced.closed
    }
    const reading = this.reading(text)
    if (rest) {
      if (reading !== null) this.findings.take(reading.drafts, reading.format)
      return text.length
    }
    if (reading === null) return 0
    const { drafts, format } = reading
    const longest = text.length * 2 > this.findings.task.limits.longestPart
    const certain = drafts.length - (longest ? 1 : UNDECIDED)
    const next = certain > 0 ? drafts[certain]!.start : undefined
    if (next === undefined || next <= 0) return 0
    this.findings.take(drafts.slice(0, certain), format)
    return next
  }

  /** The format that took the part before is asked first, so that a file is read by one format throughout. */
  private reading(text: string): { drafts: Draft[]; format: Format } | null {
    const drafts = this.preferred?.readText?.(text) ?? null
    if (drafts !== null) return { drafts, format: this.preferred! }
    const found = firstReading(text, this.findings.task.formats)
    if (found !== null) this.preferred = found.format
    return found
  }
}

import { isBlank } from '../notation/lines.ts'
import type { Findings } from './findings.ts'
import { parseJson } from './json.ts'
import type { TextReader } from './textReader.ts'
import { Neighbours } from './walk.ts'

/** JSONL: one JSON value per line. A line that is broken or too long is named, and the others are read. */
export class JsonLines implements TextReader {
  private readonly records: Neighbours
  private readonly longest: number
  /** The line that has not ended yet, in pieces. */
  private pieces: string[] = []
  private length = 0
  private skipping = false
  private line = 1

  constructor(private readonly findings: Findings) {
    this.records = new Neighbours(findings, 0, 'line')
    this.longest = findings.task.limits.longestLine
  }

  push(text: string): void {
    let at = 0
    for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', at)) {
      this.add(text.slice(at, newline))
      this.endLine()
      at = newline + 1
    }
    if (at < text.length) this.add(text.slice(at))
  }

  end(): void {
    this.endLine()
    this.records.flush()
  }

  private add(text: string): void {
    this.length += text.length
    if (this.length > this.longest) {
      this.pieces = []
      this.skipping = true
    } else this.pieces.push(text)
  }

  private endLine(): void {
    const text = this.pieces.length === 1 ? this.pieces[0]! : this.pieces.join('')
    if (this.skipping) this.findings.lineTooLong(this.line)
    else if (!isBlank(text)) {
      const parsed = parseJson(text)
      if (parsed.ok) this.records.add(parsed.value, this.line)
      else this.findings.brokenLine({ ...parsed.error, line: this.line })
    }
    this.pieces = []
    this.length = 0
    this.skipping = false
    this.line++
  }
}

import { tableOf } from '../containers/csv.ts'
import { isBlank, lineEnd, skipSpace } from '../notation/lines.ts'
import type { Findings } from './findings.ts'
import { parseJson } from './json.ts'
import { JsonLines } from './jsonLines.ts'
import { JsonScan } from './jsonScan.ts'
import { JsonValues } from './jsonValues.ts'
import { RunningText } from './runningText.ts'
import type { TextReader } from './textReader.ts'
import { walk } from './walk.ts'

/**
 * Tells JSON, JSONL, tables and running text apart by their content, and reads each as it comes. A little of the text
 * is held back until it is clear which it is: what begins like JSON up to a block, everything else only its head.
 */
export class Documents implements TextReader {
  private held: string[] = []
  private length = 0
  private reader: TextReader | null = null
  /** At how many characters to look. */
  private next: number

  constructor(private readonly findings: Findings) {
    this.next = findings.task.limits.head
  }

  push(text: string): void {
    if (this.findings.blank && !isBlank(text)) this.findings.blank = false
    if (this.reader !== null) {
      this.reader.push(text)
      return
    }
    this.held.push(text)
    this.length += text.length
    while (this.reader === null && this.length >= this.next) this.look()
  }

  end(): void {
    const reader = this.reader ?? this.readWhole(this.held.join(''))
    reader?.end()
  }

  private look(): void {
    const text = this.held.join('')
    const { head, block } = this.findings.task.limits
    // The same whatever pieces the text came in.
    const reader =
      this.next < block ? this.readerOfHead(text.slice(0, head)) : this.readerOfBlock(text.slice(0, block))
    if (reader === null) {
      this.held = [text]
      this.next = block
    } else this.begin(reader, text)
  }

  private begin(reader: TextReader, text: string): TextReader {
    this.reader = reader
    this.held = []
    reader.push(text)
    return reader
  }

  /** What can be told from the beginning; null when it may be one JSON value. */
  private readerOfHead(head: string): TextReader | null {
    const first = head[skipSpace(head, 0)]
    if (first === '{' || first === '[') return beginsLikeLines(head) ? new JsonLines(this.findings) : null
    const table = tableOf(head, this.findings)
    if (table !== null) return table
    if (looksLikeJsonl(head)) return new JsonLines(this.findings)
    return first === '"' || first === undefined ? null : new RunningText(this.findings)
  }

  private readerOfBlock(block: string): TextReader {
    const { findings } = this
    const start = skipSpace(block, 0)
    if (block[start] !== '{' && block[start] !== '[') {
      return looksLikeJsonl(block) ? new JsonLines(findings) : new RunningText(findings)
    }
    if (looksLikeJsonl(block)) return new JsonLines(findings)
    const end = new JsonScan(start).advance(block, false)
    const parsed = end < 0 ? null : parseJson(block.slice(start, end))
    if (parsed === null || parsed.ok) return new JsonValues(findings)
    findings.brokenJson = parsed.error
    return new RunningText(findings)
  }

  /** A text that ended before anything had to be decided; null when it was read at once. */
  private readWhole(text: string): TextReader | null {
    const { findings } = this
    const start = skipSpace(text, 0)
    const first = text[start]
    if (first === undefined) return null
    const json = first === '{' || first === '['
    if (json || first === '"') {
      const whole = parseJson(text)
      if (whole.ok) {
        walk(whole.value, findings)
        return null
      }
      if (looksLikeJsonl(text)) return this.begin(new JsonLines(findings), text)
      if (json && followedByJson(text, start)) return this.begin(new JsonValues(findings), text)
      if (json) findings.brokenJson = whole.error
    } else if (looksLikeJsonl(text)) return this.begin(new JsonLines(findings), text)
    const table = json ? null : tableOf(text, findings)
    if (table !== null) {
      table.push(text)
      table.end()
      if (findings.trajectories > 0) return null
    }
    return this.begin(new RunningText(findings), text)
  }
}

/** Two lines at least, of which the first is a JSON value and the second begins like one: no single JSON value does. */
function beginsLikeLines(text: string): boolean {
  const start = skipSpace(text, 0)
  const end = lineEnd(text, start)
  const next = text[skipSpace(text, end)]
  return (next === '{' || next === '[') && parseJson(text.slice(start, end)).ok && looksLikeJsonl(text)
}

/** One JSON value, and behind it another. */
function followedByJson(text: string, start: number): boolean {
  const end = new JsonScan(start).advance(text, true)
  const next = end < 0 ? undefined : text[skipSpace(text, end)]
  return (next === '{' || next === '[') && parseJson(text.slice(start, end)).ok
}

const LINES_LOOKED_AT = 200

/** At least two lines, half of them whole objects or arrays by their first and last character, one of them parsing. */
function looksLikeJsonl(text: string): boolean {
  let lines = 0
  let whole = 0
  let parsed = false
  for (let at = 0; at < text.length && lines < LINES_LOOKED_AT; ) {
    const end = lineEnd(text, at)
    if (!isBlank(text, at, end)) {
      lines++
      const opens = text[at] === '{' || text[at] === '['
      const line = opens ? text.slice(at, end).trimEnd() : ''
      if (opens && line.length > 2 && (line.endsWith('}') || line.endsWith(']'))) {
        whole++
        parsed ||= parseJson(line).ok
      }
    }
    at = end
  }
  return lines >= 2 && parsed && whole * 2 >= lines
}

const FENCE = /([ \t]{0,12})(?:```|~~~)/y

/**
 * The bodies of a Markdown page's fenced blocks, without the indent of their fence; the rest of the page, blocks left
 * out, is `outside`. A block that never ends is none. Null when there is no block.
 *
 * @returns `closed` is the offset just after the last block
 */
export function fencedBlocks(text: string): { blocks: string[]; outside: string; closed: number } | null {
  if (!text.includes('```') && !text.includes('~~~')) return null
  const blocks: string[] = []
  const outside: string[] = []
  let body: string[] | null = null
  let indent = ''
  let closed = 0
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at)
    FENCE.lastIndex = at
    const fence = FENCE.exec(text)
    const line = text.slice(at, end)
    if (fence !== null && body === null) {
      body = []
      indent = fence[1]!
    } else if (fence !== null) {
      blocks.push(body!.join(''))
      body = null
      closed = end
    } else if (body !== null)
      body.push(line.startsWith(indent) ? line.slice(indent.length) : line.trimStart() || line)
    else outside.push(line)
    at = end
  }
  return blocks.length > 0 ? { blocks, outside: outside.join(''), closed } : null
}

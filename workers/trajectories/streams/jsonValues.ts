import { lineNumber } from '../notation/lines.ts'
import { DEEPEST_JSON, type Findings } from './findings.ts'
import { jsonError, parseJson } from './json.ts'
import { JsonScan } from './jsonScan.ts'
import type { TextReader } from './textReader.ts'
import { isTurn, Neighbours, walk } from './walk.ts'

/** An array or object that is too large to be parsed as a whole, and is read child by child. */
interface Open {
  array: boolean
  elements: Neighbours
  /** Its elements are turns, so that it is a conversation cut to pieces. */
  conversation: boolean
}

type Expecting = 'value' | 'value or end' | 'key or end' | 'key' | 'colon' | 'comma or end'

/**
 * A large JSON document, or several one after another. What fits into a block is parsed as a whole and walked;
 * a larger array or object is entered and read child by child. So memory holds one child at a time.
 */
export class JsonValues implements TextReader {
  /** Text from the value that is being scanned onwards; what came since waits in `waiting`. */
  private buffer = ''
  private waiting: string[] = []
  private waitingLength = 0
  /** Where the grammar stands in `buffer`. */
  private at = 0
  private open: Open[] = []
  private expecting: Expecting = 'value'
  /** The value (or key) that begins at `at`, as far as it was scanned; null between values. */
  private scan: JsonScan | null = null
  /** The value is larger than anything that is read: it is scanned to its end and dropped. */
  private dropping = false
  /** What stood before `buffer`. */
  private lines = 0
  private column = 0
  private stopped = false
  private readonly records: Neighbours

  constructor(private readonly findings: Findings) {
    this.records = new Neighbours(findings, 0)
  }

  push(text: string): void {
    if (this.stopped) return
    this.waiting.push(text)
    this.waitingLength += text.length
    // Joined when as much has come as is there, so that growing takes linear time.
    if (this.waitingLength >= this.buffer.length) this.absorb(false)
  }

  end(): void {
    if (!this.stopped) this.absorb(true)
    if (!this.stopped && (this.open.length > 0 || this.scan !== null))
      this.stop('the file ends', this.buffer.length)
    for (const { elements } of this.open) elements.flush()
    this.records.flush()
  }

  private absorb(final: boolean): void {
    this.buffer += this.waiting.join('')
    this.waiting = []
    this.waitingLength = 0
    while (!this.stopped && this.step(final)) {}
    this.forget(this.at)
  }

  /** Takes one value, key or sign; false when more text is needed. */
  private step(final: boolean): boolean {
    if (this.scan === null) {
      this.at = skipJsonSpace(this.buffer, this.at)
      if (this.at === this.buffer.length) return false
      const char = this.buffer[this.at]!
      if (this.expecting === 'comma or end' || this.expecting === 'colon') return this.sign(char)
      const container = this.open.at(-1)
      if (container && this.expecting.endsWith('end') && char === (container.array ? ']' : '}')) {
        return this.close()
      }
      const key = this.expecting.startsWith('key')
      if (key && char !== '"') return this.stop('a "key" in double quotes should stand there')
      if (!BEGINS_VALUE.test(char))
        return this.stop(`there is ${JSON.stringify(char)} where a value should stand`)
      this.scan = new JsonScan(this.at)
    }
    const end = this.scan.advance(this.buffer, final)
    if (end < 0) return this.unended()
    const start = this.at
    this.scan = null
    this.at = end
    if (this.expecting.startsWith('key')) this.expecting = 'colon'
    else {
      const text = this.buffer.slice(start, end)
      if (this.dropping) this.dropping = false
      else if (!this.take(text)) {
        // A large document that breaks somewhere may hold a lot before.
        const large = text.length > this.findings.task.limits.block && '[{'.includes(text[0]!)
        if (large && this.open.length === 0) return this.enter(start)
        this.broken(text, start)
      }
      this.afterValue()
    }
    return true
  }

  /** Goes on with the children of the array or object that begins at `start`. */
  private enter(start: number): true {
    const siblings = this.open.at(-1)?.elements ?? this.records
    siblings.flush()
    const array = this.buffer[start] === '['
    const elements = new Neighbours(this.findings, this.open.length + 1)
    this.open.push({ array, elements, conversation: false })
    this.expecting = array ? 'value or end' : 'key or end'
    this.scan = null
    this.at = start + 1
    return true
  }

  /** The value goes on behind what has come: enters it, drops it, or waits for more. */
  private unended(): boolean {
    const { block, longestLine } = this.findings.task.limits
    const length = this.buffer.length - this.at
    if (this.dropping) {
      // Only the state of the scan is needed.
      this.forget(this.buffer.length)
      return false
    }
    const container = this.buffer[this.at] === '[' || this.buffer[this.at] === '{'
    // A value on a line of its own may be as long as any line.
    const line = this.open.length === 0 && this.buffer.indexOf('\n', this.at) < 0
    if (length <= (container && !line ? block : longestLine)) return false
    if (container && this.open.length <= DEEPEST_JSON) return this.enter(this.at)
    if (container) this.findings.tooDeep = true
    else this.tooLong()
    this.dropping = true
    return true
  }

  private tooLong(): void {
    this.findings.lineTooLong(this.lines + lineNumber(this.buffer, this.at))
  }

  /** False when it does not parse. */
  private take(text: string): boolean {
    const parsed = parseJson(text)
    const container = this.open.at(-1)
    if (!parsed.ok) return false
    if (container === undefined) this.records.add(parsed.value)
    else if (!container.array) walk(parsed.value, this.findings, this.open.length)
    else {
      if (!container.conversation && isTurn(parsed.value)) {
        container.conversation = true
        this.findings.oversized++
      }
      container.elements.add(parsed.value)
    }
    return true
  }

  private broken(text: string, start: number): void {
    this.findings.brokenValue(() => {
      const { line, column, reason } = jsonError(text)
      const before = this.position(start)
      const first = line === 1
      return { line: before.line + line - 1, column: first ? before.column + column - 1 : column, reason }
    })
  }

  private afterValue(): void {
    this.expecting = this.open.length > 0 ? 'comma or end' : 'value'
  }

  private sign(char: string): boolean {
    const { array } = this.open.at(-1)!
    const closer = array ? ']' : '}'
    if (this.expecting === 'comma or end' && char === closer) return this.close()
    const wanted = this.expecting === 'colon' ? ':' : ','
    if (char !== wanted) {
      return this.stop(`there is ${JSON.stringify(char)} where "${wanted}" should stand`)
    }
    this.at++
    this.expecting = this.expecting === 'colon' || array ? 'value' : 'key'
    return true
  }

  private close(): boolean {
    this.open.pop()!.elements.flush()
    this.at++
    this.afterValue()
    return true
  }

  /** The document breaks here; what stands before was read. */
  private stop(reason: string, at = this.at): false {
    this.findings.brokenOff = { ...this.position(at), reason }
    this.stopped = true
    this.buffer = ''
    this.waiting = []
    this.at = 0
    return false
  }

  private position(at: number): { line: number; column: number } {
    const newline = at === 0 ? -1 : this.buffer.lastIndexOf('\n', at - 1)
    const line = this.lines + lineNumber(this.buffer, at)
    return { line, column: newline < 0 ? this.column + at + 1 : at - newline }
  }

  /** Lets go of the buffer up to `end`. */
  private forget(end: number): void {
    const { line, column } = this.position(end)
    this.lines = line - 1
    this.column = column - 1
    this.buffer = this.buffer.slice(end)
    this.at = 0
    this.scan?.shift(end)
  }
}

const BEGINS_VALUE = /["{[\-\dtfnNI]/

function skipJsonSpace(text: string, start: number): number {
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break
  }
  return at
}

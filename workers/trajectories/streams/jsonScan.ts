/** Finds where a JSON value ends, in a text that comes in pieces; it looks at brackets and strings only. */
export class JsonScan {
  private depth = 0
  private inString = false
  private escaped = false
  private begin: number

  /** @param at where the value begins, and then how far it was scanned */
  constructor(private at: number) {
    this.begin = at
  }

  /**
   * @param text what was there before, with more at its end
   * @param final nothing follows, so that a number or word ends with the text
   * @returns one past the last character of the value, or -1 when the text ends before it
   */
  advance(text: string, final: boolean): number {
    for (; this.at < text.length; this.at++) {
      const code = text.charCodeAt(this.at)
      if (this.inString) {
        if (this.escaped) this.escaped = false
        else if (code === BACKSLASH) this.escaped = true
        else if (code === QUOTE) {
          this.inString = false
          if (this.depth === 0) return this.at + 1
        }
      } else if (code === QUOTE) {
        // A word before it has ended without a sign between.
        if (this.depth === 0 && this.at > this.begin) return this.at
        this.inString = true
      } else if (code === 91 || code === 123) {
        if (this.depth === 0 && this.at > this.begin) return this.at
        this.depth++
      } else if (code === 93 || code === 125) {
        if (this.depth === 0) return this.at
        this.depth--
        if (this.depth === 0) return this.at + 1
      } else if (this.depth === 0 && endsWord(code)) return this.at
    }
    return final && this.depth === 0 && !this.inString ? text.length : -1
  }

  /** The first `length` characters of the text are gone. */
  shift(length: number): void {
    this.at -= length
    this.begin -= length
  }
}

const QUOTE = 34
const BACKSLASH = 92

/** White space, comma or colon. */
function endsWord(code: number): boolean {
  return code <= 32 || code === 44 || code === 58
}

import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/**
 * Text as it is written token by token, up to the first of some strings that end it. As with OpenAI's `stop`, neither
 * that string nor what comes after it is part of the text.
 */
export class WrittenText {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  private written = ''
  private hasEnded = false
  private readonly longest: number

  /** @throws RangeError for an empty string to end at */
  constructor(
    private readonly tokenizer: Pick<Tokenizer, 'bytesOf'>,
    private readonly stops: readonly string[] = [],
  ) {
    if (stops.includes('')) throw new RangeError('A text cannot end at an empty stop string.')
    this.longest = Math.max(0, ...stops.map((stop) => stop.length))
  }

  /** @returns whether the text ends with this token */
  add(id: number): boolean {
    // A token may end inside a character, the rest of which comes with the next.
    const bytes = this.tokenizer.bytesOf(id)
    if (bytes !== null) this.append(this.decoder.decode(bytes, { stream: true }))
    return this.hasEnded
  }

  /** What will stay, whatever comes: no part of a character, and nothing that a string to end at may begin with. */
  get text(): string {
    if (this.hasEnded) return this.written
    let { length } = this.written
    for (const stop of this.stops) {
      // The longest beginning of it that the text so far ends with.
      let begun = Math.min(stop.length - 1, this.written.length)
      while (begun > 0 && !this.written.endsWith(stop.slice(0, begun))) begun--
      length = Math.min(length, this.written.length - begun)
    }
    return this.written.slice(0, length)
  }

  /** All of it, when nothing more is to come; half a character becomes U+FFFD. */
  finish(): string {
    this.append(this.decoder.decode())
    return this.written
  }

  private append(more: string): void {
    if (this.hasEnded) return
    const from = Math.max(0, this.written.length - this.longest + 1)
    this.written += more
    const ends = this.stops.map((stop) => this.written.indexOf(stop, from)).filter((at) => at >= 0)
    this.hasEnded = ends.length > 0
    if (this.hasEnded) this.written = this.written.slice(0, Math.min(...ends))
  }
}

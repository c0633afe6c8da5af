/** Takes a text in pieces, in order, and reads it as it comes. */
export interface TextReader {
  push(text: string): void
  /** After the last piece; call it once. */
  end(): void
}

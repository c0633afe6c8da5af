/**
 * The byte level of GPT-2's tokenizer: text is cut into pieces by a regular expression, each piece is taken as its
 * UTF-8 bytes, and in files every byte is written as one printable character. Source: `encoder.py` of the GPT-2 release;
 * the same as `ByteLevel` in Hugging Face tokenizers with `add_prefix_space: false, use_regex: true`.
 */

/**
 * GPT-2's split. `\p{White_Space}` and not `\s`, because JavaScript's `\s` also holds U+FEFF and lacks U+0085, and
 * the Rust tokenizers go by the Unicode property. Every character matches one alternative, so pieces have no gaps.
 */
const SPLIT =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

/** The pieces of a text, in order; joined they are the text. No token reaches over the border of two pieces. */
export function* splitPieces(text: string): Generator<string> {
  SPLIT.lastIndex = 0
  let start = 0
  while (start < text.length) {
    // Set anew each time: between two pieces somebody else may have used the same expression.
    SPLIT.lastIndex = start
    const end = SPLIT.test(text) ? SPLIT.lastIndex : text.length
    yield text.slice(start, end)
    start = end
  }
}

/**
 * The 256 bytes in GPT-2's order, which is also the order of their ids: first the printable ones of Latin-1, then the
 * rest.
 */
export const BYTE_OF_ID: Uint8Array = new Uint8Array(256)

/** The character that stands for each byte in a tokenizer.json: itself if printable, else U+0100, U+0101, … */
export const CHARACTER_OF_BYTE: string[] = new Array<string>(256)

/** The inverse of CHARACTER_OF_BYTE. */
const BYTE_OF_CHARACTER = new Map<string, number>()

const printable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
const bytes = Array.from({ length: 256 }, (_, byte) => byte)
const ordered = [...bytes.filter(printable), ...bytes.filter((byte) => !printable(byte))]
const printableCount = bytes.filter(printable).length
for (const [id, byte] of ordered.entries()) {
  const character = String.fromCharCode(id < printableCount ? byte : 0x100 + id - printableCount)
  BYTE_OF_ID[id] = byte
  CHARACTER_OF_BYTE[byte] = character
  BYTE_OF_CHARACTER.set(character, byte)
}

/** Bytes as they are spelled in a tokenizer.json. */
export function spell(content: Uint8Array): string {
  let spelled = ''
  for (const byte of content) spelled += CHARACTER_OF_BYTE[byte]
  return spelled
}

/** The bytes of a token as spelled in a tokenizer.json, or undefined when a character stands for no byte. */
export function unspell(spelled: string): Uint8Array | undefined {
  const content = new Uint8Array(spelled.length)
  for (let i = 0; i < spelled.length; i++) {
    const byte = BYTE_OF_CHARACTER.get(spelled[i]!)
    if (byte === undefined) return undefined
    content[i] = byte
  }
  return content
}

const utf8 = new TextEncoder()

/** The UTF-8 bytes of a text; half a surrogate pair becomes U+FFFD, as everywhere on the web. */
export function bytesOf(text: string): Uint8Array {
  return utf8.encode(text)
}

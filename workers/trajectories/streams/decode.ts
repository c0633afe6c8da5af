import { LabError } from '../../errors.ts'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/**
 * The encoding of a text, from its first bytes.
 *
 * @param head at least a few kilobytes of it, or all
 * @throws LabError `binary-file` when they are not those of a text
 */
export function encodingOf(name: string, head: Uint8Array): Encoding {
  const utf16 = utf16Label(head)
  const nul = utf16 ? -1 : head.indexOf(0)
  if (nul >= 0) throw notText(name, `it has a zero byte at offset ${nul}`)
  if (utf16 && new TextDecoder(utf16).decode(head).includes('\0')) {
    throw notText(name, 'read as UTF-16 it still holds zero characters')
  }
  return utf16 ?? 'utf-8'
}

function notText(name: string, why: string): LabError {
  return new LabError(
    'binary-file',
    `${name} is not text: ${why}; give the transcripts themselves as text, JSON or JSONL.`,
  )
}

/** Bytes to text, in pieces. A byte order mark is taken out; line ends stay as they came. */
export class Decoder {
  private readonly decoder: TextDecoder
  /** The first bytes of a character whose others come with the next piece; at most three. */
  private begun = new Uint8Array(0)
  private lines = 1
  /** Too many control bytes in the beginning for a text of whatever encoding. */
  private readonly garbled: boolean

  /** @param head the first bytes; they only serve the message about an encoding that is none */
  constructor(
    private readonly name: string,
    private readonly encoding: Encoding,
    head: Uint8Array,
  ) {
    this.decoder = new TextDecoder(encoding, { fatal: encoding === 'utf-8' })
    const start = head.subarray(0, 4096)
    const control = start.filter((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)
    this.garbled = control.length > start.length / 50
  }

  /** @throws LabError `wrong-encoding` or `binary-file`, naming the first byte that is not UTF-8 */
  push(bytes: Uint8Array): string {
    if (this.encoding !== 'utf-8') return this.decoder.decode(bytes, { stream: true })
    try {
      const text = this.decoder.decode(bytes, { stream: true })
      this.begun = unfinished(this.begun, bytes)
      this.lines += newlines(bytes)
      return text
    } catch {
      throw this.invalid(bytes)
    }
  }

  /** What the last bytes of UTF-16 leave; call it once. */
  end(): string {
    try {
      return this.decoder.decode()
    } catch {
      throw this.invalid(new Uint8Array(0))
    }
  }

  private invalid(bytes: Uint8Array): LabError {
    if (this.garbled) return notText(this.name, 'it is full of control bytes')
    const region = new Uint8Array(this.begun.length + bytes.length)
    region.set(this.begun)
    region.set(bytes, this.begun.length)
    const at = firstInvalidUtf8(region)
    const line = this.lines + newlines(region.subarray(0, at))
    const byte = region[at]!.toString(16).toUpperCase().padStart(2, '0')
    return new LabError(
      'wrong-encoding',
      `${this.name} is not UTF-8: line ${line} holds the byte 0x${byte}, as Latin-1 or Windows-1252 files do; save it as UTF-8 and load it again.`,
    )
  }
}

function newlines(bytes: Uint8Array): number {
  let count = 0
  for (let i = bytes.indexOf(10); i >= 0; i = bytes.indexOf(10, i + 1)) count++
  return count
}

/** The bytes at the end of valid UTF-8 that begin a character and do not finish it. */
function unfinished(before: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const tail = Uint8Array.from([...before, ...bytes.subarray(-3)].slice(-3))
  for (let i = tail.length - 1; i >= 0; i--) {
    const byte = tail[i]!
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return length > tail.length - i ? tail.slice(i) : new Uint8Array(0)
  }
  return new Uint8Array(0)
}

/** UTF-16 by its byte order mark, or by zero bytes that stand on one side of the pairs only. */
function utf16Label(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const utf32 = bytes[2] === 0 && bytes[3] === 0
  if (bytes[0] === 0xff && bytes[1] === 0xfe && !utf32) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const sample = bytes.subarray(0, 8192)
  if (sample.length < 4) return null
  const zeros = [0, 0]
  sample.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]!++
  })
  const [even, odd] = zeros as [number, number]
  const enough = sample.length / 40
  if (odd > enough && even * 20 < odd) return 'utf-16le'
  if (even > enough && odd * 20 < even) return 'utf-16be'
  return null
}

/** Offset of the first byte at which UTF-8 breaks. */
function firstInvalidUtf8(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i]!
    const length = byte < 0x80 ? 1 : byte < 0xc2 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0
    if (length === 0 || i + length > bytes.length) return i
    for (let k = 1; k < length; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return i
    const second = bytes[i + 1]!
    const overlong = (byte === 0xe0 && second < 0xa0) || (byte === 0xf0 && second < 0x90)
    const outside = (byte === 0xed && second > 0x9f) || (byte === 0xf4 && second > 0x8f)
    if (overlong || outside) return i
    i += length
  }
  return Math.max(0, bytes.length - 1)
}

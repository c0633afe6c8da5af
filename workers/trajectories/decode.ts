import { Gunzip } from 'fflate'
import { LabError } from '../errors.ts'

/** Largest file the lab takes, unpacked; it is held in memory as a whole. */
export const LARGEST_FILE_BYTES = 256 * 2 ** 20
/** Longest single line. No record of an agent's run comes near it; a line beyond it is a dump of something else. */
export const LONGEST_LINE_BYTES = 64 * 2 ** 20

export interface Decoded {
  /** Without byte order mark; line ends as they came. Lines left out are empty here, so line numbers hold. */
  text: string
  /** Numbers of the lines left out as too long, counted from 1. */
  tooLong: number[]
}

/**
 * Bytes to text: UTF-8, or UTF-16 with or without byte order mark, perhaps gzipped.
 *
 * @throws LabError `empty-file`, `binary-file`, `wrong-encoding` or `file-too-large`
 */
export function decodeFile(name: string, bytes: Uint8Array): Decoded {
  if (bytes.length === 0)
    throw new LabError('empty-file', `${name} is empty (0 bytes); choose a file with transcripts.`)
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return decodeFile(name, gunzip(name, bytes))
  if (bytes.length > LARGEST_FILE_BYTES) {
    throw new LabError(
      'file-too-large',
      `${name} has ${megabytes(bytes.length)}, more than the ${megabytes(LARGEST_FILE_BYTES)} the lab reads at once; split it at line borders into smaller files.`,
    )
  }
  const looks = signature(bytes)
  if (looks) {
    throw new LabError(
      'binary-file',
      `${name} is not text: it looks like ${looks}; give the transcripts themselves as text, JSON or JSONL.`,
    )
  }
  const utf16 = utf16Label(bytes)
  if (utf16) return fromUtf16(name, bytes, utf16)
  const nul = bytes.subarray(0, 2 ** 20).indexOf(0)
  if (nul >= 0) {
    throw new LabError(
      'binary-file',
      `${name} is not text: it has a zero byte at offset ${nul}; give the transcripts themselves as text, JSON or JSONL.`,
    )
  }
  return fromUtf8(name, bytes)
}

function fromUtf8(name: string, bytes: Uint8Array): Decoded {
  const { parts, tooLong } = withoutLongLines(name, bytes)
  // A decoder of its own for every part; ignoreBOM false strips the mark.
  const text = parts.map((part) => decode(name, part, bytes)).join('')
  if (text.trim() === '') {
    throw new LabError('empty-file', `${name} holds nothing but white space; choose a file with transcripts.`)
  }
  return { text, tooLong }
}

function decode(name: string, part: Uint8Array, whole: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(part)
  } catch {
    const at = part.byteOffset - whole.byteOffset + firstInvalidUtf8(part)
    const control = whole
      .subarray(0, 4096)
      .filter((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)
    if (control.length > Math.min(whole.length, 4096) / 50) {
      throw new LabError(
        'binary-file',
        `${name} is not text: it is full of control bytes; give the transcripts themselves as text, JSON or JSONL.`,
      )
    }
    let line = 1
    for (let i = whole.indexOf(10); i >= 0 && i < at; i = whole.indexOf(10, i + 1)) line++
    const byte = whole[at]!.toString(16).toUpperCase().padStart(2, '0')
    throw new LabError(
      'wrong-encoding',
      `${name} is not UTF-8: line ${line} holds the byte 0x${byte}, as Latin-1 or Windows-1252 files do; save it as UTF-8 and load it again.`,
    )
  }
}

/** Leaves out lines longer than the bound, newline kept. Cheap for every file that has none. */
function withoutLongLines(name: string, bytes: Uint8Array): { parts: Uint8Array[]; tooLong: number[] } {
  if (bytes.length <= LONGEST_LINE_BYTES) return { parts: [bytes], tooLong: [] }
  const parts: Uint8Array[] = []
  const tooLong: number[] = []
  let kept = 0
  let line = 1
  for (let at = 0; at < bytes.length; line++) {
    const newline = bytes.indexOf(10, at)
    const end = newline < 0 ? bytes.length : newline
    if (end - at > LONGEST_LINE_BYTES) {
      parts.push(bytes.subarray(kept, at))
      tooLong.push(line)
      kept = end
    }
    at = end + 1
  }
  parts.push(bytes.subarray(kept))
  if (parts.every((part) => part.length <= 1)) {
    throw new LabError('file-too-large', longLineMessage(name, tooLong[0]!))
  }
  return { parts, tooLong }
}

/** What a person reads about a line that was left out. */
export function longLineMessage(name: string, line: number): string {
  return `Line ${line} of ${name} is longer than ${megabytes(LONGEST_LINE_BYTES)} and was left out; no transcript is that long, so split it into one record per line.`
}

function fromUtf16(name: string, bytes: Uint8Array, label: 'utf-16le' | 'utf-16be'): Decoded {
  if (bytes.length > LONGEST_LINE_BYTES) {
    throw new LabError(
      'file-too-large',
      `${name} is UTF-16 and has ${megabytes(bytes.length)}; save it as UTF-8, of which the lab reads more.`,
    )
  }
  const text = new TextDecoder(label).decode(bytes)
  if (text.includes('\0')) {
    throw new LabError(
      'binary-file',
      `${name} is not text: read as UTF-16 it still holds zero characters; give the transcripts themselves as text, JSON or JSONL.`,
    )
  }
  if (text.trim() === '') {
    throw new LabError('empty-file', `${name} holds nothing but white space; choose a file with transcripts.`)
  }
  return { text, tooLong: [] }
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

const SIGNATURES: [string, string][] = [
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['%PDF-', 'a PDF document'],
  ['PK\x03\x04', 'a ZIP archive (unpack it and load what is inside)'],
  ['PAR1', 'a Parquet table (export it as JSONL)'],
  ['SQLite format 3', 'an SQLite database'],
  ['\x7fELF', 'a program'],
  ['MZ\x90', 'a program'],
  ['(\xb5/\xfd', 'a Zstandard archive (unpack it first)'],
  ['BZh', 'a bzip2 archive (unpack it first)'],
  ['\xfd7zXZ', 'an xz archive (unpack it first)'],
  ['7z\xbc\xaf', 'a 7-Zip archive (unpack it first)'],
  ['\x80\x02', 'a Python pickle (export it as JSON)'],
  ['\x80\x03', 'a Python pickle (export it as JSON)'],
  ['\x80\x04', 'a Python pickle (export it as JSON)'],
  ['\x80\x05', 'a Python pickle (export it as JSON)'],
  ['\x93NUMPY', 'a NumPy array'],
  ['ARROW1', 'an Arrow table (export it as JSONL)'],
  ['ID3', 'an audio file'],
  ['RIFF', 'an audio or video file'],
  ['OggS', 'an audio or video file'],
]

/** What the first bytes say a file is; undefined for what may be text. */
function signature(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 16))
  const found = SIGNATURES.find(([magic]) => head.startsWith(magic))
  if (found) return found[1]
  const safetensors =
    bytes.length > 9 && bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0
  return safetensors ? 'model weights (safetensors)' : undefined
}

/** Unpacks gzip piece by piece, so that a bomb is refused before it fills the memory. */
function gunzip(name: string, bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  let size = 0
  let ended = false
  const stream = new Gunzip((part, final) => {
    size += part.length
    if (size > LARGEST_FILE_BYTES) {
      throw new LabError(
        'file-too-large',
        `${name} unpacks to more than ${megabytes(LARGEST_FILE_BYTES)}, the most the lab reads at once; split it at line borders into smaller files.`,
      )
    }
    parts.push(part)
    ended ||= final
  })
  const chunk = 1 << 16
  try {
    for (let at = 0; at < bytes.length; at += chunk) {
      stream.push(bytes.subarray(at, at + chunk), at + chunk >= bytes.length)
    }
  } catch (error) {
    if (error instanceof LabError) throw error
    throw new LabError(
      'binary-file',
      `${name} is a damaged gzip file; unpack it yourself or make it again.`,
      {
        cause: error,
      },
    )
  }
  if (!ended) {
    throw new LabError('binary-file', `${name} is a gzip file that breaks off before its end; make it again.`)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`
}

/** What files are by their first bytes. */

const SIGNATURES: [string, string][] = [
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['%PDF-', 'a PDF document'],
  ['Rar!', 'a RAR archive (pack it as ZIP)'],
  ['SQLite format 3', 'an SQLite database'],
  ['\x7fELF', 'a program'],
  ['MZ\x90', 'a program'],
  ['(\xb5/\xfd', 'a Zstandard archive (unpack it or pack it as .gz)'],
  ['BZh', 'a bzip2 archive (unpack it or pack it as .gz)'],
  ['\xfd7zXZ', 'an xz archive (unpack it or pack it as .gz)'],
  ['7z\xbc\xaf', 'a 7-Zip archive (pack it as ZIP)'],
  ['\x80\x02', 'a Python pickle (export it as JSON)'],
  ['\x80\x03', 'a Python pickle (export it as JSON)'],
  ['\x80\x04', 'a Python pickle (export it as JSON)'],
  ['\x80\x05', 'a Python pickle (export it as JSON)'],
  ['\x93NUMPY', 'a NumPy array'],
  ['ARROW1', 'an Arrow table (export it as Parquet or JSONL)'],
  ['ID3', 'an audio file'],
  ['RIFF', 'an audio or video file'],
  ['OggS', 'an audio or video file'],
]

/** What the first bytes say a file is; undefined for what may be text. */
export function signature(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 16))
  const found = SIGNATURES.find(([magic]) => head.startsWith(magic))
  if (found) return found[1]
  const safetensors =
    bytes.length > 9 && bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0
  return safetensors ? 'model weights (safetensors)' : undefined
}

/** An archive with entries, or an empty one. */
export function isZip(head: Uint8Array): boolean {
  const [p, k, a, b] = head
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6))
}

export function isParquet(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(0, 4)) === 'PAR1'
}

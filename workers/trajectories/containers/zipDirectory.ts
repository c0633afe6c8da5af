import { LabError } from '../../errors.ts'
import { megabytes } from '../streams/limits.ts'
import type { Bytes, Pull } from './pull.ts'

export interface ZipEntry {
  path: string
  /** 0 stored, 8 deflated; others are not read. */
  method: number
  encrypted: boolean
  packedBytes: number
  unpackedBytes: number
  /** Where its local header stands. */
  offset: number
}

/** What an archive and those inside it may still cost. */
export interface Budget {
  entries: number
  /** Unpacked. */
  bytes: number
}

const END = 0x06054b50
const END_BYTES = 22
const ZIP64_LOCATOR = 0x07064b50
const ZIP64_LOCATOR_BYTES = 20
const ZIP64_END = 0x06064b50
const ZIP64_END_BYTES = 56
const LONGEST_COMMENT = 65_535
const ENTRY = 0x02014b50
const ENTRY_BYTES = 46
const LARGEST_DIRECTORY = 64 * 2 ** 20
const UNKNOWN_16 = 0xffff
const UNKNOWN_32 = 0xffffffff

/**
 * The entries of an archive as its central directory lists them, in the order in which they lie in the file
 * (APPNOTE.TXT 6.3.10, PKWARE; ZIP64 included).
 *
 * @throws LabError `broken-record` for a damaged archive, `file-too-large` for one with too many entries or entries
 * that lie over each other, as only an archive made to fill memories has them
 */
export function* zipDirectory(name: string, bytes: Bytes, budget: Budget): Pull<ZipEntry[]> {
  const { count, start, size, end } = yield* findDirectory(name, bytes)
  if (count > budget.entries) {
    throw new LabError(
      'file-too-large',
      `${name} holds ${count.toLocaleString('en')} entries, more than the ${budget.entries.toLocaleString('en')} the lab opens here; put the transcripts into fewer files, for instance one JSONL.`,
    )
  }
  if (size > LARGEST_DIRECTORY) {
    throw new LabError(
      'file-too-large',
      `${name} has a table of contents of ${megabytes(size)}; put the transcripts into fewer files.`,
    )
  }
  budget.entries -= count
  // What was put before the archive (a program that unpacks itself) shifts all offsets.
  const shift = end - size - start
  if (shift < 0) throw damaged(name)
  const directory = yield* bytes.pull(start + shift, start + shift + size)
  const entries = listed(name, directory, count)
  for (const entry of entries) entry.offset += shift
  entries.sort((a, b) => a.offset - b.offset)
  entries.forEach(({ offset, packedBytes }, i) => {
    const next = entries[i + 1]?.offset ?? start + shift
    if (offset + packedBytes <= next) return
    throw new LabError(
      'file-too-large',
      `${name} holds entries that lie over each other, as archives have that are made to fill memories; pack it again.`,
    )
  })
  return entries
}

function damaged(name: string): LabError {
  return new LabError(
    'broken-record',
    `${name} is a damaged ZIP archive, or only a part of one; unpack it yourself or make it again.`,
  )
}

function* findDirectory(name: string, bytes: Bytes) {
  const from = Math.max(0, bytes.size - END_BYTES - LONGEST_COMMENT - ZIP64_LOCATOR_BYTES)
  const tail = yield* bytes.pull(from, bytes.size)
  const view = viewOf(tail)
  let at = tail.length - END_BYTES
  while (at >= 0 && !(view.getUint32(at, true) === END && fits(view, at))) at--
  if (at < 0) throw damaged(name)
  const found = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
    end: from + at,
  }
  const large = found.count === UNKNOWN_16 || found.size === UNKNOWN_32 || found.start === UNKNOWN_32
  const locator = at - ZIP64_LOCATOR_BYTES
  if (!large || locator < 0 || view.getUint32(locator, true) !== ZIP64_LOCATOR) return found
  const place = Number(view.getBigUint64(locator + 8, true))
  if (place + ZIP64_END_BYTES > from + locator) throw damaged(name)
  const record = viewOf(yield* bytes.pull(place, place + ZIP64_END_BYTES))
  if (record.getUint32(0, true) !== ZIP64_END) throw damaged(name)
  return {
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    start: Number(record.getBigUint64(48, true)),
    end: place,
  }
}

/** The comment behind an end record fills the file. */
function fits(view: DataView, at: number): boolean {
  return at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength
}

function listed(name: string, directory: Uint8Array, count: number): ZipEntry[] {
  const view = viewOf(directory)
  const entries: ZipEntry[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > directory.length || view.getUint32(at, true) !== ENTRY) throw damaged(name)
    const flags = view.getUint16(at + 8, true)
    const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true)
    const extraEnd = nameEnd + view.getUint16(at + 30, true)
    if (extraEnd > directory.length) throw damaged(name)
    const entry: ZipEntry = {
      path: pathOf(directory.subarray(at + ENTRY_BYTES, nameEnd)),
      method: view.getUint16(at + 10, true),
      encrypted: (flags & 1) !== 0,
      packedBytes: view.getUint32(at + 20, true),
      unpackedBytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    }
    readZip64(view, nameEnd, extraEnd, entry)
    entries.push(entry)
    at = extraEnd + view.getUint16(at + 32, true)
  }
  return entries
}

/** Sizes and offsets beyond 4 GB stand in an extra field, each only where it has no room in the entry. */
function readZip64(view: DataView, from: number, end: number, entry: ZipEntry): void {
  for (let at = from; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    const last = Math.min(end, at + 4 + view.getUint16(at + 2, true))
    let field = at + 4
    for (const key of ['unpackedBytes', 'packedBytes', 'offset'] as const) {
      if (entry[key] !== UNKNOWN_32 || field + 8 > last) continue
      entry[key] = Number(view.getBigUint64(field, true))
      field += 8
    }
    return
  }
}

/** UTF-8, whatever the flag says that few programs set; else one character per byte. */
function pathOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

import { Inflate } from 'fflate'
import { LabError } from '../../errors.ts'
import { RatioGuard } from './gzip.ts'
import type { Bytes, Pull } from './pull.ts'
import type { Budget, ZipEntry } from './zipDirectory.ts'

const LOCAL = 0x04034b50
const LOCAL_BYTES = 30
/** Small entries lie side by side, so that many come with one reading of the file. */
const WINDOW = 2 ** 20
const PACKED_PIECE = 1 << 14
const STORED_PIECE = 1 << 18

/** Takes the entries of an archive one after another. */
export interface EntryTaker {
  /** @returns whether to unpack it */
  begin(entry: ZipEntry): boolean
  push(bytes: Uint8Array): void
  /** The entry is complete. */
  end(): Pull
  /** The entry cannot be read; `push` or `end` may have thrown it. */
  fail(error: unknown): void
}

/**
 * Unpacks an archive entry by entry, each in pieces. A damaged entry fails alone.
 *
 * @param budget shared with the archives around and inside
 * @throws LabError for an archive that cannot be opened, or unpacks to more than the budget
 */
export function* readZip(
  name: string,
  bytes: Bytes,
  entries: ZipEntry[],
  taker: EntryTaker,
  budget: Budget,
): Pull {
  const near = windowed(bytes)
  for (const entry of entries) {
    yield
    if (!taker.begin(entry)) continue
    try {
      yield* unpack(name, near, entry, taker, budget)
      yield* taker.end()
    } catch (error) {
      if (budget.bytes < 0) throw error
      taker.fail(error)
    }
  }
}

function* unpack(
  name: string,
  bytes: Bytes,
  { path, method, encrypted, packedBytes, offset }: ZipEntry,
  taker: EntryTaker,
  budget: Budget,
): Pull {
  const entry = `${name}/${path}`
  if (encrypted) {
    throw new LabError('broken-record', `${entry} is encrypted; unpack the archive with its password first.`)
  }
  if (method !== 0 && method !== 8) {
    throw new LabError(
      'broken-record',
      `${entry} is packed by a method that the lab does not know (${method}); pack the archive again with "deflate".`,
    )
  }
  const header = yield* bytes.pull(offset, offset + LOCAL_BYTES)
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  if (header.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL) throw damaged(entry)
  const start = offset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true)
  const guard = new RatioGuard(entry)
  const give = (part: Uint8Array) => {
    budget.bytes -= part.length
    if (budget.bytes < 0) throw exhausted(name)
    guard.out(part.length)
    if (part.length > 0) taker.push(part)
  }
  const piece = method === 0 ? STORED_PIECE : PACKED_PIECE
  const inflate = method === 0 ? null : inflater(entry, give)
  for (let at = start; at < start + packedBytes; at += piece) {
    const end = Math.min(at + piece, start + packedBytes)
    const part = yield* bytes.pull(at, end)
    if (part.length < end - at) throw damaged(entry)
    guard.in(part.length)
    if (inflate === null) give(part)
    else inflate(part, end === start + packedBytes)
    yield
  }
}

/** Unpacks pieces; an error of the data is told apart from one of whoever takes them. */
function inflater(entry: string, give: (part: Uint8Array) => void) {
  let thrown: unknown
  const stream = new Inflate((part) => {
    try {
      give(part)
    } catch (error) {
      thrown = error
      throw error
    }
  })
  return (part: Uint8Array, final: boolean) => {
    try {
      stream.push(part, final)
    } catch (error) {
      throw error === thrown ? error : damaged(entry)
    }
  }
}

function damaged(entry: string): LabError {
  return new LabError(
    'broken-record',
    `${entry} is damaged in its archive; unpack it yourself or pack it again.`,
  )
}

function exhausted(name: string): LabError {
  return new LabError(
    'file-too-large',
    `${name} unpacks to more than the lab takes from one archive; what came before was read, so split it.`,
  )
}

/** Reads ahead, so that neighbours are asked for together. */
function windowed(bytes: Bytes): Bytes {
  let from = 0
  let window = new Uint8Array(0)
  return {
    ...bytes,
    *pull(start, end) {
      if (start < from || end > from + window.length) {
        from = start
        window = (yield* bytes.pull(
          start,
          Math.min(bytes.size, Math.max(end, start + WINDOW)),
        )) as Uint8Array<ArrayBuffer>
      }
      return window.subarray(start - from, end - from)
    },
  }
}

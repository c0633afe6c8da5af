import { LabError } from '../errors.ts'

/** Where a text lies in its store; made by `put`, meaningless to any other store. */
export interface Place {
  readonly at: number
  /** UTF-8 bytes. */
  readonly bytes: number
}

/** Keeps many texts outside the JavaScript heap. What is put is never changed; space comes back with `clear`. */
export interface TextStore {
  /** @param text a well-formed string (a lone surrogate would come back as U+FFFD), or valid UTF-8 */
  put(text: string | Uint8Array): Place
  /** @throws LabError `not-now` for a place that was cleared, or when the browser has taken the file away */
  get(place: Place): string
  /** Forgets every text. */
  clear(): void
  /** Gives everything back; the store cannot be used any more. */
  close(): Promise<void>
}

/** The part of `FileSystemSyncAccessHandle` that a store uses. */
export interface StoreFile {
  read(into: Uint8Array, options: { at: number }): number
  write(from: Uint8Array, options: { at: number }): number
  truncate(size: number): void
  close(): void
}

/** Texts are gathered to blocks of this size before they are written. */
const BLOCK_BYTES = 2 ** 20

/** As much is read from the file at once. */
const NEAR_BYTES = 2 ** 18

/**
 * A store in typed arrays, or in a file while that takes what is written; what it does not take any more (a quota)
 * stays in typed arrays.
 *
 * @param file where to write; without it, everything stays in memory
 * @param close called after the file was closed, to remove it
 */
export function createTextStore(file?: StoreFile, close?: () => Promise<unknown>): TextStore {
  return new BlockStore(file, close)
}

interface Block {
  start: number
  bytes: Uint8Array<ArrayBuffer>
}

class BlockStore implements TextStore {
  private readonly encoder = new TextEncoder()
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  /** The block that is being filled. */
  private open: Block = { start: 0, bytes: new Uint8Array(BLOCK_BYTES) }
  private used = 0
  /** Offsets below this one lie in the file, at the same offset. */
  private filed = 0
  /** Offsets from `filed` to the open block, in order. */
  private kept: Block[] = []
  private full = false
  /** What was read from the file last. */
  private near: Block | null = null

  constructor(
    private readonly file: StoreFile | undefined,
    private readonly afterClose: (() => Promise<unknown>) | undefined,
  ) {}

  put(text: string | Uint8Array): Place {
    const content = typeof text === 'string' ? this.encoder.encode(text) : text
    if (this.used + content.length > this.open.bytes.length) this.seal(content.length)
    this.open.bytes.set(content, this.used)
    const at = this.open.start + this.used
    this.used += content.length
    return { at, bytes: content.length }
  }

  /** A text lies within one block, so the next begins when this one has no room for it. */
  private seal(needed: number): void {
    const { start, bytes } = this.open
    const content = bytes.subarray(0, this.used)
    const filed = this.toFile(content, start)
    if (filed) this.filed = start + this.used
    else if (this.used > 0) this.kept.push({ start, bytes: content })
    const size = Math.max(BLOCK_BYTES, needed)
    const reusable = filed && bytes.length === size
    this.open = { start: start + this.used, bytes: reusable ? bytes : new Uint8Array(size) }
    this.used = 0
  }

  private toFile(content: Uint8Array, at: number): boolean {
    if (this.file === undefined || this.full) return false
    try {
      if (this.file.write(content, { at }) === content.length) return true
    } catch {
      // The quota is used up, or the file is gone: the same to the texts still to come.
    }
    this.full = true
    return false
  }

  get({ at, bytes }: Place): string {
    if (at + bytes > this.open.start + this.used) throw gone()
    if (at >= this.open.start) return this.decode(this.open, at, bytes)
    if (at >= this.filed) return this.decode(this.blockAt(at), at, bytes)
    const near = this.near
    if (near === null || at < near.start || at + bytes > near.start + near.bytes.length) this.bring(at, bytes)
    return this.decode(this.near!, at, bytes)
  }

  /** Reads on a little from a place: who asks for one text often asks for the next ones. */
  private bring(at: number, bytes: number): void {
    const content = new Uint8Array(Math.min(Math.max(bytes, NEAR_BYTES), this.filed - at))
    let read = 0
    try {
      read = this.file!.read(content, { at })
    } catch {
      // Said below.
    }
    if (read < bytes) throw gone()
    this.near = { start: at, bytes: content.subarray(0, read) }
  }

  private decode({ start, bytes }: Block, at: number, length: number): string {
    return this.decoder.decode(bytes.subarray(at - start, at - start + length))
  }

  /** The last kept block that starts at or before `at`. */
  private blockAt(at: number): Block {
    let low = 0
    for (let high = this.kept.length; high - low > 1; ) {
      const middle = (low + high) >> 1
      if (this.kept[middle]!.start <= at) low = middle
      else high = middle
    }
    return this.kept[low]!
  }

  clear(): void {
    this.open = { start: 0, bytes: new Uint8Array(BLOCK_BYTES) }
    this.used = 0
    this.filed = 0
    this.kept = []
    this.near = null
    try {
      this.file?.truncate(0)
      this.full = false
    } catch {
      this.full = true
    }
  }

  async close(): Promise<void> {
    this.clear()
    this.file?.close()
    await this.afterClose?.()
  }
}

function gone(): LabError {
  return new LabError(
    'not-now',
    'A text that was read is no longer in the browser’s storage; load its file again.',
  )
}

/** The folder of the page's private file system that holds a file per worker. */
const FOLDER = 'texts'

/**
 * A store on the Origin Private File System, in a file of its own; in memory where the browser has none, refuses it,
 * or the caller is not a dedicated worker. Files that dead workers left behind are removed.
 */
export async function openTextStore(): Promise<TextStore> {
  try {
    // One worker at a time, lest one removes the file that another has made but not yet opened.
    return await navigator.locks.request('lab-texts', openFileStore)
  } catch {
    return createTextStore()
  }
}

async function openFileStore(): Promise<TextStore> {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(FOLDER, { create: true })
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
    // Refused while a living worker holds the file open.
    await folder.removeEntry(name).catch(() => {})
  }
  const name = crypto.randomUUID()
  const handle = await folder.getFileHandle(name, { create: true })
  const file = await (
    handle as unknown as { createSyncAccessHandle(): Promise<StoreFile> }
  ).createSyncAccessHandle()
  return createTextStore(file, () => folder.removeEntry(name).catch(() => {}))
}

import { sha256 } from '@noble/hashes/sha2'
import { bytesToHex } from '@noble/hashes/utils'
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'
import { LabError } from '../errors.ts'

/** What an entry came to: its size before packing, and the SHA-256 of that in hexadecimal. */
export interface EntryFacts {
  bytes: number
  sha256: string
}

/** Of a zip without the zip64 extension, which fflate does not write: offsets of 32 bits, counts of 16. */
const LIMITS = { bytes: 2 ** 32 - 1, entries: 65_535 }
/** Bytes that an entry takes beside its content and twice its name: local header, sizes, entry of the directory. */
const ENTRY_BYTES = 128
/** Bytes that are handed on at a time, so that whoever waits can be let in between. */
const PIECE = 2 ** 18
/** Every entry is of this moment (local time, as zip has it), so that the same content gives the same bytes. */
const MOMENT = new Date(1980, 0, 1)

/**
 * Writes a zip entry by entry, each piece by piece: nothing but a piece is held in memory.
 */
export class ZipStream {
  /** By name, in the order in which they were added. */
  readonly facts: Record<string, EntryFacts> = {}
  private readonly zip: Zip
  private failure: Error | null = null
  private written = 0
  private entries = 0

  /**
   * @param sink takes the next bytes of the zip; they may be changed afterwards, so it copies or writes them at once
   * @param beat is awaited between two pieces: lets others in, or throws to end it
   * @param limits of the format; smaller ones for tests
   */
  constructor(
    private readonly sink: (part: Uint8Array) => void,
    private readonly beat: () => Promise<void> | void,
    private readonly limits = LIMITS,
  ) {
    this.zip = new Zip((error, part) => {
      this.failure ??= error
      if (!part || part.length === 0) return
      this.written += part.length
      this.sink(part)
    })
  }

  /**
   * Adds an entry.
   *
   * @param parts its content; asked for one after another
   * @param deflated false for what hardly gets smaller, such as weights
   * @throws LabError `file-too-large` where a zip has no room for it
   */
  async add(
    name: string,
    parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    deflated: boolean,
  ): Promise<void> {
    if (++this.entries > this.limits.entries) throw tooLarge(`${this.limits.entries} files`)
    const entry = deflated ? new ZipDeflate(name, { level: 6 }) : new ZipPassThrough(name)
    entry.mtime = MOMENT
    const hash = sha256.create()
    let bytes = 0
    this.zip.add(entry)
    for await (const part of parts) {
      for (let from = 0; from < part.length; from += PIECE) {
        const piece = part.subarray(from, from + PIECE)
        hash.update(piece)
        bytes += piece.length
        this.requireRoom(bytes)
        entry.push(piece as Uint8Array<ArrayBuffer>)
        await this.settled()
      }
    }
    entry.push(new Uint8Array(0), true)
    await this.settled()
    this.facts[name] = { bytes, sha256: bytesToHex(hash.digest()) }
  }

  /** Writes the directory; the zip is whole then. */
  async end(): Promise<void> {
    this.zip.end()
    await this.settled()
  }

  private async settled(): Promise<void> {
    if (this.failure) throw this.failure
    this.requireRoom(this.written)
    await this.beat()
  }

  private requireRoom(bytes: number): void {
    if (bytes + this.entries * ENTRY_BYTES > this.limits.bytes) {
      throw tooLarge(`${(this.limits.bytes / 1e9).toFixed(1)} GB`)
    }
  }
}

function tooLarge(most: string): LabError {
  return new LabError(
    'file-too-large',
    `This run is larger than a zip can be (${most}): write its trajectories with \`npm run lab -- segment FILE… --recipe recipe.json --out spans.jsonl\`, and train from these with \`python -m sad_scale train --recipe recipe.json spans.jsonl --tokenizer tokenizer.json --out DIR\`.`,
  )
}

import { LabError } from '../../errors.ts'
import { isGzip, Unpacker } from '../containers/gzip.ts'
import { isParquet, isZip, signature } from '../containers/signatures.ts'
import { Decoder, encodingOf } from './decode.ts'
import { Documents } from './documents.ts'
import type { Findings } from './findings.ts'
import { megabytes } from './limits.ts'

/** A table or archive inside other packing: it is read from its end, so it was gathered as a whole. */
export interface Inner {
  kind: 'zip' | 'parquet'
  bytes: Uint8Array
}

/** Gzip inside gzip inside gzip is no accident. */
const MOST_LAYERS = 3

/** The content of a file or of an archive's entry, taken in pieces: unpacked, decoded, and read as it comes. */
export class Content {
  private held: Uint8Array[] = []
  private length = 0
  private layer: Layer | null = null

  constructor(
    private readonly findings: Findings,
    private readonly depth = 0,
  ) {}

  /** How many bytes to push at once: few of what may unpack to many. */
  get pieceBytes(): number {
    return this.layer instanceof Packed ? 1 << 14 : 1 << 18
  }

  /** @throws LabError for what cannot be read at all */
  push(bytes: Uint8Array): void {
    if (this.layer !== null) {
      this.layer.push(bytes)
      return
    }
    this.held.push(bytes)
    this.length += bytes.length
    // Gzip shows itself at once; for the rest, the same is looked at whatever pieces it comes in.
    const packed = this.length >= 2 && isGzip(joined(this.held, 2))
    if (packed || this.length >= this.findings.task.limits.head) this.begin()
  }

  /** @returns what can only be read as a whole, for the caller to read */
  end(): Inner | null {
    if (this.length === 0) {
      throw new LabError(
        'empty-file',
        `${this.findings.name} is empty (0 bytes); choose a file with transcripts.`,
      )
    }
    if (this.layer === null) this.begin()
    return this.layer!.end()
  }

  private begin(): void {
    const bytes = joined(this.held, this.length)
    this.held = []
    this.layer = this.layerOf(bytes.subarray(0, this.findings.task.limits.head))
    this.layer.push(bytes)
  }

  private layerOf(head: Uint8Array): Layer {
    const { name } = this.findings
    if (isGzip(head)) {
      if (this.depth >= MOST_LAYERS) {
        throw new LabError(
          'binary-file',
          `${name} is packed more than ${MOST_LAYERS} times; unpack it first.`,
        )
      }
      return new Packed(this.findings, this.depth)
    }
    if (isZip(head)) return new Gathered('zip', this.findings)
    if (isParquet(head)) return new Gathered('parquet', this.findings)
    const looks = signature(head)
    if (looks) {
      throw new LabError(
        'binary-file',
        `${name} is not text: it looks like ${looks}; give the transcripts themselves as text, JSON or JSONL.`,
      )
    }
    return new Text(this.findings, head)
  }
}

interface Layer {
  push(bytes: Uint8Array): void
  end(): Inner | null
}

class Packed implements Layer {
  private readonly inner: Content
  private readonly unpacker: Unpacker

  constructor(findings: Findings, depth: number) {
    this.inner = new Content(findings, depth + 1)
    this.unpacker = new Unpacker(findings.name, (bytes) => this.inner.push(bytes))
  }

  push(bytes: Uint8Array): void {
    this.unpacker.push(bytes)
  }

  end(): Inner | null {
    this.unpacker.end()
    return this.inner.end()
  }
}

class Gathered implements Layer {
  private readonly pieces: Uint8Array[] = []
  private length = 0

  constructor(
    private readonly kind: Inner['kind'],
    private readonly findings: Findings,
  ) {}

  push(bytes: Uint8Array): void {
    const { name, task } = this.findings
    this.length += bytes.length
    if (this.length > task.limits.inner) {
      const what = this.kind === 'zip' ? 'an archive' : 'a table'
      throw new LabError(
        'file-too-large',
        `${name} is ${what} of more than ${megabytes(task.limits.inner)} inside other packing; unpack it and load it by itself.`,
      )
    }
    // The bytes may belong to a buffer that is used again.
    this.pieces.push(bytes.slice())
  }

  end(): Inner {
    return { kind: this.kind, bytes: joined(this.pieces, this.length) }
  }
}

class Text implements Layer {
  private readonly decoder: Decoder
  private readonly documents: Documents

  constructor(findings: Findings, head: Uint8Array) {
    this.decoder = new Decoder(findings.name, encodingOf(findings.name, head), head)
    this.documents = new Documents(findings)
  }

  push(bytes: Uint8Array): void {
    this.documents.push(this.decoder.push(bytes))
  }

  end(): null {
    this.documents.push(this.decoder.end())
    this.documents.end()
    return null
  }
}

/** The first `length` bytes of pieces. */
function joined(pieces: Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!.subarray(0, length)
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    if (at >= length) break
    whole.set(piece.subarray(0, length - at), at)
    at += piece.length
  }
  return whole
}

import { LabError } from '../errors.ts'
import { toFloat16 } from '../float16.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import {
  type CapturedTrajectory,
  type CaptureHeader,
  entryBytes,
  HASH_BYTES,
  idBytes,
  MAGIC,
  PREAMBLE,
  type RandomFile,
} from './captureFormat.ts'

/** Writes a capture, its header last, so that what was never finished is no capture. */
export class CaptureWriter {
  private readonly headerBytes: number
  private at: number
  private readonly known = new Set<string>()
  private tokens = 0

  constructor(
    private readonly file: RandomFile,
    private readonly model: string,
    private readonly k: number,
    private readonly tokenizer: Tokenizer,
  ) {
    const most = Number.MAX_SAFE_INTEGER
    this.headerBytes = Math.ceil(this.header(most, most).length / 8) * 8
    this.at = PREAMBLE + this.headerBytes
  }

  private header(trajectories: number, tokens: number): Uint8Array {
    const { model, k, tokenizer } = this
    const header: CaptureHeader = {
      format: 'structured-agent-distillation-lab log-probabilities',
      model,
      k,
      trajectories,
      tokens,
      tokenizer: tokenizer.toJSON(),
    }
    return new TextEncoder().encode(JSON.stringify(header))
  }

  /** @param hash SHA-256 of the text, hexadecimal */
  has(hash: string): boolean {
    return this.known.has(hash)
  }

  add(hash: string, { ids, written, topIds, top }: CapturedTrajectory): void {
    const width = idBytes(this.tokenizer.vocabularySize)
    const bytes = new Uint8Array(entryBytes(ids.length, this.k, width))
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < HASH_BYTES; i++) bytes[i] = Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16)
    view.setUint32(HASH_BYTES, ids.length, true)
    let at = HASH_BYTES + 4
    for (const [id, logprob] of [
      [ids, written],
      [topIds, top],
    ] as const) {
      for (const one of id) {
        if (width === 2) view.setUint16(at, one, true)
        else view.setUint32(at, one, true)
        at += width
      }
      for (const one of logprob) {
        view.setUint16(at, toFloat16(one), true)
        at += 2
      }
    }
    this.write(bytes, this.at)
    this.at += bytes.length
    this.known.add(hash)
    this.tokens += ids.length
  }

  finish(): void {
    const bytes = new Uint8Array(PREAMBLE + this.headerBytes).fill(0x20)
    bytes.set(new TextEncoder().encode(MAGIC))
    const view = new DataView(bytes.buffer)
    view.setUint32(8, this.headerBytes, true)
    view.setUint32(12, 0, true)
    bytes.set(this.header(this.known.size, this.tokens), PREAMBLE)
    this.write(bytes, 0)
  }

  private write(bytes: Uint8Array, at: number): void {
    let written = 0
    try {
      written = this.file.write(bytes, { at })
    } catch {
      // The quota is used up, or the disk is full: said below.
    }
    if (written < bytes.length) {
      throw new LabError(
        'not-now',
        `The capture of ${this.model} needs more room than there is left: capture with a smaller k, or fewer trajectories.`,
      )
    }
  }
}

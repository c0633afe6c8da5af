import { Gunzip } from 'fflate'
import { LabError } from '../../errors.ts'
import { megabytes } from '../streams/limits.ts'

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** Text never packs better than this; what does is made to fill memories. Looked at beyond `RATIO_FROM` bytes. */
const MOST_RATIO = 500
const RATIO_FROM = 64 * 2 ** 20

/** Refuses what unpacks to far more than any text. */
export class RatioGuard {
  private packed = 0
  unpacked = 0

  constructor(
    private readonly name: string,
    private readonly from = RATIO_FROM,
  ) {}

  in(bytes: number): void {
    this.packed += bytes
  }

  /** @throws LabError `file-too-large` */
  out(bytes: number): void {
    this.unpacked += bytes
    if (this.unpacked <= this.from || this.unpacked <= this.packed * MOST_RATIO) return
    throw new LabError(
      'file-too-large',
      `${this.name} unpacks to more than ${megabytes(this.unpacked)}, over ${MOST_RATIO} times its size, which no text does; unpack it yourself if you trust it.`,
    )
  }
}

/** Unpacks gzip in pieces. Several members one after another are one content, as everywhere. */
export class Unpacker {
  private readonly guard: RatioGuard
  private readonly stream: Gunzip
  private ended = false
  /** Thrown by whoever took the bytes, so that the data is not to blame. */
  private thrown: unknown

  constructor(
    private readonly name: string,
    give: (bytes: Uint8Array) => void,
  ) {
    this.guard = new RatioGuard(name)
    this.stream = new Gunzip((part, final) => {
      this.ended ||= final
      try {
        this.guard.out(part.length)
        if (part.length > 0) give(part)
      } catch (error) {
        this.thrown = error
        throw error
      }
    })
  }

  /** @throws LabError `binary-file` for damaged data, and what `give` throws */
  push(bytes: Uint8Array, final = false): void {
    this.guard.in(bytes.length)
    try {
      this.stream.push(bytes, final)
    } catch (error) {
      if (error === this.thrown) throw error
      throw new LabError(
        'binary-file',
        `${this.name} is a damaged gzip file; unpack it yourself or make it again.`,
        { cause: error },
      )
    }
  }

  end(): void {
    this.push(new Uint8Array(0), true)
    if (this.ended) return
    throw new LabError(
      'binary-file',
      `${this.name} is a gzip file that breaks off before its end; make it again.`,
    )
  }
}

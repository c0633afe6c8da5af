/** Bytes that are gathered before they leave the heap. */
const PART_BYTES = 4 * 2 ** 20

/** A file that is written piece by piece, and never on the heap as a whole. */
export class GatheredBlob {
  private readonly blobs: Blob[] = []
  private parts: BlobPart[] = []
  private bytes = 0

  /** @param bytes that the part has; of text, characters do */
  add(part: BlobPart, bytes: number): void {
    this.parts.push(part)
    this.bytes += bytes
    if (this.bytes >= PART_BYTES) this.leave()
  }

  whole(type: string): Blob {
    this.leave()
    return new Blob(this.blobs, { type })
  }

  /** What was written, a part at a time. */
  async *read(): AsyncIterable<Uint8Array> {
    this.leave()
    for (const blob of this.blobs) yield new Uint8Array(await blob.arrayBuffer())
  }

  private leave(): void {
    if (this.parts.length > 0) this.blobs.push(new Blob(this.parts))
    this.parts = []
    this.bytes = 0
  }
}

/** A gathered file for what hands on bytes. */
export function gatheredBlob(type: string): { sink: (part: Uint8Array) => void; blob: () => Blob } {
  const gathered = new GatheredBlob()
  return {
    // A copy: what is handed on may be changed afterwards.
    sink: (part) => gathered.add(part.slice(), part.length),
    blob: () => gathered.whole(type),
  }
}

import type { RandomFile } from './captureFormat.ts'

/** A file in ordinary memory, for where there is no file system and for what need not outlive a run. */
export class MemoryFile implements RandomFile {
  private size: number

  constructor(private bytes: Uint8Array = new Uint8Array(0)) {
    this.size = bytes.length
  }

  read(into: Uint8Array, { at }: { at: number }): number {
    const found = this.bytes.subarray(Math.min(at, this.size), Math.min(at + into.length, this.size))
    into.set(found)
    return found.length
  }

  write(from: Uint8Array, { at }: { at: number }): number {
    const end = at + from.length
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length))
      larger.set(this.bytes.subarray(0, this.size))
      this.bytes = larger
    }
    this.bytes.set(from, at)
    this.size = Math.max(this.size, end)
    return from.length
  }

  getSize(): number {
    return this.size
  }

  close(): void {}
}

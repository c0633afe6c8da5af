/**
 * Reading pulls bytes: what reads is a generator that says what it wants next and goes on with the answer. So the same
 * code reads bytes that are there (at once) and a file on disk (waiting, pausing, cancelled in between).
 */

/** Bytes [start, end) of the source; a promise to wait for; or nothing: a moment at which to pause. */
export type Wish = { start: number; end: number } | Promise<unknown> | undefined

export type Pull<Result = void> = Generator<Wish, Result, unknown>

/** Bytes that can be asked for by their place. */
export interface Bytes {
  readonly size: number
  pull(start: number, end: number): Pull<Uint8Array>
  /** For libraries that read by themselves. */
  slice(start: number, end: number): Promise<ArrayBuffer>
}

/** The source itself; whoever runs the generator answers. */
export function sourceBytes(size: number, slice: Bytes['slice']): Bytes {
  return {
    size,
    slice,
    *pull(start, end) {
      return (yield { start, end: Math.min(end, size) }) as Uint8Array
    },
  }
}

/** Bytes that are in memory. */
export function innerBytes(bytes: Uint8Array): Bytes {
  return {
    size: bytes.length,
    slice: async (start, end) => bytes.slice(start, end).buffer as ArrayBuffer,
    // biome-ignore lint/correctness/useYield: nothing has to be waited for.
    *pull(start, end) {
      return bytes.subarray(start, end)
    },
  }
}

export function* awaited<T>(promise: Promise<T>): Pull<T> {
  return (yield promise) as T
}

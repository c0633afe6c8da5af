import type { Gradient } from '../operations.ts'
import type { GpuArray } from './array.ts'

/** The place of one parameter's gradient in the slab of all; what it holds counts only once something was put there. */
export class GpuGradient implements Gradient {
  /** Whether the array holds a part of this step's gradient already. */
  written = false

  constructor(readonly array: GpuArray) {}

  get shape(): readonly number[] {
    return this.array.shape
  }

  /** For a kernel that is about to put something there: add to what is there, or write over what counts for nothing. */
  take(): { array: GpuArray; accumulate: boolean } {
    const accumulate = this.written
    this.written = true
    return { array: this.array, accumulate }
  }
}

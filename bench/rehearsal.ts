import { messageOf } from '../workers/errors.ts'
import { fusedOperations } from '../workers/kernels/fused.ts'
import { DryRunner } from '../workers/kernels/gpu/dryRunner.ts'
import type { Limits } from '../workers/kernels/gpu/runner.ts'
import { blankTask } from './engines/engine.ts'
import { labWork } from './engines/lab.ts'
import type { Shape } from './shapes.ts'

/** What one step of the fused engine takes, counted without a device; its read makes one submission more. */
export type Rehearsed =
  | {
      shape: string
      dispatches: number
      submits: number
      peakBytes: number
      largestBindingBytes: number
      /** Kernels by label. */
      kernels: Record<string, number>
    }
  | { shape: string; error: string }

/** Of a usual GPU, so that the counts are the same on every machine. */
const LIMITS: Limits = {
  workgroupBytes: 32 << 10,
  groups: 65_535,
  bindingBytes: 2 ** 30,
  blockBytes: 2 ** 31,
  software: false,
}

export function rehearse(shape: Shape): Rehearsed {
  try {
    const dry = new DryRunner(LIMITS)
    const work = labWork(
      fusedOperations(dry, async () => {}),
      blankTask(shape),
    )
    // What is made once does not count.
    const { dispatches, submits } = dry
    dry.counts.clear()
    dry.free(work.step())
    return {
      shape: shape.name,
      dispatches: dry.dispatches - dispatches,
      submits: dry.submits - submits,
      peakBytes: dry.memory().peakBytes,
      largestBindingBytes: dry.largestBindingBytes,
      kernels: Object.fromEntries(dry.counts),
    }
  } catch (error) {
    return { shape: shape.name, error: messageOf(error) }
  }
}

import { fusedAttention } from './attention/fused.ts'
import { fusedEmbedding } from './embedding/fused.ts'
import { fusedRows } from './embedding/rows.ts'
import type { GpuArray } from './gpu/array.ts'
import { DryRunner } from './gpu/dryRunner.ts'
import type { Program } from './gpu/program.ts'
import type { Runner } from './gpu/runner.ts'
import { fusedHead } from './head/fused.ts'
import { fusedLayerNorm } from './layerNorm/fused.ts'
import { fusedLikeliest, fusedLogits } from './likeliest/fused.ts'
import { fusedLinear } from './linear/fused.ts'
import type { Operations } from './operations.ts'
import { fusedRmsNorm } from './rmsNorm/fused.ts'
import { fusedRotary } from './rotary/fused.ts'
import { fusedSample } from './sample/fused.ts'
import { fusedFrozen, fusedTrainable } from './trainable/fused.ts'

/** Compiles programs for the device that the operations run on. */
export type Compile = (
  programs: Iterable<Program>,
  progress?: (done: number, of: number) => void,
) => Promise<void>

/**
 * Every operation in our own WGSL. There is no tape: what a backward needs is handed to it, buffers are used again as soon
 * as they are free, and gradients are added up where the optimiser finds them.
 */
export function fusedOperations(runner: Runner, compile: Compile): Operations {
  return {
    name: 'fused',
    upload: (values, shape) => runner.upload(values, shape),
    read: (...arrays) => runner.read(arrays as GpuArray[]),
    free: (...arrays) => runner.free(...arrays),
    scope: (work) => runner.scope(work),
    memory: () => runner.memory(),
    resetPeak: () => runner.resetPeak(),
    trim: () => runner.trim(),
    rehearse: (work) => {
      const dry = new DryRunner(runner.limits)
      work(fusedOperations(dry, compile))
      return {
        peakBytes: dry.memory().peakBytes,
        largestBindingBytes: dry.largestBindingBytes,
        dispatches: dry.dispatches,
        submits: dry.submits,
        compile: (progress) => compile(dry.programs, progress),
      }
    },
    trainable: fusedTrainable(runner),
    frozen: fusedFrozen(runner),
    sample: fusedSample(runner),
    rows: fusedRows(runner),
    embedding: fusedEmbedding(runner),
    layerNorm: fusedLayerNorm(runner),
    rmsNorm: fusedRmsNorm(runner),
    linear: fusedLinear(runner),
    rotary: fusedRotary(runner),
    attention: fusedAttention(runner),
    head: fusedHead(runner),
    logits: fusedLogits(runner),
    likeliest: fusedLikeliest(runner),
  }
}

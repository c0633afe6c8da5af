import type { GpuArray } from '../gpu/array.ts'
import type { GpuGradient } from '../gpu/gradient.ts'
import type { Runner } from '../gpu/runner.ts'
import { normBackward, normForward } from '../layerNorm/norm.ts'
import type { Operations } from '../operations.ts'

export function fusedRmsNorm(runner: Runner): Operations['rmsNorm'] {
  return {
    forward: (x, gain) => normForward(runner, x as GpuArray, gain as GpuArray, null),

    backward: (saved, dOutput, into, added = null) =>
      normBackward(
        runner,
        saved,
        dOutput as GpuArray,
        { gain: into.gain as GpuGradient, bias: null },
        added as GpuArray | null,
      ),
  }
}

import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../../workers/dataset/dataset.ts'
import { KIND_CODES, type Row } from '../../../workers/dataset/row.ts'
import { fusedOperations } from '../../../workers/kernels/fused.ts'
import { DryRunner } from '../../../workers/kernels/gpu/dryRunner.ts'
import type { Limits } from '../../../workers/kernels/gpu/runner.ts'
import { Random } from '../../../workers/random.ts'
import { parseRecipe } from '../../../workers/recipe.ts'
import { rehearseRun } from '../../../workers/training/rehearse.ts'

/** A GPU as Chrome shows it on a laptop, with the largest tier of bindings. */
const LIMITS: Limits = {
  workgroupBytes: 32768,
  groups: 65535,
  bindingBytes: 2 ** 31,
  blockBytes: 2 ** 32,
  software: false,
}

interface Shape {
  V: number
  T: number
  D: number
  H: number
  L: number
  B: number
}

/** Rows of random tokens, all but the first supervised: the most that a step of this shape can be. */
function fullRows({ V, T, B }: Shape): Dataset {
  const random = new Random(1)
  const kinds = Uint8Array.from({ length: T }, (_, t) =>
    t === 0 ? KIND_CODES.prompt : t % 8 < 5 ? KIND_CODES.reason : KIND_CODES.act,
  )
  const train: Row[] = Array.from({ length: B }, (_, trajectory) => ({
    trajectory,
    ids: Int32Array.from({ length: T }, () => random.below(V)),
    kinds,
    steps: new Int32Array(T),
    places: Int32Array.from({ length: T }, (_, t) => t),
    difficulty: 0,
  }))
  return { train, heldOut: [], rowLength: T, endOfTextId: 0, report: null as never }
}

function rehearse(shape: Shape, extra = {}, limits = LIMITS) {
  const { V, T, D, H, L, B } = shape
  const recipe = parseRecipe({
    batchRows: B,
    data: { contextLength: T },
    student: { layers: L, width: D, heads: H },
    ...extra,
  })
  const operations = fusedOperations(new DryRunner(limits), async () => {})
  const setup = { recipe, dataset: fullRows(shape), vocabularySize: V }
  return rehearseRun(operations, setup, { kind: 'text' })!
}

const SMALL: Shape = { V: 512, T: 64, D: 64, H: 4, L: 2, B: 4 }
const MIDDLE: Shape = { V: 2048, T: 128, D: 128, H: 4, L: 4, B: 4 }
const GPT2: Shape = { V: 50257, T: 256, D: 768, H: 12, L: 12, B: 4 }

describe('a fused training step, counted without a device', () => {
  it('takes few dispatches and submissions', () => {
    const small = rehearse(SMALL)
    const middle = rehearse(MIDDLE)
    expect(small.dispatches).toBeLessThanOrEqual(120)
    expect(middle.dispatches).toBeLessThanOrEqual(240)
    expect(small.submits).toBeLessThanOrEqual(8)
  })

  it('hands a large student’s step to the device in pieces that no watchdog bites', () => {
    // Some 0.8 TFLOP: on a GPU of 0.1 TFLOP/s, the slowest there is, two seconds are 0.2 TFLOP.
    const { submits, dispatches } = rehearse(GPT2)
    expect(submits).toBeGreaterThan(40)
    expect(submits).toBeLessThan(dispatches / 3)
  })

  it('refuses what the device cannot hold at once before anything is allocated, with the numbers', () => {
    expect(() => rehearse({ ...SMALL, V: 50257, D: 4096 }, {}, { ...LIMITS, bindingBytes: 2 ** 27 })).toThrow(
      /of \d+ MiB is more than this GPU takes at once, 128 MiB/,
    )
  })

  it('fits GPT-2 124M with 1,024 tokens into 2.6 GB', () => {
    const full = rehearse(GPT2)
    const lean = rehearse(GPT2, { recompute: true })
    expect(full.peakBytes).toBeLessThanOrEqual(2.6e9)
    expect(lean.peakBytes).toBeLessThan(full.peakBytes - 0.3e9)
  })
})

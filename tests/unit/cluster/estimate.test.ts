import { describe, expect, it } from 'vitest'
import {
  fits,
  GPT2_VOCABULARY,
  GPUS,
  idleGpus,
  KNOWN_SHAPES,
  memoryPerGpu,
  operationsOf,
  parametersOf,
  rowsPerGpu,
  runMs,
  type Workload,
} from '../../../workers/cluster/estimate.ts'
import { gptParameters, parameterCount } from '../../../workers/models/parameters.ts'

/** L = 2, D = 8, V = 100, T = 16: P = 116·8 + 2·(768 + 104) + 16 = 2688. */
const SMALL: Workload = {
  layers: 2,
  width: 8,
  vocabularySize: 100,
  contextLength: 16,
  steps: 10,
  batchRows: 8,
  accumulate: 2,
  recompute: false,
  teacherParameters: 0,
}
const P = 2688

describe('what a run takes on GPUs', () => {
  it('counts the parameters that the lab’s GPT has', () => {
    expect(parametersOf(SMALL)).toBe(P)
    for (const { layers, width } of KNOWN_SHAPES.slice(0, 2)) {
      const shape = { layers, width, vocabularySize: 300, contextLength: 64 }
      expect(parametersOf(shape)).toBe(parameterCount(gptParameters({ ...shape, heads: 1 })))
    }
  })

  it('knows the published sizes by their shapes', () => {
    const sizes = KNOWN_SHAPES.map((shape) =>
      parametersOf({ ...shape, vocabularySize: GPT2_VOCABULARY, contextLength: 1024 }),
    )
    // GPT-2's own number, then what GPT-2 medium, GPT-3 XL and GPT-3 6.7B come to.
    expect(sizes[0]).toBe(124_439_808)
    expect(sizes[1]).toBe(354_823_168)
    expect(sizes[2]! / 1e9).toBeCloseTo(1.3136, 3)
    expect(sizes[3]! / 1e9).toBeCloseTo(6.6542, 4)
  })

  it('takes 16 bytes a parameter where the state is whole, and activations, and logits', () => {
    const { state, teacher, activations, logits, total } = memoryPerGpu(SMALL, 1, false)
    expect(state).toBe(16 * P)
    expect(teacher).toBe(0)
    // 8 rows in 2 parts on one GPU: 4 · 16 tokens, each 2 layers · 8 wide · 16 values of 2 bytes.
    expect(activations).toBe(64 * 2 * 8 * 32)
    // 64 · 100 logits in 4 arrays of float32.
    expect(logits).toBe(6400 * 16)
    expect(total).toBe(43_008 + 32_768 + 102_400)
  })

  it('takes less with recompute, and more with a model as teacher', () => {
    // Inputs of 2 layers in float32 and one layer's 16 values in bfloat16.
    expect(memoryPerGpu({ ...SMALL, recompute: true }, 1, false).activations).toBe(64 * 8 * (2 * 4 + 32))
    const taught = memoryPerGpu({ ...SMALL, teacherParameters: 1000 }, 1, false)
    expect([taught.teacher, taught.logits]).toEqual([2000, 6400 * 28])
  })

  it('shares state and rows out over GPUs, but for the layers that are put together', () => {
    expect(memoryPerGpu(SMALL, 4, false).state).toBe(16 * P)
    // The table, (100 + 16) · 8, is larger than a layer of 872; two of it in bfloat16.
    expect(memoryPerGpu(SMALL, 4, true).state).toBe(4 * P + 4 * 928)
    expect(memoryPerGpu(SMALL, 4, true).activations).toBe(16 * 2 * 8 * 32)
    expect(memoryPerGpu(SMALL, 1, true).state).toBe(16 * P)
    expect([1, 3, 4, 8].map((gpus) => rowsPerGpu(SMALL, gpus))).toEqual([4, 2, 1, 1])
    expect([1, 4, 6].map((gpus) => idleGpus(SMALL, gpus))).toEqual([0, 0, 2])
  })

  it('never has more logits than a chunk', () => {
    const wide = { ...SMALL, vocabularySize: 50_257, contextLength: 4096, batchRows: 64, accumulate: 1 }
    expect(memoryPerGpu(wide, 1, false).logits).toBe(2 ** 27 * 16)
  })

  it('takes 6 operations a parameter and token, a third more with recompute, 2 of a teacher’s', () => {
    const tokens = 10 * 8 * 16
    expect(operationsOf(SMALL)).toBe(tokens * 6 * P)
    expect(operationsOf({ ...SMALL, recompute: true })).toBe(tokens * 8 * P)
    expect(operationsOf({ ...SMALL, teacherParameters: 1000 })).toBe(tokens * (6 * P + 2000))
  })

  it('takes as long as the GPUs that have rows need at the share of their peak', () => {
    const gpu = { name: 'x', memoryBytes: 1e6, peak: 1e9 }
    const seconds = (1280 * 6 * P) / (4 * 1e9 * 0.4)
    expect(runMs(SMALL, gpu, 4, 0.4)).toBeCloseTo(1000 * seconds, 9)
    // Four rows a micro-batch: more GPUs than that are of no use.
    expect(runMs(SMALL, gpu, 8, 0.4)).toBeCloseTo(1000 * seconds, 9)
  })

  it('fits where a tenth of the memory is left', () => {
    const memory = memoryPerGpu(SMALL, 1, false)
    const gpu = (memoryBytes: number) => ({ name: 'x', memoryBytes, peak: 1 })
    expect(fits(memory, gpu(memory.total / 0.9 + 1))).toBe(true)
    expect(fits(memory, gpu(memory.total / 0.9 - 1))).toBe(false)
  })

  it('names GPUs once each, with numbers of the right size', () => {
    expect(new Set(GPUS.map(({ name }) => name)).size).toBe(GPUS.length)
    for (const { name, memoryBytes, peak } of GPUS) {
      expect(name).toContain(`${memoryBytes / 1e9} GB`)
      expect(peak).toBeGreaterThan(1e14)
      expect(peak).toBeLessThan(3e15)
    }
  })
})

import { describe, expect, it } from 'vitest'
import type { Row } from '../../../workers/dataset/row.ts'
import { KIND_CODES } from '../../../workers/dataset/row.ts'
import type { Device } from '../../../workers/device/device.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { StoredTeacher } from '../../../workers/teacher/stored.ts'
import { ORIGINS, type TokenTargets } from '../../../workers/teacher/targets.ts'
import { ModelTeacher } from '../../../workers/teacher/teacher.ts'
import { estimateMemory, refuseTooLarge } from '../../../workers/training/estimate.ts'
import { Trainer } from '../../../workers/training/trainer.ts'
import { openForTest } from '../backends.ts'

interface StoredData {
  shape: number[]
  dtype: string
}

interface Storage {
  set(id: object, value: StoredData): void
  delete(id: object): boolean
}

/** Counts the bytes that the WebAssembly backend has allocated; tf.memory() counts a reshape twice. */
function watchAllocations(): { live: number; peak: number; largest: number; stop(): void } {
  const storage = (tf.backend() as unknown as { dataIdMap: Storage }).dataIdMap
  const sizes = new Map<object, number>()
  const { set, delete: remove } = storage
  const stop = () => Object.assign(storage, { set, delete: remove })
  const seen = { live: 0, peak: 0, largest: 0, stop }
  storage.set = (id, value) => {
    const bytes = 4 * value.shape.reduce((product, side) => product * side, 1)
    sizes.set(id, bytes)
    seen.live += bytes
    seen.peak = Math.max(seen.peak, seen.live)
    seen.largest = Math.max(seen.largest, bytes)
    set.call(storage, id, value)
  }
  storage.delete = (id) => {
    seen.live -= sizes.get(id) ?? 0
    sizes.delete(id)
    return remove.call(storage, id)
  }
  return seen
}

/** A teacher that lists sixteen tokens everywhere. */
function storedOf(length: number): StoredTeacher {
  const k = 16
  const targets: TokenTargets = {
    k,
    ids: Int32Array.from({ length: length * k }, (_, i) => i % k),
    logProbabilities: new Float32Array(length * k).fill(-Math.log(2 * k)),
    origins: new Uint8Array(length).fill(ORIGINS.listed),
  }
  return new StoredTeacher({ of: () => targets }, k)
}

/** Bytes alive at the peak of two optimiser steps, and the largest buffer, as allocated. */
async function measure(input: RecipeInput, vocabularySize: number, teacherConfig?: GptConfig) {
  await openForTest('wasm')
  const recipe = parseRecipe(input)
  const length = recipe.data.contextLength
  const row: Row = {
    trajectory: 0,
    ids: Int32Array.from({ length }, (_, t) => (t * 7) % vocabularySize),
    kinds: Uint8Array.from({ length }, (_, t) => (t % 8 < 2 ? KIND_CODES.observation : KIND_CODES.reason)),
    steps: new Int32Array(length),
    places: Int32Array.from({ length }, (_, t) => t),
    difficulty: 0,
  }
  const dataset = {
    train: new Array<Row>(recipe.batchRows).fill(row),
    packs: recipe.data.packing ? new Array<Row[]>(recipe.batchRows).fill([row]) : undefined,
    heldOut: [],
    rowLength: length,
    endOfTextId: 0,
    report: {} as never,
  }
  const seen = watchAllocations()
  const teacher =
    teacherConfig &&
    new ModelTeacher(reference, {
      config: teacherConfig,
      parameters: initialParameters(gptParameters(teacherConfig), 1),
      tokenizer: null,
    })
  const trainer = new Trainer({
    recipe,
    dataset,
    vocabularySize,
    operations: reference,
    teacher: recipe.teacher.kind === 'stored' ? storedOf(length) : (teacher ?? null),
  })
  trainer.takeStep()
  trainer.takeStep()
  await trainer.read()
  trainer.dispose()
  teacher?.dispose()
  seen.stop()
  return { recipe, seen, length }
}

describe('the estimate of memory', () => {
  const TEACHER: GptConfig = { vocabularySize: 2000, contextLength: 128, layers: 6, width: 96, heads: 4 }
  const taught = { teacher: { kind: 'model' as const, source: 't' }, tokenizer: { kind: 'teacher' as const } }
  const stored = { teacher: { kind: 'stored' as const, source: 'trajectories' } }
  const tiny = {
    batchRows: 4,
    data: { contextLength: 128 },
    student: { layers: 1, width: 16, heads: 1 },
  }
  const shapes: [string, RecipeInput, number, GptConfig?][] = [
    [
      'activations weigh most',
      { batchRows: 8, data: { contextLength: 64 }, student: { layers: 6, width: 48, heads: 2 } },
      300,
    ],
    [
      'activations weigh most and layers are computed anew',
      {
        recompute: true,
        batchRows: 8,
        data: { contextLength: 64 },
        student: { layers: 24, width: 48, heads: 2 },
      },
      300,
    ],
    [
      'attention weighs most',
      { batchRows: 4, data: { contextLength: 256 }, student: { layers: 2, width: 32, heads: 8 } },
      300,
    ],
    [
      'rows are packed',
      {
        batchRows: 4,
        data: { contextLength: 256, packing: true },
        student: { layers: 2, width: 32, heads: 1 },
      },
      300,
    ],
    [
      'rows are packed and a model teaches',
      {
        ...taught,
        batchRows: 4,
        data: { contextLength: 128, packing: true },
        student: { layers: 1, width: 16, heads: 1 },
      },
      300,
      { vocabularySize: 300, contextLength: 128, layers: 2, width: 32, heads: 1 },
    ],
    ['logits weigh most', tiny, 4000],
    ['logits come in chunks', tiny, 20000],
    [
      'parameters weigh most',
      { batchRows: 1, data: { contextLength: 16 }, student: { layers: 4, width: 128, heads: 1 } },
      300,
    ],
    [
      'the vocabulary’s table weighs most',
      { batchRows: 1, data: { contextLength: 16 }, student: { layers: 1, width: 128, heads: 1 } },
      8000,
    ],
    ['a model teaches', { ...tiny, ...taught }, 2000, TEACHER],
    ['a model teaches at τ = 2', { ...tiny, ...taught, objective: { temperature: 2 } }, 2000, TEACHER],
    [
      'a model teaches by JSD at τ = 2, mixed',
      { ...tiny, ...taught, objective: { divergence: 'jsd', temperature: 2, hardShare: 0.5 } },
      2000,
      TEACHER,
    ],
    ['the text teaches by reverse KL', { ...tiny, objective: { arm: 'reverse-kl' } }, 4000],
    ['what is stored teaches', { ...tiny, ...stored }, 4000],
    [
      'what is stored teaches only to be measured',
      { ...tiny, ...stored, objective: { arm: 'sad-hard' } },
      4000,
    ],
    [
      'what is stored teaches by JSD, mixed',
      { ...tiny, ...stored, objective: { divergence: 'jsd', hardShare: 0.5 } },
      4000,
    ],
    ['rows come in micro-batches', { ...tiny, batchRows: 8, accumulate: 4 }, 4000],
    [
      'rows come in micro-batches and parameters weigh most',
      {
        batchRows: 2,
        accumulate: 2,
        data: { contextLength: 16 },
        student: { layers: 4, width: 128, heads: 1 },
      },
      300,
    ],
    ['the teacher weighs most', { ...tiny, ...taught }, 300, { ...TEACHER, vocabularySize: 300, layers: 12 }],
  ]
  it.each(shapes)(
    'is what is really allocated, within three tenths: %s',
    async (_, input, vocabulary, teacher) => {
      const { recipe, seen, length } = await measure(input, vocabulary, teacher)
      const estimate = estimateMemory(recipe, length, vocabulary, teacher ?? null)
      expect(seen.peak / estimate.totalBytes).toBeLessThan(1.05)
      expect(seen.peak / estimate.totalBytes).toBeGreaterThan(0.7)
      expect(seen.largest / estimate.largestBufferBytes).toBeLessThanOrEqual(1)
      expect(seen.largest / estimate.largestBufferBytes).toBeGreaterThan(0.7)
      expect(seen.live).toBe(0)
    },
  )
})

describe('a student that is too large', () => {
  const estimate = { parameters: 1_234_567, totalBytes: 3 * 2 ** 30, largestBufferBytes: 2 ** 29 }
  const device: Device = {
    backend: 'webgpu',
    adapter: 'Small GPU',
    software: false,
    maxBufferBytes: Number.POSITIVE_INFINITY,
    maxTotalBytes: Number.POSITIVE_INFINITY,
  }
  const advice = 'choose fewer layers, a smaller width, fewer rows per batch or a shorter context.'

  it('is refused with the buffer that it needs and the buffer that the device has', () => {
    expect(refuseTooLarge(estimate, { ...device, maxBufferBytes: 2 ** 27 })).toBe(
      `This student of 1,234,567 parameters needs a single buffer of 0.500 GiB, but Small GPU binds 0.125 GiB at most: ${advice}`,
    )
  })

  it('is refused with the memory that it needs and the memory that there is', () => {
    expect(refuseTooLarge(estimate, { ...device, maxTotalBytes: 2 ** 31 })).toBe(
      `This student of 1,234,567 parameters needs about 3.00 GiB to train, but Small GPU has 2.00 GiB at most: ${advice}`,
    )
  })

  it('is not refused where it just fits', () => {
    expect(refuseTooLarge(estimate, device)).toBeUndefined()
    const exact = { ...device, maxBufferBytes: 2 ** 29, maxTotalBytes: 3 * 2 ** 30 }
    expect(refuseTooLarge(estimate, exact)).toBeUndefined()
  })
})

import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { expect } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import { fusedOperations } from '../../../workers/kernels/fused.ts'
import type { Limits } from '../../../workers/kernels/gpu/runner.ts'
import { limitsOf, TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import type { Operations, Values } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { Random } from '../../../workers/random.ts'
import { openForTest } from '../backends.ts'

/** The fused operations on this machine's WebGPU, with limits as they are or as a smaller adapter has them. */
export async function openFused(smaller: Partial<Limits> = {}): Promise<{
  operations: Operations
  runner: TfjsRunner
}> {
  await openForTest('webgpu')
  const backend = tf.backend() as WebGPUBackend
  const runner = new TfjsRunner(backend, { ...limitsOf(backend.device, true), ...smaller })
  const operations = fusedOperations(runner, (programs, progress) => runner.compile(programs, progress))
  return { operations, runner }
}

/** The same numbers in [-scale, scale) everywhere. */
export function draw(count: number, seed: number, scale = 1): Float32Array {
  const random = new Random(seed)
  return Float32Array.from({ length: count }, () => scale * (2 * random.next() - 1))
}

export function drawIds(count: number, below: number, seed: number): Int32Array {
  const random = new Random(seed)
  return Int32Array.from({ length: count }, () => random.below(below))
}

/** Everything that a piece of work computes, by name: arrays on the device, or numbers that it has read. */
export type Work = (
  operations: Operations,
) => Record<string, Values | Float32Array> | Promise<Record<string, Values | Float32Array>>

async function compute(operations: Operations, work: Work): Promise<Record<string, Float32Array>> {
  const results: Record<string, Float32Array> = {}
  for (const [name, values] of Object.entries(await work(operations))) {
    results[name] = values instanceof Float32Array ? values : (await operations.read(values))[0]!
  }
  return results
}

/** Largest difference relative to the largest expected value; values that are not finite must be so in both. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  let scale = 1e-6
  for (const value of expected) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value))
  let worst = 0
  for (const [i, value] of expected.entries()) {
    if (Number.isFinite(value) !== Number.isFinite(actual[i]!)) return Number.POSITIVE_INFINITY
    if (Number.isFinite(value)) worst = Math.max(worst, Math.abs(actual[i]! - value))
  }
  return worst / scale
}

/** Expects the fused operations to give what stock tfjs gives on the plain CPU. */
export async function expectSame(fused: Operations, work: Work, tolerance = 1e-5): Promise<void> {
  const actual = await compute(fused, work)
  const before = tf.getBackend()
  await tf.setBackend('cpu')
  try {
    const expected = await compute(reference, work)
    expect(Object.keys(actual)).toEqual(Object.keys(expected))
    for (const [name, values] of Object.entries(expected)) {
      expect(actual[name]!.length, name).toBe(values.length)
      expect(relativeError(actual[name]!, values), name).toBeLessThan(tolerance)
    }
  } finally {
    await tf.setBackend(before)
  }
}

/** A gradient to add to, and the numbers in it. */
export function gradientOf(operations: Operations, shape: number[]) {
  const size = shape.reduce((product, side) => product * side, 1)
  const trainable = operations.trainable([{ name: 'g', shape, offset: 0, size, decays: true }], () => ({
    parameters: new Float32Array(size),
  }))
  return { gradient: trainable.gradients.get('g')!, read: () => trainable.readGradient() }
}

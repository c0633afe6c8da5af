import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { describe, expect, it } from 'vitest'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
import { implementationsFor } from '../../../workers/kernels/choose.ts'
import type { Operations } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { openCheckedDevice } from '../../../workers/training/openChecked.ts'
import { LARGEST_SELF_CHECK_ERROR, selfCheck } from '../../../workers/training/selfCheck.ts'
import { BACKENDS, openForTest } from '../backends.ts'
import { withTrainable } from '../watching.ts'

const broken: Record<string, Partial<Operations>> = {
  'a layer norm whose output is 1 % too large': {
    layerNorm: {
      ...reference.layerNorm,
      forward: (x, gain, bias) => {
        const { output, saved } = reference.layerNorm.forward(x, gain, bias)
        return { output: tf.mul(output as Tensor, 1.01), saved }
      },
    },
  },
  'an attention whose gradient is 20 % too large': {
    attention: {
      ...reference.attention,
      backward: (saved, dOutput, rows, heads) =>
        tf.mul(reference.attention.backward(saved, dOutput, rows, heads) as Tensor, 1.2),
    },
  },
  'an optimiser that does not decay': withTrainable((trainable) => ({
    update: (options) => trainable.update({ ...options, weightDecay: 0 }),
  })),
  'a device that returns zeros': withTrainable((trainable) => ({
    read: async () => {
      const { parameters, ...moments } = await trainable.read()
      return { ...moments, parameters: parameters.fill(0) }
    },
  })),
}

describe('the known-answer training step', () => {
  it.each(BACKENDS)('is passed by %s to five digits', async (backend) => {
    await openForTest(backend)
    expect(await selfCheck(reference)).toBeLessThan(5e-5)
  })

  it.each(Object.keys(broken))('finds %s', async (name) => {
    await openForTest('cpu')
    expect(await selfCheck({ ...reference, ...broken[name] })).toBeGreaterThan(LARGEST_SELF_CHECK_ERROR)
  })
})

describe('opening a device', () => {
  it('takes the next slower one when the known answer is not met, and says why', async () => {
    // Wrong on WebAssembly only, as a broken driver would be.
    const wrong: Operations = {
      ...reference,
      layerNorm: {
        ...reference.layerNorm,
        forward: (x, gain, bias) =>
          reference.layerNorm.forward(
            x,
            tf.getBackend() === 'wasm' ? tf.mul(gain as Tensor, 0.5) : gain,
            bias,
          ),
      },
    }
    const { device, selfCheckError } = await openCheckedDevice(
      'wasm',
      () => {},
      () => [wrong],
    )
    expect(device.backend).toBe('cpu')
    expect(device.note).toMatch(
      /^CPU \(WebAssembly.*failed the known-answer training step.*Training runs on CPU \(plain/,
    )
    expect(selfCheckError).toBeLessThan(LARGEST_SELF_CHECK_ERROR)
  })

  it('takes the slower operations on the same device where the faster ones are wrong, and says so', async () => {
    const wrong: Operations = { ...reference, ...broken['a device that returns zeros'], name: 'fused' }
    const { device, operations } = await openCheckedDevice(
      'wasm',
      () => {},
      () => [wrong, reference],
    )
    expect(operations).toBe(reference)
    expect(device.backend).toBe('wasm')
    expect(device.note).toMatch(
      /^The fused kernels on CPU .* failed the known-answer training step \(relative error 1\.0\)\. Training uses TensorFlow\.js' own operations instead/,
    )
  })

  it('takes what throws, or is refused by the GPU, for wrong', async () => {
    const throwing: Operations = {
      ...reference,
      name: 'fused',
      rows: () => {
        throw new Error('no such limit')
      },
    }
    const { operations, device } = await openCheckedDevice(
      'cpu',
      () => {},
      () => [throwing, reference],
    )
    expect(operations).toBe(reference)
    expect(device.note).toContain('failed the known-answer training step (no such limit)')
  })

  it('chooses the fused kernels on WebGPU by itself', async () => {
    await openForTest('webgpu')
    const { operations, selfCheckError, device } = await openCheckedDevice('webgpu', (error) => {
      throw error
    })
    expect(operations.name).toBe('fused')
    expect(selfCheckError).toBeLessThan(5e-5)
    expect(device.note).not.toContain('failed')
  })

  it('falls back openly where a fused kernel is refused by the GPU', async () => {
    await openForTest('webgpu')
    const failures: Error[] = []
    const { operations, device } = await openCheckedDevice(
      'webgpu',
      (error) => failures.push(error),
      (found) => {
        const [fused, stock] = implementationsFor(found) as [Operations, Operations]
        const device = (tf.backend() as WebGPUBackend).device as unknown as GPUDevice
        const refused: Operations = {
          ...fused,
          rows: (tokens) => {
            device.createShaderModule({ code: 'this is no shader' })
            return fused.rows(tokens)
          },
        }
        return [refused, stock]
      },
    )
    expect(operations.name).toBe('reference')
    expect(device.note).toMatch(/^The fused kernels on .* failed the known-answer training step/)
    expect(failures).toEqual([])
  })

  it('gives up with a sentence when no backend meets the known answer', async () => {
    const zeros: Operations = { ...reference, ...broken['a device that returns zeros'] }
    await expect(
      openCheckedDevice(
        'wasm',
        () => {},
        () => [zeros],
      ),
    ).rejects.toThrow(/This machine cannot train/)
  })
})

import { describe, expect, it } from 'vitest'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
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
    const { device, selfCheckError } = await openCheckedDevice('wasm', wrong, () => {})
    expect(device.backend).toBe('cpu')
    expect(device.note).toMatch(
      /^CPU \(WebAssembly.*failed the known-answer training step.*so training runs on CPU \(plain/,
    )
    expect(selfCheckError).toBeLessThan(LARGEST_SELF_CHECK_ERROR)
  })

  it('gives up with a sentence when no backend meets the known answer', async () => {
    const zeros: Operations = { ...reference, ...broken['a device that returns zeros'] }
    await expect(openCheckedDevice('wasm', zeros, () => {})).rejects.toThrow(/this machine cannot train/)
  })
})

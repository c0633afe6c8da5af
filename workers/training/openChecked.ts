import type { BackendChoice } from '../device/backends.ts'
import { type Device, type FailureListener, openDevice, refusedBy } from '../device/device.ts'
import { LabError, messageOf } from '../errors.ts'
import { implementationsFor } from '../kernels/choose.ts'
import type { Operations } from '../kernels/operations.ts'
import { LARGEST_SELF_CHECK_ERROR, selfCheck } from './selfCheck.ts'

export interface CheckedDevice {
  device: Device
  /** The fastest implementation that is right on it. */
  operations: Operations
  /** Largest relative error of the known-answer training step. */
  selfCheckError: number
}

/**
 * Opens a backend and lets it take a training step whose result is known. What gets it wrong is not used: the next
 * slower implementation takes its place, and after the last the next slower backend, which says so in its note.
 *
 * @param implementations what may compute on a device, the fastest first
 * @throws LabError `no-backend` when none is left
 */
export async function openCheckedDevice(
  choice: BackendChoice,
  onFailure: FailureListener,
  implementations: (device: Device) => Operations[] = implementationsFor,
): Promise<CheckedDevice> {
  const device = await openDevice(choice, onFailure)
  const failures: string[] = []
  for (const operations of implementations(device)) {
    const { error, why } = await check(operations)
    if (error < LARGEST_SELF_CHECK_ERROR) {
      if (failures.length > 0) {
        device.note = `${failures.join(' ')} Training uses TensorFlow.js' own operations instead, which are slower.`
      }
      return { device, operations, selfCheckError: error }
    }
    const name = operations.name === 'fused' ? `The fused kernels on ${device.adapter}` : device.adapter
    failures.push(`${name} failed the known-answer training step (${why}).`)
  }
  const failed = failures.join(' ')
  if (device.backend === 'cpu') throw new LabError('no-backend', `${failed} This machine cannot train.`)
  const slower = device.backend === 'webgpu' ? 'wasm' : 'cpu'
  const next = await openCheckedDevice(slower, onFailure, implementations)
  next.device.note = `${failed} Training runs on ${next.device.adapter} instead.`
  return next
}

/** The self-check's error, and in words what was wrong. */
async function check(operations: Operations): Promise<{ error: number; why: string }> {
  let error = Number.POSITIVE_INFINITY
  let thrown: string | undefined
  const refused = await refusedBy(async () => {
    try {
      error = await selfCheck(operations)
    } catch (reason) {
      thrown = messageOf(reason)
    }
  })
  const why = refused ?? thrown
  return why
    ? { error: Number.POSITIVE_INFINITY, why }
    : { error, why: `relative error ${error.toPrecision(2)}` }
}

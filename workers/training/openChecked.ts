import type { BackendChoice } from '../device/backends.ts'
import { type Device, type FailureListener, openDevice } from '../device/device.ts'
import { LabError } from '../errors.ts'
import type { Operations } from '../kernels/operations.ts'
import { LARGEST_SELF_CHECK_ERROR, selfCheck } from './selfCheck.ts'

export interface CheckedDevice {
  device: Device
  /** Largest relative error of the known-answer training step. */
  selfCheckError: number
}

/**
 * Opens a backend and lets it take a training step whose result is known. One that gets it wrong is not used: the next
 * slower one is opened in its place and says so in its note.
 *
 * @throws LabError `no-backend` when none is left
 */
export async function openCheckedDevice(
  choice: BackendChoice,
  operations: Operations,
  onFailure: FailureListener,
): Promise<CheckedDevice> {
  const device = await openDevice(choice, onFailure)
  const selfCheckError = await selfCheck(operations)
  if (selfCheckError < LARGEST_SELF_CHECK_ERROR) return { device, selfCheckError }
  const failed = `${device.adapter} failed the known-answer training step (relative error ${selfCheckError.toPrecision(2)})`
  if (device.backend === 'cpu') throw new LabError('no-backend', `${failed}; this machine cannot train.`)
  const next = await openCheckedDevice(device.backend === 'webgpu' ? 'wasm' : 'cpu', operations, onFailure)
  next.device.note = `${failed}, so training runs on ${next.device.adapter}.`
  return next
}

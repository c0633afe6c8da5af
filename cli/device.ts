import { BACKEND_CHOICES, type BackendChoice } from '../workers/device/backends.ts'
import type { FailureListener } from '../workers/device/device.ts'
import { LabError } from '../workers/errors.ts'
import { type CheckedDevice, openCheckedDevice } from '../workers/training/openChecked.ts'
import { installDawn } from './dawn.ts'
import { say } from './files.ts'

/** @throws LabError `usage` for a --backend that is none */
export function backendChoice(value: string): BackendChoice {
  if (BACKEND_CHOICES.includes(value as BackendChoice)) return value as BackendChoice
  throw new LabError('usage', `--backend ${value} is none of ${BACKEND_CHOICES.join(', ')}.`)
}

/**
 * Opens what a person chose, saying on stderr what it is and why it is not what they wished.
 *
 * @param trajectories how many were loaded; null where none are needed
 */
export async function openChosen(
  choice: BackendChoice,
  trajectories: number | null,
  onFailure: FailureListener,
): Promise<CheckedDevice> {
  const noDawn = choice === 'wasm' || choice === 'cpu' ? undefined : await installDawn()
  if (noDawn) say(noDawn)
  const opened = await openCheckedDevice(choice, onFailure)
  const { device, operations } = opened
  const engine = operations.name === 'fused' ? ', fused kernels' : ''
  const loaded = trajectories === null ? 'Backend' : `${trajectories} trajectories; backend`
  say(`${loaded} ${device.backend}${engine} on ${device.adapter}.`)
  if (device.note) say(device.note)
  return opened
}

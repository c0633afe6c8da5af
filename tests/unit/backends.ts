import { installDawn } from '../../cli/dawn.ts'
import type { BackendName } from '../../workers/device/backends.ts'
import { type Device, openDevice } from '../../workers/device/device.ts'

/** Every backend that the lab trains on; the tests of kernels run on each. */
export const BACKENDS: BackendName[] = ['cpu', 'wasm', 'webgpu']

/** Opens a backend for a test; a GPU error or a backend that is not there fails it. */
export async function openForTest(backend: BackendName): Promise<Device> {
  if (backend === 'webgpu') {
    const problem = await installDawn()
    if (problem) throw new Error(problem)
  }
  return openDevice(backend, (error) => {
    throw error
  })
}

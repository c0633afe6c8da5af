import { installDawn } from '../../cli/dawn.ts'
import type { BackendName } from '../../workers/device/backends.ts'
import { type Device, openDevice } from '../../workers/device/device.ts'
import { implementationsFor } from '../../workers/kernels/choose.ts'
import type { Operations } from '../../workers/kernels/operations.ts'
import { reference } from '../../workers/kernels/reference.ts'

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

/** Everything that computes: the reference on each backend, and the fused kernels. */
export const ENGINES = [...BACKENDS, 'fused'] as const

export async function openEngine(engine: (typeof ENGINES)[number]): Promise<Operations> {
  const device = await openForTest(engine === 'fused' ? 'webgpu' : engine)
  return engine === 'fused' ? implementationsFor(device)[0]! : reference
}

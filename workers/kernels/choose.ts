import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type { Device } from '../device/device.ts'
import { tf } from '../device/tensorflow.ts'
import { fusedOperations } from './fused.ts'
import { limitsOf, TfjsRunner } from './gpu/tfjsRunner.ts'
import type { Operations } from './operations.ts'
import { reference } from './reference.ts'

/** What can compute on the device that has just been opened, the fastest first. */
export function implementationsFor({
  backend,
  software,
}: Pick<Device, 'backend' | 'software'>): Operations[] {
  if (backend !== 'webgpu') return [reference]
  const webgpu = tf.backend() as WebGPUBackend
  const runner = new TfjsRunner(webgpu, limitsOf(webgpu.device, software))
  const fused = fusedOperations(runner, (programs, progress) => runner.compile(programs, progress))
  return [fused, reference]
}

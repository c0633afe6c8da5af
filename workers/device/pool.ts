import { tf } from './tensorflow.ts'

/** tfjs' pool of GPU buffers, private to TypeScript (tfjs is pinned to 4.22.0). It never gives one back by itself. */
interface Pooled {
  commandEncoder: GPUCommandEncoder | null
  endComputePassEncoder(): void
  submitQueue(): void
  bufferManager: { freeBuffers: Map<string, GPUBuffer[]>; numFreeBuffers: number; numBytesAllocated: number }
}

/** Gives the buffers that nobody uses back to the GPU. */
export function destroyPooled(): void {
  if (tf.getBackend() !== 'webgpu') return
  const backend = tf.backend() as unknown as Pooled
  if (backend.commandEncoder) {
    // Commands that were recorded may still need them.
    backend.endComputePassEncoder()
    backend.submitQueue()
  }
  const { bufferManager } = backend
  for (const buffers of bufferManager.freeBuffers.values()) {
    for (const buffer of buffers) {
      bufferManager.numBytesAllocated -= buffer.size
      bufferManager.numFreeBuffers--
      buffer.destroy()
    }
    buffers.length = 0
  }
}

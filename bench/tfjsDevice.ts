import { destroyPooled } from '../workers/device/pool.ts'
import { tf } from '../workers/device/tensorflow.ts'

/** What is looked at of tfjs' WebGPU backend, some of it private to TypeScript (tfjs is pinned to 4.22.0). */
interface Backend {
  queue: GPUQueue
  bufferManager: {
    acquireBuffer(...args: unknown[]): GPUBuffer
    numBytesUsed: number
  }
  commandEncoder: GPUCommandEncoder | null
  endComputePassEncoder(): void
  submitQueue(): void
}

/** The device and the buffers of tfjs' WebGPU backend, which the lab's own kernels use as well. */
export class TfjsDevice {
  private readonly backend = tf.findBackend('webgpu') as unknown as Backend
  private readonly pool = this.backend.bufferManager
  /** Most bytes in use at a time since it was set. */
  peakBytes = 0

  constructor() {
    const { pool } = this
    const { acquireBuffer } = pool
    pool.acquireBuffer = (...args) => {
      const buffer = acquireBuffer.apply(pool, args)
      this.peakBytes = Math.max(this.peakBytes, pool.numBytesUsed)
      return buffer
    }
  }

  get usedBytes(): number {
    return this.pool.numBytesUsed
  }

  /** Gives back what is not in use, which tfjs itself never does. WebGPU's backend must be the current one. */
  trim(): void {
    destroyPooled()
  }

  /** Resolves when all that was recorded has been done. */
  async finish(): Promise<void> {
    this.submit()
    await this.backend.queue.onSubmittedWorkDone()
  }

  private submit(): void {
    const { backend } = this
    if (!backend.commandEncoder) return
    backend.endComputePassEncoder()
    backend.submitQueue()
  }
}

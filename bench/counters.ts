/** What an engine asks of WebGPU, counted for all alike in the browser's or Dawn's own classes. */
export interface Counts {
  dispatches: number
  submits: number
  /** Bytes of all buffers there are. */
  heldBytes: number
  /** Most that there were since this was set. */
  peakBytes: number
  /** When the first readback was asked for since this was set to null: until then JavaScript was at work. */
  readAt: number | null
}

/** Counts from now on in this thread; null where there is no WebGPU. */
export function countWebGpu(): Counts | null {
  if (typeof GPUQueue === 'undefined') return null
  const counts: Counts = { dispatches: 0, submits: 0, heldBytes: 0, peakBytes: 0, readAt: null }
  const sizes = new WeakMap<GPUBuffer, number>()
  before(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => {
    counts.dispatches++
  })
  before(GPUQueue.prototype, 'submit', () => {
    counts.submits++
  })
  before(GPUBuffer.prototype, 'mapAsync', () => {
    counts.readAt ??= performance.now()
  })
  before(GPUBuffer.prototype, 'destroy', (buffer: GPUBuffer) => {
    counts.heldBytes -= sizes.get(buffer) ?? 0
    sizes.delete(buffer)
  })
  const { createBuffer } = GPUDevice.prototype
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor)
    sizes.set(buffer, descriptor.size)
    counts.heldBytes += descriptor.size
    counts.peakBytes = Math.max(counts.peakBytes, counts.heldBytes)
    return buffer
  }
  return counts
}

function before<T extends object>(prototype: T, name: keyof T, note: (self: T) => void): void {
  const original = prototype[name] as (...args: unknown[]) => unknown
  prototype[name] = function (this: T, ...args: unknown[]) {
    note(this)
    return original.apply(this, args)
  } as T[keyof T]
}

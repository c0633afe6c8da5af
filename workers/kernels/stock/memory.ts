import { destroyPooled } from '../../device/pool.ts'
import { type Tensor, tf } from '../../device/tensorflow.ts'
import { foundIn } from '../foundIn.ts'
import type { DeviceMemory, Operations } from '../operations.ts'

/** Several arrays of no more elements than this are read as one. */
const JOINED_ELEMENTS = 1 << 20

type Memory = Pick<Operations, 'upload' | 'read' | 'free' | 'scope' | 'memory' | 'resetPeak' | 'trim'>

/** Arrays are tensors; tfjs keeps count of them. */
export const memory: Memory = {
  // A copy: tfjs keeps the array that it is given, and reads it when it first needs it.
  upload: (values, shape) =>
    tf.tensor(values.slice(), [...shape], values instanceof Int32Array ? 'int32' : 'float32'),

  async read(...arrays) {
    const tensors = arrays as Tensor[]
    const elements = tensors.reduce((sum, { size }) => sum + size, 0)
    if (tensors.length < 2 || elements > JOINED_ELEMENTS) return Promise.all(tensors.map(copyOf))
    const joined = tf.tidy(() =>
      tf.concat(tensors.map((tensor) => tf.cast(tf.reshape(tensor, [-1]), 'float32'))),
    )
    const all = await joined.data()
    joined.dispose()
    let end = 0
    return tensors.map(({ size }) => {
      end += size
      return Float32Array.from(all.subarray(end - size, end))
    })
  },

  free(...arrays) {
    for (const array of arrays) (array as Tensor | null | undefined)?.dispose()
  },

  scope<T>(work: () => T): T {
    let result: T | undefined
    tf.tidy(() => {
      result = work()
      return [...foundIn(result, isTensor)]
    })
    return result as T
  },

  memory(): DeviceMemory {
    watch()
    return { liveBytes: liveBytes(), peakBytes: peak, pooledBytes: pooledBytes() }
  },

  resetPeak() {
    watch()
    peak = liveBytes()
  },

  trim: destroyPooled,
}

/** tfjs may hand out its own copy, so that is copied once more. */
async function copyOf(tensor: Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data())
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof tf.Tensor
}

/** Of tensors; one that is a reshaped view of another counts as well. */
function liveBytes(): number {
  return tf.memory().numBytes
}

function pooledBytes(): number {
  const onWebGPU = tf.memory() as { numBytesAllocatedInGPU?: number }
  return onWebGPU.numBytesAllocatedInGPU ?? liveBytes()
}

let peak = 0
let watched = false

/** From the first time that somebody asks, looks at the bytes whenever a tensor is made; tfjs itself keeps no peak. */
function watch(): void {
  if (watched) return
  watched = true
  peak = liveBytes()
  const engine = tf.engine() as unknown as { trackTensor(...tensor: unknown[]): void }
  const track = engine.trackTensor.bind(engine)
  engine.trackTensor = (...tensor) => {
    track(...tensor)
    peak = Math.max(peak, liveBytes())
  }
}

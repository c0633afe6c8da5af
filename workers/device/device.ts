import '@tensorflow/tfjs-backend-cpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
// Inlined, so that a page that falls back to WebAssembly makes no request after it has loaded.
import wasmBinary from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url&inline'
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { LabError, messageOf } from '../errors.ts'
import type { BackendChoice, BackendName } from './backends.ts'
import { tf } from './tensorflow.ts'

setWasmPaths(
  {
    'tfjs-backend-wasm.wasm': wasmBinary,
    'tfjs-backend-wasm-simd.wasm': wasmBinary,
    'tfjs-backend-wasm-threaded-simd.wasm': wasmBinary,
  },
  true,
)
// Threads need cross-origin isolation, which a static deploy does not have; the one binary is the unthreaded.
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)

/** The backend that computes, as it was found. */
export interface Device {
  backend: BackendName
  adapter: string
  /** WebGPU emulated on the CPU. */
  software: boolean
  /** What a person should know about how this backend was chosen. */
  note?: string
  /** Largest buffer that one kernel can read, bytes. */
  maxBufferBytes: number
  /** Largest sum of all buffers that can be counted on, bytes. */
  maxTotalBytes: number
}

/** Told once when the device can no longer be used, with a sentence. */
export type FailureListener = (error: LabError) => void

/**
 * Opens a backend and makes it tfjs' own.
 *
 * `automatic` takes WebGPU on real hardware; a software adapter is an emulation on the CPU and slower than
 * WebAssembly there, so it is used only when asked for by name.
 *
 * @param onFailure hears of a lost device and of every uncaptured GPU error; both make later results worthless
 * @throws LabError `no-backend` when the backend asked for cannot be opened
 */
export async function openDevice(choice: BackendChoice, onFailure: FailureListener): Promise<Device> {
  if (choice === 'wasm' || choice === 'cpu') return openCpuPath(choice)
  const found = await requestGpu()
  if (choice === 'webgpu') {
    if (typeof found === 'string') throw new LabError('no-backend', found)
    return openGpu(found, onFailure)
  }
  if (typeof found === 'string') return openCpuPath('wasm', `${found} Training runs on WebAssembly instead.`)
  if (found.software) {
    return openCpuPath(
      'wasm',
      `WebGPU here is only ${found.name}, an emulation on the CPU, so training runs on WebAssembly, which is faster.`,
    )
  }
  return openGpu(found, onFailure)
}

interface FoundGpu {
  adapter: GPUAdapter
  name: string
  software: boolean
}

/** The adapter, or a sentence why there is none. */
async function requestGpu(): Promise<FoundGpu | string> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu
  if (!gpu) {
    return 'This browser offers no WebGPU here: use Chrome or Edge 113 or newer, over https or localhost, with hardware acceleration on.'
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null)
  if (!adapter) {
    return 'WebGPU found no graphics adapter: check that the driver is installed and hardware acceleration is on.'
  }
  const info = adapter.info
  const name =
    [info.description || info.device, info.vendor, info.architecture].filter(Boolean).join(', ') ||
    'unnamed adapter'
  const software =
    (info as GPUAdapterInfo & { isFallbackAdapter?: boolean }).isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|basic render/i.test(name)
  return { adapter, name, software }
}

/** The limits that matter to the engine; stock tfjs asks for fewer storage buffers than the adapter has. */
const WANTED_LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBuffersPerShaderStage',
] as const

const WANTED_FEATURES = ['timestamp-query', 'shader-f16', 'subgroups'] as const

/**
 * WebGPU does not tell how much memory there is. Cards hold some dozens of their largest buffer at most, so what needs more
 * is refused at once; what the card refuses itself is found when it is asked for.
 */
const MOST_BUFFERS = 32

async function openGpu(found: FoundGpu, onFailure: FailureListener): Promise<Device> {
  const { adapter } = found
  const requiredLimits: Record<string, number> = {}
  for (const name of WANTED_LIMITS) requiredLimits[name] = adapter.limits[name] as number
  const device = await adapter
    .requestDevice({
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits,
    })
    .catch((error: unknown) => {
      throw new LabError('no-backend', `The adapter ${found.name} gave no device: ${messageOf(error)}`)
    })

  let closing = false
  device.addEventListener('uncapturederror', (event) => {
    // One bad dispatch spoils a whole command buffer and later reads return zeros, so nothing can go on.
    onFailure(new LabError('gpu-error', `The GPU refused a command: ${event.error.message.split('\n')[0]}`))
  })
  void device.lost.then((info) => {
    if (closing || info.reason === 'destroyed') return
    onFailure(
      new LabError(
        'device-lost',
        `The GPU device was lost${info.message ? ` (${info.message.split('\n')[0]})` : ''}: the driver was reset or the GPU process ended.`,
      ),
    )
  })

  forgetBackend('webgpu')
  tf.registerBackend(
    'webgpu',
    () => {
      const backend = new WebGPUBackend(device as never, adapter.info as never)
      const dispose = backend.dispose.bind(backend)
      backend.dispose = () => {
        closing = true
        dispose()
        device.destroy()
      }
      return backend
    },
    3,
  )
  await choose('webgpu')
  // Small tensors would otherwise be computed on the CPU and leave the command stream.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 64)
  const maxBufferBytes = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize)
  return {
    backend: 'webgpu',
    adapter: found.name,
    software: found.software,
    maxBufferBytes,
    maxTotalBytes: MOST_BUFFERS * device.limits.maxBufferSize,
    note: found.software ? `${found.name} emulates WebGPU on the CPU: right, but slow.` : undefined,
  }
}

/**
 * Does something that the GPU may refuse, which then fails nothing else.
 *
 * @returns what the GPU said, or nothing where it took every command or there is none
 */
export async function refusedBy(work: () => Promise<void>): Promise<string | undefined> {
  if (tf.getBackend() !== 'webgpu') {
    await work()
    return undefined
  }
  const device = (tf.backend() as WebGPUBackend).device as unknown as GPUDevice
  const kinds = ['validation', 'out-of-memory', 'internal'] as const
  for (const kind of kinds) device.pushErrorScope(kind)
  await work()
  // A device that is lost on the way tells nobody anything; that it is lost is heard elsewhere.
  const errors = await Promise.all(kinds.map(() => device.popErrorScope().catch(() => null)))
  return errors.find((error) => error !== null)?.message.split('\n')[0]
}

async function openCpuPath(backend: 'wasm' | 'cpu', note?: string): Promise<Device> {
  try {
    await choose(backend)
  } catch (error) {
    if (backend === 'cpu') throw error
    return openCpuPath('cpu', `${note ? `${note} ` : ''}WebAssembly did not start (${messageOf(error)}).`)
  }
  return {
    backend,
    adapter: backend === 'wasm' ? 'CPU (WebAssembly SIMD, one thread)' : 'CPU (plain JavaScript)',
    software: false,
    note,
    maxBufferBytes: Number.POSITIVE_INFINITY,
    // The WebAssembly heap of tfjs grows to 2 GiB at most.
    maxTotalBytes: backend === 'wasm' ? 2 ** 31 : 2 ** 33,
  }
}

/** Makes a registered backend current and checks that tfjs really took it. */
async function choose(backend: BackendName): Promise<void> {
  const done = await tf.setBackend(backend).catch(() => false)
  await tf.ready()
  if (!done || tf.getBackend() !== backend) {
    throw new LabError(
      'no-backend',
      `TensorFlow.js did not take the ${backend} backend; it is on ${tf.getBackend()}.`,
    )
  }
}

/** Drops a backend and its tensors, so that a new device can be registered under its name. */
function forgetBackend(backend: BackendName): void {
  if (tf.findBackendFactory(backend) !== null) tf.removeBackend(backend)
}

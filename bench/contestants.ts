import { implementationsFor } from '../workers/kernels/choose.ts'
import type { Operations } from '../workers/kernels/operations.ts'
import { reference } from '../workers/kernels/reference.ts'
import type { Engine, Task } from './engines/engine.ts'
import { jaxEngine } from './engines/jax.ts'
import { labEngine } from './engines/lab.ts'
import { stockEngine } from './engines/stock.ts'

export type TfjsBackend = 'webgpu' | 'webgl' | 'wasm'

/** An engine on one of its backends, before it is at work. */
export interface Contestant {
  name: string
  /** tfjs' backend that must be the current one whenever it is at work; null for an engine of its own. */
  backend: TfjsBackend | null
  /** Whether what it does goes through WebGPU. */
  gpu: boolean
  open(task: Task): Engine | Promise<Engine>
}

/** All that can run here. @param onFailure hears of errors on the devices that the engines open themselves */
export function contestants(
  operations: Operations,
  webgl: boolean,
  onFailure: (error: Error) => void,
): Contestant[] {
  const lab = (name: string, operations: Operations, backend: TfjsBackend): Contestant => ({
    name: `${name} ${backend}`,
    backend,
    gpu: backend === 'webgpu',
    open: (task) => labEngine(operations, task),
  })
  const stock = (backend: TfjsBackend): Contestant => ({
    name: `stock tfjs ${backend}`,
    backend,
    gpu: backend === 'webgpu',
    open: (task) => stockEngine(backend, task),
  })
  const jax = (device: 'webgpu' | 'wasm'): Contestant => ({
    name: `jax-js ${device}`,
    backend: null,
    gpu: device === 'webgpu',
    open: (task) => jaxEngine(device, task, onFailure),
  })
  return [
    lab('lab fused', operations, 'webgpu'),
    lab('lab reference', reference, 'webgpu'),
    stock('webgpu'),
    jax('webgpu'),
    ...(webgl ? [stock('webgl')] : []),
    lab('lab reference', reference, 'wasm'),
    stock('wasm'),
    jax('wasm'),
  ]
}

/** The fused operations on the WebGPU backend that is open, as the page has them there. */
export function openFused(software: boolean): Operations {
  return implementationsFor({ backend: 'webgpu', software })[0]!
}

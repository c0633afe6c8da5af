/** `automatic` takes WebGPU on real hardware, else WebAssembly. */
export const BACKEND_CHOICES = ['automatic', 'webgpu', 'wasm', 'cpu'] as const
export type BackendChoice = (typeof BACKEND_CHOICES)[number]
export type BackendName = Exclude<BackendChoice, 'automatic'>

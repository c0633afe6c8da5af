import { createRequire } from 'node:module'

interface DawnModule {
  create(options: string[]): GPU
  globals: Record<string, unknown>
}

/**
 * Gives Node the browser's `navigator.gpu` through Dawn, the WebGPU of Chrome (npm `webgpu`). Call before opening a
 * device. GPU_DAWN names the addon's file where the package itself is not installed.
 *
 * @returns a sentence when Dawn could not be loaded; whether there is an adapter is only known on asking for one
 */
export async function installDawn(): Promise<string | undefined> {
  try {
    const path = process.env.GPU_DAWN
    const dawn: DawnModule = path ? createRequire(import.meta.url)(path) : await import('webgpu')
    Object.assign(globalThis, dawn.globals)
    const gpu = dawn.create(['enable-dawn-features=allow_unsafe_apis'])
    // Node 21 and newer have a navigator of their own, with a getter.
    Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true })
    return undefined
  } catch (error) {
    return `Dawn (npm package "webgpu") could not be loaded: ${error instanceof Error ? error.message : error}`
  }
}

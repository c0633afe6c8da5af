import { existsSync, mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { findChromium } from './chromium.ts'

const DRIVER = 'vk_swiftshader_icd.json'

/**
 * Vitest's global set-up: gives the worker processes a Vulkan driver, so that Dawn (npm `webgpu`) runs the kernels in
 * Node. A driver named in the environment is kept; else it is SwiftShader from the Chromium that the browser tests
 * use, the same on every machine. macOS and Windows need none, Dawn speaks Metal and Direct3D there.
 */
export default function setup(): void {
  const { env } = process
  if (process.platform !== 'linux') return
  // Dawn's Vulkan loader warns without one.
  env.XDG_RUNTIME_DIR ??= mkdtempSync(join(tmpdir(), 'lab-'))
  if (env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES) return
  const folder = driverFolder(findChromium())
  env.VK_ICD_FILENAMES = join(folder, DRIVER)
  // The loader, libvulkan.so.1, lies beside the driver; a library path counts only from a process' start.
  env.LD_LIBRARY_PATH = [folder, env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter)
}

/** The folder of SwiftShader: beside the executable, or where the distribution's starting script finds it. */
function driverFolder(executable: string): string {
  const folders = [
    dirname(realpathSync(executable)),
    '/usr/lib/chromium',
    '/usr/lib64/chromium-browser',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    '/snap/chromium/current/usr/lib/chromium-browser',
  ]
  const folder = folders.find((candidate) => existsSync(join(candidate, DRIVER)))
  if (!folder) {
    throw new Error(
      `The unit tests run kernels on Vulkan and found no ${DRIVER} beside ${executable}. Set VK_ICD_FILENAMES to the JSON file of a Vulkan driver, or CHROMIUM to a Chromium that has one.`,
    )
  }
  return folder
}

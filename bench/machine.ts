import { type Browser, chromium } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from '../tests/setup/chromium.ts'
import { type Machine, thisMachine } from './results.ts'

/** A Chromium on the machine's own adapter, or on the software one where there is no other. */
export async function launch(): Promise<{ browser: Browser; adapter: string }> {
  const software = '--use-webgpu-adapter=swiftshader'
  const hardware = [...CHROMIUM_FLAGS.filter((flag) => flag !== software), '--enable-features=Vulkan']
  for (const args of [hardware, CHROMIUM_FLAGS]) {
    const browser = await chromium.launch({ executablePath: findChromium(), args })
    const page = await browser.newPage()
    await page.goto(process.env.LAB_URL!)
    const adapter = await page.evaluate(async () => {
      const found = await navigator.gpu?.requestAdapter()
      return found ? `${found.info.vendor} ${found.info.architecture}` : null
    })
    await page.close()
    if (adapter) return { browser, adapter }
    await browser.close()
  }
  throw new Error('This Chromium offers no WebGPU adapter, not even its software one.')
}

export function machineOf(browser: Browser, adapter: string): Machine {
  return { ...thisMachine(), adapter, browser: `Chromium ${browser.version()}` }
}

import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from '../tests/setup/chromium.ts'

const results = fileURLToPath(new URL('results', import.meta.url))

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

/** What the numbers were measured on. */
export function machineOf(browser: Browser, adapter: string) {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    adapter,
    browser: `Chromium ${browser.version()}`,
  }
}

export type Machine = ReturnType<typeof machineOf>

/**
 * Writes results beside the earlier ones, named by date, subject and machine.
 *
 * @param subject goes into the name; empty for the training in the page
 */
export function writeResults(subject: string, machine: Machine, content: object): void {
  const date = new Date().toISOString().slice(0, 10)
  const slug = `${subject} ${machine.cpu} ${machine.adapter}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  mkdirSync(results, { recursive: true })
  writeFileSync(
    `${results}/${date}-${slug}.json`,
    `${JSON.stringify({ date, machine, ...content }, null, 2)}\n`,
  )
  console.log(`written to bench/results/${date}-${slug}.json`)
}

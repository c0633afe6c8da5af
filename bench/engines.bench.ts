import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@playwright/test'
import { build, type InlineConfig, preview } from 'vite'
import setVulkan from '../tests/setup/vulkan.ts'
import { launch, machineOf } from './machine.ts'
import { requestFrom } from './request.ts'
import { writeResults } from './results.ts'
import { readableFiles } from './table.ts'

const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))

const PAGE: InlineConfig = {
  configFile: false,
  root: fileURLToPath(new URL('page', import.meta.url)),
  logLevel: 'error',
  resolve: { mainFields: ['module', 'main'] },
  worker: { format: 'es' },
  build: {
    outDir: join(CACHE, 'bench-page'),
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 5000,
  },
  // Isolated, so that jax-js has threads.
  preview: {
    port: 0,
    headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
  },
}

test.setTimeout(7_200_000)

test('engines side by side in Chromium', async () => {
  await build(PAGE)
  const server = await preview(PAGE)
  const { browser, adapter } = await launch()
  try {
    const page = await browser.newPage()
    page.on('console', (message) => process.stderr.write(`${message.text()}\n`))
    await page.goto(server.resolvedUrls!.local[0]!)
    await page.waitForFunction(() => 'measure' in globalThis)
    const result = await page.evaluate((request) => measure(request), requestFrom(process.env))
    const machine = machineOf(browser, adapter)
    const readable = readableFiles(machine, result)
    console.log(`\n${readable.md}`)
    writeResults('engines', machine, result, readable)
  } finally {
    await browser.close()
    await server.close()
  }
})

test('engines side by side in Node', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const outDir = join(CACHE, 'bench')
  await build({ root, mode: 'cli', logLevel: 'error', build: { ssr: 'bench/node.ts', outDir } })
  setVulkan()
  const { status } = spawnSync(process.execPath, [join(outDir, 'node.js')], { cwd: root, stdio: 'inherit' })
  expect(status).toBe(0)
})

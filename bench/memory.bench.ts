import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, expect, test } from '@playwright/test'
import { Lab } from '../tests/browser/lab.ts'
import { type Smoothness, startRecording, stopRecording } from './frames.ts'
import { launch, machineOf } from './machine.ts'
import { messagesLine, pieces } from './readingInputs.ts'
import { writeResults } from './results.ts'

const BYTES = 1_000_000_000
/** Milliseconds between two looks at the page's memory. */
const INTERVAL = 100

test('a gigabyte of JSONL', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-memory-'))
  const path = join(folder, 'gigabyte.jsonl')
  const { browser, adapter } = await launch()
  try {
    const file = openSync(path, 'w')
    for (const piece of pieces(messagesLine, BYTES)) writeSync(file, piece)
    closeSync(file)
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
    const lab = new Lab(page)
    await lab.open('wasm')
    const renderers = await rendererProcesses(browser)
    const memory = () => Math.max(...renderers.map(ownBytes))
    const resting = memory()
    let peak = resting
    const watch = setInterval(() => {
      peak = Math.max(peak, memory())
    }, INTERVAL)
    await startRecording(page)
    const began = performance.now()
    const chooser = page.waitForEvent('filechooser')
    await lab.button('Add files').click()
    await (await chooser).setFiles(path)
    const loading = page.getByRole('region', { name: 'Loading' })
    await expect(loading).toBeVisible({ timeout: 60_000 })
    await expect(loading).toBeHidden({ timeout: 800_000 })
    const seconds = (performance.now() - began) / 1000
    const smooth: Smoothness = await stopRecording(page)
    clearInterval(watch)
    const trajectories = await lab.total.textContent()

    const cancelled = await cancelAnother(lab, path)
    const bytes = statSync(path).size
    const results = {
      bytes,
      trajectories,
      megabytesPerSecond: Math.round(bytes / 1e5 / seconds) / 10,
      restingMegabytes: Math.round(resting / 1e6),
      peakMegabytes: Math.round(peak / 1e6),
      cancelledAfterMs: Math.round(cancelled),
      page: smooth,
    }
    console.log(results)
    writeResults('memory', machineOf(browser, adapter), results)
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Milliseconds from pressing Cancel in the middle of a loading to its end. */
async function cancelAnother(lab: Lab, path: string): Promise<number> {
  const chooser = lab.page.waitForEvent('filechooser')
  await lab.button('Add files').click()
  await (await chooser).setFiles(path)
  const loading = lab.page.getByRole('region', { name: 'Loading' })
  await expect(loading).toBeVisible({ timeout: 60_000 })
  await lab.page.waitForTimeout(2000)
  const pressed = performance.now()
  await loading.getByRole('button', { name: 'Cancel' }).click()
  await expect(loading).toBeHidden({ timeout: 60_000 })
  return performance.now() - pressed
}

/** The processes that hold pages; the lab's, with its worker's heap, is by far the largest of them. */
async function rendererProcesses(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** Memory of its own that a process really holds: heaps and buffers, without the program that all of them share. */
function ownBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

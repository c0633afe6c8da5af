import { type Browser, expect, test } from '@playwright/test'
import { Lab } from '../tests/browser/lab.ts'
import type { MetricsLine, RecipeInput } from '../workers/protocol.ts'
import { type Smoothness, startRecording, stopRecording } from './frames.ts'
import { launch, machineOf } from './machine.ts'
import { type Machine, writeResults } from './results.ts'

/** The quick demo's student on the demo's data: small enough for a software adapter, and the page draws as ever. */
const RECIPE: RecipeInput = {
  seed: 1,
  steps: 60,
  batchRows: 4,
  evaluateEvery: 30,
  data: { contextLength: 128 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 512 },
  student: { layers: 1, width: 32, heads: 2 },
}
const BACKENDS = ['webgpu', 'wasm'] as const

interface Result {
  backend: string
  page: Smoothness
  training: { steps: number; stepsPerSecond: number; tokensPerSecond: number }
}

test('training in the page', async () => {
  const { browser, adapter } = await launch()
  const measured: Result[] = []
  for (const backend of BACKENDS) measured.push(await measure(browser, backend))
  const machine = machineOf(browser, adapter)
  await browser.close()

  printTable(machine, measured)
  writeResults('', machine, { recipe: RECIPE, results: measured })
})

async function measure(browser: Browser, backend: (typeof BACKENDS)[number]): Promise<Result> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  const lab = new Lab(page)
  await lab.open(backend)
  await lab.setRecipe(RECIPE)
  await lab.button('Train').click()
  // Shaders compile in the first step; what is measured is the running, not the starting.
  await expect.poll(() => lab.lastStep(), { timeout: 300_000 }).toBeGreaterThan(1)
  await startRecording(page)
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 600_000 })
  const smoothness = await stopRecording(page)
  const training = speed(await lab.metrics())
  await page.close()
  return { backend, page: smoothness, training }
}

/** Speed between the first and the last training line, so that start-up does not count. */
function speed(lines: MetricsLine[]): Result['training'] {
  const training = lines.filter((line) => line.split === 'train')
  const [first, last] = [training[0]!, training.at(-1)!]
  const rates = training.flatMap((line) => line.tokensPerSecond ?? []).toSorted((a, b) => a - b)
  const steps = last.step - first.step
  return {
    steps,
    stepsPerSecond: Math.round((steps / (last.elapsedMs - first.elapsedMs)) * 1e5) / 100,
    tokensPerSecond: Math.round(rates[Math.floor(rates.length / 2)] ?? 0),
  }
}

function printTable(machine: Machine, measured: Result[]): void {
  console.log(`\n${machine.cpu}, ${machine.cores} cores, ${machine.adapter}, ${machine.browser}`)
  const rows = measured.map(({ backend, page, training }) => ({
    backend,
    'longest task ms': page.longestTaskMs ?? 'under 50',
    'frames/s': page.framesPerSecond,
    'median frame ms': page.medianFrameMs,
    'worst frame ms': page.worstFrameMs,
    'steps/s': training.stepsPerSecond,
    'tokens/s': training.tokensPerSecond,
  }))
  console.table(rows)
}

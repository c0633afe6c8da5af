import { chromium, type Page } from '@playwright/test'
import { findChromium } from '../setup/chromium.ts'
import { expect, Lab, TINY, test } from './lab.ts'
import { householdTranscripts } from './transcripts.ts'

test('a software adapter is named as such', async ({ lab }) => {
  await lab.open('webgpu')
  await expect(lab.status).toContainText(/swiftshader/i)
  await expect(lab.status).toContainText('(software)')
})

test('left alone, the lab prefers the CPU path to a software adapter and says why', async ({ lab, page }) => {
  await lab.open('automatic')
  await expect(page.getByTestId('backend')).toHaveText('wasm')
  await expect(lab.status).toContainText(/emulation on the CPU/)
})

test('a student too large for the adapter is refused before training, with the number', async ({
  lab,
  page,
}) => {
  await lab.open('webgpu')
  await lab.addFiles(householdTranscripts())
  await lab.setRecipe({
    ...TINY,
    data: { contextLength: 1024, heldOut: 0.1 },
    student: { kind: 'gpt', layers: 48, width: 8192, heads: 64 },
  })
  const refusal = page.getByRole('region', { name: 'Before training' }).getByRole('alert')
  await expect(refusal).toContainText(/\d[\d.,]*\s*[GM]i?B/)
  await lab.button('Train').click()
  await expect(page.getByRole('alert').filter({ hasText: /\d[\d.,]*\s*[GM]i?B/ })).toHaveCount(2)
  await expect(lab.runState).not.toHaveText(/running|finished/i)
  expect(lab.complaints).toEqual([])
})

test('without an adapter the lab says so and trains on the CPU', async () => {
  await inOtherChromium(['--no-sandbox'], process.env.LAB_URL!, async (lab) => {
    await expectToTrainWithoutWebGPU(lab, 'WebGPU found no graphics adapter')
  })
})

test('without WebGPU in the browser the lab says so and trains on the CPU', async () => {
  // Browsers offer WebGPU to secure addresses only; this one is plain http.
  const address = process.env.LAB_URL!.replace('127.0.0.1', 'lab.test')
  await inOtherChromium(
    ['--no-sandbox', '--host-resolver-rules=MAP lab.test 127.0.0.1'],
    address,
    async (lab) => {
      expect(await lab.page.evaluate(() => 'gpu' in navigator)).toBe(false)
      await expectToTrainWithoutWebGPU(lab, 'This browser offers no WebGPU here')
    },
  )
})

test('a GPU lost in the middle of a run is opened again and the run goes on from its checkpoint', async ({
  lab,
  page,
}) => {
  test.setTimeout(300_000)
  await lab.open('webgpu')
  await lab.addFiles(householdTranscripts())
  await lab.setRecipe({ ...TINY, steps: 5000, evaluateEvery: 5 })
  await lab.button('Train').click()
  await expect.poll(() => lab.lastStep(), { timeout: 120_000 }).toBeGreaterThan(12)
  await killGpuProcess(page)
  const lost = await lab.lastStep()
  await expect(page.getByText(/The GPU device was lost.*It went on from step \d+ on/).first()).toBeVisible({
    timeout: 60_000,
  })
  await expect(lab.runState).toHaveText(/running/i, { timeout: 120_000 })
  await expect.poll(() => lab.lastStep(), { timeout: 120_000 }).toBeGreaterThan(lost + 10)
  await lab.button('Stop').click()
  await expect(lab.runState).toHaveText(/stopped/i, { timeout: 60_000 })

  const steps = (await lab.metrics()).filter(({ split }) => split === 'train').map(({ step }) => step)
  expect(steps).toEqual(Array.from({ length: steps.length }, (_, i) => i + 1))
  expect((await lab.student()).files.get('model.safetensors')!.length).toBeGreaterThan(1000)
})

async function expectToTrainWithoutWebGPU(lab: Lab, why: string): Promise<void> {
  await expect(lab.page.getByTestId('backend')).toHaveText('wasm')
  await expect(lab.status).toContainText(why)
  await lab.addFiles(householdTranscripts())
  await lab.setRecipe({ ...TINY, steps: 3 })
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 120_000 })
  expect(lab.complaints).toEqual([])
}

/** A browser of its own, started with other flags than the rest of the tests. */
async function inOtherChromium(
  args: string[],
  address: string,
  use: (lab: Lab) => Promise<void>,
): Promise<void> {
  const browser = await chromium.launch({ executablePath: findChromium(), args })
  try {
    const lab = new Lab(await browser.newPage())
    await lab.open('automatic', address)
    await use(lab)
  } finally {
    await browser.close()
  }
}

/** What a driver crash looks like from the page: the process that owns every GPUDevice is gone at once. */
async function killGpuProcess(page: Page): Promise<void> {
  const session = await page.context().browser()!.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  process.kill(processInfo.find((one) => one.type === 'GPU')!.id, 'SIGKILL')
}

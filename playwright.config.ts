import { defineConfig, type ReporterDescription } from '@playwright/test'
import { CHROMIUM_FLAGS, findChromium } from './tests/setup/chromium.ts'

const reports = process.env.LAB_REPORTS

/**
 * The browser tests: the built page in a real Chromium, with WebGPU on its software adapter. One at a time, and with
 * patience: every kernel runs on the CPU, perhaps two cores of it.
 */
export default defineConfig({
  testDir: 'tests/browser',
  outputDir: 'tests/browser/results',
  globalSetup: './tests/setup/page.ts',
  workers: 1,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [
    ['list'],
    ...(reports
      ? ([['json', { outputFile: `${reports}/browser.json` }]] satisfies ReporterDescription[])
      : []),
  ],
  use: {
    baseURL: process.env.LAB_URL,
    viewport: { width: 1280, height: 720 },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: findChromium(), args: CHROMIUM_FLAGS },
  },
})

import { defineConfig } from '@playwright/test'

/** `npm run bench`: measures the built page while it trains. Numbers are written down here and asserted nowhere. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../tests/browser/results/bench',
  globalSetup: '../tests/setup/page.ts',
  workers: 1,
  timeout: 900_000,
  expect: { timeout: 60_000 },
  reporter: 'dot',
})

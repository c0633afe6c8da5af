import { expect, test } from './lab.ts'

test('one click on the demo trains: a line of metrics appears', async ({ lab, page }) => {
  await lab.open('wasm')
  await lab.button('Try the demo').click()
  const newest = page.getByRole('table', { name: 'Newest numbers' })
  await expect(newest).toContainText(/\d\.\d/, { timeout: 120_000 })
  await lab.button('Stop').click()
  await expect(lab.runState).toHaveText(/stopped/i)
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

test('the lab is worked from the keyboard alone', async ({ lab, page }) => {
  await lab.open('wasm')
  await lab.tabTo('Try the demo')
  await page.keyboard.press('Enter')
  await expect(lab.runState).toHaveText(/running/i, { timeout: 120_000 })
  await lab.tabTo('Pause')
  await page.keyboard.press('Enter')
  await expect(lab.runState).toHaveText(/paused/i)
  await lab.tabTo('Resume')
  await page.keyboard.press('Space')
  await expect(lab.runState).toHaveText(/running/i)
  await lab.tabTo('Stop')
  await page.keyboard.press('Enter')
  await expect(lab.runState).toHaveText(/stopped/i)
  expect(lab.complaints).toEqual([])
})

import { expect, TINY, test } from './lab.ts'

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

test('every world, and the tab that acts in them, opens without the network once the page is there', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  await page.context().setOffline(true)
  const before = page.getByRole('region', { name: 'Before training' })
  for (const environment of ['household', 'wiki', 'shop'] as const) {
    // The estimate opens the world, so as to know the longest of its prompts.
    await lab.setRecipe({
      ...TINY,
      data: { ...TINY.data, contextLength: 2048 },
      evaluate: { rollouts: { environment, episodes: 2 } },
    })
    await expect(before).toContainText(`2 episodes in the ${environment}`)
  }
  expect(lab.requests).toEqual([])
  expect(lab.complaints).toEqual([])
  await page.getByRole('tab', { name: 'Act' }).click()
  await expect(page.getByRole('tabpanel', { name: 'Act' })).toContainText(/\w/)
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

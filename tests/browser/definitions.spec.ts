import { expect, test } from './lab.ts'

test('every number says how it is defined when it is pointed at or focused', async ({ lab, page }) => {
  await lab.open('wasm')
  await lab.button('Try the demo').click()
  const newest = page.getByRole('table', { name: 'Newest numbers' })
  await expect(newest).toContainText(/\d\.\d/, { timeout: 120_000 })
  await lab.button('Stop').click()
  await expect(lab.runState).toHaveText(/stopped/i)

  // One may still fade while the next is there already.
  const definition = (name: string) => page.getByRole('tooltip').filter({ hasText: name, visible: true })
  await newest.getByText('Gradient').hover()
  await expect(definition('Gradient share')).toContainText('‖∂(λ_k L_k)/∂h‖ ÷ Σ_j ‖∂(λ_j L_j)/∂h‖')
  await expect(definition('Gradient share')).toContainText('Unit: share, 0 to 1')
  await newest.getByText('Calib.').hover()
  await expect(definition('Calibration error')).toContainText('Guo et al. 2017')
  await expect(definition('Gradient share')).toHaveCount(0)

  // The same by the keyboard, and for what a chart draws.
  await newest.getByText('CE').focus()
  await page.keyboard.press('Tab')
  await expect(definition('Agreement')).toContainText('share of tokens with arg max q = arg max p')
  const right = page.getByLabel('Measure in the right chart')
  await right.selectOption('Whole steps')
  await right.focus()
  await expect(definition('Whole steps')).toContainText('at every act token')
  await page.getByText('action match').hover()
  await expect(definition('Action match')).toBeVisible()
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

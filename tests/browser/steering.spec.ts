import { expect, TINY, test } from './lab.ts'

test('λ moved while a run goes on counts from its next step, and is marked', async ({ lab, page }) => {
  await lab.open('wasm')
  await lab.setRecipe({ ...TINY, steps: 20_000, evaluateEvery: 20_000 })
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/running/i, { timeout: 120_000 })
  await page.getByRole('textbox', { name: 'λ act', exact: true }).fill('2.5')
  await expect(page.getByText(/^λ changed at step [\d,]+: reason 1, act 2\.5, observation 0$/)).toBeVisible()
  await lab.button('Stop').click()
  await expect(lab.runState).toHaveText(/stopped/i)
  const lambdas = (await lab.metrics()).map(({ lambda }) => lambda.act)
  expect(lambdas[0]).toBe(1)
  expect(lambdas.at(-1)).toBe(2.5)
  expect(lab.complaints).toEqual([])
})

test('the curriculum is drawn, and packing tells the rows before and after', async ({ lab, page }) => {
  await lab.open('wasm')
  await page.getByText('Advanced', { exact: true }).click()
  const pacing = page.getByRole('img', { name: /of the rows at the first step/ })
  await expect(pacing).toHaveAccessibleName(
    'easy first: 20.0 % of the rows at the first step, 100.0 % at the last',
  )
  await expect(page.getByRole('img', { name: /^Windows by difficulty, from / })).toBeVisible()
  await page.getByText('Pack several windows into a row').click()
  const before = page.getByRole('region', { name: 'Before training' })
  await expect(before).toContainText(/packed into [\d,]+, \d+\.\d % full/)
  expect(lab.complaints).toEqual([])
})

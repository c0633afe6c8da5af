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

test('the student acts in a world that is chosen in the recipe, and how well is drawn', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  const rollouts = { environment: 'household', episodes: 3, turnTokens: 8 } as const
  await lab.setRecipe({ ...TINY, steps: 4, evaluateEvery: 2, evaluate: { rollouts } })
  const before = page.getByRole('region', { name: 'Before training' })
  await expect(before).toContainText(/the longest task of the household has \d+ tokens/)
  await lab.setRecipe({
    ...TINY,
    steps: 4,
    evaluateEvery: 2,
    data: { contextLength: 320, heldOut: 0.1 },
    evaluate: { rollouts },
  })
  await expect(page.getByLabel('Acts in')).toHaveValue('household')
  await page.getByLabel('Acts in').selectOption('the wiki')
  await page.getByRole('textbox', { name: 'Episodes', exact: true }).fill('2')
  await expect(before).toContainText('2 episodes in the wiki, 2 times in the run')
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 120_000 })

  const drawn = page
    .getByRole('figure')
    .filter({ hasText: 'Success in the wiki (validation, 2 episodes), by step' })
  await expect(drawn.locator('svg.recharts-surface circle')).toHaveCount(2)
  await expect(page.getByText(/In the wiki, over 2 validation episodes: success 0\.0 %/)).toBeVisible()
  await page.getByText('malformed turns', { exact: true }).hover()
  await expect(page.getByRole('tooltip')).toContainText('share of the turns that do not read as one')
  const worlds = (await lab.metrics()).flatMap(({ step, world }) => (world ? [{ step, ...world }] : []))
  expect(worlds).toMatchObject([
    { step: 2, environment: 'wiki', episodes: 2 },
    { step: 4, environment: 'wiki', episodes: 2 },
  ])

  // Only the worlds' own code was fetched, which no other person needs.
  for (const address of lab.requests) expect(new URL(address).origin).toBe(new URL(page.url()).origin)
  await page.getByLabel('Acts in').selectOption('no world')
  await expect(before).not.toContainText('Acting')
  expect(lab.complaints).toEqual([])
})

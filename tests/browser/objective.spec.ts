import { expect, test } from './lab.ts'

test('the formula of the objective changes with its switches, and a contradiction is said beside its field', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  const formula = page.getByRole('note', { name: 'Objective as a formula' })
  const choose = (label: string, option: string) =>
    page.getByRole('combobox', { name: label, exact: true }).selectOption({ label: option })
  await expect(formula).toContainText('L = Lreason + Lact')
  await expect(formula).toContainText('Dt = −log q(yt)')

  await choose('Divergence', 'Jensen–Shannon')
  await expect(formula).toContainText('Dt = [0.5 KL(p ‖ m) + 0.5 KL(q ‖ m)]')
  await page.getByRole('textbox', { name: 'β', exact: true }).first().fill('0.25')
  await expect(formula).toContainText('0.25 KL(p ‖ m) + 0.75 KL(q ‖ m)')
  await choose('Normaliser', 'sum')
  await expect(formula).toContainText('Lk = Σt ∈ k Dt')
  await expect(formula).not.toContainText('Nk')

  await page.getByRole('textbox', { name: 'Temperature τ' }).fill('2')
  await expect(page.getByText('must be 1 where teacher.kind is "text"')).toBeVisible()
  await expect(lab.button('Train')).toBeDisabled()
  await choose('Arm', 'Imitation')
  await expect(formula).toContainText('Dt = −log q(yt)')
  await expect(page.getByText('must be 1 where teacher.kind is "text"')).toBeHidden()
  await expect(lab.button('Train')).toBeEnabled()

  await choose('Arm', 'Ablation: act only')
  await expect(formula).toContainText('L = Lact')
  await expect(formula).not.toContainText('Lreason')
  expect(lab.complaints).toEqual([])
})

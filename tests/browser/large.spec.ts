import { expect, test } from './lab.ts'
import { drop, writeMany } from './many.ts'
import { file, messageLine } from './transcripts.ts'

const MANY = 100_000

test.beforeEach(async ({ lab }) => {
  await lab.open('wasm')
})

test.afterEach(({ lab }) => {
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

test('a hundred thousand trajectories are listed with a few dozen elements, to the last one', async ({
  lab,
  page,
}) => {
  await drop(page, await writeMany(page, 'many.jsonl', MANY))
  await expect(lab.total).toHaveText('100,000 trajectories', { timeout: 180_000 })
  await expect(page.getByRole('region', { name: 'Loading' })).toBeHidden()
  await expect(lab.list.getByRole('option').first()).toContainText('asked for the 0th time', {
    timeout: 60_000,
  })
  expect(await lab.list.getByRole('option').count()).toBeLessThan(60)

  await lab.list.press('End')
  const last = lab.list.getByRole('option', { selected: true })
  await expect(last).toContainText('asked for the 99999th time', { timeout: 60_000 })
  await expect(last).toBeInViewport()
  await expect(last).toHaveAttribute('aria-posinset', '100000')
  expect(await lab.list.getByRole('option').count()).toBeLessThan(60)
  await expect(page.getByLabel('Text of the trajectory')).toContainText('number99999')

  await page.getByLabel('Search trajectories').fill('number77123')
  await expect(lab.total).toHaveText('1 of 100,000', { timeout: 60_000 })
  await expect(lab.list.getByRole('option')).toContainText('asked for the 77123th time')
})

test('a loading is cancelled at once, and what had been read stays', async ({ lab, page }) => {
  await drop(page, await writeMany(page, 'endless.jsonl', 400_000))
  const loading = page.getByRole('region', { name: 'Loading' })
  await expect(loading).toContainText('endless.jsonl')
  await expect(loading).toContainText(/% of \d.* MiB · [1-9][\d,]* trajectories/)
  await loading.getByRole('button', { name: 'Cancel' }).click()
  await expect(loading).toBeHidden({ timeout: 3_000 })
  await expect(page.getByText(/Loading was cancelled; [1-9][\d,]* trajectories had been read/)).toBeVisible()
  const read = Number((await lab.total.textContent())!.replaceAll(/\D/g, ''))
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(400_000)
})

test('files added while others load wait for their turn', async ({ lab, page }) => {
  await drop(page, await writeMany(page, 'first.jsonl', 30_000))
  await lab.addFiles(file('second.jsonl', messageLine(1)))
  await expect(lab.loadedFile('first.jsonl')).toContainText('30,000', { timeout: 120_000 })
  await expect(lab.loadedFile('second.jsonl')).toContainText('1')
  await expect(lab.total).toHaveText('30,001 trajectories')
})

test('of thousands of files the first are listed and the others counted', async ({ lab, page }) => {
  await lab.addFiles(...Array.from({ length: 1500 }, (_, i) => file(`run-${i}.jsonl`, messageLine(i))))
  await expect(lab.total).toHaveText('1,500 trajectories', { timeout: 120_000 })
  const files = page.getByRole('list', { name: 'Files' })
  await expect(files).toContainText('and 1,400 more')
  expect(await files.getByRole('listitem').count()).toBe(101)
  await lab.list.press('End')
  await lab.list.getByText('run-1499.jsonl').hover()
  await lab.button('Remove all of run-1499.jsonl').click()
  await expect(lab.total).toHaveText('1,499 trajectories')
})

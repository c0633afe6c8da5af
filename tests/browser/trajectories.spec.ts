import { expect, test } from './lab.ts'
import { file, householdTranscripts, messageLine } from './transcripts.ts'

/** Conversations of five cities, some of which say how they went. */
const outcomes = [true, false, true, undefined, false]
const records = Array.from({ length: 20 }, (_, i) => {
  const success = outcomes[i % outcomes.length]
  return JSON.stringify({ ...JSON.parse(messageLine(i)), ...(success !== undefined && { success }) })
})
const CITIES = file('cities.jsonl', records.join('\n'))

test.beforeEach(async ({ lab }) => {
  await lab.open('wasm')
})

test.afterEach(({ lab }) => {
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

test('own files put the demo away, and corrections alone do not', async ({ lab, page }) => {
  await lab.addFiles(file('corrections.json', '{"version":1,"corrections":{}}'))
  await expect(lab.total).toHaveText('200 trajectories')
  await lab.addFiles(CITIES)
  await expect(page.getByText('The demo was put away')).toBeVisible()
  await expect(lab.total).toHaveText('20 trajectories')
})

test('the list is searched by words of the text and narrowed by filters, each taken away by itself', async ({
  lab,
  page,
}) => {
  await lab.addFiles(CITIES)
  await expect(lab.total).toHaveText('20 trajectories')
  await page.getByLabel('Search trajectories').fill('page country Lima')
  await expect(lab.total).toHaveText('4 of 20')
  await lab.button('Clear the search').click()
  await expect(lab.total).toHaveText('20 trajectories')

  await lab.button('Filters').click()
  await page.getByLabel('Outcome').selectOption('failed')
  await expect(lab.total).toHaveText('8 of 20')
  await expect(lab.list.getByRole('option').first()).toContainText('✗')
  await page.getByLabel('Steps, at least').fill('9')
  await expect(lab.total).toHaveText('0 of 20')
  await expect(page.getByText('No trajectory is like this.')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(lab.button('Filters · 2')).toBeFocused()

  await lab.button('Remove the filter at least 9 steps').click()
  await expect(lab.total).toHaveText('8 of 20')
  await lab.button('Clear').click()
  await expect(lab.total).toHaveText('20 trajectories')
})

test('a file in the list of files shows its own trajectories only', async ({ lab, page }) => {
  await lab.addFiles(CITIES, householdTranscripts())
  await expect(lab.total).toHaveText('56 trajectories')
  await lab.button('cities.jsonl').click()
  await expect(lab.total).toHaveText('20 of 56')
  await page.getByRole('button', { name: 'Remove cities.jsonl' }).click()
  await expect(lab.total).toHaveText('0 of 36')
  await lab.button('Remove the filter file cities.jsonl').click()
  await expect(lab.total).toHaveText('36 trajectories')
})

test('trajectories are kept out of an export, one by a key and many by a filter, and taken in again', async ({
  lab,
  page,
}) => {
  await lab.addFiles(CITIES)
  await expect(lab.total).toHaveText('20 trajectories')
  const chosen = lab.list.getByRole('option', { selected: true })
  await lab.list.press('ArrowDown')
  await lab.list.press('x')
  await expect(chosen).toContainText('excluded')
  await expect(lab.button('1 excluded ▾')).toBeVisible()

  await lab.button('Filters').click()
  await page.getByLabel('Outcome').selectOption('succeeded')
  await expect(lab.total).toHaveText('8 of 20')
  await page.keyboard.press('Escape')
  await lab.button('1 excluded ▾').click()
  await page.getByRole('menuitem', { name: 'Exclude all shown (8)' }).click()
  await expect(lab.button('9 excluded ▾')).toBeVisible()

  const { name, lines } = await lab.export('Spans, JSONL')
  expect(name).toBe('spans-11-trajectories.jsonl')
  expect(lines).toHaveLength(11)
  expect(new Set(lines.map((line) => line.success ?? null))).toEqual(new Set([false, null]))

  const corrections = await lab.export('Corrections, JSON')
  expect(Object.keys(corrections.lines[0]!.corrections as object)).toHaveLength(9)
  await lab.button('9 excluded ▾').click()
  await page.getByRole('menuitem', { name: 'Include all shown (8)' }).click()
  await expect(lab.button('1 excluded ▾')).toBeVisible()

  // What was decided comes back with the file, over what was decided since.
  await lab.addFiles(file(corrections.name, corrections.bytes))
  await expect(lab.button('9 excluded ▾')).toBeVisible()
})

test('tokens and chat are exported under the recipe', async ({ lab }) => {
  await lab.addFiles(CITIES)
  await expect(lab.total).toHaveText('20 trajectories')
  const tokens = await lab.export('Tokens, JSONL')
  expect(tokens.name).toBe('tokens-20-trajectories.jsonl')
  expect(tokens.lines).toHaveLength(20)
  const chat = await lab.export('Chat, JSONL')
  expect(chat.name).toBe('chat-20-trajectories.jsonl')
  expect(chat.lines).toHaveLength(20)
})

test('the list is worked from the keyboard: searched, walked, excluded', async ({ lab, page }) => {
  await lab.addFiles(CITIES)
  await expect(lab.total).toHaveText('20 trajectories')
  await page.getByLabel('Search trajectories').fill('Hanoi')
  await expect(lab.total).toHaveText('4 of 20')
  await page.keyboard.press('ArrowDown')
  await expect(lab.list).toBeFocused()
  await page.keyboard.press('End')
  const chosen = lab.list.getByRole('option', { selected: true })
  await expect(chosen).toHaveAttribute('aria-posinset', '4')
  await page.keyboard.press('ArrowUp')
  await expect(chosen).toHaveAttribute('aria-posinset', '3')
  await page.keyboard.press('x')
  await expect(chosen).toContainText('excluded')
  await page.keyboard.press('x')
  await expect(chosen).not.toContainText('excluded')
})

import { writeFileSync } from 'node:fs'
import { expect, TINY, test } from './lab.ts'
import { file, householdTranscripts, messageLine } from './transcripts.ts'

test.beforeEach(async ({ lab }) => {
  await lab.open('wasm')
})

test.afterEach(({ lab }) => {
  expect(lab.complaints).toEqual([])
})

test('an empty file is named as empty', async ({ lab }) => {
  await lab.addFiles(file('nothing.txt', ''))
  await expect(lab.problems).toContainText('nothing.txt')
  await expect(lab.problems).toContainText(/empty/i)
})

test('a binary file is named as binary', async ({ lab }) => {
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256))
  await lab.addFiles(file('photo.png', bytes))
  await expect(lab.problems).toContainText('photo.png')
  await expect(lab.problems).toContainText(/binary|not text/i)
})

test('of twenty lines the broken seventh is named and the other nineteen load', async ({ lab }) => {
  const lines = Array.from({ length: 20 }, (_, i) => messageLine(i))
  lines[6] = lines[6]!.slice(0, 40)
  await lab.addFiles(file('conversations.jsonl', lines.join('\n')))
  await expect(lab.loadedFile('conversations.jsonl')).toContainText('19')
  await expect(lab.problems).toContainText('conversations.jsonl')
  await expect(lab.problems).toContainText('line 7')
})

test('a file without a trajectory names the formats that were tried', async ({ lab }) => {
  await lab.addFiles(file('recipe.txt', 'Two eggs, a cup of flour and a little milk.\nStir well.\n'))
  await expect(lab.problems).toContainText('recipe.txt')
  await expect(lab.problems).toContainText(/ALFWorld/i)
  await expect(lab.problems).toContainText(/ReAct/i)
  await expect(lab.problems).toContainText(/OpenAI/i)
})

test('a file in another encoding is refused rather than misread', async ({ lab }) => {
  const text = householdTranscripts().buffer.toString('utf8').replaceAll('room', 'pièce')
  await lab.addFiles(file('latin.json', Buffer.from(text, 'latin1')))
  await expect(lab.problems).toContainText('latin.json')
  await expect(lab.problems).toContainText(/UTF-8/)
})

test('a problem in one file leaves what was loaded before', async ({ lab }) => {
  await lab.addFiles(householdTranscripts())
  await expect(lab.loadedFile('alfworld_3prompts.json')).toContainText('36')
  await lab.addFiles(file('nothing.txt', ''))
  await expect(lab.problems).toContainText('nothing.txt')
  await expect(lab.loadedFile('alfworld_3prompts.json')).toContainText('36')
})

test('a recipe with an unknown key is refused and the key named', async ({ lab, page }) => {
  await lab.pasteRecipe({ ...TINY, stepz: 3 })
  await expect(page.getByRole('dialog')).toContainText(/stepz is an unknown key/)
})

test('a recipe with a negative size is refused and the key named', async ({ lab, page }) => {
  await lab.pasteRecipe({ ...TINY, student: { kind: 'gpt', layers: 1, width: -32, heads: 2 } })
  await expect(page.getByRole('dialog')).toContainText(/student\.width/)
})

test('a line of 100 MB is refused or read while the page keeps answering', async ({
  lab,
  page,
}, testInfo) => {
  const path = testInfo.outputPath('huge.jsonl')
  const huge = `{"messages":[{"role":"user","content":"${'word '.repeat(20_000_000)}"}]}`
  writeFileSync(path, [messageLine(1), huge, messageLine(3)].join('\n'))
  const slowest = await page.evaluateHandle(() => {
    const seen = { gap: 0 }
    let last = performance.now()
    const tick = () => {
      const now = performance.now()
      seen.gap = Math.max(seen.gap, now - last)
      last = now
      setTimeout(tick, 20)
    }
    tick()
    return seen
  })
  await lab.pick('Add files', path)
  await expect(lab.loadedFile('huge.jsonl')).toContainText('2', { timeout: 120_000 })
  await expect(lab.problems).toContainText('huge.jsonl, line 2')
  // Not a timing of the page but the difference between busy and frozen, with room for a slow machine.
  expect(await slowest.evaluate((seen) => seen.gap)).toBeLessThan(5_000)
})

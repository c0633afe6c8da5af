import type { Locator, Page } from '@playwright/test'
import { expect, test } from './lab.ts'
import { file } from './transcripts.ts'

const TRANSCRIPT = `Question: Which lamp is the oldest?
Thought 1: I should search for the lamp.
Action 1: Search[oldest lamp]
Observation 1: The oil lamp 🪔 is the oldest.
Thought 2: That is the answer.
Action 2: Finish[oil lamp]
`

/** The text, and what is said of what is picked and corrected in it. */
function viewer(page: Page) {
  const spans = page.getByRole('region', { name: 'Spans' })
  return {
    spans,
    text: page.getByRole('region', { name: 'Text of the trajectory' }),
    picked: page.locator('#span-picked'),
    said: page.getByRole('status', { name: 'Last correction' }),
    button: (name: string) => spans.getByRole('button', { name, exact: true }),
  }
}

/** The point between two characters of the shown text: that before the `index`th of some words in one element. */
async function pointAt(text: Locator, words: string, index: number): Promise<{ x: number; y: number }> {
  const leaf = text.locator('[data-start]').filter({ hasText: words }).first()
  await leaf.scrollIntoViewIfNeeded()
  return leaf.evaluate(
    (element, [searched, offset]) => {
      const node = element.firstChild as Text
      const range = document.createRange()
      range.setStart(node, node.data.indexOf(searched) + offset)
      range.collapse(true)
      const { left, top, height } = range.getBoundingClientRect()
      return { x: left, y: top + height / 2 }
    },
    [words, index] as const,
  )
}

async function drag(page: Page, text: Locator, words: string): Promise<void> {
  const from = await pointAt(text, words, 0)
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  const to = await pointAt(text, words, words.length)
  await page.mouse.move((from.x + to.x) / 2, to.y)
  await page.mouse.move(to.x, to.y)
  await page.mouse.up()
}

test.beforeEach(async ({ lab }) => {
  await lab.open('wasm')
  await lab.addFiles(file('lamps.txt', TRANSCRIPT))
  await expect(lab.total).toHaveText('1 trajectory')
})

test.afterEach(({ lab }) => {
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

test('words picked with the mouse get another kind, which is in the export and can be undone', async ({
  lab,
  page,
}) => {
  const { text, picked, said, spans, button } = viewer(page)
  await drag(page, text, 'The oil lamp 🪔')
  await expect(picked).toHaveText('15 characters of Observation, span 4 of 6')
  await button('Make it Reason').click()
  await expect(said).toHaveText('Now Reason: “The oil lamp 🪔”. 8 spans.')
  await expect(spans.getByText('Corrected', { exact: true })).toBeVisible()
  await expect(lab.list.getByRole('option')).toContainText('corrected')

  const contents = async () => {
    const { lines } = await lab.export('Spans, JSONL')
    const [{ spans: written }] = lines as [{ spans: { kind: string; text: string }[] }]
    return written.map(({ kind, text: part }) => [kind, part])
  }
  expect((await contents()).slice(3, 6)).toEqual([
    ['observation', 'Observation 1: '],
    ['reason', 'The oil lamp 🪔'],
    ['observation', ' is the oldest.\n'],
  ])

  await button('Undo').click()
  await expect(said).toHaveText('Undone: change of kind.')
  await expect(spans.getByText('Corrected', { exact: true })).toBeHidden()
  expect((await contents())[3]).toEqual(['observation', 'Observation 1: The oil lamp 🪔 is the oldest.\n'])
  await page.keyboard.press('Control+y')
  await expect(said).toHaveText('Done again: change of kind.')
  expect(await contents()).toHaveLength(8)
  await button('Reset').click()
  await expect(said).toHaveText('The spans are the segmenter’s again.')
  expect(await contents()).toHaveLength(6)
})

test('spans are relabelled, split and merged from the keyboard alone, and warnings follow', async ({
  page,
}) => {
  const { text, picked, said, spans } = viewer(page)
  const warnings = spans.getByRole('list', { name: 'Warnings of this trajectory' })
  await expect(warnings).toBeHidden()
  await text.focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Control+End')
  await expect(picked).toHaveText('Act, span 6 of 6')
  await page.keyboard.press('4')
  await expect(said).toHaveText('Now Observation: “Action 2: Finish[oil lamp]”. 6 spans, 1 warning.')
  await expect(warnings).toContainText('stops after a thought')

  await page.keyboard.press('Control+z')
  await expect(said).toHaveText('Undone: change of kind.')
  await expect(warnings).toBeHidden()
  await page.keyboard.press('Control+Shift+z')
  await expect(warnings).toBeVisible()
  await page.keyboard.press('Control+z')
  await expect(warnings).toBeHidden()

  // To the second thought, eleven characters in: split; then both halves together, merged again.
  await page.keyboard.press('Control+ArrowUp')
  await page.keyboard.press('Control+ArrowUp')
  for (let presses = 0; presses < 11; presses++) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('s')
  await expect(said).toHaveText('Reason split before “That is the answer.”. 7 spans.')
  await expect(picked).toHaveText('Reason, span 6 of 7')
  await page.keyboard.press('Enter')
  await expect(picked).toHaveText('Reason, span 6 of 7, whole')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('Shift+ArrowLeft')
  await expect(picked).toHaveText('2 characters of Reason, span 6 of 7')
  await page.keyboard.press('Control+ArrowUp')
  await page.keyboard.press('Control+ArrowUp')
  await page.keyboard.press('Shift+Control+ArrowDown')
  await page.keyboard.press('Shift+Control+ArrowDown')
  await expect(picked).toHaveText('31 characters in 2 spans')
  await page.keyboard.press('m')
  await expect(said).toHaveText('Merged into one span, Reason: “Thought 2: That is the answer.”. 6 spans.')
})

test('typing into a field neither relabels nor undoes', async ({ lab, page }) => {
  const { text, said, button } = viewer(page)
  await drag(page, text, 'oldest lamp')
  await page.keyboard.press('5')
  await expect(said).toHaveText('Now Other: “oldest lamp”. 8 spans.')
  const search = page.getByLabel('Search trajectories')
  await search.fill('lamp')
  await search.press('2')
  await search.press('Control+z')
  await expect(button('Undo')).toBeEnabled()
  await expect(said).toHaveText('Now Other: “oldest lamp”. 8 spans.')
  await search.fill('')
  await expect(lab.total).toHaveText('1 trajectory')
})

test('a stretch much longer than what is in sight is picked exactly, by clicks far apart and by keys', async ({
  lab,
  page,
}) => {
  const steps = Array.from(
    { length: 2000 },
    (_, i) => `Thought ${i}: t${i}\nAction ${i}: a${i}\nObservation ${i}: o${i}\n`,
  )
  await lab.addFiles(file('long.txt', `Question: q\n${steps.join('')}`))
  await expect(lab.total).toHaveText('2 trajectories')
  await lab.list.getByRole('option').filter({ hasText: 'q' }).last().click()
  const { text, picked, said } = viewer(page)
  await expect(text).toContainText('Thought 0: t0')
  const from = await pointAt(text, 'Thought 3: t3', 0)
  await page.mouse.click(from.x, from.y)
  await text.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
  await expect(text).toContainText('Observation 1999: o1999')
  const to = await pointAt(text, 'Action 1998: a1998', 18)
  await page.keyboard.down('Shift')
  await page.mouse.click(to.x, to.y)
  await page.keyboard.up('Shift')
  const whole = steps.slice(3, 1999).join('')
  const characters = whole.length - '\nObservation 1998: o1998\n'.length
  const expected = `${characters.toLocaleString('en')} characters in ${(1995 * 3 + 2).toLocaleString('en')} spans`
  await expect(picked).toHaveText(expected)
  await page.keyboard.press('5')
  // The newline behind what was picked joins it.
  await expect(said).toHaveText(/^Now Other: “Thought 3: t3 .+”\. 15 spans/)

  await page.keyboard.press('Control+a')
  await page.keyboard.press('3')
  await expect(said).toHaveText(/ 1 span, \d+ warnings?\.$/)
})

test('a correction is kept by the text: it comes back with the file of corrections', async ({
  lab,
  page,
}) => {
  const { text, spans, said } = viewer(page)
  await drag(page, text, 'oldest lamp')
  await page.keyboard.press('5')
  await expect(said).toHaveText(/^Now Other/)
  const { bytes } = await lab.export('Corrections, JSON')
  await spans.getByRole('button', { name: 'Reset' }).click()
  await expect(spans.getByText('Corrected', { exact: true })).toBeHidden()
  await lab.addFiles(file('corrections.json', bytes))
  await expect(spans.getByText('Corrected', { exact: true })).toBeVisible()
  await expect(spans.getByRole('button', { name: /^Other 1/ })).toBeVisible()
})

import type { Page } from '@playwright/test'
import { expect, type Lab, test } from './lab.ts'
import { file } from './transcripts.ts'

const standing = (page: Page) => page.getByTestId('episode-standing')
const turns = (page: Page) => page.getByRole('list', { name: 'Turns' }).getByRole('listitem')

async function openAct(lab: Lab): Promise<void> {
  await lab.open('wasm')
  await lab.page.getByRole('tab', { name: 'Act' }).click()
  await expect(standing(lab.page)).toHaveText('not begun')
}

test('the expert is watched to the end in every world, and its steps are looked back at', async ({
  lab,
  page,
}) => {
  await openAct(lab)
  const state = page.getByRole('region', { name: 'State of the world' })
  for (const [title, end] of [
    ['Household', /solved, reward 100/],
    ['Wiki', /solved, reward 100.*f1 100/],
    ['Shop', /solved, reward 100/],
  ] as const) {
    const world = page.getByRole('combobox', { name: 'World' })
    const option = world.getByRole('option').filter({ hasText: title })
    await world.selectOption((await option.getAttribute('value'))!)
    await lab.button('Open the episode').click()
    await expect(standing(page)).toHaveText('not begun')
    await lab.button('Step').click()
    await expect(turns(page)).toHaveCount(1)
    await lab.button('To the end').click()
    await expect(standing(page)).toHaveText(end)
    await expect(state).toContainText(`Behind turn ${await turns(page).count()}`)
    await turns(page).first().getByRole('button', { name: 'Turn 1' }).click()
    await expect(state).toContainText('Behind turn 1')
    await lab.button('Now').click()
  }
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

test('a person acts: what cannot be done is marked, taken back, and the expert goes on', async ({
  lab,
  page,
}) => {
  await openAct(lab)
  const action = page.getByRole('textbox', { name: 'Your action' })
  await action.fill('go to the moon')
  await action.press('Enter')
  await expect(turns(page)).toHaveCount(1)
  await expect(turns(page)).toContainText('Nothing happens.')
  await expect(turns(page).getByRole('strong')).toHaveText(/\w/)
  await expect(action).toHaveValue('')
  await action.press('ArrowUp')
  await expect(action).toHaveValue('go to the moon')
  await action.fill('x'.repeat(10_000))
  await action.press('Enter')
  await expect(turns(page)).toHaveCount(2)
  await lab.button('Undo').click()
  await expect(turns(page)).toHaveCount(1)
  await lab.button('Undo').click()
  await expect(standing(page)).toHaveText('not begun')
  await lab.button('To the end').click()
  await expect(standing(page)).toHaveText(/solved/)

  // Neither of these can be a world; the one that is open stays.
  for (const [name, content, sentence] of [
    ['notes.json', '{"shopping": ["milk"]}', /notes\.json/],
    ['pages.jsonl', '{"title": "Ada"}\n', /pages\.jsonl/],
  ] as const) {
    await lab.pick('Open your own world…', [file(name, content)])
    await expect(page.getByRole('alert').filter({ hasText: sentence })).toBeVisible()
  }
  await expect(standing(page)).toHaveText(/solved/)
  expect(lab.complaints).toEqual([])
})

test('the built-in teacher is fetched when it is asked for, acts, and is compared with the expert', async ({
  lab,
  page,
}) => {
  await openAct(lab)
  expect(lab.requests).toEqual([])
  await lab.button('Load the built-in teacher household').click()
  await expect(page.getByRole('list', { name: 'Built-in teachers' })).toContainText('loaded as')
  const { origin } = new URL(page.url())
  expect(lab.requests.map((address) => address.slice(origin.length))).toEqual(
    ['model.safetensors', 'config.json', 'tokenizer.json'].map((name) =>
      expect.stringContaining(`teachers/household/${name}`),
    ),
  )

  await page.getByRole('combobox', { name: 'Beside it, what would be written by' }).selectOption({
    label: 'Expert (scripted)',
  })
  const who = page.getByRole('combobox', { name: 'Who acts' })
  await who.selectOption(
    (await who.getByRole('option').filter({ hasText: 'household' }).getAttribute('value'))!,
  )
  await lab.button('Step').click()
  await expect(turns(page)).toHaveCount(1, { timeout: 60_000 })
  // It has learnt to write as the expert does: a thought of its plan first.
  await expect(turns(page).first()).toContainText(/REASON.*\w+.*OK\./s)
  await expect(page.getByRole('region', { name: /^This turn beside that of/ })).toContainText(
    /plan|action/i,
    {
      timeout: 60_000,
    },
  )
  expect(lab.complaints).toEqual([])
})

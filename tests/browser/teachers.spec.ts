import { expect, TINY, test } from './lab.ts'
import { file } from './transcripts.ts'

/** A chat completion whose tokens have log-probabilities, as servers return it. */
function completion(thing: string) {
  const words = ['Thought:', ' I', ' take', ` the ${thing}`, '.', '\n', 'Action:', ' take', ` ${thing}`]
  const content = words.map((token) => ({
    token,
    logprob: -0.25,
    top_logprobs: [
      { token, logprob: -0.25 },
      { token: ' zebra', logprob: -2.5 },
    ],
  }))
  return {
    messages: [{ role: 'user', content: `Find the ${thing}.` }],
    choices: [{ message: { role: 'assistant', content: words.join('') }, logprobs: { content } }],
  }
}

test('log-probabilities in the files teach, and how many tokens they reach is said before', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  const teacher = page.getByRole('combobox', { name: 'Teacher' })
  await expect(teacher.locator('option', { hasText: 'in the files' })).toBeDisabled()
  const records = ['lamp', 'mug', 'book', 'plate', 'towel', 'apple'].map((thing) =>
    JSON.stringify(completion(thing)),
  )
  await lab.addFiles(file('runs.jsonl', records.join('\n')))
  await expect(lab.total).toHaveText('6 trajectories')
  await lab.setRecipe({ ...TINY, steps: 6, evaluateEvery: 3 })
  await teacher.selectOption('Log-probabilities in the files (6)')
  const before = page.getByRole('region', { name: 'Before training' })
  await expect(before).toContainText(/100\.0 % of reason and act tokens aligned/)
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 120_000 })
  const last = (await lab.metrics()).findLast(({ split }) => split === 'train')!
  expect(last.act.tokens).toBeGreaterThan(0)
  expect(last.act.teacherEntropy).toBeGreaterThan(0)
  expect(lab.complaints).toEqual([])
})

test('a teacher is captured, goes out and in as a file, and is still there on the next visit', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  const teacher = page.getByRole('combobox', { name: 'Teacher' })
  const captures = page.getByRole('list', { name: 'Captures' })
  await lab.setRecipe({ ...TINY, steps: 4, evaluateEvery: 4 })
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 120_000 })
  await lab.button('Keep this student as teacher').click()
  await page.getByRole('textbox', { name: 'k', exact: true }).fill('4')
  await expect(page.getByText('20 B a token, so that runs')).toBeVisible()
  await lab.button('Capture this teacher').click()
  await expect(captures).toContainText('200 trajectories', { timeout: 120_000 })
  await expect(captures).toContainText('20 B a token')
  await expect(teacher).toHaveValue('stored sad-step-4, top 4')
  await page.getByLabel('The student reads').selectOption('tokens of its own, aligned by bytes')
  await expect(page.getByRole('region', { name: 'Before training' })).toContainText(
    '100.0 % of reason and act tokens aligned',
  )
  await lab.button('Train').click()
  await expect.poll(async () => (await lab.metrics()).at(-1)?.act.teacherEntropy ?? 0).toBeGreaterThan(0)
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 120_000 })

  const { name, bytes } = await lab.download('Export sad-step-4, top 4')
  expect(name).toBe('sad-step-4, top 4.capture')
  expect(lab.requests).toEqual([])
  await page.reload()
  await lab.open('wasm')
  await expect(captures).toContainText('sad-step-4, top 4')
  await lab.button('Remove sad-step-4, top 4').click()
  await expect(captures).toBeHidden()
  await lab.pick('Import capture', [file('brought.capture', bytes)])
  await expect(captures).toContainText('brought')
  await lab.pick('Import capture', [file('torn.capture', bytes.subarray(0, bytes.length - 9))])
  await expect(page.getByRole('alert')).toContainText('torn ends inside trajectory 200')
  expect(lab.complaints).toEqual([])
})

import type { Page } from '@playwright/test'
import { expect, type Lab, test } from './lab.ts'
import { file } from './transcripts.ts'

const JOBS = file(
  'jobs.log',
  Array.from(
    { length: 3 },
    (_, i) =>
      `### job ${i}: tidy room ${i}\nHMM a mug may be on shelf ${i}\nDO walk shelf ${i}\nSEE a mug\nHMM take it\nDO take mug\nSEE taken\n`,
  ).join(''),
)

const RUNS = file(
  'runs.jsonl',
  Array.from({ length: 2 }, (_, i) =>
    JSON.stringify({
      job: { aim: `tidy room ${i}` },
      log: [
        { mind: { says: 'a mug may be there' }, body: 'walk shelf 1', world: 'a mug' },
        { mind: { says: 'take it' }, body: 'take mug', world: 'taken' },
      ],
    }),
  ).join('\n'),
)

function dialog(page: Page) {
  const box = page.getByRole('dialog')
  return {
    box,
    field: (name: string | RegExp) => box.getByRole('textbox', { name, exact: true }),
    found: box.getByRole('region', { name: 'What becomes of it' }).getByRole('status'),
    spans: box.getByRole('region', { name: 'Spans of the first trajectory' }),
    use: box.getByRole('button', { name: 'Use this mapping' }),
  }
}

/** The recipe as the page would give it away. */
async function recipeJson(lab: Lab): Promise<{ reading: { mappings: unknown[]; toolCalls: string } }> {
  await lab.button('Recipe JSON').click()
  const text = await lab.page.getByRole('dialog').getByRole('textbox', { name: 'Recipe' }).inputValue()
  await lab.button('Cancel').click()
  return JSON.parse(text)
}

test.beforeEach(async ({ lab }) => {
  await lab.open('wasm')
})

test.afterEach(({ lab }) => {
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

test('a text that nobody foresaw is mapped by how its lines begin, seen as it is typed', async ({
  lab,
  page,
}) => {
  await lab.addFiles(JOBS)
  await expect(lab.problems).toContainText('jobs.log')
  await lab.button('Map jobs.log by hand').click()
  const { box, field, found, spans, use } = dialog(page)
  await expect(box).toContainText('### job 0: tidy room 0')
  await expect(use).toBeDisabled()

  await field('REASON starts with').fill('HMM')
  await expect(found).toHaveText(
    '1 trajectory in the part that was looked at. The first: 1 prompt, 6 reason. ⚠ No action was found, so there is nothing here for the ACT loss.',
  )
  await field('ACT starts with').fill('DO')
  await expect(found).toContainText('1 prompt, 6 reason, 6 act.')
  await field('OBSERVATION starts with').fill('LOOK\nSEE')
  await expect(found).toContainText('1 prompt, 6 reason, 6 act, 6 observation.')
  await field(/^A new trajectory/).fill('###')
  await expect(found).toContainText('3 trajectories')
  await expect(found).toContainText('1 prompt, 2 reason, 2 act, 2 observation.')
  await expect(spans.locator('[data-row-start][data-kind="act"]').first()).toContainText('DO walk shelf 0')

  await field('REASON starts with').fill('NOTHING')
  await field('ACT starts with').fill('')
  await expect(use).toBeDisabled()
  await field('REASON starts with').fill('HMM')
  await field('ACT starts with').fill('DO')
  await use.click()
  await expect(box).toBeHidden()
  await expect(lab.loadedFile('jobs.log')).toContainText('3')
  await expect(lab.problems).toBeHidden()
  await expect(page.getByText('The demo was put away')).toBeVisible()
  const mapping = {
    kind: 'markers',
    prompt: ['###'],
    reason: ['HMM'],
    act: ['DO'],
    observation: ['LOOK', 'SEE'],
  }
  expect((await recipeJson(lab)).reading.mappings).toEqual([mapping])

  // A file that comes later is read with it; without the mapping, neither is.
  await lab.addFiles(file('more.log', JOBS.buffer))
  await expect(lab.total).toHaveText('6 trajectories')
  await page.getByText('Advanced', { exact: true }).click()
  const mappings = page.getByRole('list', { name: /^Mappings made by hand/ })
  await expect(mappings.getByRole('listitem')).toHaveText([/reason starts with “HMM”/])
  await lab.button('Remove mapping 1').click()
  await expect(lab.problems).toContainText('more.log')
  await expect(lab.total).toHaveText('0 trajectories')
  await expect(mappings).toBeHidden()
})

test('a JSON that nobody foresaw is mapped by its fields, chosen with examples', async ({ lab, page }) => {
  await lab.addFiles(RUNS)
  await expect(lab.problems).toContainText('runs.jsonl')
  await lab.button('Map runs.jsonl by hand').click()
  const { box, field, found, spans, use } = dialog(page)
  await expect(box).toContainText('"says": "a mug may be there"')
  await expect(use).toBeDisabled()

  await field('Reason').fill('may be')
  const option = page.getByRole('option', { name: 'log[*].mind.says' })
  await expect(option).toContainText('a mug may be there')
  await option.click()
  await expect(found).toContainText('2 reason')
  await field('Act').fill('log[*].body')
  await field('Observation').fill('log[*].world')
  await field('Prompt').fill('job.aim')
  await expect(found).toContainText('2 trajectories')
  await expect(found).toContainText('1 prompt, 2 reason, 2 act, 2 observation.')
  await expect(spans).toContainText('walk shelf 1')

  // With the list of steps, the paths start at a step.
  await field('List of steps').fill('log[*]')
  await field('Reason').fill('mind.says')
  await field('Act').fill('body')
  await field('Observation').fill('world')
  await expect(found).toContainText('1 prompt, 2 reason, 2 act, 2 observation.')
  await field('Act').fill('body[')
  await expect(found).toContainText('must be a path')
  await expect(use).toBeDisabled()
  await field('Act').fill('body')
  await expect(use).toBeEnabled()
  await use.click()
  await expect(lab.loadedFile('runs.jsonl')).toContainText('2')
  const { reading } = await recipeJson(lab)
  expect(reading.mappings).toEqual([
    {
      kind: 'fields',
      prompt: 'job.aim',
      steps: 'log[*]',
      reason: 'mind.says',
      act: 'body',
      observation: 'world',
    },
  ])
})

test('a recipe with another reading reads what is loaded anew', async ({ lab, page }) => {
  const call = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'search', arguments: '{"query": "lamp"}' } }],
  }
  const messages = [
    { role: 'user', content: 'Find a lamp.' },
    call,
    { role: 'tool', tool_call_id: 'c', content: 'One.' },
  ]
  await lab.addFiles(file('calls.json', JSON.stringify({ messages })))
  const text = page.getByRole('region', { name: 'Text of the trajectory' })
  await expect(text).toContainText('search({"query": "lamp"})')
  await page.getByText('Advanced', { exact: true }).click()
  await page.getByLabel('Tool calls are written as').selectOption('keywords')
  await expect(text).toContainText('search(query="lamp")')
  await lab.setRecipe({ reading: { toolCalls: 'json' } })
  await expect(text).toContainText('search({"query": "lamp"})')
})

test('a file that is read already can be mapped otherwise, from the viewer', async ({ lab, page }) => {
  await lab.addFiles(
    file('react.txt', 'Question: q\nThought: t\nAction: Search[x]\nNote: n\nObservation: o\n'),
  )
  await expect(lab.total).toHaveText('1 trajectory')
  await lab.button('More').click()
  await page.getByRole('menuitem', { name: 'Map this file by hand' }).click()
  const { field, found, use } = dialog(page)
  await field('REASON starts with').fill('Thought:\nNote:')
  await field('ACT starts with').fill('Action:')
  await field('OBSERVATION starts with').fill('Observation:')
  await expect(found).toContainText('1 prompt, 2 reason, 1 act, 1 observation.')
  await use.click()
  await expect(page.getByRole('region', { name: 'Spans' })).toContainText('mapped-markers')
})

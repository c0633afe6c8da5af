import type { Page } from '@playwright/test'
import type { RecipeInput, StudyReport } from '../../workers/protocol.ts'
import { expect, type Lab, test } from './lab.ts'
import { file } from './transcripts.ts'

/** A model that knows nothing yet, with room for the household's tasks. */
const TEACHER: RecipeInput = {
  seed: 3,
  steps: 1,
  batchRows: 1,
  evaluateEvery: 1,
  data: { contextLength: 384, heldOut: 0.1 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 400 },
  student: { kind: 'gpt', layers: 1, width: 16, heads: 2 },
  teacher: { kind: 'text' },
}

/** A study of two cells that asks for next to nothing; `sad-step-1` is how the page calls the teacher above. */
const STUDY = {
  version: 1,
  name: 'quick',
  about: 'Two arms, one seed.',
  recipe: {
    steps: 4,
    batchRows: 2,
    evaluateEvery: 2,
    data: { heldOut: 0.2, packing: true },
    optimiser: { learningRate: 0.01, warmupSteps: 0, schedule: 'constant' },
  },
  worlds: [{ environment: 'household', teacher: 'sad-step-1' }],
  trajectories: { by: 'expert', temperature: 0, onlySuccesses: true, seed: 5 },
  amounts: { few: 6 },
  students: { small: { layers: 1, width: 16, heads: 2 } },
  arms: { sad: {}, imitation: { recipe: { objective: { arm: 'imitation' } } } },
  blocks: [{ arms: ['sad', 'imitation'], students: ['small'], amounts: ['few'] }],
  seeds: [1],
  choosing: { seeds: [7], episodes: 1, student: 'small', amount: 'few' },
  testing: { seed: 1, episodes: 1, historyEpisodes: 0, temperature: 0, turnTokens: 1 },
}

async function openStudies(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Studies' }).click()
  await expect(page.getByRole('list', { name: 'Studies' })).toContainText('paper')
}

/** Trains the teacher and keeps it. */
async function makeTeacher(lab: Lab): Promise<void> {
  await lab.setRecipe(TEACHER)
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 120_000 })
  await lab.button('Keep this student as teacher').click()
}

/** Waits for a sentence, and puts it away. */
async function dismiss(page: Page, sentence: RegExp): Promise<void> {
  const alert = page.getByRole('alert').filter({ hasText: sentence })
  await alert.getByRole('button', { name: 'Dismiss' }).click()
  await expect(alert).toBeHidden()
}

function line(page: Page, name: string) {
  return page.getByRole('list', { name: 'Studies' }).getByRole('listitem').filter({ hasText: name })
}

test('a study is run in the page, stopped, gone on with after a reload, and taken home', async ({
  lab,
  page,
}) => {
  const state = page.getByTestId('study-state')
  const report = page.getByRole('region', { name: 'Results of quick' })

  await test.step('runs one cell while training waits', async () => {
    await lab.open('wasm')
    await makeTeacher(lab)
    await openStudies(page)
    await lab.pick('Open a file', [file('quick.json', JSON.stringify(STUDY))])
    const run = page.getByRole('region', { name: 'Run quick' })
    await expect(run).toContainText('2 cells: how long they take is known once the first is done')
    await lab.button('Run').click()
    await expect(state).toHaveText('running')
    await page.getByRole('tab', { name: 'Train' }).click()
    await lab.button('Train').click()
    await dismiss(page, /A training run must wait: a study is under way/)
    await page.getByRole('tab', { name: 'Studies' }).click()
    await expect(run).toContainText('1 of 2 cells done', { timeout: 120_000 })
  })

  await test.step('pauses, and stops in the second', async () => {
    await lab.button('Pause').last().click()
    await expect(state).toHaveText('paused')
    await lab.button('Stop').last().click()
    await expect(state).toHaveText('stopped')
    await expect(line(page, 'quick')).toContainText('1 of 2 cells')
    await expect(report).toContainText('Partial: 1 of 2 cells are done', { timeout: 60_000 })
  })

  await test.step('has the finished cell after a reload, and does the other', async () => {
    await page.reload()
    await lab.open('wasm')
    await makeTeacher(lab)
    await openStudies(page)
    await expect(line(page, 'quick')).toContainText('1 of 2 cells')
    await line(page, 'quick').getByRole('button', { pressed: false }).first().click()
    const run = page.getByRole('region', { name: 'Run quick' })
    await expect(run).toContainText(/1 of them to do: about .* at .* a cell/)
    await lab.button('Run').click()
    await expect(state).toHaveText('finished', { timeout: 120_000 })
    await expect(run).toContainText('nothing is left to do')
  })

  await test.step('shows its tables, and hands out the report and the cells', async () => {
    const table = report.getByRole('table', { name: 'Results', exact: true })
    for (const who of ['teacher', 'expert', 'sad', 'imitation']) {
      await expect(table.getByRole('row').filter({ hasText: who }).first()).toContainText(/\d\.\d/)
    }
    await expect(report.getByRole('table', { name: 'Comparisons' })).toContainText('sad − imitation')
    await expect(report).toContainText('another setting')
    await lab.button('Download ▾').click()
    const waiting = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'Each cell, CSV' }).click()
    expect((await waiting).suggestedFilename()).toBe('cells.csv')
    const { name, bytes } = await lab.download('Take the cells away')
    expect(name).toBe('quick.zip')
    await lab.button('Put away the finished cells of quick').or(lab.button('Remove quick')).click()
    await lab.button('Put away').click()
    await expect(line(page, 'quick')).toBeHidden()
    await lab.pick('Open a file', [file(name, bytes)])
    await expect(line(page, 'quick')).toContainText('2 of 2 cells')
  })
  expect(lab.complaints).toEqual([])
  // The tab, its studies and the reloaded page come from where the page is from.
  expect(lab.requests.filter((address) => !address.startsWith(process.env.LAB_URL!))).toEqual([])
})

test('results from elsewhere are shown, and what is none is refused with a sentence', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  await openStudies(page)
  const estimate = (mean: number) => ({ mean, low: mean - 0.1, high: mean + 0.1, of: 300 })
  const row = { amount: null, student: null, parameters: 1e6, seeds: 1, planned: 1, byTaskType: {} }
  const results: StudyReport = {
    version: 1,
    study: { ...STUDY, name: 'elsewhere' } as unknown as StudyReport['study'],
    cells: { planned: 2, done: 1 },
    candidates: { planned: 0, done: 0 },
    teachers: [],
    tables: [
      {
        environment: 'household',
        block: 0,
        taskTypes: [],
        measures: ['success'],
        rows: [
          { ...row, who: 'teacher', arm: null, measures: { success: estimate(0.91) } },
          {
            ...row,
            ...{ who: 'student', arm: 'sad', amount: 'few', student: 'small' },
            measures: { success: estimate(0.625) },
          },
        ],
      },
    ],
    comparisons: [],
    choices: [],
    curves: [],
    points: [],
    correlations: [],
    work: [],
    reading: [{ title: 'How far the study is', environment: null, sentences: ['One of two is done.'] }],
  }
  await lab.pick('Open a file', [file('results.json', JSON.stringify(results))])
  const report = page.getByRole('region', { name: 'Results of elsewhere' })
  await expect(report).toContainText('One of two is done.')
  await expect(report.getByRole('table', { name: 'Results', exact: true })).toContainText('62.5[52.5, 72.5]')
  await expect(report.getByRole('table', { name: /paper’s own figures/ })).toContainText('43.7')

  const refusals: [name: string, content: string, sentence: RegExp][] = [
    ['broken.json', '{', /broken\.json is not valid JSON/],
    ['recipe.json', '{"steps":60}', /recipe\.json is neither a study/],
    [
      'wrong.json',
      JSON.stringify({ ...results, points: [{ arm: 3 }] }),
      /wrong\.json is not the results\.json of a study/,
    ],
    ['odd.json', JSON.stringify({ ...STUDY, seeds: [] }), /odd\.json: seeds/],
  ]
  for (const [name, content, sentence] of refusals) {
    await lab.pick('Open a file', [file(name, content)])
    await dismiss(page, sentence)
  }
  await expect(report).toContainText('One of two is done.')
  expect(lab.complaints).toEqual([])
})

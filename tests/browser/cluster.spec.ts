import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync, zipSync } from 'fflate'
import { findPython } from '../setup/python.ts'
import { expect, type Lab, TINY, test } from './lab.ts'
import { file, type TestFile } from './transcripts.ts'

const OPEN = 'Take this run to a cluster'

const dialogOf = (lab: Lab) => lab.page.getByRole('dialog', { name: OPEN })
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

/** Opens the dialog and takes the run's file home. */
async function runZip(lab: Lab): Promise<{ bytes: Buffer; files: Record<string, Uint8Array> }> {
  await lab.button(OPEN).click()
  const { name, bytes } = await lab.download('Download RUN.zip')
  expect(name).toBe('RUN.zip')
  await lab.page.keyboard.press('Escape')
  return { bytes, files: unzipSync(bytes) }
}

/** A run that the page has trained, as the files of its folder. */
async function ownRun(lab: Lab): Promise<Record<string, Uint8Array>> {
  await lab.setRecipe({ ...TINY, steps: 6, evaluateEvery: 3 })
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/finished/i, { timeout: 120_000 })
  const { files } = await lab.student()
  const { bytes } = await lab.download('Metrics JSONL')
  return { ...Object.fromEntries(files), 'metrics.jsonl': bytes }
}

const zipOf = (files: Record<string, Uint8Array>): TestFile =>
  file(
    'elsewhere.zip',
    Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, b]) => [`out/${name}`, b])))),
  )
const filesOf = (files: Record<string, Uint8Array>) =>
  Object.entries(files).map(([name, bytes]) => file(name, Buffer.from(bytes)))

test('the dialog is worked with mouse and keyboard, and its commands follow what is chosen', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const dialog = dialogOf(lab)
  await lab.tabTo(OPEN)
  await page.keyboard.press('Enter')
  await expect(dialog).toBeVisible()
  const one = dialog.getByRole('region', { name: 'One machine' })
  const several = dialog.getByRole('region', { name: 'Several machines' })
  await expect(one).toContainText('torchrun --standalone --nproc_per_node=8')
  await dialog.getByRole('textbox', { name: 'GPUs per machine' }).fill('4')
  await dialog.getByRole('textbox', { name: 'Machines' }).fill('3')
  await dialog.getByRole('textbox', { name: 'First machine' }).fill('gpu-01')
  await expect(one).toContainText('--nproc_per_node=4')
  await expect(several).toContainText('--nnodes=3 --nproc_per_node=4')
  await expect(several).toContainText('--rdzv_endpoint=gpu-01:29500')
  await expect(dialog.getByRole('region', { name: 'Slurm' })).toContainText('#SBATCH --nodes=3')
  const sizes = dialog.getByRole('table')
  await expect(sizes.getByRole('row')).toHaveCount(6)
  await expect(sizes).toContainText('7B, as GPT-3 6.7B')
  await dialog.getByRole('combobox', { name: 'GPU' }).selectOption('NVIDIA L4, 24 GB')
  await expect(sizes.getByRole('row', { name: /^7B/ })).toContainText('too much')
  await expect(dialog).toContainText('Estimates from formulas, not measurements')
  await dialog.getByRole('button', { name: 'Copy: Several machines' }).click()
  await expect(dialog.getByRole('button', { name: 'Copy: Several machines' })).toHaveText('Copied')
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(copied).toContain('--nnodes=3 --nproc_per_node=4')
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(lab.button(OPEN)).toBeFocused()
  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

test('the state of a student that no GPU holds is shared out by itself', async ({ lab, page }) => {
  await lab.open('wasm')
  await lab.setRecipe({ ...TINY, student: { layers: 48, width: 8192, heads: 64 } })
  await lab.button(OPEN).click()
  const dialog = dialogOf(lab)
  await expect(dialog.getByRole('region', { name: 'Slurm' })).toContainText('--precision bfloat16 --shard')
  await expect(dialog).toContainText('(--shard)')
  await page.keyboard.press('Escape')
  expect(lab.complaints).toEqual([])
})

test('RUN.zip holds the run, and PyTorch trains it and brings it back', async ({ lab, page }) => {
  const python = findPython()
  if ('missing' in python) throw new Error(python.missing)
  await lab.open('wasm')
  await lab.setRecipe({ ...TINY, steps: 6, evaluateEvery: 3 })
  const { bytes, files } = await runZip(lab)
  const { files: facts, ...about } = JSON.parse(text(files['run.json']))
  expect(about).toMatchObject({ trajectories: 200, vocabularySize: 300 })
  for (const [name, { sha256 }] of Object.entries(facts as Record<string, { sha256: string }>)) {
    expect(createHash('sha256').update(files[name]!).digest('hex'), name).toBe(sha256)
  }
  expect(JSON.parse(text(files['recipe.json']))).toMatchObject({ steps: 6, objective: { arm: 'sad' } })
  expect(text(files['trajectories.jsonl']).trimEnd().split('\n')).toHaveLength(200)
  expect(text(files['sad_scale/__main__.py'])).toContain('def main')
  // Nothing but parts of the page itself was asked for.
  for (const address of lab.requests) expect(new URL(address).origin).toBe(new URL(page.url()).origin)

  const here = mkdtempSync(join(tmpdir(), 'cluster-'))
  try {
    writeFileSync(join(here, 'RUN.zip'), bytes)
    const { LD_LIBRARY_PATH: _, ...env } = process.env
    const train = ['-m', 'sad_scale', 'train', 'RUN.zip', '--out', 'out', '--cache', 'cache']
    const { status, stderr } = spawnSync(python.path, train, {
      cwd: here,
      encoding: 'utf8',
      env: { ...env, PYTHONPATH: 'RUN.zip', OMP_NUM_THREADS: '1' },
    })
    expect(status, stderr).toBe(0)
    const out = Object.fromEntries(
      readdirSync(join(here, 'out')).map((name) => [name, readFileSync(join(here, 'out', name))]),
    )
    await lab.dropFile(zipOf(out))
    const question = page.getByRole('dialog', { name: 'Show the run “elsewhere”?' })
    await expect(question).toContainText('Its recipe takes the place of the one in the fields.')
    await question.getByRole('button', { name: 'Show it' }).click()
    await expect(lab.runState).toHaveText(/finished/i)
    await expect(
      page.getByText('Taken in from “elsewhere”, where it was trained outside of this page.', {
        exact: true,
      }),
    ).toBeVisible()
    const newest = page.getByRole('table', { name: 'Newest numbers' })
    await expect(newest.getByRole('row', { name: /Reason held-out/ })).toContainText(/\d\.\d/)
    await expect(page.locator('.recharts-line-curve').first()).toBeAttached()
    expect((await lab.metrics()).filter(({ split }) => split === 'train')).toHaveLength(6)
    expect(await lab.generate('> think:')).not.toBe('')
    const { files: taken } = await lab.student()
    expect(Buffer.compare(taken.get('model.safetensors')!, out['model.safetensors']!)).toBe(0)
    await lab.button('Keep this student as teacher').click()
    await expect(page.getByRole('combobox', { name: 'Teacher' })).toHaveValue('model sad-step-6')
  } finally {
    rmSync(here, { recursive: true, force: true })
  }
  expect(lab.complaints).toEqual([])
})

test('a run from elsewhere asks before it takes the place of another, and a bad one changes nothing', async ({
  lab,
  page,
}) => {
  await lab.open('wasm')
  const out = await ownRun(lab)
  const alert = (words: string) => page.getByRole('alert').filter({ hasText: words })
  // One that was dismissed is on its way out for a moment, beside the next.
  const dismiss = async (words: string) => alert(words).getByRole('button', { name: 'Dismiss' }).click()
  const takenIn = page.getByRole('paragraph').filter({ hasText: 'Taken in from “run”' })
  const question = page.getByRole('dialog', { name: /^Show the run/ })
  const metrics = (await lab.metrics()).length

  await lab.addFiles(...filesOf(out))
  await expect(question).toContainText('whose student is gone then unless it was downloaded or kept')
  await page.keyboard.press('Escape')
  await expect(question).toBeHidden()
  await expect(takenIn).toBeHidden()

  const torn = { ...out, 'model.safetensors': out['model.safetensors']!.subarray(0, 5000) }
  await lab.addFiles(...filesOf(torn))
  await question.getByRole('button', { name: 'Show it' }).click()
  await dismiss('run/model.safetensors is not a readable safetensors file')
  const { 'recipe.json': _, ...partly } = out
  await lab.addFiles(...filesOf(partly))
  await question.getByRole('button', { name: 'Show it' }).click()
  await dismiss('run: recipe.json is missing')
  await expect(takenIn).toBeHidden()
  expect(await lab.metrics()).toHaveLength(metrics)

  await lab.addFiles(...filesOf(out))
  await question.getByRole('button', { name: 'Show it' }).click()
  await expect(takenIn).toBeVisible()
  expect(await lab.metrics()).toHaveLength(metrics)

  await lab.setRecipe({ ...TINY, steps: 5000, evaluateEvery: 5000 })
  await lab.button('Train').click()
  await expect(lab.runState).toHaveText(/running/i, { timeout: 120_000 })
  await lab.dropFile(zipOf(out))
  await expect(alert('Taking in a run must wait: a run is active, so stop it first.')).toBeVisible()
  await expect(lab.runState).toHaveText(/running/i)
  await lab.button('Stop').click()
  expect(lab.complaints).toEqual([])
})

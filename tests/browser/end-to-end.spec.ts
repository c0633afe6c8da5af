import type { MetricsLine } from '../../workers/protocol.ts'
import { expect, TINY, test } from './lab.ts'
import { householdTranscripts } from './transcripts.ts'

test('a person distils a student from dropped transcripts on WebGPU and takes it home', async ({
  lab,
  page,
}) => {
  test.setTimeout(600_000)
  await lab.open('webgpu')
  await expect(page.getByTestId('backend')).toHaveText('webgpu')
  await expect(page.getByTestId('engine')).toContainText('fused')

  await test.step('drops a file and sees its trajectories', async () => {
    await lab.button('Remove all').click()
    await lab.dropFile(householdTranscripts())
    await expect(lab.total).toHaveText('36 trajectories')
    await expect(lab.problems).toBeHidden()
  })

  await test.step('trains, pauses, steps and resumes', async () => {
    await lab.setRecipe(TINY)
    await lab.button('Train').click()
    await expect(lab.runState).toHaveText(/running/i, { timeout: 120_000 })
    await lab.button('Pause').click()
    await expect(lab.runState).toHaveText(/paused/i)
    const paused = await lab.lastStep()
    await lab.button('Step').click()
    await expect.poll(() => lab.lastStep()).toBe(paused + 1)
    await expect(lab.runState).toHaveText(/paused/i)
    await lab.button('Resume').click()
    await expect(lab.runState).toHaveText(/finished/i, { timeout: 240_000 })
  })

  await test.step('finds that both losses fell and both agreements rose', async () => {
    const lines = await lab.metrics()
    expect(lines.at(-1)?.step).toBe(TINY.steps)
    const training = lines.filter((line) => line.split === 'train')
    const heldOut = lines.filter((line) => line.split === 'held-out')
    for (const kind of ['reason', 'act'] as const) {
      // Easy rows come first, and the easiest may hold none of one kind.
      const measured = training.filter((line) => line[kind].tokens > 0)
      const early = average(measured.slice(0, 5), kind)
      const late = average(measured.slice(-5), kind)
      expect(late.loss, `${kind} loss in training`).toBeLessThan(early.loss)
      expect(late.agreement, `${kind} agreement in training`).toBeGreaterThan(early.agreement)
      const [before, after] = [heldOut[0]![kind], heldOut.at(-1)![kind]]
      expect(after.loss, `${kind} loss, held-out`).toBeLessThan(0.8 * before.loss)
      expect(after.agreement, `${kind} agreement, held-out`).toBeGreaterThan(before.agreement)
    }
    const csv = (await lab.download('Metrics CSV')).bytes.toString('utf8').trim().split('\n')
    expect(csv.length).toBe(lines.length + 1)
  })

  await test.step('generates text', async () => {
    expect((await lab.generate('You are in the middle of a room.')).trim()).not.toBe('')
  })

  await test.step('downloads the student and loads it as the teacher of the next', async () => {
    const { zip, files } = await lab.student()
    for (const name of ['model.safetensors', 'config.json', 'tokenizer.json', 'generation_config.json']) {
      expect([...files.keys()]).toContain(name)
    }
    await lab.pick('Load student as teacher', [zip])
    const source = zip.name.replace(/\.zip$/, '')
    await expect(page.getByRole('combobox', { name: 'Teacher' })).toHaveValue(`model ${source}`)
    await lab.setRecipe({
      ...TINY,
      steps: 6,
      tokenizer: { kind: 'teacher' },
      teacher: { kind: 'model', source },
    })
    await lab.button('Train').click()
    // The run before has finished as well; only the steps tell them apart.
    await expect.poll(() => lab.lastStep(), { timeout: 240_000 }).toBe(6)
    await expect(lab.runState).toHaveText(/finished/i, { timeout: 60_000 })
    const last = (await lab.metrics()).filter((line) => line.split === 'train').at(-1)!
    expect(last.step).toBe(6)
    // A model is not certain of its tokens, as the text is: the second run had a model for a teacher.
    expect(last.act.teacherEntropy).toBeGreaterThan(0)
  })

  expect(lab.complaints).toEqual([])
  expect(lab.requests).toEqual([])
})

function average(lines: MetricsLine[], kind: 'reason' | 'act'): { loss: number; agreement: number } {
  const mean = (value: 'loss' | 'agreement') =>
    lines.reduce((sum, line) => sum + line[kind][value], 0) / lines.length
  return { loss: mean('loss'), agreement: mean('agreement') }
}

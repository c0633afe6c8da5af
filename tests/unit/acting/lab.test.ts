import { afterEach, describe, expect, it } from 'vitest'
import type { ActorId } from '../../../workers/acting/acting.ts'
import { Lab } from '../../../workers/lab.ts'
import type { RunStatus } from '../../../workers/protocol.ts'
import type { RecipeInput } from '../../../workers/recipe.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'

const RECIPE: RecipeInput = {
  steps: 4,
  batchRows: 1,
  evaluateEvery: 2,
  data: { contextLength: 384, heldOut: 0 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 400 },
  student: { layers: 1, width: 8, heads: 2 },
  optimiser: { warmupSteps: 0 },
}
const STUDENT: ActorId = { kind: 'student' }
const TEACHER: ActorId = { kind: 'teacher', name: 'tutor' }
const TASK = { world: 'household', split: 'test', seed: 1 } as const
const GREEDY = { temperature: 0, seed: 1 }
const silent = () => {}

const labs: Lab[] = []
afterEach(async () => {
  for (const lab of labs.splice(0)) {
    lab.stopActing()
    await lab.stop()
  }
})

/** A lab that trains, and what resolves when its run is heard to be as asked. */
async function training(recipe: RecipeInput, until: (status: RunStatus) => boolean): Promise<Lab> {
  const lab = new Lab()
  labs.push(lab)
  // biome-ignore lint/correctness/useHookAtTopLevel: a method of the lab that only sounds like a hook
  await lab.useBackend('wasm')
  await lab.loadDemo({ seed: 1, trajectories: 6 })
  const reached = new Promise<void>((resolve) => {
    lab.subscribe((event) => {
      if (event.type === 'run' && until(event.status)) resolve()
    })
  })
  await lab.train(recipe)
  await reached
  return lab
}

describe('the lab’s students and teachers', () => {
  it('act while a run is active, and while it is paused', async () => {
    const lab = await training({ ...RECIPE, steps: 100_000 }, ({ hasStudent }) => hasStudent)
    const { id } = await lab.openEpisode(TASK)
    expect((await lab.takeTurn(id, STUDENT, GREEDY, silent)).turns).toMatchObject([{ by: STUDENT }])
    lab.pause()
    expect((await lab.takeTurn(id, STUDENT, GREEDY, silent)).turns).toHaveLength(2)
    await lab.keepStudentAsTeacher('tutor')
    const beside = (await lab.proposeTurn(id, TEACHER, 0, silent))!
    expect(beside.likeness).not.toBeNull()
  })

  it('are there only once there is one, and while their name is known', async () => {
    const lab = new Lab()
    const { id } = await lab.openEpisode(TASK)
    await expect(lab.takeTurn(id, STUDENT, GREEDY, silent)).rejects.toThrow(
      'There is no student yet: train one, and wait for its first checkpoint.',
    )
    await expect(lab.takeTurn(id, TEACHER, GREEDY, silent)).rejects.toThrow('"tutor" is not loaded')
    expect((await lab.takeTurn(id, { kind: 'expert' }, GREEDY, silent)).turns).toHaveLength(1)
  })

  it('are measured as the expert is, whose episodes the lab reads as trajectories', async () => {
    const report = (await new Lab().evaluateActor(
      { kind: 'expert' },
      { ...TASK, episodes: 6, temperature: 0 },
      silent,
    ))!
    expect(report.episodes.all.success).toEqual({ mean: 1, low: 1, high: 1, of: 6 })
    expect(Object.keys(report.episodes.byTaskType)).toHaveLength(6)
    expect(report.histories).toBeNull()
    const lines = new Uint8Array(await report.lines.arrayBuffer())
    const { trajectories } = readTrajectories('episodes.jsonl', lines)
    expect(trajectories.map(({ environment }) => environment)).toEqual(Array(6).fill('household'))
  })

  it('leave a device that is changed, and act on the next', async () => {
    const lab = await training(RECIPE, ({ state }) => state === 'finished')
    const { id } = await lab.openEpisode(TASK)
    const writing = lab.takeTurn(id, STUDENT, GREEDY, silent)
    await lab.useBackend('cpu')
    expect((await writing).turns).toEqual([])
    expect((await lab.takeTurn(id, STUDENT, GREEDY, silent)).turns).toHaveLength(1)
  })

  it.each([
    [{ seed: -1 }, 'The seed must be a whole number of at least 0.'],
    [{ episodes: 0 }, 'The episodes must be a whole number from 1 to 10000.'],
    [{ episodes: 1.5 }, 'The episodes must be a whole number from 1 to 10000.'],
    [{ historyEpisodes: -1 }, 'The runs to compare with must be a whole number of at least 0.'],
    [{ temperature: Number.NaN }, 'The temperature must be a number of at least 0.'],
    [{ world: 'garden' }, 'There is no world named "garden": choose another, or open its file again.'],
  ])('are measured by a plan that is one: %j', async (change, message) => {
    const plan = { ...TASK, episodes: 1, temperature: 0, ...change }
    await expect(new Lab().evaluateActor({ kind: 'expert' }, plan, silent)).rejects.toThrow(message)
  })
})

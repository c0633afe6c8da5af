import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { LabError } from '../../../../workers/errors.ts'
import { reference } from '../../../../workers/kernels/reference.ts'
import { StudyKeeper } from '../../../../workers/study/keeper.ts'
import type { StudyStatus, StudySummary } from '../../../../workers/study/page/api.ts'
import type { StudyInput } from '../../../../workers/study/study.ts'
import { openForTest } from '../../backends.ts'
import { tinyTeacher } from '../places.ts'

const shipped: StudyInput = JSON.parse(readFileSync('studies/tiny.json', 'utf8'))

/** Two cells that ask for next to nothing. */
const QUICK: StudyInput = {
  ...shipped,
  name: 'quick',
  arms: { sad: {}, imitation: {} },
  seeds: [1],
  testing: { seed: 1, episodes: 1, historyEpisodes: 0, temperature: 0, turnTokens: 1 },
}
const SAD = 'household-few-small-sad-seed1'
const IMITATION = 'household-few-small-imitation-seed1'

const teacher = tinyTeacher()

/** A keeper on this machine's WebAssembly, and what was heard of it. */
async function keeperOn(study: StudyInput = QUICK) {
  const device = { device: await openForTest('wasm'), operations: reference }
  const statuses: StudyStatus[] = []
  const lists: StudySummary[][] = []
  let hear = (_: StudyStatus) => {}
  const keeper = new StudyKeeper(
    {
      device: () => device,
      present: () => device,
      teacher: async () => teacher,
      others: async () => ({ teacher: null, capture: null }),
    },
    {
      status: (status) => {
        statuses.push(status)
        hear(status)
      },
      changed: (studies) => lists.push(studies),
    },
  )
  const { id } = await keeper.open(new File([JSON.stringify(study)], 'quick.json'))
  /** Resolves with the first status that is as wished, this moment's included. */
  const when = (wished: (status: StudyStatus) => boolean) =>
    new Promise<StudyStatus>((resolve) => {
      hear = (status) => {
        if (wished(status)) resolve(status)
      }
      if (keeper.status) hear(keeper.status)
    })
  const over = () => when(({ state }) => ['finished', 'stopped', 'failed'].includes(state))
  return { keeper, id, statuses, lists, when, over }
}

describe('a study that is run in the page', { timeout: 180_000 }, () => {
  it('does the cells that were asked for, tells how far it is, and makes their report', async () => {
    const { keeper, id, statuses, lists, over } = await keeperOn()
    expect((await keeper.view(id)).secondsPerCell).toBeNull()
    await keeper.begin(id, [SAD])
    expect(keeper.busy).toBe(true)
    expect(await over()).toMatchObject({ state: 'finished', done: 1, cells: 1, cell: null })
    expect(keeper.busy).toBe(false)
    const told = statuses.map(({ doing }) => doing?.what)
    expect(told).toEqual(expect.arrayContaining(['training steps', 'episodes played']))
    const heard = () => lists.at(-1)!.find((study) => study.id === id)
    await vi.waitFor(() => expect(heard()).toMatchObject({ cells: 2, done: 1 }))
    const view = await keeper.view(id)
    expect(view.cells.map((cell) => [cell.id, cell.done])).toEqual([
      [SAD, true],
      [IMITATION, false],
    ])
    expect(view.secondsPerCell).toBeGreaterThan(0)
    const report = await keeper.report(id)
    expect(report!.cells).toEqual({ planned: 2, done: 1 })
    expect(report!.tables[0]!.rows.map(({ who, arm, seeds }) => [who, arm, seeds])).toEqual([
      ['teacher', null, 1],
      ['expert', null, 1],
      ['student', 'sad', 1],
      ['student', 'imitation', 0],
    ])
    await expect(keeper.begin(id, [SAD])).rejects.toThrow(/All of these cells of “quick” are done/)
  })

  it('rests inside a cell while it is paused, and goes on where it was', async () => {
    const { keeper, id, when, over, statuses } = await keeperOn()
    await keeper.begin(id, [SAD])
    await when(({ doing }) => doing?.what === 'training steps')
    keeper.pause()
    expect(keeper.status!.state).toBe('paused')
    await new Promise((resolve) => setTimeout(resolve, 400))
    const heard = statuses.length
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(statuses).toHaveLength(heard)
    keeper.resume()
    expect((await over()).state).toBe('finished')
  })

  it('ends where it is stopped, also while paused, and does the rest next time', async () => {
    const { keeper, id, when, over } = await keeperOn()
    await keeper.begin(id, [SAD, IMITATION])
    await when(({ done, doing }) => done === 1 && doing?.what === 'training steps')
    keeper.pause()
    await keeper.stop()
    expect(keeper.status).toMatchObject({ state: 'stopped', done: 1, cells: 2 })
    const view = await keeper.view(id)
    expect(view.cells.map(({ done }) => done)).toEqual([true, false])
    await keeper.begin(id, [SAD, IMITATION])
    expect(await over()).toMatchObject({ state: 'finished', done: 1, cells: 1 })
  })

  it('is alone, and cannot be put away meanwhile', async () => {
    const { keeper, id } = await keeperOn()
    await keeper.begin(id, [SAD])
    await expect(keeper.begin(id, [IMITATION])).rejects.toThrow(/A study is under way/)
    await expect(keeper.remove(id)).rejects.toThrow(/stop it before you put it away/)
    await keeper.stop()
    await keeper.remove(id)
    await expect(keeper.view(id)).rejects.toThrow(/not here any more/)
  })

  it('says why it ended where its device is lost', async () => {
    const { keeper, id, when, over } = await keeperOn()
    await keeper.begin(id, [SAD])
    await when(({ doing }) => doing?.what === 'training steps')
    keeper.fail(new LabError('device-lost', 'The GPU was lost.'))
    expect(await over()).toMatchObject({ state: 'failed', message: 'The GPU was lost.' })
    expect(keeper.busy).toBe(false)
  })
})

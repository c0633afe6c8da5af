import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomeOf } from '../../../workers/trajectories/records/outcome.ts'

describe('what a record tells about its episode', () => {
  it.each([
    [{ success: true }, { success: true }],
    [{ is_success: 0 }, { success: false }],
    [{ solved: 'True' }, { success: true }],
    [{ resolved: 'unresolved' }, { success: false }],
    [{ em: 1 }, { success: true }],
    [
      { won: 'no', reward: -0.5 },
      { success: false, reward: -0.5 },
    ],
    [{ reward: '0.69' }, { reward: 0.69 }],
    [{ reward: true }, { reward: 1 }],
    [{ rewards: [0, 0, 0.4] }, { reward: 0.4 }],
    [{ score: 3, reward: 2 }, { reward: 2 }],
    [{ task_type: ' puttwo ' }, { taskType: 'puttwo' }],
    [
      { category: 'airline', success: 'failed' },
      { taskType: 'airline', success: false },
    ],
  ])('%j', (record, outcome) => {
    expect(outcomeOf(record)).toEqual(outcome)
  })

  it('looks into info, metadata and the like, where the record itself says nothing', () => {
    expect(
      outcomeOf({
        reward: 1,
        info: { reward: 0, success: false },
        task: { metadata: { task_type: 'heat', success: true } },
      }),
    ).toEqual({ reward: 1, success: false, taskType: 'heat' })
  })

  it('says nothing where the record does not say it plainly', () => {
    for (const record of [
      {},
      [],
      [{ success: true }],
      { success: 0.5 },
      { success: null },
      { correct: 'Paris' },
      { exit_status: 'submitted', submission: 'diff' },
      { status: 'success' },
      { reward: 'high' },
      { reward: Number.NaN },
      { rewards: [] },
      { rewards: ['a'] },
      { type: 'chatml', level: 'hard' },
      { category: 'a\nb' },
      { task_type: '' },
      { latest_output: { success: true } },
      { a: { info: { success: true } } },
    ]) {
      expect(outcomeOf(record)).toStrictEqual({})
    }
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.object({ maxDepth: 4 }), (record) => void outcomeOf(record)))
    const knot: Record<string, unknown> = { success: 'x' }
    knot.info = knot
    expect(outcomeOf(knot)).toEqual({})
  })
})

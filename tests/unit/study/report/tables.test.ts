import { describe, expect, it } from 'vitest'
import { summarise } from '../../../../workers/evaluation/metrics.ts'
import { type StudyTable, tablesOf } from '../../../../workers/study/tables.ts'
import { clearOutcome, resultsOf, smallStudy, teachersOf } from './results.ts'

const study = smallStudy()
const results = resultsOf(study, clearOutcome)
const teachers = teachersOf(study)
const tables = tablesOf(study, results, teachers)

function rowIn(table: StudyTable, arm: string | null, who = 'student') {
  return table.rows.find((row) => row.who === who && row.arm === arm)!
}

describe('the tables of a study', () => {
  it('are one for each block in each of its worlds, teacher and expert first', () => {
    expect(tables.map(({ environment, block }) => [environment, block])).toEqual([
      ['household', 0],
      ['household', 1],
      ['shop', 0],
    ])
    expect(tables[0]!.rows.map(({ who, arm }) => arm ?? who)).toEqual([
      'teacher',
      'expert',
      'sad',
      'token-kd',
      'token-kd-masked',
      'sad-chosen',
    ])
    expect(tables[1]!.rows.at(-1)).toMatchObject({ arm: 'token-kd', amount: 'many', student: 'large' })
  })

  it('give means over seeds that are known here', () => {
    // 12, 13 and 14 of 20; a success takes 10 steps, a failure the 30 of the cap.
    const { measures, parameters, seeds, planned } = rowIn(tables[0]!, 'sad')
    expect([parameters, seeds, planned]).toEqual([40_000, 3, 3])
    const means = Object.fromEntries(
      Object.entries(measures).map(([name, { mean }]) => [name, Number(mean!.toFixed(9))]),
    )
    expect(means).toMatchObject({
      success: 0.65,
      reward: 0.65,
      steps: 17,
      stepsOfSuccesses: 10,
      stoppedAtCap: 0.35,
      invalidActions: 0.105,
      cotMatch: 0.5,
      cotNearMatch: 1,
      actionMatch: 0.75,
    })
    expect(measures.success!.of).toBe(60)
    expect(measures.success!.low).toBeLessThan(0.65)
    expect(measures.success!.high).toBeGreaterThan(0.65)
    expect(rowIn(tables[0]!, null, 'teacher').measures.success!.mean).toBe(0.9)
    expect(rowIn(tables[0]!, null, 'expert').measures.success!.mean).toBe(1)
  })

  it('have the intervals that lab evaluate gives the same episodes', () => {
    const cells = results.filter(
      ({ cell }) => cell.split === 'test' && cell.environment === 'shop' && cell.arm === 'token-kd',
    )
    const { all, byTaskType } = summarise(
      cells.map(({ episodes }) => episodes),
      1,
    )
    const row = rowIn(tables[2]!, 'token-kd')
    expect(row.measures.success).toEqual(all.success)
    expect(row.measures.steps).toEqual(all.steps)
    expect(row.byTaskType).toEqual({ food: byTaskType.food!.success, shoes: byTaskType.shoes!.success })
  })

  it('leave the reward out where it only says the success again', () => {
    expect(tables[0]!.measures).not.toContain('reward')
    expect(tables[2]!.measures).toContain('reward')
    expect(rowIn(tables[2]!, 'sad').measures.reward!.mean).toBeCloseTo(0.825, 9)
    expect(tables[2]!.measures).not.toContain('f1')
  })

  it('say of what is half done how much there is, and nothing of what is not there', () => {
    const half = tablesOf(
      study,
      results.filter(({ cell }) => cell.seed < 3 && cell.arm !== 'token-kd-masked'),
      [],
    )
    expect(half[0]!.rows.map(({ who }) => who)).not.toContain('teacher')
    expect(rowIn(half[0]!, 'sad')).toMatchObject({ seeds: 2, planned: 3 })
    expect(rowIn(half[0]!, 'sad').measures.success!.mean).toBeCloseTo(0.625, 9)
    expect(rowIn(half[0]!, 'token-kd-masked')).toMatchObject({
      seeds: 0,
      planned: 3,
      parameters: null,
      measures: {},
      byTaskType: {},
    })
  })

  it('of a study of which nothing is done have rows and no columns', () => {
    const [first] = tablesOf(study, [], [])
    expect(first).toMatchObject({ measures: [], taskTypes: [] })
    expect(first!.rows).toHaveLength(4)
  })

  it('leave out measures that an episode lacks', () => {
    const broken = structuredClone(results)
    for (const result of broken) delete result.episodes[3]!.shares.invalidActions
    const [first] = tablesOf(study, broken, [])
    expect(first!.measures).not.toContain('invalidActions')
    expect(first!.measures).toContain('success')
  })

  it('take from the memory what is the same, and compute anew what has been run again', () => {
    const memory = new Map<string, unknown>()
    expect(tablesOf(study, results, teachers, memory)).toEqual(tables)
    const size = memory.size
    expect(size).toBeGreaterThan(0)
    expect(tablesOf(study, results, teachers, memory)).toEqual(tables)
    expect(memory.size).toBe(size)
    const again = structuredClone(results)
    const one = again.find(({ cell }) => cell.id === 'shop-many-small-sad-seed1')!
    one.episodes = one.episodes.map((episode) => ({
      ...episode,
      shares: { ...episode.shares, success: [1, 1] },
    }))
    one.evaluatedBy.seconds += 1
    expect(rowIn(tablesOf(study, again, teachers, memory)[2]!, 'sad').measures.success!.mean).toBeCloseTo(
      (1 + 0.65 + 0.7) / 3,
      9,
    )
  })
})

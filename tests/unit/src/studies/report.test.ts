import { describe, expect, it } from 'vitest'
import { choicesIn, chosenIn } from '../../../../src/studies/report/selection.ts'
import {
  agreementCurves,
  lookOfArm,
  successAndAgreement,
  successByArm,
  successBySize,
  teacherSuccess,
} from '../../../../src/studies/report/series.ts'
import { reportOf } from '../../../../workers/study/report.ts'
import { clearOutcome, resultsOf, smallStudy, teachersOf } from '../../study/report/results.ts'

const study = smallStudy()
const report = reportOf(study, resultsOf(study, clearOutcome), teachersOf(study))
const chosen = { environment: 'household', amount: 'many', student: 'small' } as const

describe('what of a report is on show', () => {
  it('is what a person wishes, as far as it is there', () => {
    expect(chosenIn(report, { environment: 'household', student: 'large' })).toEqual({
      environment: 'household',
      amount: 'many',
      student: 'large',
    })
    expect(chosenIn(report, { environment: 'shop', student: 'large' }).student).toBe('small')
  })

  it('is else the setting in which most is done', () => {
    const shopOnly = resultsOf(study, (cell) => (cell.environment === 'shop' ? { successes: 5 } : null))
    expect(chosenIn(reportOf(study, shopOnly, []), {})).toEqual({ ...chosen, environment: 'shop' })
    expect(chosenIn(reportOf(study, [], []), {}).environment).toBe('household')
  })

  it('is chosen from what a world is run with', () => {
    expect(choicesIn(report, 'household').students).toEqual(['small', 'large'])
    expect(choicesIn(report, 'shop').students).toEqual(['small'])
  })
})

describe('the charts of a report', () => {
  it('draw each arm of a setting once, with its interval around the mean', () => {
    const arms = successByArm(report, chosen)
    expect(arms.map(({ arm }) => arm)).toEqual(['sad', 'token-kd', 'token-kd-masked', 'sad-chosen'])
    const sad = arms[0]!
    expect(sad).toMatchObject({ seeds: 3, planned: 3 })
    expect(sad.success).toBeCloseTo(13 / 20)
    const { low, high } = report.tables[0]!.rows.find(({ arm }) => arm === 'sad')!.measures.success!
    expect(sad.success - sad.reach[0]).toBeCloseTo(low!)
    expect(sad.success + sad.reach[1]).toBeCloseTo(high!)
    expect(teacherSuccess(report, 'household')).toBeCloseTo(18 / 20)
  })

  it('draw arms over sizes from the smallest on, where there are several', () => {
    expect(successBySize(report, chosen).map(({ arm }) => arm)).toEqual(['sad', 'token-kd'])
    const [sad] = successBySize(report, chosen)
    expect(sad!.points.map(({ parameters }) => parameters)).toEqual([40_000, 90_000])
    expect(successBySize(report, { ...chosen, environment: 'shop' })).toEqual([])
  })

  it('draw agreement by step, a column for each arm', () => {
    const { arms, rows } = agreementCurves(report, chosen, 'act')
    expect(rows.map(({ step }) => step)).toEqual([200, 400])
    expect(arms).toContain('token-kd')
    expect(rows[1]!['arm sad']).toBeCloseTo(0.9 + 13 / 1000 + 0.01)
  })

  it('draw every finished cell of a world by agreement and success', () => {
    const marks = successAndAgreement(report, 'shop', 'reason').flatMap(({ points }) => points)
    expect(marks).toHaveLength(12)
    expect(marks[0]!.cell).toBe('sad, many, small, seed 1')
  })

  it('give an arm the same look everywhere, and no ink that the dark page swallows', () => {
    expect(lookOfArm(report, 'sad')).toEqual(lookOfArm(reportOf(study, [], []), 'sad'))
    const looks = Object.keys(study.arms).map((arm) => JSON.stringify(lookOfArm(report, arm)))
    expect(new Set(looks).size).toBe(looks.length)
    const many = {
      ...report,
      study: { ...study, arms: Object.fromEntries([...'abcdefgh'].map((n) => [n, { recipe: {} }])) },
    }
    expect([...'abcdefgh'].map((arm) => lookOfArm(many, arm).colour)).not.toContain('#000000')
  })
})

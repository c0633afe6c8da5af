import { describe, expect, it } from 'vitest'
import { parseRecipe } from '../../../../workers/recipe.ts'
import { comparisonsOf, differencesIn } from '../../../../workers/study/comparisons.ts'
import { clearOutcome, resultsOf, smallStudy } from './results.ts'

const study = smallStudy()
const results = resultsOf(study, clearOutcome)
const comparisons = comparisonsOf(study, results)

function comparison(environment: string | null, arm: string, other: string, student = 'small') {
  return comparisons.find(
    (one) =>
      one.environment === environment && one.arm === arm && one.other === other && one.student === student,
  )!
}

describe('comparisons', () => {
  it('are of the reference with every other arm, and of arms that one key tells apart', () => {
    const shop = comparisons.filter(({ environment }) => environment === 'shop')
    expect(shop.map(({ arm, other }) => `${arm} − ${other}`)).toEqual([
      'sad − token-kd',
      'sad − token-kd-masked',
      'sad − sad-chosen',
      'token-kd − token-kd-masked',
    ])
    expect(comparison('shop', 'token-kd', 'token-kd-masked').differIn).toEqual([
      'objective.lambda.observation',
    ])
    expect(comparison('shop', 'sad', 'token-kd').differIn).toEqual([
      'curriculum.order',
      'objective.lambda.observation',
      'objective.normaliser',
    ])
    expect(comparison('shop', 'sad', 'sad-chosen').differIn).toEqual(['objective.lambda.reason'])
  })

  it('give the mean of paired differences, and the seeds in which an arm is ahead', () => {
    const { differences, seeds, ahead, behind } = comparison('household', 'sad', 'token-kd')
    expect([seeds, ahead, behind]).toEqual([3, 3, 0])
    expect(differences.success.mean).toBeCloseTo(0.15, 9)
    expect(differences.success.ofPairs.map((value) => Number(value.toFixed(9)))).toEqual([0.15, 0.15, 0.15])
    expect(differences.steps.mean).toBeCloseTo(-3, 9)
    expect(differences.cotMatch).toMatchObject({ mean: 0.25, low: 0.25, high: 0.25 })
  })

  it('go by the same seed, whatever order the cells come in', () => {
    expect(comparisonsOf(study, [...results].reverse())).toEqual(comparisons)
    expect(comparison('household', 'sad', 'token-kd-masked')).toMatchObject({ ahead: 2, behind: 1 })
  })

  it('take seeds alone that both arms have, and none where they have none in common', () => {
    const [sad, other] = ['sad', 'token-kd'].map((arm) => (seed: number) => ({
      is: (cell: { arm: string; seed: number }) => cell.arm === arm && cell.seed === seed,
    }))
    const some = results.filter(({ cell }) => !sad!(1).is(cell) && !other!(3).is(cell))
    const paired = comparisonsOf(study, some).find(({ other }) => other === 'token-kd')!
    expect(paired).toMatchObject({ seeds: 1, planned: 3, ahead: 1, p: null, correctedP: null })
    const apart = some.filter(({ cell }) => !sad!(2).is(cell))
    expect(comparisonsOf(study, apart).filter(({ other }) => other === 'token-kd')).toEqual([])
    expect(comparisonsOf(study, [])).toEqual([])
  })

  it('over all worlds are of those that have both arms, each world counting the same', () => {
    const { seeds, planned, differences, p } = comparison(null, 'sad', 'token-kd')
    expect([seeds, planned]).toEqual([6, 6])
    expect(differences.success.ofPairs).toHaveLength(6)
    expect(differences.success.mean).toBeCloseTo(0.15, 9)
    expect(p).toBe(2 / 2 ** 6)
    // The household alone has large students.
    expect(comparison('household', 'sad', 'token-kd', 'large')).toBeDefined()
    expect(comparison(null, 'sad', 'token-kd', 'large')).toBeUndefined()
  })

  it('are corrected for how many of a table there are', () => {
    // Two of four are as clear as three seeds can be.
    expect(comparison('shop', 'sad', 'token-kd')).toMatchObject({ p: 0.25, correctedP: 1 })
    expect(comparison('household', 'sad', 'token-kd', 'large')).toMatchObject({ p: 0.25, correctedP: 0.25 })
  })

  it('without sad are with the first arm of the setting', () => {
    const other = smallStudy({
      blocks: [{ arms: ['token-kd', 'token-kd-masked'], students: ['small'], amounts: ['few'] }],
    })
    const pairs = comparisonsOf(other, resultsOf(other, clearOutcome))
    expect(new Set(pairs.map(({ arm }) => arm))).toEqual(new Set(['token-kd']))
  })
})

describe('the keys that two recipes differ in', () => {
  it('are told by their paths, but for the seed and the name of the arm', () => {
    const one = parseRecipe({ seed: 1, objective: { arm: 'sad' }, steps: 10 })
    const two = parseRecipe({ seed: 2, objective: { arm: 'sad-hard', hardShare: 0 }, steps: 20 })
    expect(differencesIn(one, two)).toEqual(['objective.divergence', 'steps'])
    expect(differencesIn(one, one)).toEqual([])
  })

  it('are told where one recipe alone has them', () => {
    const jsd = parseRecipe({ objective: { divergence: 'jsd' } })
    expect(differencesIn(parseRecipe({}), jsd)).toEqual(['objective.beta', 'objective.divergence'])
  })
})

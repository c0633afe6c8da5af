import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { learningRateAt } from '../../../workers/training/schedule.ts'

const optimiser = (input: RecipeInput['optimiser']) => parseRecipe({ optimiser: input }).optimiser

describe('the learning rate', () => {
  it('warms up in equal parts and is whole at the last of them', () => {
    const warm = optimiser({ learningRate: 0.4, warmupSteps: 4 })
    expect([0, 1, 2, 3].map((step) => learningRateAt(step, 100, warm))).toEqual([
      0.1,
      0.2,
      expect.closeTo(0.3, 12),
      0.4,
    ])
  })

  it('begins whole where there is no warm-up', () => {
    for (const schedule of ['cosine', 'linear', 'constant'] as const) {
      expect(learningRateAt(0, 10, optimiser({ learningRate: 0.4, warmupSteps: 0, schedule }))).toBe(0.4)
    }
  })

  it('falls by a half cosine: whole, 85 %, half, 15 %, and 0 one step after the last', () => {
    const cosine = optimiser({ learningRate: 1, warmupSteps: 10, schedule: 'cosine' })
    const rates = [10, 20, 30, 40, 50].map((step) => learningRateAt(step, 50, cosine))
    const quarter = 0.5 * (1 + Math.SQRT1_2)
    for (const [i, expected] of [1, quarter, 0.5, 1 - quarter, 0].entries()) {
      expect(rates[i]).toBeCloseTo(expected, 12)
    }
    expect(learningRateAt(49, 50, cosine)).toBeGreaterThan(0)
  })

  it('falls in a straight line', () => {
    const linear = optimiser({ learningRate: 1, warmupSteps: 10, schedule: 'linear' })
    const rates = [10, 20, 30, 40, 50].map((step) => learningRateAt(step, 50, linear))
    for (const [i, expected] of [1, 0.75, 0.5, 0.25, 0].entries()) expect(rates[i]).toBeCloseTo(expected, 12)
  })

  it('stays where it is when it is constant', () => {
    const constant = optimiser({ learningRate: 0.3, warmupSteps: 2, schedule: 'constant' })
    expect([2, 50, 99].map((step) => learningRateAt(step, 100, constant))).toEqual([0.3, 0.3, 0.3])
  })

  it('never leaves (0, its largest] within a run, whatever the recipe', () => {
    const inputs = fc.record({
      steps: fc.integer({ min: 1, max: 500 }),
      warmupSteps: fc.integer({ min: 0, max: 600 }),
      schedule: fc.constantFrom('cosine' as const, 'linear' as const, 'constant' as const),
    })
    fc.assert(
      fc.property(inputs, fc.double({ min: 0, max: 0.999, noNaN: true }), (input, share) => {
        const { steps, warmupSteps, schedule } = input
        const step = Math.floor(share * steps)
        const rate = learningRateAt(step, steps, optimiser({ learningRate: 0.5, warmupSteps, schedule }))
        expect(rate).toBeGreaterThan(0)
        expect(rate).toBeLessThanOrEqual(0.5)
      }),
    )
  })
})

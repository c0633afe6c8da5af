import { describe, expect, it } from 'vitest'
import { takeArm, takeDivergence } from '../../../../src/recipe/arms.ts'
import { objectiveFormula } from '../../../../src/recipe/formula.ts'
import { DIVERGENCES } from '../../../../workers/kernels/operations.ts'
import { ARMS, parseRecipe, type RecipeInput, recipeIssues } from '../../../../workers/recipe.ts'

const MODEL: RecipeInput = { teacher: { kind: 'model', source: 't' }, tokenizer: { kind: 'teacher' } }
const formula = (objective: RecipeInput['objective'], rest: RecipeInput = MODEL) =>
  objectiveFormula(parseRecipe({ ...rest, objective }))

describe('the formula of an objective', () => {
  it('says what `sad` trains against a model, and that the text makes it cross-entropy', () => {
    expect(formula({})).toEqual([
      'L = L_{reason} + L_{act}',
      'L_{k} = Σ_{t ∈ k} D_{t} / N_{k}',
      'D_{t} = KL(p ‖ q)',
      'p the teacher; q the student; N counted over the whole step',
    ])
    expect(formula({}, {})[2]).toBe('D_{t} = −log q(y_{t})')
  })

  it('changes with λ and the normaliser', () => {
    const lambda = { reason: 0.5, act: 2, observation: 1 }
    expect(formula({ lambda, normaliser: 'weight-sum' }).slice(0, 2)).toEqual([
      'L = 0.5 L_{reason} + 2 L_{act} + L_{observation}',
      'L_{k} = Σ_{t ∈ k} D_{t} / (0.5 N_{reason} + 2 N_{act} + N_{observation})',
    ])
    expect(formula({ arm: 'act-only', normaliser: 'token-mean' }).slice(0, 2)).toEqual([
      'L = L_{act}',
      'L_{k} = Σ_{t ∈ k} D_{t} / (N_{act})',
    ])
    expect(formula({ arm: 'sad-paper' })[1]).toBe('L_{k} = Σ_{t ∈ k} D_{t}')
  })

  it('changes with the divergence, its temperature and its mix', () => {
    expect(formula({ divergence: 'jsd', beta: 0.3, temperature: 2 })[2]).toBe(
      'D_{t} = 2^{2} [0.3 KL(p^{τ} ‖ m) + 0.7 KL(q^{τ} ‖ m)]',
    )
    expect(formula({ divergence: 'skew-kl', hardShare: 0.25 })[2]).toBe(
      'D_{t} = 0.75 KL(p ‖ 0.1 p + 0.9 q) + 0.25 (−log q(y_{t}))',
    )
    expect(formula({ temperature: 2, temperatureSquared: false })[2]).toBe('D_{t} = KL(p^{τ} ‖ q^{τ})')
    const all = DIVERGENCES.map((divergence) => formula({ divergence })[2])
    expect(new Set(all).size).toBe(DIVERGENCES.length)
  })

  it('says what tokens weigh, which thoughts are cut, and what a teacher has listed', () => {
    const objective = { weights: { trajectory: 'reward' as const, stepDecay: 0.9 }, thoughtCap: 64 }
    expect(formula(objective, { teacher: { kind: 'stored', source: 'trajectories' } })).toEqual([
      'L = L_{reason} + L_{act}',
      'L_{k} = Σ_{t ∈ k} w_{t} D_{t} / N_{k}',
      'D_{t} = KL(p ‖ q)',
      'p the teacher, over its listed tokens and the rest as one; q the student; w_{t}: its trajectory’s reward times 0.9 for each step that follows; N the sum of w over the whole step',
      'of each thought its first 64 tokens',
    ])
  })

  it('tells any two arms apart that are not told apart by their rows alone', () => {
    const texts = ARMS.map((arm) => formula({ arm }).join('\n'))
    const twins = ARMS.filter((_, i) => texts.indexOf(texts[i]!) !== i)
    expect(twins).toEqual(['no-curriculum', 'on-policy'])
  })
})

describe('the objective’s fields', () => {
  it('leave no contradiction behind, whatever arm or divergence is chosen after another', () => {
    for (const from of DIVERGENCES) {
      for (const to of DIVERGENCES) {
        const recipe = parseRecipe({ ...MODEL, objective: { divergence: from } })
        if (from !== 'cross-entropy') Object.assign(recipe.objective, { temperature: 2, hardShare: 0.5 })
        takeDivergence(recipe, to)
        expect(recipeIssues(recipe)).toEqual([])
        expect(parseRecipe(recipe)).toEqual(recipe)
        for (const arm of ARMS) {
          takeArm(recipe, arm)
          expect(recipeIssues(recipe)).toEqual([])
          takeDivergence(recipe, to)
          expect(recipeIssues(recipe)).toEqual([])
        }
      }
    }
  })
})

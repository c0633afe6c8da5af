import { describe, expect, it } from 'vitest'
import { buildDataset } from '../../../workers/dataset/dataset.ts'
import { outcomeOf, tokenWeights } from '../../../workers/dataset/tokenWeights.ts'
import type { RecipeInput } from '../../../workers/recipe.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { characters, episode, labelled, recipeOf } from './fixtures.ts'

const of = (outcome: Partial<Trajectory>, text: string, objective: RecipeInput['objective']) => {
  const trajectory = { ...episode(1), ...outcome }
  return tokenWeights(trajectory, labelled(text), recipeOf({ objective }).objective)
}

describe('the weights of tokens', () => {
  it('are none where every token counts 1', () => {
    expect(of({}, 'pp|rrao|rra', {})).toEqual({ weights: null, capped: null })
    expect(of({ success: true }, 'pp|rra', { weights: { trajectory: 'success' } }).weights).toBeNull()
  })

  it('fall by γ with each step before the last, the prompt counting as the first', () => {
    const { weights } = of({}, 'pp|ra|ra|a', { weights: { stepDecay: 0.5 } })
    expect(Array.from(weights!)).toEqual([0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 1])
  })

  it('are the reward within [0, 1], times what the step counts', () => {
    const weights = { trajectory: 'reward' as const, stepDecay: 0.5 }
    expect(Array.from(of({ reward: 0.5 }, 'p|ra|a', { weights }).weights!)).toEqual([0.25, 0.25, 0.25, 0.5])
  })

  it('end with the cap of each thought, however many thoughts there are', () => {
    const { weights, capped } = of({}, 'p|rrrarr|rrrra', { thoughtCap: 2 })
    expect(Array.from(weights!)).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1])
    expect(Array.from(capped!)).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0])
  })
})

describe('the outcome of a trajectory', () => {
  it.each<[Partial<Trajectory>, number | undefined, number | undefined]>([
    [{ reward: 0.3 }, 0.3, 0],
    [{ reward: 7 }, 1, 1],
    [{ reward: -1, success: false }, 0, 0],
    [{ reward: 0.6, success: true }, 0.6, 1],
    [{ success: true }, 1, 1],
    [{}, undefined, undefined],
  ])('of %o is %s as a reward and %s as a success', (outcome, reward, success) => {
    expect(outcomeOf(outcome, 'reward')).toBe(reward)
    expect(outcomeOf(outcome, 'success')).toBe(success)
  })
})

describe('a dataset with weights', () => {
  const trajectories = [
    { ...episode(1), success: true },
    { ...episode(2), success: false },
    episode(1),
    { ...episode(1), success: true },
  ]
  const recipe = (objective: RecipeInput['objective'], heldOut = 0) =>
    recipeOf({ data: { contextLength: 64, heldOut }, objective })

  it('leaves out what weighs nothing, and counts it', () => {
    const { train, report } = buildDataset(
      trajectories,
      characters,
      recipe({ weights: { trajectory: 'success' } }),
    )
    expect(train.map((row) => row.trajectory)).toEqual([0, 3])
    expect(report).toMatchObject({ rows: 2, weightlessRows: 2, unknownOutcomes: 1, cappedTokens: 0 })
  })

  it('counts the tokens behind the caps, and measures held-out rows as they are', () => {
    const { train, heldOut, report } = buildDataset(
      trajectories,
      characters,
      recipe({ thoughtCap: 1, weights: { stepDecay: 0.5 } }, 0.5),
    )
    // Each thought has three tokens.
    expect(report.cappedTokens).toBe(2 * train.reduce((steps, row) => steps + row.steps.at(-1)! + 1, 0))
    expect(heldOut.every((row) => row.weights === undefined)).toBe(true)
  })

  it('in which nothing weighs anything is refused with the reason', () => {
    expect(() =>
      buildDataset([episode(1), episode(2)], characters, recipe({ weights: { trajectory: 'reward' } })),
    ).toThrow(
      'objective.weights.trajectory is "reward" and each of the 2 training trajectories weighs 0 (of 2 the file does not tell how they ended), so there is nothing to train on; choose "none", or load trajectories that succeeded.',
    )
  })
})

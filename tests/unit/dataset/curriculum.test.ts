import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  difficultyOf,
  FULL_AT,
  orderRows,
  paceAt,
  START_SHARE,
  shareInPlay,
} from '../../../workers/dataset/curriculum.ts'
import { splitHeldOut } from '../../../workers/dataset/split.ts'
import type { Recipe } from '../../../workers/recipe.ts'
import { labelled, recipeOf, rowOf } from './fixtures.ts'

describe('difficultyOf', () => {
  it('is α · reason tokens + β · act tokens + γ · entropy', () => {
    const tokens = labelled('ppp|rrrrao|raaxx')
    expect(difficultyOf(tokens, { alpha: 1, beta: 1, gamma: 1 })).toBe(8)
    expect(difficultyOf(tokens, { alpha: 2, beta: 0.5, gamma: 4 }, 1.25)).toBe(10 + 1.5 + 5)
    expect(difficultyOf(tokens, { alpha: 0, beta: 0, gamma: 0 }, 9)).toBe(0)
  })
})

describe('orderRows', () => {
  const rows = [3, 1, 2, 1].map((difficulty, trajectory) => rowOf(difficulty, trajectory))
  const trajectories = (order: Recipe['curriculum']['order'], seed = 1) =>
    orderRows(rows, order, seed).map(({ trajectory }) => trajectory)

  it('puts the easy first, or the hard, and leaves equals as they stood', () => {
    expect(trajectories('easy-first')).toEqual([1, 3, 2, 0])
    expect(trajectories('hard-first')).toEqual([0, 2, 1, 3])
  })

  it('leaves rows that come at random as they stand: there is nothing to rank', () => {
    expect(trajectories('random')).toEqual([0, 1, 2, 3])
  })

  it('shuffles by seed', () => {
    expect(trajectories('shuffled', 4)).toEqual(trajectories('shuffled', 4))
    const orders = new Set(Array.from({ length: 20 }, (_, seed) => trajectories('shuffled', seed).join()))
    expect(orders.size).toBeGreaterThan(5)
    expect(trajectories('shuffled').sort()).toEqual([0, 1, 2, 3])
  })
})

describe('paceAt', () => {
  it('follows the formulas halfway to full', () => {
    // c₀ = 0.2, full after half of 400 steps, so step 100 is t = 1/2.
    expect(paceAt(100, 400, 'linear')).toBeCloseTo(0.6, 12)
    expect(paceAt(100, 400, 'root')).toBeCloseTo(Math.sqrt(0.04 + 0.96 / 2), 12)
    expect(paceAt(99, 400, 'step')).toBeCloseTo(0.4, 12)
    expect(paceAt(100, 400, 'step')).toBeCloseTo(0.6, 12)
  })

  it('starts at the start share, never falls, and is 1 from its full point on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.constantFrom('linear', 'root', 'step'),
        (steps, pacing) => {
          expect(paceAt(0, steps, pacing)).toBeCloseTo(START_SHARE, 12)
          let before = 0
          for (let step = 0; step < steps; step += Math.ceil(steps / 50)) {
            const share = paceAt(step, steps, pacing)
            expect(share).toBeGreaterThanOrEqual(before)
            expect(share).toBeLessThanOrEqual(1)
            if (step >= FULL_AT * steps) expect(share).toBe(1)
            before = share
          }
        },
      ),
    )
  })

  it('paces every ranking, a shuffled one too, and nothing that is drawn at random', () => {
    const order = (order: Recipe['curriculum']['order']) => recipeOf({ curriculum: { order } })
    expect(shareInPlay(0, order('random'))).toBe(1)
    expect(shareInPlay(0, order('shuffled'))).toBe(START_SHARE)
    expect(shareInPlay(0, order('easy-first'))).toBe(START_SHARE)
    expect(shareInPlay(0, order('hard-first'))).toBe(START_SHARE)
  })
})

describe('splitHeldOut', () => {
  it.each([
    [0, 0.1, 0],
    [1, 0.5, 0],
    [2, 0.01, 1],
    [2, 0.9, 1],
    [10, 0, 0],
    [10, 0.1, 1],
    [36, 0.1, 4],
    [10, 0.99, 9],
  ])('of %i trajectories with a share of %f holds out %i', (count, share, expected) => {
    expect(splitHeldOut(count, share, 1).heldOut.length).toBe(expected)
  })

  it('puts every trajectory on one side, the same one each time, and another by seed', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.nat(),
        (count, share, seed) => {
          const { train, heldOut } = splitHeldOut(count, share, seed)
          expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual(
            Array.from({ length: count }, (_, i) => i),
          )
          expect(train).toEqual([...train].sort((a, b) => a - b))
          expect(splitHeldOut(count, share, seed)).toEqual({ train, heldOut })
        },
      ),
    )
    const splits = new Set(
      Array.from({ length: 20 }, (_, seed) => splitHeldOut(20, 0.2, seed).heldOut.join()),
    )
    expect(splits.size).toBeGreaterThan(10)
  })
})

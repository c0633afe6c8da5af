import { describe, expect, it } from 'vitest'
import { batchAt } from '../../../workers/dataset/batches.ts'
import { curriculumView } from '../../../workers/dataset/curriculumView.ts'
import { buildDataset } from '../../../workers/dataset/dataset.ts'
import type { RecipeInput } from '../../../workers/recipe.ts'
import { characters, episode, recipeOf, rowOf } from './fixtures.ts'

const viewOf = (difficulties: number[], input: RecipeInput = {}, entropies: number[] | null = null) =>
  curriculumView(
    difficulties.map((difficulty, trajectory) => ({
      ...rowOf(difficulty, trajectory),
      kinds: Uint8Array.of(0, 2),
    })),
    recipeOf(input),
    entropies,
  )

describe('what a curriculum does, in numbers', () => {
  it('is the share in play from the first step to the last', () => {
    const { pacing, order } = viewOf([1], { steps: 101, curriculum: { pacing: 'linear' } })
    expect(order).toBe('easy-first')
    expect(pacing[0]).toEqual({ step: 0, share: 0.2 })
    expect(pacing.at(-1)).toEqual({ step: 100, share: 1 })
    const steps = pacing.map(({ step }) => step)
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
    expect(pacing.length).toBeLessThanOrEqual(64)
    expect(viewOf([1], { steps: 1 }).pacing).toEqual([{ step: 0, share: 0.2 }])
    expect(
      viewOf([1], { steps: 9, curriculum: { order: 'random' } }).pacing.every(({ share }) => share === 1),
    ).toBe(true)
  })

  it('counts every window in a bar of its difficulty', () => {
    const { difficulty } = viewOf([0, 1, 1, 8, 15.9, 16])
    expect(difficulty).toHaveLength(16)
    expect(difficulty.map(({ rows }) => rows)).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2])
    expect([difficulty[0]!.from, difficulty.at(-1)!.to]).toEqual([0, 16])
    expect(viewOf([3, 3]).difficulty).toEqual([{ from: 3, to: 3, rows: 2 }])
    expect(viewOf([]).difficulty).toEqual([])
  })

  it('tells the teacher’s entropy where it was measured, of training trajectories only', () => {
    expect(viewOf([1, 2]).entropy).toBeNull()
    expect(viewOf([1, 2], {}, [0.5, 1.5, 99]).entropy).toBe(1)
  })
})

describe('a curriculum', () => {
  const trajectories = Array.from({ length: 30 }, (_, i) => episode(1, { reason: 1 + ((7 * i) % 30) }))
  const drawn = (input: RecipeInput) => {
    const recipe = recipeOf({ batchRows: 4, steps: 20, data: { contextLength: 64, heldOut: 0 }, ...input })
    const dataset = buildDataset(trajectories, characters, recipe)
    return Array.from({ length: 20 }, (_, step) => [...batchAt(dataset, step, recipe).trajectories])
  }

  it.each(['easy-first', 'hard-first', 'shuffled', 'random'] as const)(
    'gives the same rows for the same seed and others for another: %s',
    (order) => {
      const curriculum = { order }
      expect(drawn({ curriculum })).toEqual(drawn({ curriculum }))
      expect(drawn({ curriculum, seed: 2 })).not.toEqual(drawn({ curriculum }))
      const data = { contextLength: 64, heldOut: 0, packing: true }
      expect(drawn({ curriculum, data })).toEqual(drawn({ curriculum, data }))
      expect(drawn({ curriculum, data, seed: 2 })).not.toEqual(drawn({ curriculum, data }))
    },
  )
})

import { describe, expect, it } from 'vitest'
import { buildDataset } from '../../../workers/dataset/dataset.ts'
import type { LabError } from '../../../workers/errors.ts'
import type { RecipeInput } from '../../../workers/recipe.ts'
import { characters, episode, recipeOf, trajectoryOf } from './fixtures.ts'

const small = (input: RecipeInput = {}) => recipeOf({ data: { contextLength: 16, heldOut: 0 }, ...input })

describe('buildDataset', () => {
  it('reports what became of the trajectories, as counted by hand', () => {
    const trajectories = [
      // 4 prompt, steps of 8, 8, 5 + end-of-text: windows [4+8], [4+8], [4+6].
      episode(3),
      // All of it in one row: 4 + 5 + 1.
      episode(1),
      // A step of 3 + 2 + 20, the room is 12; then a window with an act alone, 4 + 2 + 1.
      trajectoryOf([
        ['prompt', 'pppp', -1],
        ['reason', 'rrr', 0],
        ['act', 'aa', 0],
        ['observation', 'o'.repeat(20), 0],
        ['act', 'aa', 1],
      ]),
      // No thought, no act: a step of an observation only; a step number is all that makes it one.
      trajectoryOf([
        ['prompt', 'pppp', -1],
        ['observation', 'ooo', 0],
      ]),
      // A prompt of 30: the room is 8, which both the step of 3 + 2 and its end-of-text fit, beside 10 of prompt.
      episode(1, { prompt: 30 }),
    ]
    const { report, train, heldOut, rowLength, endOfTextId } = buildDataset(trajectories, characters, small())
    expect(report).toEqual({
      trajectories: 5,
      heldOutTrajectories: 0,
      rows: 8,
      packedRows: 8,
      fill: (38 + 18 + 18 + 16 + 1) / (8 * 16),
      heldOutRows: 0,
      mixedRows: 6,
      tokens: {
        prompt: 4 * 3 + 4 + 4 * 2 + 4 + 10,
        reason: 9 + 3 + 3 + 3,
        act: 7 + 3 + 5 + 3,
        observation: 6 + 7 + 3,
        other: 1,
      },
      emptyMaskRows: 1,
      weightlessRows: 0,
      unknownOutcomes: 0,
      cappedTokens: 0,
      truncatedSteps: 1,
      cut: {
        prompt: { spans: 0, tokens: 0 },
        reason: { spans: 0, tokens: 0 },
        act: { spans: 0, tokens: 0 },
        observation: { spans: 1, tokens: 13 },
        other: { spans: 0, tokens: 0 },
      },
      shortenedPrompts: 1,
    })
    expect(train.length).toBe(8)
    expect(heldOut).toEqual([])
    expect(rowLength).toBe(16)
    expect(endOfTextId).toBe(255)
  })

  it('sorts the training rows by the curriculum, entropy included', () => {
    const trajectories = [episode(1, { reason: 5 }), episode(1, { reason: 1 }), episode(1, { reason: 3 })]
    const order = (curriculum: RecipeInput['curriculum'], entropies?: number[]) =>
      buildDataset(trajectories, characters, small({ curriculum }), entropies).train.map(
        (row) => row.trajectory,
      )
    expect(order({})).toEqual([1, 2, 0])
    expect(order({ order: 'hard-first' })).toEqual([0, 2, 1])
    expect(order({ gamma: 10 }, [0, 2, 1])).toEqual([0, 2, 1])
    expect(order({ gamma: 0 }, [0, 2, 1])).toEqual([1, 2, 0])
  })

  it('keeps the rows of one trajectory on one side of the split', () => {
    const trajectories = Array.from({ length: 10 }, () => episode(5))
    const recipe = small({ data: { contextLength: 16, heldOut: 0.3 } })
    const { train, heldOut, report } = buildDataset(trajectories, characters, recipe)
    const trained = new Set(train.map((row) => row.trajectory))
    const held = new Set(heldOut.map((row) => row.trajectory))
    expect([trained.size, held.size]).toEqual([7, 3])
    expect([...held].filter((index) => trained.has(index))).toEqual([])
    expect(report).toMatchObject({ trajectories: 10, heldOutTrajectories: 3, rows: 35, heldOutRows: 15 })
    expect(buildDataset(trajectories, characters, recipe)).toEqual({
      train,
      heldOut,
      report,
      rowLength: 16,
      endOfTextId: 255,
    })
  })

  it('rounds the row length up to a multiple of 32, but not beyond the context', () => {
    const length = (contextLength: number) =>
      buildDataset([episode(4)], characters, recipeOf({ data: { contextLength, heldOut: 0 } })).rowLength
    // One trajectory of 4 + 3 · 8 + 5 + 1 = 34 tokens.
    expect(length(256)).toBe(64)
    expect(length(48)).toBe(48)
    // In two rows, the longer of 4 + 3 · 8 = 28.
    expect(length(33)).toBe(32)
  })

  it.each<[string, Parameters<typeof buildDataset>[0], RecipeInput, RegExp]>([
    ['nothing is loaded', [], {}, /No trajectories are loaded/],
    [
      'no trajectory has a step',
      [trajectoryOf([['prompt', 'pppp', -1]])],
      {},
      /None of the 1 training trajectories has a reason or act token in a row of 16 tokens/,
    ],
    [
      'no span of the weighed kind is there',
      [episode(2, { reason: 0 })],
      { objective: { lambda: { act: 0 } } },
      /has a reason token/,
    ],
    [
      'all weights are 0',
      [episode(2)],
      { objective: { lambda: { reason: 0, act: 0 } } },
      /objective\.lambda is 0/,
    ],
  ])('refuses with a sentence when %s', (_, trajectories, input, message) => {
    let thrown: unknown
    try {
      buildDataset(trajectories, characters, small(input))
    } catch (error) {
      thrown = error
    }
    expect((thrown as LabError).code).toBe('no-training-rows')
    expect((thrown as LabError).message).toMatch(message)
  })

  it('accepts observations alone when they are weighed', () => {
    const trajectory = trajectoryOf([
      ['prompt', 'pp', -1],
      ['observation', 'ooo', 0],
    ])
    expect(
      buildDataset([trajectory], characters, small({ objective: { arm: 'token-kd' } })).train.length,
    ).toBe(1)
  })
})

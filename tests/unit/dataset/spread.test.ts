import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { charactersOf, spread } from '../../../workers/dataset/spread.ts'
import { each, type Trajectory, type TrajectorySet } from '../../../workers/trajectories/trajectory.ts'

const setOf = (lengths: number[]): Trajectory[] =>
  lengths.map((length, index) => ({ index, text: 'x'.repeat(length) }) as Trajectory)
const indices = (set: TrajectorySet) => [...each(set)].map(({ index }) => index)

describe('spreading', () => {
  it('gives the set itself back where it holds no more than asked for', () => {
    const set = setOf([3, 4, 5])
    expect(spread(set, 12)).toBe(set)
    expect(spread(setOf([]), 10).length).toBe(0)
  })

  it('takes every so many, from the first on', () => {
    expect(indices(spread(setOf(Array(10).fill(10)), 50))).toEqual([0, 2, 4, 6, 8])
    expect(indices(spread(setOf(Array(10).fill(10)), 34))).toEqual([0, 3, 6])
    expect(indices(spread(setOf([1000]), 1))).toEqual([0])
    expect(spread(setOf(Array(10).fill(10)), 50).at(5)).toBeUndefined()
  })

  it('takes different ones in order, of the share asked for, however many there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 60 }), (n, asked) => {
        const chosen = indices(spread(setOf(Array(n).fill(7)), asked * 7))
        expect(chosen).toHaveLength(Math.min(n, asked))
        expect([...new Set(chosen)].sort((a, b) => a - b)).toEqual(chosen)
      }),
    )
  })

  it('asks a set that knows its lengths for no text it does not need', () => {
    const fetched: number[] = []
    const set: TrajectorySet = {
      length: 8,
      at(index) {
        fetched.push(index)
        return setOf([100])[0]
      },
      characters: () => 100,
    }
    const some = spread(set, 200)
    expect(charactersOf(some)).toBe(200)
    expect(fetched).toEqual([])
    some.at(1)
    expect(fetched).toEqual([4])
  })
})

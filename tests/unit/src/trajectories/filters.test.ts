import { describe, expect, test } from 'vitest'
import { activeFilters, isFiltered, without } from '../../../../src/trajectories/filters.ts'
import type { TrajectoryQuery } from '../../../../workers/protocol.ts'

const EVERYTHING: Required<TrajectoryQuery> = {
  search: 'mug',
  file: 'a.json',
  format: 'alfworld',
  environment: 'household',
  taskType: 'pick',
  warning: 'unfinished',
  has: 'reason',
  lacks: 'act',
  success: 'unknown',
  minCharacters: 10,
  maxCharacters: 20_000,
  minSteps: 2,
  maxSteps: 30,
  excluded: false,
  corrected: true,
}

describe('the filters in force', () => {
  test('are each named in words and can all be taken away', () => {
    const filters = activeFilters(EVERYTHING)
    expect(filters.map(({ label }) => label)).toEqual([
      'file a.json',
      'outcome unknown',
      'warning: unfinished',
      'task pick',
      'format alfworld',
      'environment household',
      'has reason',
      'lacks act',
      '2 to 30 steps',
      '10 to 20,000 characters',
      'not excluded',
      'corrected',
    ])
    const left = filters.reduce((query, { keys }) => without(query, keys), EVERYTHING as TrajectoryQuery)
    expect(left).toEqual({ search: 'mug' })
  })

  test('name a range that is open at one end', () => {
    const labels = (query: TrajectoryQuery) => activeFilters(query).map(({ label }) => label)
    expect(labels({ minSteps: 3 })).toEqual(['at least 3 steps'])
    expect(labels({ maxCharacters: 900 })).toEqual(['at most 900 characters'])
    expect(labels({ minSteps: 0 })).toEqual(['at least 0 steps'])
  })

  test('are none in an empty query or in one of blanks', () => {
    expect(isFiltered({})).toBe(false)
    expect(isFiltered({ search: '  ' })).toBe(false)
    expect(isFiltered({ search: 'mug' })).toBe(true)
    expect(isFiltered({ excluded: false })).toBe(true)
  })
})

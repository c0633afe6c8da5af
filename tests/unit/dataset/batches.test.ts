import { describe, expect, it } from 'vitest'
import {
  batchAt,
  heldOutBatches,
  MOST_MEASURED_ROWS,
  padRows,
  rowsInPlay,
  splitBatch,
} from '../../../workers/dataset/batches.ts'
import { shareInPlay } from '../../../workers/dataset/curriculum.ts'
import { buildDataset, type Dataset } from '../../../workers/dataset/dataset.ts'
import { PADDING } from '../../../workers/dataset/row.ts'
import type { RecipeInput } from '../../../workers/recipe.ts'
import { characters, episode, letters, recipeOf, rowOf } from './fixtures.ts'

/** A dataset of `count` rows whose first id is their place in the curriculum. */
function numbered(count: number, heldOut = 0): Dataset {
  const { report } = buildDataset([episode(1)], characters, recipeOf())
  const row = (index: number) => ({ ...rowOf(index, index), ids: Int32Array.of(index, 1) })
  return {
    train: Array.from({ length: count }, (_, index) => row(index)),
    heldOut: Array.from({ length: heldOut }, (_, index) => row(index)),
    rowLength: 4,
    endOfTextId: 255,
    report,
  }
}

const drawn = (dataset: Dataset, step: number, input: RecipeInput) => {
  const { ids, rows, length } = batchAt(dataset, step, recipeOf(input))
  return Array.from({ length: rows }, (_, row) => ids[row * length]!)
}

const tally = (indices: number[]) => {
  const times = new Map<number, number>()
  for (const index of indices) times.set(index, (times.get(index) ?? 0) + 1)
  return times
}

describe('padRows', () => {
  it('pads on the right with end-of-text and PADDING, and fills up with empty rows', () => {
    const places = Int32Array.of(0, 8, 9)
    const longer = { ids: Int32Array.of(5, 6, 7), kinds: Uint8Array.of(0, 2, 3), places }
    const rows = [rowOf(0), { ...rowOf(0, 4), ...longer }]
    const batch = padRows(rows, 3, 4, 255)
    expect([...batch.ids]).toEqual([1, 2, 255, 255, 5, 6, 7, 255, 255, 255, 255, 255])
    const _ = PADDING
    expect([...batch.kinds]).toEqual([0, 1, _, _, 0, 2, 3, _, _, _, _, _])
    expect(batch).toMatchObject({ rows: 3, length: 4, tokens: 5 })
    expect([...batch.trajectories]).toEqual([0, 0, -1, -1, 4, 4, 4, -1, -1, -1, -1, -1])
    expect(batch.segments).toBeUndefined()
    expect([...batch.places]).toEqual([0, 1, -1, -1, 0, 8, 9, -1, -1, -1, -1, -1])
  })
})

describe('splitBatch', () => {
  it('cuts a batch into micro-batches that hold its rows in order', () => {
    const places = Int32Array.of(0, 8, 9)
    const long = { ...rowOf(0, 4), ids: Int32Array.of(5, 6, 7), kinds: Uint8Array.of(0, 2, 3), places }
    const parts = splitBatch(padRows([rowOf(0), long, long], 4, 4, 255), 2)
    expect(parts.map(({ rows, length, tokens }) => [rows, length, tokens])).toEqual([
      [2, 4, 5],
      [2, 4, 3],
    ])
    expect([...parts[1]!.ids]).toEqual([5, 6, 7, 255, 255, 255, 255, 255])
    expect(parts.map(({ trajectories }) => [...trajectories])).toEqual([
      [0, 0, -1, -1, 4, 4, 4, -1],
      [4, 4, 4, -1, -1, -1, -1, -1],
    ])
    expect([...parts[1]!.places]).toEqual([0, 8, 9, -1, -1, -1, -1, -1])
  })
})

describe('batchAt', () => {
  it('has the shape of the recipe’s rows and the dataset’s row length, and the rows as they are', () => {
    const recipe = recipeOf({ batchRows: 3, data: { contextLength: 64, heldOut: 0 } })
    const dataset = buildDataset([episode(1), episode(2)], characters, recipe)
    const batch = batchAt(dataset, 0, recipe)
    expect(batch).toMatchObject({ rows: 3, length: 32 })
    expect(batch.ids.length).toBe(96)
    const rows = Array.from({ length: 3 }, (_, row) => letters(batch.kinds.subarray(row * 32, row * 32 + 32)))
    for (const row of rows)
      expect(['pppprrraaa'.padEnd(32, '_'), 'pppprrraaooorrraaa'.padEnd(32, '_')]).toContain(row)
    expect(batch.tokens).toBe(rows.join('').replaceAll('_', '').length)
  })

  it('is the same for a step whether reached one by one, at once, or by a resumed run', () => {
    const input: RecipeInput = { seed: 3, steps: 60, batchRows: 4 }
    const walked = numbered(50)
    const all = Array.from({ length: 60 }, (_, step) => drawn(walked, step, input))
    expect(drawn(numbered(50), 37, input)).toEqual(all[37])
    expect(drawn(walked, 5, input)).toEqual(all[5])
    expect(drawn(walked, 5, input)).toEqual(all[5])
    // Another recipe in between must leave no trace.
    drawn(walked, 20, { ...input, seed: 4 })
    expect(drawn(walked, 6, input)).toEqual(all[6])
    expect(drawn(walked, 6, { ...input, seed: 4 })).not.toEqual(all[6])
    expect(drawn(walked, 20, input)).toEqual(all[20])
  })

  it('sees every row once before any row twice', () => {
    const input: RecipeInput = { steps: 100, batchRows: 5, curriculum: { order: 'random' } }
    const dataset = numbered(23)
    const draws = Array.from({ length: 92 }, (_, step) => drawn(dataset, step, input)).flat()
    for (let pass = 0; pass < 20; pass++) {
      expect(new Set(draws.slice(pass * 23, pass * 23 + 23)).size).toBe(23)
    }
    expect(new Set(tally(draws).values())).toEqual(new Set([20]))
  })

  it('draws from the part in play only, and from all of it', () => {
    const input: RecipeInput = { steps: 200, batchRows: 4, curriculum: { order: 'easy-first' } }
    const dataset = numbered(40)
    const recipe = recipeOf(input)
    const seen = new Set<number>()
    for (let step = 0; step < 200; step++) {
      const inPlay = rowsInPlay(40, shareInPlay(step, recipe), 4)
      for (const index of drawn(dataset, step, input)) {
        expect(index).toBeLessThan(inPlay)
        seen.add(index)
      }
      if (step === 0) expect(inPlay).toBe(8)
      if (step >= 100) expect(inPlay).toBe(40)
    }
    expect(seen.size).toBe(40)
  })

  it('covers the rows evenly once all are in play', () => {
    const input: RecipeInput = { steps: 400, batchRows: 4 }
    const dataset = numbered(40)
    const times = tally(Array.from({ length: 200 }, (_, i) => drawn(dataset, 200 + i, input)).flat())
    // 800 draws over 40 rows are twenty passes, the first and the last perhaps in part.
    expect(times.size).toBe(40)
    for (const count of times.values()) expect(Math.abs(count - 20)).toBeLessThanOrEqual(1)
  })

  it('lets the curriculum advance even when there are far more rows than draws', () => {
    const input: RecipeInput = { steps: 100, batchRows: 2 }
    const dataset = numbered(10_000)
    const late = Array.from({ length: 50 }, (_, i) => drawn(dataset, 50 + i, input)).flat()
    expect(late.filter((index) => index >= 5000).length).toBeGreaterThan(30)
    expect(late.filter((index) => index < 5000).length).toBeGreaterThan(30)
  })

  it('repeats rows where there are fewer than a batch holds', () => {
    expect(tally(drawn(numbered(3), 0, { batchRows: 7 })).size).toBe(3)
  })

  it('goes on past the planned end', () => {
    expect(drawn(numbered(9), 500, { steps: 10, batchRows: 3 }).length).toBe(3)
  })
})

describe('rowsInPlay', () => {
  it('rounds up without rounding noise, fills a batch, and never exceeds what is there', () => {
    expect(rowsInPlay(5, 0.2 + 0.4, 1)).toBe(3)
    expect(rowsInPlay(7, 0.5, 1)).toBe(4)
    expect(rowsInPlay(100, 0.01, 8)).toBe(8)
    expect(rowsInPlay(3, 0.2, 8)).toBe(3)
  })
})

describe('heldOutBatches', () => {
  it('holds every held-out row once, in batches of one shape', () => {
    const batches = heldOutBatches(numbered(4, 5), recipeOf({ batchRows: 2 }))
    expect(batches.map(({ rows, length, tokens }) => [rows, length, tokens])).toEqual([
      [2, 4, 4],
      [2, 4, 4],
      [2, 4, 2],
    ])
    expect(batches.flatMap(({ ids }) => [ids[0], ids[4]])).toEqual([0, 1, 2, 3, 4, 255])
    expect([...batches[2]!.kinds.subarray(4)]).toEqual([PADDING, PADDING, PADDING, PADDING])
  })

  it('spreads a bounded number of rows evenly over many, the same ones every time', () => {
    const dataset = numbered(4, 3 * MOST_MEASURED_ROWS + 1)
    const firstIds = () =>
      heldOutBatches(dataset, recipeOf({ batchRows: 8 })).flatMap(({ ids }) =>
        [...ids].filter((_, i) => i % 4 === 0),
      )
    const measured = firstIds()
    expect(measured).toHaveLength(MOST_MEASURED_ROWS)
    expect(measured.slice(0, 3)).toEqual([0, 3, 6])
    expect(new Set(measured).size).toBe(MOST_MEASURED_ROWS)
    expect(measured.at(-1)).toBeGreaterThan(3 * MOST_MEASURED_ROWS - 5)
    expect(firstIds()).toEqual(measured)
  })

  it('is empty when nothing is held out', () => {
    expect(heldOutBatches(numbered(4), recipeOf())).toEqual([])
  })
})

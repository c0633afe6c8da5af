import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { padRows } from '../../../workers/dataset/batches.ts'
import { buildDataset } from '../../../workers/dataset/dataset.ts'
import { packRows } from '../../../workers/dataset/pack.ts'
import { PADDING, type Row } from '../../../workers/dataset/row.ts'
import { superviseBatch } from '../../../workers/objective/weights.ts'
import { characters, episode, labelled, letters, recipeOf, rowOf } from './fixtures.ts'

/** A window of a given number of tokens that is known by its place in the order. */
const windowOf = (length: number, index: number): Row => ({
  ...rowOf(index, index),
  ids: new Int32Array(length),
})

const sizes = (packs: Row[][]) => packs.map((pack) => pack.map(({ ids }) => ids.length))

describe('packing', () => {
  it('is first fit decreasing: the longest first, each into the first row with room', () => {
    const rows = [2, 5, 4, 7, 1, 3, 8].map(windowOf)
    // 8 + 2, 7 + 3, 5 + 4 + 1; within a row and between rows by the order given.
    expect(sizes(packRows(rows, 10))).toEqual([
      [5, 4, 1],
      [2, 8],
      [7, 3],
    ])
  })

  it('holds every window once, never too many tokens, and never two rows that fit into one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 32 }), { maxLength: 60 }), (lengths) => {
        const rows = lengths.map(windowOf)
        const packs = packRows(rows, 32)
        const places = packs.flat().map(({ trajectory }) => trajectory)
        expect(places.sort((a, b) => a - b)).toEqual(rows.map((_, index) => index))
        const totals = packs.map((pack) => pack.reduce((sum, { ids }) => sum + ids.length, 0))
        expect(Math.max(0, ...totals)).toBeLessThanOrEqual(32)
        const [least, next] = [...totals].sort((a, b) => a - b)
        if (next !== undefined) expect(least! + next).toBeGreaterThan(32)
        expect(packRows(rows, 32)).toEqual(packs)
      }),
    )
  })

  it('keeps the curriculum in blocks: no row holds an early and a late window', () => {
    const packs = packRows(
      Array.from({ length: 640 }, (_, index) => windowOf(1 + (index % 9), index)),
      16,
    )
    for (const pack of packs) {
      const places = pack.map(({ trajectory }) => trajectory)
      expect(Math.max(...places) - Math.min(...places)).toBeLessThan(64)
    }
    const first = packs.map((pack) => Math.floor(pack[0]!.trajectory / 64))
    expect(first).toEqual([...first].sort((a, b) => a - b))
  })
})

describe('a packed batch', () => {
  const row = (text: string, trajectory: number): Row => ({
    ...labelled(text),
    trajectory,
    places: Int32Array.from(labelled(text).ids),
    difficulty: 0,
  })

  it('knows of each token its window, trajectory, place and step, and predicts nothing across a border', () => {
    const batch = padRows([[row('pp|ra', 4), row('|ra', 2)], [row('p|a', 1)]], 2, 8, 9)
    expect(letters(batch.kinds)).toBe('pprara__pa______')
    expect(Array.from(batch.segments!)).toEqual([0, 0, 0, 0, 1, 1, -1, -1, 0, 0, ...Array(6).fill(-1)])
    expect(Array.from(batch.trajectories)).toEqual([4, 4, 4, 4, 2, 2, -1, -1, 1, 1, ...Array(6).fill(-1)])
    expect(Array.from(batch.places)).toEqual([0, 1, 2, 3, 0, 1, -1, -1, 0, 1, ...Array(6).fill(-1)])
    expect(batch.tokens).toBe(8)
    expect(batch.kinds.filter((kind) => kind === PADDING)).toHaveLength(8)
    const { positions } = superviseBatch(batch, recipeOf().objective)
    // Not 3, whose next token begins the second window.
    expect(Array.from(positions)).toEqual([1, 2, 4, 8])
  })
})

describe('a dataset that is packed', () => {
  const trajectories = Array.from({ length: 12 }, (_, i) => episode(1, { reason: 1 + i }))
  const build = (packing: boolean) =>
    buildDataset(trajectories, characters, recipeOf({ data: { contextLength: 64, heldOut: 0.2, packing } }))

  it('reports the rows before and after, and how full they are', () => {
    const [plain, packed] = [build(false), build(true)]
    expect(packed.report.rows).toBe(plain.report.rows)
    expect(packed.report.packedRows).toBe(packed.packs!.length)
    expect(packed.report.packedRows).toBeLessThan(plain.report.packedRows / 2)
    const tokens = packed.train.reduce((sum, { ids }) => sum + ids.length, 0)
    expect(packed.report.fill).toBe(tokens / (packed.packs!.length * packed.rowLength))
    expect(packed.report.fill).toBeGreaterThan(plain.report.fill)
    expect(packed.rowLength).toBe(64)
    expect(packed.heldOut).toEqual(plain.heldOut)
    expect(plain.packs).toBeUndefined()
  })
})

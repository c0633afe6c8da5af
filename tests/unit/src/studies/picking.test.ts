import { describe, expect, it } from 'vitest'
import {
  ALL,
  groupsOf,
  meanSuccess,
  pickedCells,
  toggled,
  valuesOf,
} from '../../../../src/studies/picking.ts'
import type { StudyView } from '../../../../workers/protocol.ts'
import { cellsOf } from '../../../../workers/study/cells.ts'
import { smallStudy } from '../../study/report/results.ts'

const study = smallStudy()
const worlds = study.worlds.map(({ environment }) => environment)
const view: StudyView = {
  summary: { id: 'x', name: 'x', about: '', kind: 'study', builtIn: false, cells: 30, done: 0 },
  blocks: study.blocks.map((block) => ({ ...block, worlds: block.worlds ?? worlds })),
  students: study.students,
  amounts: study.amounts,
  cells: cellsOf(study).map((cell) => ({ ...cell, done: false })),
  candidates: [],
  teachers: ['household', 'shop'],
  lasting: true,
  secondsPerCell: null,
}

describe('picking cells of a study', () => {
  it('begins with all of them', () => {
    expect(pickedCells(view, ALL)).toEqual(view.cells)
  })

  it('leaves out what a person does not want, and takes it in again', () => {
    const few = toggled(toggled(ALL, 'seed', '2'), 'environment', 'shop')
    const cells = pickedCells(view, few)
    expect(cells.length).toBeGreaterThan(0)
    expect(cells.every(({ seed, environment }) => seed !== 2 && environment === 'household')).toBe(true)
    expect(toggled(toggled(few, 'seed', '2'), 'environment', 'shop')).toEqual(ALL)
  })

  it('keeps to a block, and offers its values only', () => {
    const second = { ...ALL, block: 1 }
    expect(pickedCells(view, second).map(({ student }) => student)).toEqual(Array(6).fill('large'))
    expect(valuesOf(view, second, 'arm')).toEqual(['sad', 'token-kd'])
    expect(valuesOf(view, second, 'environment')).toEqual(['household'])
    expect(valuesOf(view, ALL, 'arm')).toEqual(['sad', 'token-kd', 'token-kd-masked', 'sad-chosen'])
  })

  it('sets cells that differ in the seed alone side by side, with the mean of what is known', () => {
    const groups = groupsOf(view.cells)
    expect(groups).toHaveLength(10)
    expect(groups.every(({ cells }) => cells.length === 3)).toBe(true)
    const point = { parameters: 1, reason: null, act: null }
    const { environment, amount, student, arm } = view.cells[0]!
    const points = [0.2, 0.4, null].map((success, i) => ({
      ...{ ...point, environment, amount, student, arm },
      seed: i,
      success,
    }))
    expect(meanSuccess(groups[0]!, points)).toBeCloseTo(0.3)
    expect(meanSuccess(groups[1]!, points)).toBeNull()
  })
})

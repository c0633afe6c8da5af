import { describe, expect, it } from 'vitest'
import { sortPicked } from '../../../../src/trajectories/pickedFiles.ts'

const file = (name: string) => new File([name], name)
const names = (files: File[]) => files.map(({ name }) => name)

describe('the files that a person picked', () => {
  it('are a run where they hold metrics, with all that training writes', () => {
    const picked = sortPicked(
      [
        'a/out/metrics.jsonl',
        'a/out/recipe.json',
        'a/out/model.safetensors',
        'a/out/runs.txt',
        'b/x.jsonl',
      ].map(file),
    )
    expect(picked.runs.map(({ name, files }) => [name, names(files)])).toEqual([
      ['out', ['metrics.jsonl', 'recipe.json', 'model.safetensors']],
    ])
    expect(picked.students).toEqual([])
    expect(names(picked.trajectories)).toEqual(['a/out/runs.txt', 'b/x.jsonl'])
  })

  it('are a run without a folder as well', () => {
    const { runs, trajectories } = sortPicked([file('metrics.jsonl'), file('recipe.json'), file('lamp.txt')])
    expect(runs.map(({ name, files }) => [name, names(files)])).toEqual([
      ['run', ['metrics.jsonl', 'recipe.json']],
    ])
    expect(names(trajectories)).toEqual(['lamp.txt'])
  })

  it('are a student where they hold weights without metrics, and else trajectories', () => {
    const { runs, students, trajectories } = sortPicked(
      ['s/model.safetensors', 's/config.json', 'recipe.json'].map(file),
    )
    expect(runs).toEqual([])
    expect(students.map(({ name, files }) => [name, names(files)])).toEqual([
      ['s', ['model.safetensors', 'config.json']],
    ])
    expect(names(trajectories)).toEqual(['recipe.json'])
  })
})

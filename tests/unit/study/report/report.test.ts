import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { PAPER } from '../../../../workers/study/paper.ts'
import { reportFiles, reportOf, type StudyReport, writeReport } from '../../../../workers/study/report.ts'
import { clearOutcome, resultsOf, smallStudy, teachersOf } from './results.ts'

const study = smallStudy()
const results = resultsOf(study, clearOutcome)
const teachers = teachersOf(study)
const files = writeReport(study, results, teachers)

const parsed = (csv: string) =>
  Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true }).data

describe('the report of a study', () => {
  it('is written as files', () => {
    expect(Object.keys(files).sort()).toEqual([
      'cells.csv',
      'figures/agreement-household-many-large.svg',
      'figures/agreement-household-many-small.svg',
      'figures/agreement-shop-many-small.svg',
      'figures/size-household.svg',
      'figures/success-and-agreement-household.svg',
      'figures/success-and-agreement-shop.svg',
      'figures/success-household.svg',
      'figures/success-shop.svg',
      'results.csv',
      'results.json',
      'results.md',
    ])
  })

  it('reads as it did before', async () => {
    await expect(files['results.md']).toMatchFileSnapshot('./made-up.md')
  })

  it('is the same, byte for byte, whatever order the cells come in', () => {
    expect(writeReport(study, [...results].reverse(), [...teachers].reverse())).toEqual(files)
  })

  it('leaves out cells of another study', () => {
    const strange = structuredClone(results[0]!)
    strange.cell.id = 'household-many-small-other-seed1'
    strange.cell.arm = 'other'
    strange.cell.split = 'test'
    expect(reportOf(study, [...results, strange], teachers)).toEqual(reportOf(study, results, teachers))
  })

  it('is the same data in results.json, to eight digits', () => {
    const report = JSON.parse(files['results.json']!) as StudyReport
    expect(report.study).toEqual(study)
    expect(report.reading).toEqual(reportOf(study, results, teachers).reading)
    expect(report.cells).toEqual({ planned: 30, done: 30 })
    expect(report.candidates).toEqual({ planned: 4, done: 4 })
    const { 'cells.csv': _, 'results.json': json, ...rest } = files
    expect(reportFiles(report)).toEqual({ ...rest, 'results.json': json })
  })

  it('has every mean of the tables in results.csv', () => {
    const lines = parsed(files['results.csv']!)
    const line = lines.find(
      ({ environment, arm, measure, taskType }) =>
        environment === 'shop' && arm === 'sad' && measure === 'reward' && taskType === 'all',
    )!
    expect(line).toMatchObject({ who: 'student', block: '1', seeds: '3', plannedSeeds: '3', of: '60' })
    expect(Number(line.mean)).toBeCloseTo(0.825, 9)
    expect(lines.filter(({ who, taskType }) => who === 'expert' && taskType === 'heat')).toHaveLength(2)
  })

  it('has a line for each cell in cells.csv', () => {
    const lines = parsed(files['cells.csv']!)
    expect(lines).toHaveLength(results.length)
    expect(lines.map(({ id }) => id)).toEqual(lines.map(({ id }) => id).sort())
    expect(lines.find(({ id }) => id === 'household-many-small-sad-seed2')).toMatchObject({
      success: '0.65',
      cotMatch: '0.5',
      candidate: '',
      reward: '0.65',
      f1: '',
      program: 'scale',
      trainedOn: 'cpu, Made-up CPU',
      trainingSeconds: '60',
    })
    expect(lines.find(({ candidate }) => candidate === '1')).toMatchObject({
      split: 'validation',
      success: '0.7',
    })
  })

  it('says how long it took, on what, and by whose program', () => {
    const { work } = reportOf(study, results, teachers)
    expect(work).toEqual([
      {
        what: 'trained',
        program: 'scale',
        backend: 'cpu',
        engine: 'pytorch',
        adapter: 'Made-up CPU',
        agents: 34,
        seconds: 34 * 60,
      },
      {
        what: 'measured',
        program: 'lab',
        backend: 'wasm',
        engine: 'reference',
        adapter: 'Made-up CPU',
        agents: 36,
        seconds: 34 * 30 + 2 * 45,
      },
    ])
    expect(files['results.md']).toContain('It took 52 min 30 s in all')
  })

  it('marks the paper’s figures as another setting, and leaves out worlds that were not studied', () => {
    const text = files['results.md']!
    expect(text).toContain('The paper’s own figures in ALFWorld, **another setting**')
    expect(text).not.toContain('HotPotQA-ReAct, **another setting**')
    expect(text).toMatch(/\| structured agent distillation, 120M +\| 43\.7 +\| – +\| – +\| – +\| \[1\] +\|/)
  })

  it('can be written of nothing', () => {
    const empty = writeReport(study, [], [])
    expect(Object.keys(empty).sort()).toEqual(['cells.csv', 'results.csv', 'results.json', 'results.md'])
    expect(empty['results.md']).toContain('0 of 30 cells of the tables are done.')
    expect(empty['results.md']).toContain('No two arms have a seed in common yet.')
    expect(parsed(empty['results.csv']!)).toEqual([])
  })

  it('leaves hostile names as they are, and lets none become markup or a formula', () => {
    const hostile = structuredClone(results)
    for (const { trainedBy } of hostile) trainedBy.adapter = 'a|b\n# <script>`x`</script> [y](http://z) *w*'
    const backends = structuredClone(hostile)
    for (const { trainedBy } of backends) trainedBy.backend = '=cmd()'
    const { 'results.md': text, 'cells.csv': csv } = writeReport(study, backends, teachers)
    expect(text).toContain('a\\|b # &lt;script>\\`x\\`&lt;/script> [y]\\(http://z) \\*w\\*')
    expect(text).not.toContain('<script')
    expect(parsed(csv!)[0]!.trainedOn).toMatch(/^'=cmd\(\), a\|b\n# <script>/)
  })
})

describe('the paper’s figures', () => {
  it('are shares or plain numbers, each with its source', () => {
    for (const { measure, value, source } of PAPER) {
      const share = measure === 'success' || measure === 'cotMatch'
      expect(share ? value < 1 : value > 1).toBe(true)
      expect([0, 1]).toContain(source)
    }
  })

  it('have the differences that the paper’s reading note gives', () => {
    const success = (environment: string, arm: string) =>
      PAPER.find((figure) => figure.environment === environment && figure.arm === arm)!.value
    const differences = ['household', 'shop', 'wiki'].map((environment) =>
      Number((success(environment, 'sad') - success(environment, 'token-kd')).toFixed(3)),
    )
    expect(differences).toEqual([0.043, 0.045, 0.045])
  })
})

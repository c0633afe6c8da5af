import { unzipSync, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../../../workers/errors.ts'
import { cellsOf } from '../../../../workers/study/cells.ts'
import { StudyLibrary } from '../../../../workers/study/page/library.ts'
import { memoryStudies } from '../../../../workers/study/page/studyFiles.ts'
import { reportOf } from '../../../../workers/study/report.ts'
import type { CellResult } from '../../../../workers/study/result.ts'
import type { Study } from '../../../../workers/study/study.ts'
import { resultsOf, smallStudy } from '../report/results.ts'

const open = () => StudyLibrary.open(memoryStudies())

const jsonFile = (name: string, value: unknown) => new File([JSON.stringify(value)], name)

function zipOf(files: Record<string, unknown>, name = 'study.zip'): File {
  const text = new TextEncoder()
  const entries = Object.entries(files).map(([path, content]) => {
    return [path, text.encode(typeof content === 'string' ? content : JSON.stringify(content))]
  })
  return new File([zipSync(Object.fromEntries(entries)) as Uint8Array<ArrayBuffer>], name)
}

/** A study's folder with the results of some of its cells. */
function folderOf(
  study: Study,
  results: readonly CellResult[],
  folder = 'made-up/',
): Record<string, unknown> {
  return {
    [`${folder}study.json`]: study,
    ...Object.fromEntries(results.map((result) => [`${folder}cells/${result.cell.id}/result.json`, result])),
  }
}

const firstSeed = (study: Study) =>
  resultsOf(study, ({ seed, split }) => (split === 'test' && seed === 1 ? { successes: 12 } : null))

async function refusal(library: StudyLibrary, file: File): Promise<string> {
  const error = await library.take(file).then(
    () => null,
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(LabError)
  return error.message
}

describe('the studies of the page', () => {
  it('are those that came with it, none of their cells done', async () => {
    const library = await open()
    const summaries = await library.summaries()
    const paper = summaries.find(({ id }) => id === 'study paper')!
    expect(paper).toMatchObject({ kind: 'study', builtIn: true, done: 0 })
    expect(paper.cells).toBe(cellsOf(library.study('study paper')).length)
    expect(await library.report('study paper')).toBeNull()
    await expect(library.export('study paper')).rejects.toThrow(/Nothing of the study “paper” is done yet/)
  })

  it('take in a person’s own study, and have it again on the next visit', async () => {
    const shelf = memoryStudies()
    const study = smallStudy()
    const id = await (await StudyLibrary.open(shelf)).take(jsonFile('mine.json', study))
    const next = await StudyLibrary.open(shelf)
    expect(next.study(id)).toEqual(study)
    expect(await next.summary(id)).toMatchObject({ name: 'made-up', builtIn: false, done: 0, cells: 30 })
    await next.remove(id)
    expect((await next.summaries()).map((one) => one.id)).not.toContain(id)
    expect((await (await StudyLibrary.open(shelf)).summaries()).map((one) => one.id)).not.toContain(id)
    expect(() => next.study(id)).toThrow(/not here any more/)
  })

  it('take in a folder beside what is done already, which stays', async () => {
    const study = smallStudy()
    const [one, two] = firstSeed(study)
    const library = await open()
    const id = await library.take(zipOf(folderOf(study, [one!])))
    const file = `cells/${one!.cell.id}/result.json`
    const before = await library.files('made-up').read(file)
    await library.take(zipOf(folderOf(study, [{ ...one!, fingerprint: 'another' }, two!], '')))
    expect(await library.files('made-up').read(file)).toBe(before)
    expect(await library.done('made-up')).toEqual(new Set([one!.cell.id, two!.cell.id]))
    expect((await library.summary(id)).done).toBe(2)
  })

  it('make the report of what they have, and the files of it', async () => {
    const study = smallStudy()
    const results = firstSeed(study)
    const library = await open()
    const id = await library.take(zipOf(folderOf(study, results)))
    expect(await library.report(id)).toEqual(reportOf(study, results, []))
    const files = await library.reportFiles(id)
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['results.md', 'results.json', 'results.csv', 'cells.csv']),
    )
    expect(files['cells.csv']!.trim().split('\n')).toHaveLength(1 + results.length)
  })

  it('go out as a folder that comes in again as it was', async () => {
    const study = smallStudy()
    const library = await open()
    const id = await library.take(zipOf(folderOf(study, firstSeed(study))))
    const metrics = `cells/${firstSeed(study)[0]!.cell.id}/metrics.jsonl`
    await library.files('made-up').write(metrics, '{"step":1}\n')
    const zip = new File([await library.export(id)], 'made-up.zip')
    const names = Object.keys(unzipSync(new Uint8Array(await zip.arrayBuffer())))
    expect(names).toContain('made-up/study.json')
    expect(names).toContain(`made-up/${metrics}`)
    const other = await open()
    expect(await other.take(zip)).toBe(id)
    expect(await other.report(id)).toEqual(await library.report(id))
    expect(await other.files('made-up').read(metrics)).toBe('{"step":1}\n')
  })

  it('show results without their cells, but cannot run them', async () => {
    const study = smallStudy()
    const report = reportOf(study, firstSeed(study), [])
    const library = await open()
    const id = await library.take(jsonFile('results.json', report))
    expect(await library.take(jsonFile('results.json', report))).not.toBe(id)
    expect(await library.report(id)).toEqual(JSON.parse(JSON.stringify(report)))
    expect(await library.summary(id)).toMatchObject({ kind: 'results', name: 'made-up', done: 10, cells: 30 })
    expect(Object.keys(await library.reportFiles(id))).not.toContain('cells.csv')
    expect(() => library.study(id)).toThrow(/only results are here/)
  })
})

describe('what is no study', () => {
  const study = smallStudy()

  it.each([
    ['no JSON', new File(['{ "a"'], 'a.json'), /a\.json is not valid JSON/],
    ['other JSON', jsonFile('b.json', { steps: 60 }), /b\.json is neither a study .* nor the results\.json/],
    [
      'a study with an unknown key',
      jsonFile('c.json', { ...study, colour: 'red' }),
      /c\.json: colour is an unknown key/,
    ],
    [
      'a report of another shape',
      jsonFile('d.json', { ...reportOf(study, [], []), points: [{ arm: 3 }] }),
      /d\.json is not the results\.json of a study as this page knows it: points\.0/,
    ],
    ['a zip of something else', zipOf({ 'readme.txt': 'hello' }, 'e.zip'), /e\.zip holds no study\.json/],
    [
      'a zip of two',
      zipOf({ ...folderOf(study, [], 'a/'), ...folderOf(study, [], 'b/') }, 'f.zip'),
      /f\.zip holds 2 studies/,
    ],
    [
      'a damaged result',
      zipOf({ ...folderOf(study, []), 'made-up/cells/x/result.json': '{}' }, 'g.zip'),
      /g\.zip: cells\/x\/result\.json is not the result of a cell/,
    ],
  ])('%s is refused with what is wrong', async (_, file, message) => {
    const library = await open()
    const before = await library.summaries()
    expect(await refusal(library, file)).toMatch(message)
    expect(await library.summaries()).toEqual(before)
  })

  it('another study under the name of one that came with the page says in what it differs', async () => {
    const library = await open()
    const paper = library.study('study paper')
    const other = jsonFile('paper.json', { ...paper, seeds: [1, 2] })
    expect(await refusal(library, other)).toMatch(/called “paper”.*seeds was \[1,2,3,4,5\] and is \[1,2\]/)
    expect(await library.take(jsonFile('paper.json', paper))).toBe('study paper')
  })
})

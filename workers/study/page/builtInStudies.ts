import type { StudyReport } from '../report.ts'

/** Studies and results that are part of the page, each fetched when it is asked for. */
const STUDIES = import.meta.glob<unknown>('../../../studies/*.json', { import: 'default' })
const RESULTS = import.meta.glob<StudyReport>('../../../studies/results/*/results.json', {
  import: 'default',
})

/** What came with the page, not yet checked. */
export async function builtInStudies(): Promise<unknown[]> {
  return Promise.all(
    Object.keys(STUDIES)
      .sort()
      .map((path) => STUDIES[path]!()),
  )
}

/** The reports that came with it. */
export async function builtInResults(): Promise<StudyReport[]> {
  return Promise.all(
    Object.keys(RESULTS)
      .sort()
      .map((path) => RESULTS[path]!()),
  )
}

import type { StudyReport } from '../report.ts'

/** Studies that are part of the page: so small that they are part of its program as well. */
const STUDIES = import.meta.glob<unknown>('../../../studies/*.json', { import: 'default', eager: true })
/** Results, each fetched when it is asked for. */
const RESULTS = import.meta.glob<StudyReport>('../../../studies/results/*/results.json', {
  import: 'default',
})

/** What came with the page, not yet checked. */
export function builtInStudies(): unknown[] {
  return Object.keys(STUDIES)
    .sort()
    .map((path) => STUDIES[path])
}

/** The reports that came with it. */
export async function builtInResults(): Promise<StudyReport[]> {
  return Promise.all(
    Object.keys(RESULTS)
      .sort()
      .map((path) => RESULTS[path]!()),
  )
}

import type { FileSummary, LibraryState } from '../protocol.ts'
import type { WarningCode } from '../trajectories/trajectory.ts'
import type { Library } from './library.ts'

/** Files and values to filter by that are listed; beyond them there are only more. */
const MOST_FILES = 1000
const MOST_VALUES = 100

/** What is loaded, in numbers that do not grow with it. */
export function libraryState(
  library: Library,
  rest: Pick<LibraryState, 'undo' | 'redo' | 'reading'>,
): LibraryState {
  const files = new Map<string, FileSummary>()
  const formats = new Map<string, number>()
  const environments = new Map<string, number>()
  const taskTypes = new Map<string, number>()
  const warnings = new Map<WarningCode, number>()
  const outcomes = { succeeded: 0, failed: 0, unknown: 0 }
  let [excluded, corrected, characters] = [0, 0, 0]
  for (const summary of library.summaries()) {
    const file = files.get(summary.file) ?? { file: summary.file, trajectories: 0, warned: 0 }
    files.set(summary.file, file)
    file.trajectories++
    if (summary.warnings.length > 0) file.warned++
    count(formats, summary.format)
    count(environments, summary.environment)
    if (summary.taskType !== undefined) count(taskTypes, summary.taskType)
    for (const code of new Set(summary.warnings)) count(warnings, code)
    const { success } = summary
    outcomes[success === undefined ? 'unknown' : success ? 'succeeded' : 'failed']++
    if (summary.excluded) excluded++
    if (summary.corrected) corrected++
    characters += summary.characters
  }
  return {
    version: library.version,
    trajectories: library.size,
    excluded,
    corrected,
    characters,
    files: [...files.values()].slice(0, MOST_FILES),
    moreFiles: Math.max(0, files.size - MOST_FILES),
    formats: listed(formats),
    environments: listed(environments),
    taskTypes: listed(taskTypes),
    warnings: listed(warnings),
    outcomes,
    ...rest,
  }
}

function count<T>(counts: Map<T, number>, value: T): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

/** The most frequent first. */
function listed<T>(counts: Map<T, number>): [T, number][] {
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_VALUES)
}

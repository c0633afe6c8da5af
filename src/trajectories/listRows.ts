import type { TrajectorySummary } from '../../workers/protocol.ts'

/** A row of the list: a file's name, or one of its trajectories. */
export type ListRow =
  | { type: 'file'; file: string; trajectories: number }
  | { type: 'trajectory'; summary: TrajectorySummary }

export interface FileSummary {
  file: string
  trajectories: number
  warnings: number
}

/** The files that trajectories came from, in the order in which they were loaded. */
export function filesOf(trajectories: TrajectorySummary[]): FileSummary[] {
  const files = new Map<string, FileSummary>()
  for (const { file, warnings } of trajectories) {
    const summary = files.get(file) ?? { file, trajectories: 0, warnings: 0 }
    summary.trajectories++
    summary.warnings += warnings > 0 ? 1 : 0
    files.set(file, summary)
  }
  return [...files.values()]
}

/** The rows to show: grouped by file, only what holds every word of the filter in its title, file, format or environment. */
export function listRows(trajectories: TrajectorySummary[], filter: string): ListRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const groups = new Map<string, TrajectorySummary[]>()
  for (const summary of trajectories) {
    const { title, file, format, environment } = summary
    const searched = `${title}\n${file}\n${format}\n${environment}`.toLowerCase()
    if (!words.every((word) => searched.includes(word))) continue
    const group = groups.get(file)
    if (group) group.push(summary)
    else groups.set(file, [summary])
  }
  return [...groups].flatMap(([file, group]): ListRow[] => [
    { type: 'file', file, trajectories: group.length },
    ...group.map((summary): ListRow => ({ type: 'trajectory', summary })),
  ])
}

/**
 * The row that a key press leads to, files passed over.
 *
 * @param step rows to move, negative upwards
 */
export function rowFrom(rows: ListRow[], from: number, step: number): number {
  const direction = Math.sign(step)
  let target = from
  let moved = 0
  for (let at = from + direction; at >= 0 && at < rows.length && moved < Math.abs(step); at += direction) {
    if (rows[at]!.type !== 'trajectory') continue
    target = at
    moved++
  }
  return target
}

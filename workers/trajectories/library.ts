import type { EnvironmentName, FileProblem, SpanKind, Trajectory } from './trajectory.ts'

/** A trajectory in a few numbers, for lists; the text itself stays where it was read. */
export interface TrajectorySummary {
  id: number
  file: string
  index: number
  format: string
  environment: EnvironmentName
  /** The task in a few words. */
  title: string
  characters: number
  steps: number
  /** Number of spans of each kind. */
  spans: Record<SpanKind, number>
  warnings: number
}

/** Lines that name the task, in the order of their reliability. */
const TASK_LINES = [
  /^.*\byour task is to:?[ \t]*(.+)$/gim,
  /^.*\b(?:question|claim)[ \t]*:[ \t]*(.+)$/gim,
  /^.*\binstruction:[ \t]*\n?[ \t]*(.+)$/gim,
]
const LONGEST_TITLE = 120

/** The trajectories that are loaded, each under an id that never changes. */
export class Library {
  private readonly entries = new Map<number, { trajectory: Trajectory; summary: TrajectorySummary }>()
  private nextId = 0
  /** Grows with every change, so that what was computed from the texts can tell that it is stale. */
  version = 0

  add(read: { trajectories: Trajectory[]; problems: FileProblem[] }): void {
    for (const trajectory of read.trajectories) {
      const id = this.nextId++
      this.entries.set(id, { trajectory, summary: summarise(id, trajectory) })
    }
    if (read.trajectories.length > 0) this.version++
  }

  /** Drops the trajectories of one file, or all. */
  remove(file?: string): void {
    const before = this.entries.size
    for (const [id, { trajectory }] of this.entries) {
      if (file === undefined || trajectory.file === file) this.entries.delete(id)
    }
    if (this.entries.size < before) this.version++
  }

  get(id: number): Trajectory | undefined {
    return this.entries.get(id)?.trajectory
  }

  /** In the order in which they were loaded. */
  all(): Trajectory[] {
    return [...this.entries.values()].map((entry) => entry.trajectory)
  }

  summaries(): TrajectorySummary[] {
    return [...this.entries.values()].map((entry) => entry.summary)
  }
}

function summarise(id: number, trajectory: Trajectory): TrajectorySummary {
  const spans: Record<SpanKind, number> = { prompt: 0, reason: 0, act: 0, observation: 0, other: 0 }
  let steps = 0
  for (const span of trajectory.spans) {
    spans[span.kind]++
    steps = Math.max(steps, span.step + 1)
  }
  const { file, index, format, environment, text, warnings } = trajectory
  const title = titleOf(trajectory)
  return {
    id,
    file,
    index,
    format,
    environment,
    title,
    characters: text.length,
    steps,
    spans,
    warnings: warnings.length,
  }
}

/** The task as the prompt states it: the last such line, since worked examples come before it. */
function titleOf({ text, spans }: Trajectory): string {
  const firstStep = spans.find((span) => span.step >= 0)
  const prompt = text.slice(0, firstStep?.start ?? text.length).slice(-4000)
  for (const pattern of TASK_LINES) {
    const task = [...prompt.matchAll(pattern)].at(-1)?.[1]?.trim()
    if (task) return shortened(task)
  }
  const line = text
    .slice(0, 4000)
    .split('\n')
    .find((candidate) => candidate.trim() !== '')
  return shortened((line ?? '').trim())
}

function shortened(title: string): string {
  // Not between the two halves of a character outside the basic plane.
  return title.slice(0, LONGEST_TITLE).replace(/[\uD800-\uDBFF]$/, '')
}

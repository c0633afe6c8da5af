import type { FileSummary, LibraryState } from '../protocol.ts'
import type { WarningCode } from '../trajectories/trajectory.ts'
import type { TrajectoryFacts } from './query.ts'

/** Files and values to filter by that are listed; beyond them there are only more. */
const MOST_FILES = 1000
const MOST_VALUES = 100

/** What is loaded, in numbers: kept up to date with every change, as counting anew takes longer the more there is. */
export class Tally {
  private readonly files = new Map<string, FileSummary>()
  private readonly formats = new Map<string, number>()
  private readonly environments = new Map<string, number>()
  private readonly taskTypes = new Map<string, number>()
  private readonly warnings = new Map<WarningCode, number>()
  private readonly outcomes = { succeeded: 0, failed: 0, unknown: 0 }
  private trajectories = 0
  private excluded = 0
  private corrected = 0
  private logprobs = 0
  private characters = 0

  add(facts: TrajectoryFacts): void {
    this.count(facts, 1)
  }

  remove(facts: TrajectoryFacts): void {
    this.count(facts, -1)
  }

  private count(facts: TrajectoryFacts, by: 1 | -1): void {
    const { file, format, environment, taskType, success } = facts
    const known = this.files.get(file) ?? { file, trajectories: 0, warned: 0 }
    known.trajectories += by
    if (facts.warnings.length > 0) known.warned += by
    if (known.trajectories > 0) this.files.set(file, known)
    else this.files.delete(file)
    change(this.formats, format, by)
    change(this.environments, environment, by)
    if (taskType !== undefined) change(this.taskTypes, taskType, by)
    for (const code of new Set(facts.warnings)) change(this.warnings, code, by)
    this.outcomes[success === undefined ? 'unknown' : success ? 'succeeded' : 'failed'] += by
    if (facts.excluded) this.excluded += by
    else if (facts.logprobs > 0) this.logprobs += by
    if (facts.corrected) this.corrected += by
    this.trajectories += by
    this.characters += by * facts.characters
  }

  state(): Omit<LibraryState, 'version' | 'undo' | 'redo' | 'reading'> {
    const files: FileSummary[] = []
    for (const file of this.files.values()) {
      if (files.length === MOST_FILES) break
      files.push({ ...file })
    }
    return {
      trajectories: this.trajectories,
      excluded: this.excluded,
      corrected: this.corrected,
      logprobs: this.logprobs,
      characters: this.characters,
      files,
      moreFiles: this.files.size - files.length,
      formats: listed(this.formats),
      environments: listed(this.environments),
      taskTypes: listed(this.taskTypes),
      warnings: listed(this.warnings),
      outcomes: { ...this.outcomes },
    }
  }
}

function change<T>(counts: Map<T, number>, value: T, by: number): void {
  const count = (counts.get(value) ?? 0) + by
  if (count > 0) counts.set(value, count)
  else counts.delete(value)
}

/** The most frequent first. */
function listed<T>(counts: Map<T, number>): [T, number][] {
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_VALUES)
}

import type { SpanKind, Trajectory, WarningCode } from '../trajectories/trajectory.ts'
import { bitOf, type TrajectoryFacts, type TrajectorySummary } from './query.ts'

/** Lines that name the task, in the order of their reliability. */
const TASK_LINES = [
  /^.*\byour task is to:?[ \t]*(.+)$/gim,
  /^.*\b(?:question|claim)[ \t]*:[ \t]*(.+)$/gim,
  /^.*\binstruction:[ \t]*\n?[ \t]*(.+)$/gim,
]
const LONGEST_TITLE = 80
/** Most trajectories have none, and need no list of their own for it. */
const NO_WARNINGS: WarningCode[] = []

/** What is kept of a trajectory in memory. */
export function factsOf(id: number, trajectory: Trajectory): TrajectoryFacts {
  let kinds = 0
  let steps = 0
  for (const span of trajectory.spans) {
    kinds |= bitOf(span.kind)
    steps = Math.max(steps, span.step + 1)
  }
  const { file, index, format, environment, text, warnings, success, reward, taskType } = trajectory
  return {
    id,
    file,
    index,
    format,
    environment,
    characters: text.length,
    steps,
    kinds,
    warnings: warnings.length > 0 ? warnings.map(({ code }) => code) : NO_WARNINGS,
    success,
    reward,
    taskType,
    logprobs: trajectory.logprobs?.length ?? 0,
    excluded: false,
    corrected: false,
  }
}

/**
 * A trajectory in a few numbers.
 *
 * @param current with the spans that a person drew
 * @param read as the segmenter left it: a correction leaves the title as it is
 */
export function summaryOf(
  { kinds: _, ...facts }: TrajectoryFacts,
  current: Trajectory,
  read: Trajectory,
): TrajectorySummary {
  const spans: Record<SpanKind, number> = { prompt: 0, reason: 0, act: 0, observation: 0, other: 0 }
  for (const { kind } of current.spans) spans[kind]++
  return { ...facts, title: titleOf(read), spans }
}

/** The task as the prompt states it: the last such line, since worked examples come before it. */
function titleOf({ text, spans }: Trajectory): string {
  const firstStep = spans.find((span) => span.step >= 0)
  const prompt = text.slice(0, firstStep?.start ?? text.length).slice(-4000)
  for (const pattern of TASK_LINES) {
    const task = [...prompt.matchAll(pattern)].at(-1)?.[1]?.trim()
    if (task) return shortened(task)
  }
  // Of several messages the last states the task; those before it are instructions that all runs share.
  const { start, end } = spans.findLast((span) => span.kind === 'prompt' && span.step < 0) ?? spans[0]!
  const line = text
    .slice(start, Math.min(end, start + 4000))
    .split('\n')
    .find((candidate) => candidate.trim() !== '')
  return shortened((line ?? '').trim())
}

function shortened(title: string): string {
  // Not between the two halves of a character outside the basic plane.
  return title.slice(0, LONGEST_TITLE).replace(/[\uD800-\uDBFF]$/, '')
}

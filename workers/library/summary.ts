import type { SpanKind, Trajectory, WarningCode } from '../trajectories/trajectory.ts'
import type { TrajectorySummary } from './query.ts'

/** Lines that name the task, in the order of their reliability. */
const TASK_LINES = [
  /^.*\byour task is to:?[ \t]*(.+)$/gim,
  /^.*\b(?:question|claim)[ \t]*:[ \t]*(.+)$/gim,
  /^.*\binstruction:[ \t]*\n?[ \t]*(.+)$/gim,
]
const LONGEST_TITLE = 80
/** Most trajectories have none, and need no list of their own for it. */
const NO_WARNINGS: WarningCode[] = []

/** A trajectory in a few numbers. */
export function summarise(id: number, trajectory: Trajectory): TrajectorySummary {
  const spans: Record<SpanKind, number> = { prompt: 0, reason: 0, act: 0, observation: 0, other: 0 }
  let steps = 0
  for (const span of trajectory.spans) {
    spans[span.kind]++
    steps = Math.max(steps, span.step + 1)
  }
  const { file, index, format, environment, text, warnings, success, reward, taskType } = trajectory
  return {
    id,
    file,
    index,
    format,
    environment,
    title: titleOf(trajectory),
    characters: text.length,
    steps,
    spans,
    warnings: warnings.length > 0 ? warnings.map(({ code }) => code) : NO_WARNINGS,
    success,
    reward,
    taskType,
    logprobs: trajectory.logprobs?.length ?? 0,
    excluded: false,
    corrected: false,
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
  // Of several messages the last states the task; those before it are instructions that all runs share.
  const { start, end } = spans.findLast((span) => span.kind === 'prompt' && span.step < 0) ?? spans[0]!
  const line = text
    .slice(start, Math.min(end, start + 4000))
    .split('\n')
    .find((candidate) => candidate.trim() !== '')
  return shortened((line ?? '').trim())
}

function shortened(title: string): string {
  // A slice would keep the whole text alive; and no half of a character outside the basic plane is left at the end.
  return Array.from(title.slice(0, LONGEST_TITLE).replace(/[\uD800-\uDBFF]$/, '')).join('')
}

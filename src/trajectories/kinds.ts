import type { SpanKind, TrajectoryView } from '../../workers/protocol.ts'

/** What a span kind is called where it is written out, and in the narrow gutter. */
export const KIND_NAMES: Record<SpanKind, { name: string; label: string; meaning: string }> = {
  prompt: {
    name: 'Prompt',
    label: 'PROMPT',
    meaning: 'The task and worked examples: read, never supervised.',
  },
  reason: { name: 'Reason', label: 'REASON', meaning: 'What the agent thinks, weighted by λ reason.' },
  act: {
    name: 'Act',
    label: 'ACT',
    meaning: 'What the agent does, the final answer included; weighted by λ act.',
  },
  observation: {
    name: 'Observation',
    label: 'OBS',
    meaning: 'What the environment answers; weighted by λ observation, 0 unless set.',
  },
  other: { name: 'Other', label: 'OTHER', meaning: 'Text of no known role: not supervised.' },
}

/** Characters of each kind in a trajectory. */
export function charactersByKind(view: TrajectoryView): Record<SpanKind, number> {
  const characters: Record<SpanKind, number> = { prompt: 0, reason: 0, act: 0, observation: 0, other: 0 }
  for (const span of view.spans) characters[span.kind] += span.end - span.start
  return characters
}

/** Characters of a prompt that are shown to be continued; a student reads its end, and fewer. */
const LONGEST_PROMPT = 20_000

/** The prompt that a trajectory begins with: everything before its first span of another kind; of a long one the end. */
export function promptOf({ text, spans }: TrajectoryView): string {
  const end = spans.find((span) => span.kind !== 'prompt')?.start ?? text.length
  const prompt = text.slice(Math.max(0, end - LONGEST_PROMPT), end)
  return prompt.isWellFormed() ? prompt : prompt.slice(1)
}

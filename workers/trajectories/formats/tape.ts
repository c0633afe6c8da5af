import { isRecord } from '../../isRecord.ts'
import { partsOf, resultText } from '../records/contentParts.ts'
import { conversationPieces, type Part, type Turn } from '../records/conversation.ts'
import { jsonText } from '../records/fields.ts'
import { turnOf } from '../records/message.ts'
import type { Format } from './format.ts'

/**
 * TapeAgents' tapes: `steps` of a `kind` each. Thoughts are reasoning, calls and what the assistant says are acts, and
 * steps that only steer the agent (`set_next_node`) hold no text. A thought that is a list was put there by a program
 * (passages it had gathered), not written by the model.
 */
export const tape: Format = {
  id: 'tape-steps',
  title: 'TapeAgents tapes (steps with a kind)',
  readJson(value) {
    const steps = (value as Record<string, unknown>).steps
    if (!Array.isArray(steps) || !steps.every(isStep)) return null
    if (!steps.some(({ kind }) => TAPE_KIND.test(kind))) return null
    const pieces = conversationPieces(steps.map(turnOfStep), true)
    return pieces === null ? [] : [{ pieces }]
  },
}

type Step = Record<string, unknown> & { kind: string }

function isStep(value: unknown): value is Step {
  return isRecord(value) && typeof value.kind === 'string' && !('role' in value)
}

/** Kinds that only tapes have; other records have kinds of steps, too. */
const TAPE_KIND = /^(?:user|assistant|assistant_thought|set_next_node)$|_(?:thought|observation|action)$/

const THOUGHT_FIELDS = ['content', 'reasoning', 'text', 'thought', 'plan', 'summary'] as const
/** What every step of a tape has beside its own fields. */
const FRAME = new Set(['kind', 'metadata', 'id', 'prompt_id', 'node', 'agent', 'task', 'fork_id'])

function turnOfStep(step: Step): Turn {
  const { kind, content } = step
  if (kind === 'set_next_node' || kind === 'pass' || kind === 'call' || kind === 'respond') {
    return { speaker: 'system', parts: [] }
  }
  if (kind === 'user' || kind === 'system' || kind === 'question' || kind === 'task') {
    return { speaker: kind === 'system' ? 'system' : 'user', parts: partsOf(content ?? step.task) }
  }
  if (kind === 'assistant') return turnOf({ ...step, role: 'assistant' })
  if (kind === 'tool' || /(?:observation|result|error)$/.test(kind)) {
    return { speaker: 'tool', parts: [{ kind: 'result', text: resultText(content ?? ownFields(step)) }] }
  }
  if (/thought|reasoning|plan/.test(kind)) return { speaker: 'agent', ...thoughtOf(step) }
  return {
    speaker: 'agent',
    parts: [{ kind: 'call', call: { name: kind, arguments: jsonText(ownFields(step)) } }],
  }
}

function thoughtOf(step: Step): { parts: Part[]; supervised?: boolean } {
  const field = THOUGHT_FIELDS.find((name) => step[name] !== undefined && step[name] !== null)
  const text = resultText(field === undefined ? ownFields(step) : step[field])
  const written = field !== undefined && typeof step[field] === 'string'
  return written
    ? { parts: [{ kind: 'reason', text }] }
    : { parts: [{ kind: 'reason', text }], supervised: false }
}

function ownFields(step: Step): Record<string, unknown> {
  return Object.fromEntries(Object.entries(step).filter(([key]) => !FRAME.has(key)))
}

import { isRecord } from '../../isRecord.ts'
import { agentPieces } from '../notation/turns.ts'
import { conversationPieces } from '../records/conversation.ts'
import { isMessageList, turnsOf } from '../records/message.ts'
import { outcomeOf } from '../records/outcome.ts'
import { type StepValue, textOf, valuePieces } from '../records/values.ts'
import type { Format, Piece } from './format.ts'

/**
 * SWE-agent's trajectory files, and those of mini-swe-agent. Of a run that is held twice, `history` is read: the text
 * that the model saw and wrote, demonstrations in front; `trajectory` only where there is no history. A run that was
 * submitted is not thereby solved, so `exit_status` says nothing about its outcome.
 */
export const sweAgent: Format = {
  id: 'swe-agent',
  title: 'SWE-agent .traj (history, trajectory) and mini-swe-agent',
  readJson(value) {
    if (!isRecord(value)) return null
    const pieces = miniPieces(value) ?? fullPieces(value)
    if (pieces === null) return null
    return pieces.some(({ kind }) => kind === 'reason' || kind === 'act')
      ? [{ pieces, ...outcomeOf(value) }]
      : []
  },
}

function fullPieces(record: Record<string, unknown>): Piece[] | null {
  const { trajectory, history } = record
  if (!Array.isArray(trajectory) || !trajectory.slice(0, 4).every(isStep)) return null
  if (isMessageList(history)) return conversationPieces(turnsOf(history))
  return trajectory.length > 0 && trajectory.some((step) => textOf(step.response).trim() !== '')
    ? stepPieces(trajectory.filter(isRecord))
    : null
}

/** An entry of `trajectory`: what the model wrote, the command in it, and what came of it. */
function isStep(step: unknown): step is Record<string, unknown> {
  return (
    isRecord(step) && 'action' in step && 'observation' in step && ('response' in step || 'thought' in step)
  )
}

function stepPieces(steps: Record<string, unknown>[]): Piece[] {
  const asked = steps[0]!.query ?? steps[0]!.messages
  const prompt = isMessageList(asked) ? turnsOf(asked).flatMap(({ parts }) => parts) : []
  const told = prompt.flatMap((part): StepValue[] =>
    'text' in part ? [{ kind: 'prompt', value: part.text }] : [],
  )
  const pieces = valuePieces(told)
  for (const { response, thought, action, observation } of steps) {
    const written = agentPieces(`${textOf(response)}\n`)
    const acts = written?.some(({ kind }) => kind === 'act') === true
    pieces.push(
      ...(acts
        ? written!
        : valuePieces([
            { kind: 'reason', value: thought },
            { kind: 'act', value: action },
          ])),
    )
    const [answer] = valuePieces([{ kind: 'observation', value: observation }])
    if (answer !== undefined) pieces.push({ ...answer, kind: 'observation' })
  }
  return pieces
}

/** `{messages, info, trajectory_format: "mini-swe-agent-1"}`; what the program notes when it ends is nobody's. */
function miniPieces(record: Record<string, unknown>): Piece[] | null {
  const { messages, info, trajectory_format: format } = record
  const named = typeof format === 'string' && format.startsWith('mini-swe-agent')
  if (!isMessageList(messages) || !(named || (isRecord(info) && 'mini_version' in info))) return null
  const isEnd = (message: unknown) => isRecord(message) && message.role === 'exit'
  const pieces = conversationPieces(turnsOf(messages.filter((message) => !isEnd(message))))
  if (pieces === null) return null
  const notes = messages.filter(isEnd) as Record<string, unknown>[]
  return [...pieces, ...valuePieces(notes.map(({ content }) => ({ kind: 'other', value: content })))]
}

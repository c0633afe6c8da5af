import type { Piece } from './formats/format.ts'
import { markReact } from './markers.ts'
import { cut } from './pieces.ts'

/**
 * One turn of a conversation to pieces. What an agent writes in a turn is the same whatever the conversation is stored
 * as (messages, ShareGPT, ChatML), so the notations it may use are told apart here.
 */

/**
 * The agent's own turn, cut by the notation it uses; null when it uses none that is known.
 *
 * @param text the turn, its end-of-turn newline included
 */
export function agentPieces(text: string): Piece[] | null {
  const marks = markReact(text, false)
  const opening = marks[0]
  if (opening === undefined) return null
  const pieces = cut(text, marks, text.length)
  for (const piece of pieces) {
    if (piece.kind !== 'observation') continue
    const message =
      'The model wrote this observation itself; it is not supervised, but what follows builds on it.'
    piece.warnings = [{ code: 'observation-written-by-model', message }]
  }
  // Before a marked action, unmarked text is the thought whose marker the prompt had already written.
  const preface = text.slice(0, opening.start)
  return [{ kind: opening.kind === 'act' ? 'reason' : 'other', text: preface }, ...pieces]
}

/** What the world answers in a turn that is not the agent's. */
export function answerPieces(text: string): Piece[] {
  const opening = markReact(text, false)[0]
  const marker = opening?.kind === 'observation' && opening.start === 0 ? opening.markerEnd : 0
  return [{ kind: 'observation', text, marker }]
}

/** A turn of the agent that nobody can tell apart. */
export function unmarkedPiece(text: string): Piece {
  const message =
    'This turn of the model has neither a Thought nor an Action marker, so it is not supervised.'
  return { kind: 'other', text, warnings: [{ code: 'unmarked-turn', message }] }
}

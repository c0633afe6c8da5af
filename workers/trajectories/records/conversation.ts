import type { Piece, PieceWarning, ToolCall } from '../formats/format.ts'
import { isBlank } from '../notation/lines.ts'
import { agentPieces, answerPieces, unmarkedPiece } from '../notation/turns.ts'
import type { TokenChoice } from './logprobs.ts'
import { placeTokens } from './tokenPlaces.ts'

/** A conversation, whatever it was stored as, to the pieces of a trajectory. */

export type Speaker = 'agent' | 'user' | 'tool' | 'system'

/** What a turn holds. */
export type Part =
  /** What the turn says: cut by its notation, or by what stands around it. */
  | { kind: 'text'; text: string }
  /** Reasoning that the record keeps apart. */
  | { kind: 'reason'; text: string }
  /** A call that the record holds as text, in no form that is known. */
  | { kind: 'act'; text: string }
  | { kind: 'call'; call: ToolCall }
  /** What a tool answered, inside a turn of whomever. */
  | { kind: 'result'; text: string }

export interface Turn {
  speaker: Speaker
  /** In the order in which they were written. */
  parts: Part[]
  /** A worked example before the task, as the record says. */
  demonstration?: boolean
  /** False where the record says that this turn is not to be learnt. */
  supervised?: boolean
  /** The tokens of the turn's texts, with what a teacher thought of them. */
  tokens?: TokenChoice[]
  warnings?: PieceWarning[]
}

/** Lines by which a driver ends the worked examples that stand in turns of their own. */
const END_OF_EXAMPLES =
  /^\W{0,6}(?:end of (?:the )?examples?|(?:here|this) is (?:the|your) (?:actual |real |new )?task|now (?:it'?s|it is) your turn)\W{0,6}$/im
const LONGEST_SENTENCE = 300

/**
 * The pieces of a conversation. Contents stand one after another, each ended by a newline where it has none; speakers
 * are not written, empty turns leave no trace. Before the agent's first thought or act all is prompt, later turns of
 * others are observations.
 *
 * With tools or reasoning kept apart, what the agent writes before its call is reasoning and what it says without one
 * is an act; otherwise its turns are cut by the notation they use, and those that use none are flagged.
 *
 * @param tools true when the record says that the agent has tools, or that all it says is an act
 * @returns null when no turn is the agent's
 */
export function conversationPieces(turns: readonly Turn[], tools = false): Piece[] | null {
  const spoken = withoutBlanks(turns)
  if (!spoken.some(({ speaker }) => speaker === 'agent')) return null
  const tooled = tools || spoken.some(usesTools)
  const ahead = callsAhead(spoken)
  const cuts = spoken.map((turn, i) => (turn.speaker === 'agent' ? cutTurn(turn, tooled, ahead[i]!) : null))
  const acts = cuts.map((pieces) => pieces?.some(({ kind }) => kind === 'reason' || kind === 'act') === true)
  if (!tooled && !acts.includes(true) && othersAct(spoken)) return wrongRole(spoken)
  const first = firstOwn(spoken, acts)
  return spoken.flatMap((turn, i): Piece[] => {
    if (i < first) return wholePieces(turn, 'prompt')
    if (turn.speaker !== 'agent') return othersPieces(turn)
    return turn.supervised === false ? wholePieces(turn, 'other') : withTokens(turn, joinSteps(cuts, i))
  })
}

/** Turns and parts with nothing but white space in them are left out; what was said of them goes to the next one. */
function withoutBlanks(turns: readonly Turn[]): Turn[] {
  const spoken: Turn[] = []
  const waiting = new Map<string, PieceWarning>()
  for (const turn of turns) {
    const parts = turn.parts.every(leavesText) ? turn.parts : turn.parts.filter(leavesText)
    for (const warning of turn.warnings ?? []) waiting.set(warning.code, warning)
    if (parts.length === 0) continue
    const changed = parts !== turn.parts || waiting.size > 0
    spoken.push(changed ? { ...turn, parts, warnings: [...waiting.values()] } : turn)
    waiting.clear()
  }
  return spoken
}

function leavesText(part: Part): boolean {
  return part.kind === 'call' || !isBlank(part.text)
}

function usesTools({ speaker, parts }: Turn): boolean {
  if (speaker === 'tool') return true
  return parts.some((part) => {
    if (part.kind !== 'text') return part.kind !== 'result' || speaker !== 'agent'
    return speaker === 'agent' ? part.text.includes('<tool_call>') : /^\s*<tool_response>/.test(part.text)
  })
}

/** For each turn whether the agent calls a tool before anybody answers it. */
function callsAhead(turns: Turn[]): boolean[] {
  const ahead: boolean[] = []
  let follows = false
  for (let i = turns.length - 1; i >= 0; i--) {
    const { speaker, parts } = turns[i]!
    if (speaker !== 'agent') follows = false
    ahead[i] = follows
    follows ||= speaker === 'agent' && parts.some(({ kind }) => kind === 'call' || kind === 'act')
  }
  return ahead
}

/** Tools that do nothing: a call to one is a thought. */
const THINKING_TOOLS = new Set(['think', 'thinking', 'sequentialthinking'])

function cutTurn({ parts }: Turn, tooled: boolean, callFollows: boolean): Piece[] {
  const lastCall = parts.findLastIndex(({ kind }) => kind === 'call' || kind === 'act')
  return parts.flatMap((part, i): Piece[] => {
    if (part.kind === 'call') {
      return [{ kind: THINKING_TOOLS.has(part.call.name) ? 'reason' : 'act', text: '', call: part.call }]
    }
    const text = ended(part.text)
    if (part.kind === 'result') return [{ kind: 'observation', text }]
    if (part.kind !== 'text') return [{ kind: part.kind, text }]
    const pieces = agentPieces(text)
    if (!tooled) return pieces ?? [unmarkedPiece(text)]
    if (i < lastCall || (lastCall < 0 && callFollows && !actsInText(pieces))) {
      return [{ kind: 'reason', text, marker: openingMarker(pieces) }]
    }
    return pieces !== null && !onlyFenced(pieces) ? pieces : [{ kind: 'act', text }]
  })
}

function actsInText(pieces: Piece[] | null): boolean {
  return pieces?.some(({ kind, marker }) => kind === 'act' && marker !== undefined && marker > 0) === true
}

/** Characters of the marker with which a thought opens the turn. */
function openingMarker(pieces: Piece[] | null): number {
  const first = pieces?.find(({ text }) => !isBlank(text))
  return first?.kind === 'reason' ? (first.marker ?? 0) : 0
}

/** A block of code in a reply is something the agent shows, where its calls stand elsewhere. */
function onlyFenced(pieces: Piece[]): boolean {
  return pieces.every(({ text, marker }) => !marker || /^\s*(?:Code:\s*)?(?:`{3}|~{3})/.test(text))
}

/** The pieces of an agent's turn; a call right after another one is issued together with it. */
function joinSteps(cuts: (Piece[] | null)[], i: number): Piece[] {
  let before = cuts[i - 1]?.at(-1)
  return cuts[i]!.map((piece) => {
    const parallel = piece.call !== undefined && piece.kind === 'act' && before?.call !== undefined
    const together = parallel && before?.kind === 'act'
    before = piece
    return together ? { ...piece, sameStep: true } : piece
  })
}

/** Where the prompt ends: the agent's first turn of its own task that is to be learnt and holds a thought or an act. */
function firstOwn(turns: Turn[], acts: boolean[]): number {
  const after = endOfExamples(turns)
  const agents = turns.flatMap(({ speaker }, i) => (speaker === 'agent' ? [i] : []))
  const own = agents.filter((i) => i >= after)
  const first =
    own.find((i) => acts[i] && turns[i]!.supervised !== false) ??
    own[0] ??
    agents.find((i) => acts[i]) ??
    agents[0]
  return first!
}

/** The turn after the last worked example, where the record or a driver's sentence says so; 0 otherwise. */
function endOfExamples(turns: Turn[]): number {
  const agent = turns.findIndex(({ speaker }) => speaker === 'agent')
  return turns.reduce((after, { demonstration, speaker, parts }, i) => {
    if (demonstration) return i + 1
    const says = parts.some((part) => {
      return part.kind === 'text' && END_OF_EXAMPLES.test(part.text.slice(0, LONGEST_SENTENCE))
    })
    return speaker === 'user' && i > agent && says ? i : after
  }, 0)
}

/** Turns that are not cut: before the agent's own part, or not to be learnt. */
function wholePieces({ parts, warnings }: Turn, kind: 'prompt' | 'other'): Piece[] {
  const pieces = parts.map((part): Piece => {
    return part.kind === 'call' ? { kind, text: '', call: part.call } : { kind, text: ended(part.text) }
  })
  return warned(pieces, warnings)
}

function othersPieces({ parts, speaker, warnings }: Turn): Piece[] {
  const pieces = parts.flatMap((part): Piece[] => {
    if (part.kind === 'call') return [{ kind: 'observation', text: '', call: part.call }]
    const text = ended(part.text)
    // What a tool answered may hold any words; only a marker that opens it counts.
    const plain = part.kind === 'result' || (speaker === 'tool' && !/^\s*(?:<|Observation)/.test(text))
    return plain ? [{ kind: 'observation', text }] : answerPieces(text)
  })
  return warned(pieces, warnings)
}

function withTokens({ tokens, warnings }: Turn, pieces: Piece[]): Piece[] {
  return warned(tokens === undefined ? pieces : placeTokens(pieces, tokens), warnings)
}

/** Gives warnings to the first piece that leaves a trace. */
function warned(pieces: Piece[], warnings: PieceWarning[] = []): Piece[] {
  if (warnings.length === 0) return pieces
  const first = pieces.findIndex(({ text, call }) => call !== undefined || !isBlank(text))
  return pieces.map((piece, i) => {
    return i === first ? { ...piece, warnings: [...warnings, ...(piece.warnings ?? [])] } : piece
  })
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

/** Whether half of the others' turns open with a thought or an act: the roles are swapped. */
function othersAct(turns: Turn[]): boolean {
  const first = turns.findIndex(({ speaker }) => speaker === 'agent')
  const others = turns.filter(({ speaker }, i) => i > first && speaker === 'user')
  const acting = others.filter(({ parts }) => {
    const text = parts[0]?.kind === 'text' ? ended(parts[0].text) : ''
    const opening = agentPieces(text)?.find((piece) => !isBlank(piece.text))
    return (opening?.kind === 'reason' || opening?.kind === 'act') && (opening.marker ?? 0) > 0
  })
  return acting.length > 0 && acting.length * 2 >= others.length
}

function wrongRole(turns: Turn[]): Piece[] {
  const first = turns.findIndex(({ speaker }) => speaker === 'agent')
  const message =
    'Thoughts and actions stand in turns that are not the assistant’s, so nothing is supervised; swap the roles to train on it.'
  return turns.flatMap((turn, i) => {
    const pieces = wholePieces(turn, i < first ? 'prompt' : 'other')
    return i === first ? warned(pieces, [{ code: 'wrong-role', message }]) : pieces
  })
}

import { guessEnvironment } from './environment.ts'
import type { Draft, Piece } from './formats/format.ts'
import { isBlank, skipSpace, trimSpace } from './notation/lines.ts'
import { renderCall, type ToolCallForm } from './toolCall.ts'
import type { EnvironmentName, Span, TokenLogprob, Trajectory, Warning, WarningCode } from './trajectory.ts'

/** Acts after which nothing more is expected. */
const FINAL_ACT = /^(?:finish\b|submit\b|answer\b|click\[buy now\])/i
const ANSWER_MARKER = /answer/i

/**
 * Turns recognised pieces into a trajectory whose spans partition its text. Line ends, tabs and every other character
 * are kept as they came; only lone surrogates, which no tokenizer can encode, become U+FFFD. A piece of white space
 * belongs to the span before it.
 *
 * Structured tool calls are written as text in the form asked for.
 *
 * Steps: an episode's step is its reasoning, its act and what the environment answered. A thought or an act opens a
 * step when the step before has its act, so a thought answered by "OK." and the act after it are one step.
 *
 * @returns null when the pieces hold nothing but white space
 */
export function segment(
  draft: Draft,
  origin: { file: string; index: number; format: string },
  toolCalls: ToolCallForm = 'json',
): Trajectory | null {
  const pieces = joinBlank(withCallsWritten(draft.pieces, toolCalls))
  if (pieces === null) return null
  const text = pieces.map((piece) => piece.text).join('')
  const spans: Span[] = []
  const found: Unplaced[] = []
  const logprobs: TokenLogprob[] = []
  let start = 0
  let step = -1
  let acted = true
  for (const piece of pieces) {
    const end = start + piece.text.length
    if (piece.kind === 'reason' || piece.kind === 'act') {
      if (acted && !(piece.sameStep && step >= 0)) step++
      acted = piece.kind === 'act'
    }
    spans.push({ kind: piece.kind, start, end, ...contentOf(text, start, end, piece), step })
    for (const { code, message, offset } of piece.warnings ?? []) {
      found.push({ code, message, offset: start + (offset ?? 0) })
    }
    for (const token of piece.logprobs ?? []) {
      logprobs.push({ ...token, start: start + token.start, end: start + token.end })
    }
    start = end
  }
  const environment = guessEnvironment(text, spans)
  const warnings = place(text, [...found, ...missing(text, spans, environment)])
  const trajectory: Trajectory = { ...origin, environment, text, spans, warnings }
  if (draft.success !== undefined) trajectory.success = draft.success
  if (draft.reward !== undefined) trajectory.reward = draft.reward
  if (draft.taskType !== undefined) trajectory.taskType = draft.taskType
  if (logprobs.length > 0) trajectory.logprobs = logprobs
  return trajectory
}

function withCallsWritten(pieces: Piece[], form: ToolCallForm): Piece[] {
  return pieces.map((piece) => {
    return piece.call === undefined
      ? piece
      : { ...piece, text: `${renderCall(piece.call, form)}\n`, marker: 0 }
  })
}

type Unplaced = Omit<Warning, 'line'>

/** Adds line numbers in one pass over the text. */
function place(text: string, found: Unplaced[]): Warning[] {
  let line = 1
  let newline = text.indexOf('\n')
  return found
    .sort((a, b) => a.offset - b.offset)
    .map((warning) => {
      for (; newline >= 0 && newline < warning.offset; newline = text.indexOf('\n', newline + 1)) line++
      return { ...warning, line }
    })
}

/** Drops empty pieces and gives those of white space to their neighbour, so that no span is blank. */
function joinBlank(draft: Piece[]): Piece[] | null {
  const pieces: Piece[] = []
  let leading = ''
  for (const raw of draft) {
    const piece = { ...raw, text: raw.text.toWellFormed() }
    if (piece.text.length === 0) continue
    if (!isBlank(piece.text)) {
      if (leading) {
        piece.text = leading + piece.text
        piece.marker = piece.marker ? piece.marker + leading.length : 0
        const shift = leading.length
        piece.logprobs = piece.logprobs?.map((token) => {
          return { ...token, start: token.start + shift, end: token.end + shift }
        })
        leading = ''
      }
      pieces.push(piece)
    } else if (pieces.length > 0) pieces.at(-1)!.text += piece.text
    else leading += piece.text
  }
  return pieces.length > 0 ? pieces : null
}

function contentOf(text: string, start: number, end: number, piece: Piece) {
  const contentStart = skipSpace(text, Math.min(start + (piece.marker ?? 0), end), end)
  let contentEnd = trimSpace(text, contentStart, end)
  if (piece.closer && text.slice(contentStart, contentEnd).endsWith(piece.closer)) {
    contentEnd = trimSpace(text, contentStart, contentEnd - piece.closer.length)
  }
  if (contentStart < contentEnd) return { contentStart, contentEnd }
  // Nothing left: an empty content at the end of what is not white space.
  const empty = Math.max(start, trimSpace(text, start, end))
  return { contentStart: empty, contentEnd: empty }
}

/** Warnings that can be seen from the spans alone. */
export function spanWarnings(text: string, spans: Span[], environment: EnvironmentName): Warning[] {
  return place(text, missing(text, spans, environment))
}

function missing(text: string, spans: Span[], environment: EnvironmentName): Unplaced[] {
  const warnings: Unplaced[] = []
  const warn = (code: WarningCode, offset: number, message: string) =>
    warnings.push({ code, message, offset })
  const acts = spans.some((span) => span.kind === 'act')
  const offset = spans.find((span) => span.kind !== 'prompt')?.start ?? 0
  if (!spans.some((span) => span.kind === 'reason')) {
    warn('no-reason-span', offset, 'No reasoning was found, so there is nothing here for the REASON loss.')
  }
  if (!acts) warn('no-act-span', offset, 'No action was found, so there is nothing here for the ACT loss.')
  const last = spans.findLast((span) => span.kind === 'reason' || span.kind === 'act')
  if (last === undefined || !acts) return warnings
  const content = text.slice(last.contentStart, last.contentEnd)
  const answered = ANSWER_MARKER.test(text.slice(last.start, last.contentStart))
  const knowsItsEnd = environment === 'wiki' || environment === 'shop'
  if (last.kind === 'reason') {
    warn('unfinished', last.start, 'It stops after a thought, without the action that should follow.')
  } else if (content === '' || (knowsItsEnd && !answered && !FINAL_ACT.test(content))) {
    warn('unfinished', last.start, 'It stops without a final answer, so a student may learn not to finish.')
  }
  return warnings
}

import { plainly } from '../notation/ansi.ts'
import { type TemplateTurn, templateTurns } from '../notation/chatTemplates.ts'
import { isBlank, skipSpace } from '../notation/lines.ts'
import { agentPieces, answerPieces, unmarkedPiece } from '../notation/turns.ts'
import type { Draft, Format, Piece } from './format.ts'

/**
 * Conversations as a model's template writes them: ChatML (`<|im_start|>assistant … <|im_end|>`), the headers of Llama 3,
 * `[INST]`, Gemma's and Zephyr's turns, `### Instruction:`, LangGraph's printed messages. The tokens of the template
 * stay in the text, as markers: the student must write them.
 */
export const chatTemplate: Format = {
  id: 'chat-template',
  title: 'chat template text (<|im_start|>, <|start_header_id|>, [INST])',
  readText: plainly((text) => {
    const turns = templateTurns(text)
    if (turns === null) return null
    const drafts = conversations(text, turns).map((conversation) => draftOf(text, conversation))
    const found = drafts.filter((draft) => draft !== null)
    return found.length > 0 ? found : null
  }),
}

/** A new conversation begins where the system speaks, or the text says so, after the agent has spoken. */
function conversations(text: string, turns: TemplateTurn[]): TemplateTurn[][] {
  const all: TemplateTurn[][] = []
  let spoken = true
  for (const turn of turns) {
    const before = all.at(-1)?.at(-1)
    const apart = before !== undefined && !isBlank(text, before.end, turn.start)
    if (
      before === undefined ||
      (spoken && turn.speaker !== 'agent' && (turn.speaker === 'system' || turn.begins || apart))
    ) {
      all.push([])
      spoken = false
    }
    all.at(-1)!.push(turn)
    spoken ||= turn.speaker === 'agent'
  }
  return all
}

function draftOf(text: string, turns: TemplateTurn[]): Draft | null {
  const tooled = turns.some((turn) => usesTools(text, turn))
  const cuts = turns.map((turn) => (turn.speaker === 'agent' ? cutTurn(text, turn, tooled) : null))
  const stepped = cuts.map(
    (pieces) => pieces?.some(({ kind }) => kind === 'reason' || kind === 'act') === true,
  )
  const own = stepped.indexOf(true)
  const first = own >= 0 ? own : turns.findIndex(({ speaker }) => speaker === 'agent')
  if (first < 0) return null
  const start = turns[0]!.start
  const pieces = turns.slice(first).flatMap((turn, i): Piece[] => {
    const said = text.slice(turn.contentStart, turn.contentEnd)
    const own = turn.speaker === 'agent' ? cuts[first + i]! : framed(text, turn, answerPieces(said))
    // Between turns stands white space, or a line of the log, which is nobody's.
    const gap: Piece = { kind: 'other', text: text.slice(turn.end, turns[first + i + 1]?.start ?? turn.end) }
    return [...own, gap]
  })
  return { start, pieces: [{ kind: 'prompt', text: text.slice(start, turns[first]!.start) }, ...pieces] }
}

const TOOLS = /<tool_call>|<\|python_tag\|>|\[TOOL_CALLS\]|^Tool Calls:/m

/** Whether a turn calls a tool, or is one's answer. */
function usesTools(text: string, { speaker, contentStart, contentEnd }: TemplateTurn): boolean {
  if (speaker === 'tool') return true
  return speaker === 'agent'
    ? TOOLS.test(text.slice(contentStart, contentEnd))
    : speaker === 'user' && text.startsWith('<tool_response>', skipSpace(text, contentStart, contentEnd))
}

function cutTurn(text: string, turn: TemplateTurn, tooled: boolean): Piece[] {
  const content = text.slice(turn.contentStart, turn.contentEnd)
  const pieces =
    turn.kind === undefined
      ? (printedCalls(content) ?? agentPieces(content))
      : [{ kind: turn.kind, text: content }]
  if (pieces !== null) return framed(text, turn, pieces)
  return framed(text, turn, [tooled ? { kind: 'act', text: content } : unmarkedPiece(content)])
}

const PRINTED_CALLS = /^Tool Calls:[ \t\r]*$/m

/** LangGraph prints the calls of a message under its words. */
function printedCalls(content: string): Piece[] | null {
  const calls = PRINTED_CALLS.exec(content)
  if (calls === null) return null
  const act: Piece = { kind: 'act', text: content.slice(calls.index), marker: calls[0].length }
  return [{ kind: 'reason', text: content.slice(0, calls.index) }, act]
}

/** Gives the template's tokens to the first and the last piece of a turn: they wrap what is said. */
function framed(text: string, turn: TemplateTurn, given: Piece[]): Piece[] {
  const pieces = given.filter((piece) => !isBlank(piece.text))
  const opening = text.slice(turn.start, turn.contentStart)
  const ending = text.slice(turn.contentEnd, turn.end)
  const [first] = pieces
  const last = pieces.at(-1)
  if (first === undefined || last === undefined)
    return [{ kind: 'other', text: text.slice(turn.start, turn.end) }]
  const lost = turn.contentEnd - turn.contentStart - pieces.reduce((sum, piece) => sum + piece.text.length, 0)
  // Blank pieces were left out; their white space goes where the content begins.
  const blank = lost > 0 ? text.slice(turn.contentStart, turn.contentStart + lost) : ''
  if (lost > 0 && !isBlank(blank)) return given
  first.text = opening + blank + first.text
  first.marker =
    opening.length + (first.marker === undefined ? 0 : first.marker === 0 ? 0 : blank.length + first.marker)
  const tail = ending.trimEnd()
  if (tail !== '') {
    const at = last.closer === undefined ? -1 : last.text.trimEnd().lastIndexOf(last.closer)
    last.closer =
      at >= 0 && last.text.trimEnd().length === at + last.closer!.length ? last.text.slice(at) + tail : tail
  }
  last.text += ending
  return pieces
}

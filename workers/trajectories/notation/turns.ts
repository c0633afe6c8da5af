import type { Piece } from '../formats/format.ts'
import { commandBlock, inlineCommand, printedBlocks } from './fences.ts'
import { jsonMarks } from './jsonTurn.ts'
import { isBlank, lineEnd } from './lines.ts'
import { type Mark, markReact } from './markers.ts'
import { cut, ownEnd } from './pieces.ts'
import { withRoles } from './roles.ts'
import { type Element, elementsOf, markOf } from './tags.ts'

/**
 * One turn of a conversation to pieces. What an agent writes in a turn is the same whatever the conversation is stored
 * as (messages, ShareGPT, ChatML), so the notations it may use are told apart here: markers (`Thought:`), tags
 * (`<think>`), and prose with one fenced command. They mix: a marked thought may end in a tagged call.
 */

/** `Assistant:`, or its name as a template writes it: `Assistant<|im_sep|>`. */
const ROLE_LABEL = /\s{0,8}(?:<\|im_start\|>)?(?:assistant|agent|ai|bot|gpt)[ \t]?(?:[:：]|<\|\w{1,20}\|>)/iy
const DISCUSSION = /\s*DISCUSSION[ \t\r]*\n/y

/**
 * The agent's own turn, cut by the notation it uses; null when it uses none that is known.
 *
 * @param text the turn, its end-of-turn newline included
 */
export function agentPieces(text: string): Piece[] | null {
  const marks = agentMarks(text)
  const opening = marks[0]
  if (opening === undefined) return null
  const pieces = cut(text, marks, text.length)
  for (const piece of pieces) {
    if (piece.kind !== 'observation') continue
    const message =
      'The model wrote this observation itself; it is not supervised, but what follows builds on it.'
    piece.warnings = [{ code: 'observation-written-by-model', message }]
  }
  return [prefaceOf(text.slice(0, opening.start), opening), ...pieces]
}

/** Before a marked action, unmarked text is the thought whose marker the prompt had already written. */
function prefaceOf(text: string, opening: Mark): Piece {
  if (opening.kind !== 'act') return { kind: 'other', text }
  DISCUSSION.lastIndex = 0
  return { kind: 'reason', text, marker: DISCUSSION.test(text) ? DISCUSSION.lastIndex : labelEnd(text) }
}

function labelEnd(text: string): number {
  ROLE_LABEL.lastIndex = 0
  return ROLE_LABEL.test(text) ? ROLE_LABEL.lastIndex : 0
}

function agentMarks(text: string): Mark[] {
  const members = jsonMarks(text)
  if (members !== null) return members
  const elements = text.includes('<') ? elementsOf(text, true) : []
  const said = elements.some(({ kind }) => kind === 'reason' || kind === 'act') ? elements : []
  const marks = said.length === 0 ? markReact(text, false) : mixed(text, said)
  const last = marks.at(-1)
  // What follows the last thought may hold the command, and without any mark the whole turn may.
  if (last === undefined || !marks.some(({ kind }) => kind === 'act')) {
    const from = last?.end ?? (last === undefined ? 0 : lineEnd(text, last.markerEnd - 1))
    const run = last?.kind === 'observation' ? [] : printedBlocks(text, from)
    if (run.length > 0) return withGaps(text, withRoles(text, [...marks, ...run]))
    const block = commandBlock(text, from, text.length, last?.kind === 'reason' && last.end === undefined)
    const call = tokenCall(text, from) ?? block ?? inlineCommand(text, from)
    if (call !== null && last?.kind !== 'observation') marks.push(call)
  }
  return withGaps(text, withRoles(text, marks))
}

/** The tokens by which the templates of Llama, Mistral, DeepSeek and Kimi open a call; it runs to the end of the turn. */
const CALL_TOKEN = /<\|python_tag\|>|\[TOOL_CALLS\]|<｜tool▁calls▁begin｜>|<\|tool_calls_section_begin\|>/g

function tokenCall(text: string, from: number): Mark | null {
  CALL_TOKEN.lastIndex = from
  const token = CALL_TOKEN.exec(text)
  return token && { kind: 'act', start: token.index, markerEnd: CALL_TOKEN.lastIndex }
}

/** Markers and elements in one list: a marker inside an element does not count, nor an element inside a marked act. */
function mixed(text: string, elements: Element[]): Mark[] {
  const marks: Mark[] = []
  const react = markReact(text, false, elements)
  let next = 0
  for (const element of elements) {
    while (next < react.length && react[next]!.start < element.start) marks.push(react[next++]!)
    const before = marks.at(-1)
    const open = before !== undefined && before.end === undefined ? before : undefined
    const mark = markOf(element)
    if (open?.kind === mark.kind && isBlank(text, open.markerEnd, mark.start)) {
      // `Action: <tool_call>…`: one act, its marker both.
      Object.assign(open, { ...mark, start: open.start })
    } else if (open?.kind !== 'act' && (open?.kind !== 'observation' || speaksAgain(element)))
      marks.push(mark)
  }
  return [...marks, ...react.slice(next)]
}

/** After an observation that the model wrote, its own next words: an element over whole lines. */
function speaksAgain({ kind, leads, closer }: Element): boolean {
  return leads && closer !== undefined && kind !== 'observation'
}

/**
 * Gives what stands behind an element or a block its kind: prose before a further act is reasoning, words after the
 * last thought or answer are what the agent says, and words after an act are nobody's.
 */
function withGaps(text: string, marks: Mark[]): Mark[] {
  const filled: Mark[] = []
  let acts = marks.filter(({ kind }) => kind === 'act').length
  for (const [i, mark] of marks.entries()) {
    filled.push(mark)
    if (mark.kind === 'act') acts--
    const next = marks[i + 1]
    const stop = next?.start ?? text.length
    const start = ownEnd(text, mark, stop)
    if (start === stop) continue
    if (next === undefined && mark.kind !== 'act' && mark.kind !== 'other') {
      filled.push({ kind: 'act', start, markerEnd: start })
    } else if (acts > 0) filled.push({ kind: 'reason', start, markerEnd: start })
  }
  return filled
}

/** Where a second model speaks inside the world's answer. */
const SECOND_MODEL =
  /^[ \t]{0,3}(?:SUMMARIZATION|Summarization|(?:Expert|Human|Critic|Teacher)(?:['’]s)? [Ff]eedback|EXPERT FEEDBACK)[ \t]?[:：]/m

/** What the world answers in a turn that is not the agent's. */
export function answerPieces(text: string): Piece[] {
  const second = SECOND_MODEL.exec(text)
  if (second === null) return worldPieces(text)
  const rest = text.slice(second.index)
  return [
    ...worldPieces(text.slice(0, second.index)),
    { kind: 'other', text: rest, marker: second[0].length },
  ]
}

function worldPieces(text: string): Piece[] {
  const opening = markReact(text, false)[0]
  if (opening?.kind === 'observation' && isBlank(text, 0, opening.start)) {
    return [{ kind: 'observation', text, marker: opening.markerEnd }]
  }
  const elements = text.includes('<') ? elementsOf(text, false) : []
  // Only a turn that is such elements from end to end: a page may hold tags of its own.
  const all = elements.every(({ kind, start }, i) => {
    return kind === 'observation' && isBlank(text, elements[i - 1]?.end ?? 0, start)
  })
  if (elements.length === 0 || !all || !isBlank(text, elements.at(-1)!.end)) {
    return [{ kind: 'observation', text }]
  }
  const marks = elements.map(markOf)
  marks[0]!.start = 0
  return cut(text, marks, text.length)
}

/** A turn of the agent that nobody can tell apart. */
export function unmarkedPiece(text: string): Piece {
  const message =
    'This turn of the model has neither a Thought nor an Action marker, so it is not supervised.'
  return { kind: 'other', text, warnings: [{ code: 'unmarked-turn', message }] }
}

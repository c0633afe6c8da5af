import { plainly } from '../notation/ansi.ts'
import { episodes } from '../notation/episodes.ts'
import { commandBlock } from '../notation/fences.ts'
import { lineEnd, skipSpace, trimSpace } from '../notation/lines.ts'
import { withoutLogLines } from '../notation/logLines.ts'
import { type Mark, markReact } from '../notation/markers.ts'
import { withRoles } from '../notation/roles.ts'
import { elementsOf, markOf } from '../notation/tags.ts'
import type { Draft, Format, Piece } from './format.ts'

/**
 * ReAct as running text (Yao et al., arXiv 2210.03629): `Thought 1:` / `Action 1:` / `Observation 1:`, numbered or
 * not, under `Question:` or `Claim:`; `Answer:` and `Final Answer:` are acts, and so is the code block of a thought
 * that no action follows. Trajectories without thoughts or without actions are read too, with a warning.
 */
export const reactText: Format = {
  id: 'react-text',
  title: 'ReAct text (Thought: / Action: / Observation:)',
  readText: plainly((text) => {
    const marks = markReact(text, true)
    const kinds = new Set(marks.map((mark) => mark.kind))
    kinds.delete('other')
    // One lone "Action:" is how people write minutes, not how agents think.
    if (kinds.size < 2 || !(kinds.has('act') || kinds.has('reason'))) return null
    if (!kinds.has('reason') && !acts(text, marks)) return null
    const drafts = episodes(text, withRoles(text, withoutLogLines(text, withCode(text, marks))))
    return drafts.some(hidesActs) ? null : drafts.map(withoutEcho)
  }),
}

/** An answer, a count behind the marker, a call, data or code: none of which minutes of a meeting have. */
const DONE =
  /[^\n:：]{0,20}(?:[Aa]nswer|ANSWER|答案|回答|\d)[ \t*]{0,4}[:：]|[^\n:：]{1,30}[:：][ \t*]{0,4}\s{0,4}(?:[A-Za-z_][\w .-]{0,40}[[(]|[{`[<]|[^\n]{0,200}\n[^\n]{0,12}[Ii]nput)/y

/** Whether somebody acts, where nobody thinks: the world answers twice, or one act cannot be anything else. */
function acts(text: string, marks: Mark[]): boolean {
  const answered = marks.filter(({ kind }, i) => kind === 'act' && marks[i + 1]?.kind === 'observation')
  const done = ({ kind, start }: Mark) => {
    DONE.lastIndex = start
    return kind === 'act' && DONE.test(text)
  }
  return answered.length > 1 || marks.some(done)
}

/** Adds the code that ends a thought which no action follows: a fenced block, or `<code>`. */
function withCode(text: string, marks: Mark[]): Mark[] {
  const all: Mark[] = []
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!
    const next = marks[i + 1]
    all.push(mark)
    if (mark.kind !== 'reason' || mark.closer !== undefined || next?.kind === 'act') continue
    const from = lineEnd(text, mark.markerEnd - 1)
    const to = next?.start ?? text.length
    const code = commandBlock(text, from, to, true) ?? taggedCode(text, from, to)
    if (code !== null) all.push(code)
  }
  return all
}

function taggedCode(text: string, from: number, to: number): Mark | null {
  const thought = text.slice(from, to)
  const element = thought.includes('<')
    ? elementsOf(thought, false).find(({ kind }) => kind === 'act')
    : undefined
  if (element?.closer === undefined) return null
  const { start, markerEnd, end, ...mark } = markOf(element)
  return { ...mark, start: start + from, markerEnd: markerEnd + from, end: end! + from }
}

/**
 * True where reading on would colour the wrong text: thoughts that the environment answers although no act is marked
 * (their actions are calls of a notation of its own).
 */
function hidesActs({ pieces }: Draft): boolean {
  if (pieces.some(({ kind }) => kind === 'act')) return false
  return pieces.some(
    ({ kind, closer }, i) => kind === 'reason' && !closer && pieces[i + 1]?.kind === 'observation',
  )
}

const ANSWER = /answer/i

/** Consoles print the final answer once as the agent wrote it and once more as their result: the second is nobody's. */
function withoutEcho(draft: Draft): Draft {
  const last = draft.pieces.at(-1)
  const marker = last?.marker ?? 0
  if (last?.kind !== 'act' || !ANSWER.test(last.text.slice(0, marker))) return draft
  const from = skipSpace(last.text, marker)
  const to = trimSpace(last.text, from, last.text.length)
  // Two equal halves with white space between them: it holds the middle.
  const middle = from + ((to - from) >> 1)
  const end = trimSpace(last.text, from, middle + 1)
  const echo = skipSpace(last.text, middle, to)
  if (end > middle || end === from || last.text.slice(from, end) !== last.text.slice(echo, to)) return draft
  const start = Math.min(echo, lineEnd(last.text, end))
  const pieces: Piece[] = [
    { ...last, text: last.text.slice(0, start) },
    { kind: 'other', text: last.text.slice(start) },
  ]
  return { ...draft, pieces: [...draft.pieces.slice(0, -1), ...pieces] }
}

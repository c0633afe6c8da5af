import { plainly } from '../notation/ansi.ts'
import { episodes } from '../notation/episodes.ts'
import { isBlank, lineEnd, lineStart, skipSpace } from '../notation/lines.ts'
import { type Mark, markReact, paragraphBefore } from '../notation/markers.ts'
import { ownEnd } from '../notation/pieces.ts'
import { withRoles } from '../notation/roles.ts'
import { scan } from '../notation/scan.ts'
import { type Element, elementsOf, markOf } from '../notation/tags.ts'
import type { Format } from './format.ts'

/**
 * Running text in tags, answers included: `<think>…</think><search>…</search><information>…</information>`, as
 * Search-R1 and its like roll it out. A trajectory begins at a question, or after a final answer. A prompt describes
 * the tags in the middle of its lines; an agent opens its first one at the beginning of a line.
 */
export const taggedText: Format = {
  id: 'tagged-text',
  title: 'tagged text (<think>, <tool_call>, <answer>)',
  readText: plainly((text) => {
    if (!text.includes('</')) return null
    const elements = inPlace(text, elementsOf(text, false))
    const lines = markReact(text, false, elements)
    const marks = withAnswers(elements, lines, text.length)
    if (!hasRun(elements, marks) || shownOnly(text, elements, lines)) return null
    return episodes(text, withGaps(text, withRoles(text, withHeads(text, marks))))
  }),
}

/** Thoughts and acts in tags; or OpenHands' acts, whose names nobody else uses, with their answers. */
function hasRun(elements: Element[], marks: Mark[]): boolean {
  if (elements.some(({ kind, common }) => kind === 'reason' && !common)) {
    return elements.some(({ kind }) => kind === 'act')
  }
  return elements.some(({ name }) => OPEN_HANDS.has(name)) && marks.some(({ kind }) => kind === 'observation')
}

const OPEN_HANDS = new Set(['execute_bash', 'execute_ipython', 'execute_browse'])
const FINAL = new Set(['answer', 'final_answer', 'solution', 'finish', 'attempt_completion'])

/** Elements of a run: the first opens a line and is closed, the others follow. */
function inPlace(text: string, elements: Element[]): Element[] {
  const kept: Element[] = []
  for (const element of elements) {
    const before = kept.at(-1)
    const running = before !== undefined && !FINAL.has(before.name)
    const adjacent = before !== undefined && isBlank(text, before.end, element.start)
    if (element.leads || running || adjacent) kept.push(element)
  }
  return kept
}

/** Whether the tags stand in a run that marks its own thoughts and acts by lines: in a page that it read. */
function shownOnly(text: string, elements: Element[], lines: Mark[]): boolean {
  const first = elements[0]!.start
  const own = lines.filter(({ kind, markerEnd }) => {
    return (kind === 'reason' || kind === 'act') && !isBlank(text, markerEnd, lineEnd(text, markerEnd - 1))
  })
  const acts = own.some(({ kind, markerEnd }) => kind === 'act' && text[skipSpace(text, markerEnd)] !== '<')
  return acts && own.some(({ kind }) => kind === 'reason') && own[0]!.start < first
}

/** Elements, and between them the answers that have a marker (`Observation:`) instead of a tag. */
function withAnswers(elements: Element[], lines: Mark[], length: number): (Mark & { final?: boolean })[] {
  const marked = lines.filter(({ kind }) => kind === 'observation' || kind === 'other')
  const own = elements.map((element) => ({ ...markOf(element), final: FINAL.has(element.name) }))
  const first = own[0]?.start ?? length
  return [...own, ...marked.filter(({ start }) => start > first)].sort((a, b) => a.start - b.start)
}

/** Puts a head before each run: at its question, or where a thought or act follows a final answer. */
function withHeads(text: string, marks: (Mark & { final?: boolean })[]): Mark[] {
  const questions = scan(text).filter(({ word }) => word === 'head' || word === 'task')
  const all: Mark[] = []
  let next = 0
  let finished = false
  for (const { final, ...mark } of marks) {
    const before = all.at(-1)
    const from = before?.end ?? before?.start ?? 0
    while (next < questions.length && questions[next]!.start < from) next++
    const opens = mark.kind === 'reason' || mark.kind === 'act'
    const question =
      opens && next < questions.length && questions[next]!.start < mark.start ? questions[next] : undefined
    if (question !== undefined)
      all.push({ kind: 'head', start: question.start, markerEnd: question.markerEnd })
    else if (finished && opens) {
      const start = isBlank(text, from, mark.start)
        ? mark.start
        : paragraphBefore(text, lineStart(text, mark.start), skipSpace(text, from, mark.start))
      all.push({ kind: 'head', start: Math.max(from, start), markerEnd: Math.max(from, start) })
    }
    if (opens) finished = final === true
    all.push(mark)
  }
  return all
}

/** Text between elements: the prose before an act is reasoning, and what follows an act, where nothing has tags for it, its answer. */
function withGaps(text: string, marks: Mark[]): Mark[] {
  const answered = marks.some(({ kind }) => kind === 'observation')
  return marks.flatMap((mark, i) => {
    const next = marks[i + 1]
    if (next === undefined || next.kind === 'head' || mark.kind === 'head') return [mark]
    const start = ownEnd(text, mark, next.start)
    if (start === next.start || mark.end === undefined) return [mark]
    if (mark.kind !== 'act' && next.kind === 'act')
      return [mark, { kind: 'reason' as const, start, markerEnd: start }]
    if (mark.kind === 'act' && !answered)
      return [mark, { kind: 'observation' as const, start, markerEnd: start }]
    return [mark]
  })
}

import { candidatesOf, isStep, type Stretch } from './candidates.ts'
import { FenceHold } from './fenceHold.ts'
import { blockAfter } from './fences.ts'
import { blankBefore, isBlank, lineEnd, lineStart, skipSpace } from './lines.ts'
import type { Candidate, Word } from './scan.ts'

/**
 * The line markers of ReAct text. `scan` finds every line that looks like one; `markReact` decides, from left to
 * right, which of them really cut: a marker word inside an argument, or quoted by an observation, does not.
 */
export interface Mark {
  /** `head` begins a trajectory (`Question:`); the others open a span. */
  kind: 'head' | 'reason' | 'act' | 'observation' | 'other'
  /** Offset of the marker. */
  start: number
  /** One past the marker: where its content begins. */
  markerEnd: number
  /** See `Piece.closer`. */
  closer?: string
  /** Where its own text ends, when that is before the next mark; what follows belongs to nobody. */
  end?: number
  /** Marker words were found inside the argument of this act, at this offset. */
  insideArgument?: number
}

/** What may stand between a question and its first step. */
const BETWEEN = new Set<Word>(['aside', 'task', 'goal', 'user', 'reply', 'heading'])

/** Acts after which a trajectory is over. */
const FINAL_ACT = /\s*(?:finish|submit)\b/iy
const NAMED_ARGUMENT = /\s*[A-Za-z_][\w .-]{0,40}\[/y
const THINK_ACT = /\s*think(?:\[|:)/iy
const RESET = /[ \t]*reset(?:\[\])?[ \t\r]*(?:\n|$)/y
/** How many marker lines an unclosed argument may swallow before it counts as never closed. */
const ARGUMENT_LINES = 8

/**
 * The marks of a text, in order.
 *
 * @param heads true for text that may hold several trajectories one after another, each under its own `Question:`;
 *   false for a single turn of a conversation, where such a line is ordinary text
 * @param held stretches in order, in which no line is a marker
 */
export function markReact(text: string, heads: boolean, held: readonly Stretch[] = []): Mark[] {
  const candidates = candidatesOf(text, !heads, held)
  const marks: Mark[] = []
  let current: Mark['kind'] | undefined
  let numbered: boolean | undefined
  let number: number | undefined
  let headed = !heads
  let stepped = false
  let finished = false
  const fences = new FenceHold(text)
  let heldUntil = heads ? fencedPrompt(fences, candidates) : 0
  let passed = 0

  const open = (kind: Mark['kind'], { start, markerEnd }: Candidate) => {
    current = kind
    if (kind === 'head') {
      headed = true
      stepped = false
      finished = false
      numbered = undefined
      number = undefined
    } else if (kind !== 'other') stepped = true
    marks.push({ kind, start, markerEnd })
    return marks.at(-1)!
  }

  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i]!
    if (candidate.start < heldUntil) continue
    for (; passed < held.length && held[passed]!.end <= candidate.start; passed++) current = undefined
    const { word, number: at } = candidate
    const quoted = current === 'observation'
    const count = at ?? number
    const goesOn = ({ number: next }: Candidate) => {
      return next !== undefined && count !== undefined && (next === count || next === count + 1)
    }
    if (stepped || word !== 'head') {
      heldUntil = Math.max(heldUntil, fences.until(candidate.markerEnd, candidates, i + 1, goesOn))
    }

    if (word === 'head' || word === 'task' || word === 'goal' || word === 'user') {
      if (heads && beginsTrajectory(i)) open('head', candidate)
      // Nobody else speaks before the agent has answered.
      else if (word === 'user' && finished && current === 'act') open('observation', candidate)
      continue
    }
    if (word === 'reply') {
      // What the agent says once it has thought; alone on its line, the name belongs to what follows.
      const follows = candidates[i + 1]?.word
      if (current !== 'reason' || follows === 'action' || follows === 'final-answer') continue
      if (isBlank(text, candidate.markerEnd, lineEnd(text, candidate.start))) continue
      open('act', candidate)
      finished = true
      continue
    }
    if (word === 'heading') {
      // `Step 2` over the next thought; in an observation it may be a recipe's.
      const next = candidates[i + 1]
      if (
        heads &&
        stepped &&
        next !== undefined &&
        isBlank(text, lineEnd(text, candidate.start), next.start)
      ) {
        open('other', candidate)
      }
      continue
    }
    if (word === 'aside') {
      if (stepped || headed) open('other', candidate)
      continue
    }
    if (word === 'score') {
      // What a driver prints when the run is over.
      if (finished && heads) open('other', candidate)
      continue
    }
    if (word === 'answer' || word === 'final-answer') {
      const expected = current === 'reason' || (!stepped && headed)
      if (!expected && !(word === 'final-answer' && stepped)) continue
      open('act', candidate)
      finished = true
      continue
    }
    if (word === 'action-input' && current === 'act') continue
    if (word === 'action-path') {
      if (headed || stepped) open('other', candidate)
      continue
    }

    // Thought, Action or Observation.
    if (word === 'observation' && (quoted || (heads && !stepped))) continue
    if (beginsAgain(candidate)) {
      // A new trajectory without a Question, under whatever paragraph stands before it.
      const start = paragraphBefore(text, candidate.start, lineEnd(text, marks.at(-1)!.start))
      open('head', { ...candidate, start, markerEnd: start })
    } else if (quoted && numbered !== undefined && !continues(at)) continue
    numbered ??= at !== undefined
    if (at !== undefined) {
      numbered = true
      number = at
    }
    if (word === 'observation') {
      open('observation', candidate)
      continue
    }
    if (word === 'thought') {
      open('reason', candidate)
      continue
    }
    RESET.lastIndex = candidate.markerEnd
    if (heads && RESET.test(text)) {
      // The driver's own first move, as WebShop logs print it; what it shows is the task.
      open('head', candidate)
      continue
    }
    THINK_ACT.lastIndex = candidate.markerEnd
    if (THINK_ACT.test(text)) {
      const mark = open('reason', { ...candidate, markerEnd: THINK_ACT.lastIndex })
      if (text[THINK_ACT.lastIndex - 1] === '[') mark.closer = ']'
      continue
    }
    const mark = open('act', candidate)
    const stop = candidates[i + 1]?.start ?? text.length
    const block = blockAfter(text, candidate.markerEnd, Math.max(stop, heldUntil))
    if (block !== null) {
      mark.markerEnd = block.contentStart
      mark.closer = block.closer
      mark.end = block.end
    }
    FINAL_ACT.lastIndex = candidate.markerEnd
    finished = FINAL_ACT.test(text)
    heldUntil = Math.max(heldUntil, argumentEnd(text, candidates, i, heads))
    if (heldUntil > stop) mark.insideArgument = candidates[i + 1]!.start
  }
  return splitInlineActs(text, marks)

  /** A count that begins again, or a thought in a new paragraph after the final answer. */
  function beginsAgain({ word, number: at, start }: Candidate): boolean {
    if (!heads || !stepped || word === 'observation') return false
    if (at !== undefined) return at <= 1 && number !== undefined && number >= 2
    return word === 'thought' && finished && current === 'act' && blankBefore(text, start)
  }

  /** Whether a numbered or bare marker inside an observation fits the count, and so is not a quotation. */
  function continues(at: number | undefined): boolean {
    if (!numbered) return at === undefined || at <= 1
    return at !== undefined && number !== undefined && (at === number || at === number + 1)
  }

  function beginsTrajectory(i: number): boolean {
    const { word, start } = candidates[i]!
    const next = candidates.slice(i + 1, i + 9).find((other) => !BETWEEN.has(other.word))
    if (word !== 'head') {
      if (!blankBefore(text, start) && !ruleBefore(text, start)) return false
      if (next === undefined || next.word === 'observation') return false
      if ((word === 'goal' || word === 'user') && stepped && !finished && !ruleBefore(text, start))
        return false
    }
    if (!stepped) return true
    if (next?.number !== undefined) return next.number <= 1
    return finished || blankBefore(text, start) || ruleBefore(text, start) || current === 'other'
  }
}

/**
 * One past the last fenced block in which the prompt shows how steps are written; 0 when there is none. Only where
 * steps outside of fences follow: a page may as well keep its transcripts in fences.
 */
function fencedPrompt(fences: FenceHold, candidates: Candidate[]): number {
  const steps = candidates.filter(isStep)
  let end = 0
  for (let i = 0; ; ) {
    const next = fences.until(end, steps, i, () => false, true)
    if (next === 0) return end
    end = next
    while (steps[i]!.start < end) i++
  }
}

/**
 * Where the bracket argument of an act ends, when it runs over lines that look like markers; 0 when it does not. An
 * argument that is not closed before the environment answers is taken to end with its step; in a turn, where nobody
 * answers, a quoted argument may hold such a line.
 */
function argumentEnd(text: string, candidates: Candidate[], i: number, heads: boolean): number {
  NAMED_ARGUMENT.lastIndex = candidates[i]!.markerEnd
  if (!NAMED_ARGUMENT.test(text)) return 0
  let depth = 1
  let at = NAMED_ARGUMENT.lastIndex
  const quote = heads ? undefined : /["'`]/.exec(text[at] ?? '')?.[0]
  let answered = false
  for (let k = i + 1; k <= i + ARGUMENT_LINES; k++) {
    const next = candidates[k]
    const limit = next?.start ?? text.length
    for (; at < limit; at++) {
      const code = text.charCodeAt(at)
      if (code === 91) depth++
      else if (code === 93 && --depth === 0) {
        if (answered && text[at - 1] !== quote) return 0
        return k > i + 1 && isBlank(text, at + 1, lineEnd(text, at)) ? at : 0
      }
    }
    if (next === undefined || next.word === 'head') return 0
    answered ||= next.word === 'observation'
    if (answered && quote === undefined) return 0
  }
  return 0
}

const INLINE_ACT = /Action(?: \d{1,4})?: ?[A-Za-z]\w{0,30}\[[^\n]*\][ \t\r]*$/y

/** A thought that ends in `Action 2: Search[...]` on its own line, where no act follows: the act begins there. */
function splitInlineActs(text: string, marks: Mark[]): Mark[] {
  const all: Mark[] = []
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!
    all.push(mark)
    if (mark.kind !== 'reason' || marks[i + 1]?.kind === 'act') continue
    const start = inlineAct(text, mark, marks[i + 1])
    if (start > 0) all.push({ kind: 'act', start, markerEnd: text.indexOf(':', start) + 1 })
  }
  return all
}

/** Where the act at the end of a thought's only line begins; 0 when there is none. */
function inlineAct(text: string, mark: Mark, next: Mark | undefined): number {
  const end = lineEnd(text, mark.markerEnd)
  if (next !== undefined && next.start !== end && !isBlank(text, end, next.start)) return 0
  const line = text.slice(mark.markerEnd, end).trimEnd()
  const at = line.lastIndexOf(' Action')
  INLINE_ACT.lastIndex = at + 1
  return at >= 0 && INLINE_ACT.test(line) ? mark.markerEnd + at + 1 : 0
}

// Five and what may follow them, or a line of at least three: `----- BEGIN -----`, `---`.
const RULE = /[-=#*_~]{5}|[-=*_~]{3,4}[ \t\r]*(?:\n|$)/y

/** True for a line that begins with a rule such as `-----`. */
export function isRule(text: string, start: number): boolean {
  RULE.lastIndex = start
  return RULE.test(text)
}

function ruleBefore(text: string, start: number): boolean {
  return start > 0 && isRule(text, lineStart(text, start - 1))
}

/** Start of the paragraph that the line at `offset` ends, not before `first`; a rule ends a paragraph as well. */
export function paragraphBefore(text: string, offset: number, first: number): number {
  let start = offset
  while (start > first) {
    const previous = lineStart(text, start - 1)
    if (previous < first || isRule(text, previous) || skipSpace(text, previous, start) === start) break
    start = previous
  }
  return start
}

import { householdTask } from '../environment.ts'
import type { Draft } from '../formats/format.ts'
import { blankBefore, isBlank, lineEnd, lineStart, skipSpace, trimSpace } from './lines.ts'
import { isRule, type Mark, paragraphBefore } from './markers.ts'
import { cut } from './pieces.ts'
import { outcomeInText } from './textOutcome.ts'

/**
 * Running text to trajectories. One text may hold several, back to back or as a log with chatter between them, and
 * one trajectory may stand behind a prompt full of worked examples; the two look alike, and what tells them apart are
 * the sentences people put around examples:
 * - after a line such as "(END OF EXAMPLES)" or "Here is the task." comes the real one; all before it is its prompt;
 * - after "Here are some examples" without such an end, the last one is the real one;
 * - otherwise every one counts. So do examples that nothing follows.
 */
export function episodes(text: string, marks: Mark[]): Draft[] {
  const groups = grouped(text, marks)
  const found = realOnes(text, groups)
  const alone = groups.length === 1
  return found.map(({ start, group }) => {
    const steps = group.marks
    const last = steps.at(-1)!
    let end = group.end
    if (!alone || last.kind === 'observation' || last.kind === 'other') {
      const chatter = chatterStart(text, lineEnd(text, last.markerEnd), group.end)
      if (!alone || chatter < group.end) end = oneNewline(text, last.markerEnd, chatter)
    }
    const from =
      alone && !isRule(text, skipSpace(text, start)) ? start : skipChatter(text, start, steps[0]!.start)
    const prompt = { kind: 'prompt' as const, text: text.slice(from, steps[0]!.start) }
    const acted = steps.findLast((mark) => mark.kind === 'act') ?? last
    const draft: Draft = {
      ...outcomeInText(text, lineEnd(text, acted.markerEnd - 1), group.end),
      start,
      pieces: [prompt, ...cut(text, steps, end)],
    }
    const taskType = householdTask(prompt.text)
    if (taskType !== undefined) draft.taskType = taskType
    return draft
  })
}

interface Group {
  start: number
  end: number
  /** Everything but heads. */
  marks: Mark[]
  /** It holds a thought or an act. */
  stepped: boolean
  /** "Here are some examples" stands in its prompt. */
  announced: boolean
  /** It follows a line that ends the examples. */
  afterExamples: boolean
}

const ANNOUNCE =
  /\b(?:here (?:are|is)|these are|following are|below are|see)\b[^\n]{0,60}\bexamples?\b|^\W{0,4}(?:(?:worked|some|few-shot) )?examples?(?: (?:session|run|interaction|conversation|dialogue|trajectory)s?)?:?\W{0,4}$|^\W{0,4}previous trials?\b[^\n]{0,20}$/i
const END_OF_EXAMPLES =
  /^\W{0,6}(?:end (?:of )?(?:the )?(?:examples?|previous trials?)|begin!+|here is the (?:actual |real |new )?(?:task|question)|now (?:it'?s|it is) your turn|your turn)\W{0,6}$/i
/** More examples than this in one prompt are a log that mentions the word. */
const MOST_EXAMPLES = 12
const LONGEST_SENTENCE = 300

/** Splits at heads and at the ends of examples; groups without a step disappear into the next one's prompt. */
function grouped(text: string, marks: Mark[]): Group[] {
  const groups: Group[] = []
  const begin = (start: number): Group => {
    return { start, end: text.length, marks: [], stepped: false, announced: false, afterExamples: false }
  }
  let group = begin(0)
  const split = (start: number) => {
    group.end = start
    groups.push(group)
    group = begin(start)
  }
  let announcedAt = -1
  let at = 0
  for (const mark of [...marks, undefined]) {
    // The plain lines before this mark: only they can speak about examples.
    const limit = mark?.start ?? text.length
    if (group.marks.length > 0) at = Math.max(at, lineEnd(text, group.marks.at(-1)!.markerEnd - 1))
    for (; at < limit; at = lineEnd(text, at)) {
      const end = lineEnd(text, at)
      if (end - at > LONGEST_SENTENCE) continue
      const line = text.slice(at, end).trim()
      if (END_OF_EXAMPLES.test(line)) {
        if (group.stepped) split(at)
        group.afterExamples = true
      } else if (ANNOUNCE.test(line)) {
        if (!group.stepped) group.announced = true
        else if (announcedAt < 0)
          announcedAt = paragraphBefore(text, at, lineEnd(text, group.marks.at(-1)!.markerEnd))
      }
    }
    if (mark === undefined) break
    if (mark.kind !== 'head') {
      group.marks.push(mark)
      group.stepped ||= mark.kind === 'reason' || mark.kind === 'act'
    } else if (group.stepped) {
      split(announcedAt < 0 ? mark.start : announcedAt)
      group.announced = announcedAt >= 0
    } else {
      // Reflections above the question are part of the prompt.
      group.marks = []
    }
    announcedAt = -1
  }
  groups.push(group)
  return groups
}

/** Leaves out the worked examples; `start` is where the prompt of a real one begins, its examples included. */
function realOnes(text: string, groups: Group[]): { start: number; group: Group }[] {
  const real: { start: number; group: Group }[] = []
  let waiting: Group[] = []
  const settle = (prompted: boolean) => {
    const one = prompted && waiting.length <= MOST_EXAMPLES + 1
    for (const group of one ? waiting.slice(-1) : waiting) {
      real.push({ start: one ? waiting[0]!.start : group.start, group })
    }
    waiting = []
  }
  for (const group of groups) {
    if (!group.stepped) {
      if (!group.afterExamples) continue
      // The examples end and nothing follows them: they are all there is. The sentence itself is nobody's.
      const last = waiting.at(-1)
      if (last !== undefined) {
        last.marks.push({ kind: 'other', start: group.start, markerEnd: group.start })
        last.end = lineEnd(text, group.start)
      }
      settle(false)
      continue
    }
    if (group.announced && !group.afterExamples) settle(waiting[0]?.announced === true)
    waiting.push(group)
    if (group.afterExamples) settle(true)
  }
  settle(waiting[0]?.announced === true)
  return real
}

const DICTIONARY = /\{'/y
const SCORES = /[\d.][\d. -]*[\r]?(?:\n|$)/y
const TALLY = /\d+ r \w+ rs \[/y

/** Where a log's own lines begin: a rule, a Python dictionary or a row of scores after a blank line, a tally. */
function chatterStart(text: string, from: number, end: number): number {
  for (let at = from; at < end; at = lineEnd(text, at)) {
    const afterBlank = blankBefore(text, at)
    if (isRule(text, at) || matches(TALLY, text, at)) return at
    if (afterBlank && (matches(DICTIONARY, text, at) || matches(SCORES, text, at))) return at
    const line = END_OF_EXAMPLES.test(
      text.slice(at, Math.min(lineEnd(text, at), at + LONGEST_SENTENCE)).trim(),
    )
    if (line) return at
  }
  return end
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** The first line after the last rule before `end`: what stands above it belongs to the log. */
function skipChatter(text: string, start: number, end: number): number {
  let from = start
  for (let at = start; at < end; at = lineEnd(text, at)) if (isRule(text, at)) from = lineEnd(text, at)
  if (isBlank(text, from, end)) return end
  const first = skipBlankLines(text, from, end)
  // The number that some logs print above each run.
  return from > start && matches(SCORES, text, first) ? Math.min(end, lineEnd(text, first)) : first
}

function skipBlankLines(text: string, from: number, end: number): number {
  const at = skipSpace(text, from, end)
  return Math.max(from, lineStart(text, at))
}

/** The end of the text in [from, end), with one newline. */
function oneNewline(text: string, from: number, end: number): number {
  return Math.min(end, lineEnd(text, Math.max(from - 1, trimSpace(text, from, end) - 1)))
}

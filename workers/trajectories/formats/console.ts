import { plainly } from '../notation/ansi.ts'
import { type Chain, chainsOf } from '../notation/chains.ts'
import { blockAfter } from '../notation/fences.ts'
import { isBlank, lineEnd, lineStart, skipSpace } from '../notation/lines.ts'
import { type Mark, markReact } from '../notation/markers.ts'
import { cut } from '../notation/pieces.ts'
import type { Draft, Format } from './format.ts'

/**
 * What LangChain's executors print while they run (`> Entering new AgentExecutor chain...`). The prompt had already
 * written the first `Thought:`, so the first thought has no marker. `Action:` and `Action Input:` are one act. What a
 * tool's own chain prints is an observation, and so is what stands behind an action where no `Observation:` is
 * printed. One trajectory for each outermost chain in which somebody acts.
 */
export const langchainConsole: Format = {
  id: 'langchain-console',
  title: 'LangChain console (> Entering new … chain)',
  readText: plainly((text, codes) => {
    if (!text.includes('> Entering new ')) return null
    const agentRuns = codes.flatMap(({ at, code }) => (code === AGENT_COLOUR ? [at] : []))
    const chains = chainsOf(text).flatMap((chain) => {
      const marks = marksOf(text, chain, agentRuns)
      return marks.some(({ kind }) => kind === 'act') ? [{ chain, marks }] : []
    })
    if (chains.length === 0) return null
    return chains.map(({ chain, marks }, i): Draft => {
      const start = i === 0 ? 0 : promptStart(text, chains[i - 1]!.chain.end, chain.start)
      const next = chains[i + 1]?.chain.start
      const end = next === undefined ? text.length : promptStart(text, chain.end, next)
      const prompt = { kind: 'prompt' as const, text: text.slice(start, marks[0]!.start) }
      return { start, pieces: [prompt, ...cut(text, marks, end)] }
    })
  }),
}

/** What LangChain prints the agent's own words in: green. */
const AGENT_COLOUR = '\u001b[32;1m'
const ASKED = /(?:Question|Query|User|Human|Input|Task|You|Q)\b[^\n]{0,40}:/iy

/** Between two chains: the question of the second, if the last paragraph is one; all else follows from the first. */
function promptStart(text: string, from: number, to: number): number {
  let at = to
  while (at > from) {
    const line = lineStart(text, at - 1)
    if (line < from || (at < to && isBlank(text, line, at) && !isBlank(text, at, to))) break
    at = line
  }
  at = Math.max(from, at)
  ASKED.lastIndex = skipSpace(text, at, to)
  return ASKED.test(text) ? at : to
}

function marksOf(text: string, chain: Chain, agentRuns: number[]): Mark[] {
  const { bodyStart, bodyEnd, nested } = chain
  const body = text.slice(bodyStart, bodyEnd)
  const held = nested.map(({ start, end }) => ({ start: start - bodyStart, end: end - bodyStart }))
  const found = markReact(body, false, held).map((mark) => moved(mark, bodyStart))
  const invoked = found.some(({ kind }) => kind === 'act') ? [] : invocations(text, chain, agentRuns)
  const marks = invoked.length > 0 ? invoked : found
  const all = bareAnswers(text, withNested(text, unmarkedOpening(text, chain, marks), chain), bodyEnd)
  const spoken = all.flatMap((mark, i) => spokenActs(text, mark, all[i + 1]?.start ?? bodyEnd))
  if (!spoken.some(({ kind }) => kind === 'act')) return []
  return [...spoken, { kind: 'other', start: bodyEnd, markerEnd: bodyEnd }]
}

function moved(mark: Mark, by: number): Mark {
  const { start, markerEnd, end } = mark
  return { ...mark, start: start + by, markerEnd: markerEnd + by, end: end === undefined ? end : end + by }
}

/** The text before the first marker is the thought that the prompt had opened. */
function unmarkedOpening(text: string, { bodyStart, bodyEnd, nested }: Chain, marks: Mark[]): Mark[] {
  const first = marks[0]
  // A chain that prints its prompt does so before the agent's first words.
  const from = nested.find(
    ({ start }) => start < (first?.start ?? bodyEnd) && isBlank(text, bodyStart, start),
  )
  const start = skipSpace(text, from?.end ?? bodyStart, first?.start ?? bodyEnd)
  if (start === (first?.start ?? bodyEnd) || first?.kind === 'reason') return marks
  const opening = Math.max(from?.end ?? bodyStart, lineStart(text, start))
  return [{ kind: 'reason', start: opening, markerEnd: opening }, ...marks]
}

const INVOKING = /Invoking: `[^`\n]{1,200}` with `/y
const RESPONDED = /responded:/y

/** Agents that call functions: `Invoking: name with {…}`, perhaps `responded: …`, then the result. */
function invocations(text: string, { bodyStart, bodyEnd }: Chain, agentRuns: number[]): Mark[] {
  const marks: Mark[] = []
  for (let at = bodyStart; at < bodyEnd; at = lineEnd(text, at)) {
    INVOKING.lastIndex = at
    if (!INVOKING.test(text)) continue
    const end = lineEnd(text, at)
    marks.push({ kind: 'act', start: at, markerEnd: at + 'Invoking: '.length, end })
    let answer = skipSpace(text, end, bodyEnd)
    RESPONDED.lastIndex = answer
    if (RESPONDED.test(text)) {
      marks.push({ kind: 'reason', start: answer, markerEnd: RESPONDED.lastIndex })
      answer = skipSpace(text, paragraphEnd(text, answer, bodyEnd), bodyEnd)
    }
    if (answer < bodyEnd) marks.push({ kind: 'observation', start: answer, markerEnd: answer })
    at = Math.max(at, answer - 1)
  }
  // The colour says where the result ends and the agent's last words begin.
  const last = marks.at(-1)
  const reply = agentRuns.findLast((at) => at > bodyStart && at < bodyEnd)
  if (
    last?.kind === 'observation' &&
    reply !== undefined &&
    reply > last.start &&
    !isBlank(text, reply, bodyEnd)
  ) {
    marks.push({ kind: 'act', start: reply, markerEnd: reply })
  }
  return marks.filter((mark, i) => mark.start < (marks[i + 1]?.start ?? bodyEnd))
}

function paragraphEnd(text: string, from: number, end: number): number {
  for (let at = lineEnd(text, from); at < end; at = lineEnd(text, at)) {
    if (isBlank(text, at, lineEnd(text, at))) return at
  }
  return end
}

/** Puts chains inside the chain in their place: a tool's answer after an act, nobody's text elsewhere. */
function withNested(text: string, marks: Mark[], { bodyEnd, nested }: Chain): Mark[] {
  const all: Mark[] = []
  let next = 0
  for (const [i, { start, end }] of nested.entries()) {
    while (next < marks.length && marks[next]!.start < start) all.push(marks[next++]!)
    const before = all.at(-1)
    // What a chain prints before the agent's first words belongs to the prompt.
    if (before === undefined) continue
    const kind = before.kind === 'act' || before.kind === 'observation' ? 'observation' : 'other'
    all.push({ kind, start, markerEnd: start, end })
    const stop = Math.min(marks[next]?.start ?? bodyEnd, nested[i + 1]?.start ?? bodyEnd)
    const rest = lineEnd(text, Math.max(start, end - 1))
    if (isBlank(text, rest, stop)) continue
    // Its answer without a marker; or, where the chain printed the prompt, the thought that follows it.
    all.push({ kind: kind === 'other' ? 'reason' : kind, start: rest, markerEnd: rest })
  }
  return [...all, ...marks.slice(next)]
}

const INPUT = /(?:^|\n)[ \t]{0,3}Action Input:/

/** Consoles that print no `Observation:`: what follows the action's input after a blank line. */
function bareAnswers(text: string, marks: Mark[], bodyEnd: number): Mark[] {
  if (marks.some(({ kind }) => kind === 'observation')) return marks
  return marks.flatMap((mark, i) => {
    const stop = marks[i + 1]?.start ?? bodyEnd
    if (mark.kind !== 'act') return [mark]
    const input = INPUT.exec(text.slice(mark.start, stop))
    if (input === null) return [mark]
    const answer = skipSpace(text, paragraphEnd(text, mark.start + input.index + input[0].length, stop), stop)
    return answer === stop
      ? [mark]
      : [mark, { kind: 'observation' as const, start: answer, markerEnd: answer }]
  })
}

const JSON_ACT = /\s{0,20}(?:```(?:json)?\s{0,20})?\{\s{0,20}"action"/y
const REPLY = /(?:^|\n)[ \t]{0,3}AI:/

/** Chat agents write their action as JSON where others think, and their reply behind `AI:`. */
function spokenActs(text: string, mark: Mark, stop: number): Mark[] {
  if (mark.kind !== 'reason') return [mark]
  // A marker that waits for words is nobody's.
  if (isBlank(text, mark.markerEnd, stop)) return [{ ...mark, kind: 'other' }]
  JSON_ACT.lastIndex = mark.markerEnd
  if (JSON_ACT.test(text)) {
    const block = blockAfter(text, mark.markerEnd, stop)
    if (block === null) return [{ ...mark, kind: 'act' }]
    return [{ ...mark, kind: 'act', markerEnd: block.contentStart, closer: block.closer, end: block.end }]
  }
  const reply = REPLY.exec(text.slice(mark.markerEnd, stop))
  if (reply === null) return [mark]
  const start = mark.markerEnd + reply.index + (reply[0].startsWith('\n') ? 1 : 0)
  const act: Mark = { kind: 'act', start, markerEnd: mark.markerEnd + reply.index + reply[0].length }
  return isBlank(text, mark.start, start) ? [act] : [mark, act]
}

/**
 * Every line of a text that looks like a marker of ReAct text: `Thought 3:`, `**Action:**`, `思考：`. Which of them cut
 * is decided in `markers.ts`. This is the part that looks at every line, so it decides by character codes before it
 * tries a regular expression.
 */

export type Word =
  | 'head'
  | 'task'
  | 'goal'
  /** Somebody who asks for something, at the beginning or once the agent has answered. */
  | 'user'
  /** The agent's name before what it says. */
  | 'reply'
  | 'thought'
  | 'action'
  | 'action-input'
  | 'answer'
  | 'final-answer'
  | 'observation'
  | 'action-path'
  | 'aside'
  | 'score'
  | 'heading'
  /** Words that some use in place of the usual ones; they count only where the usual ones are missing. */
  | 'maybe-thought'
  | 'maybe-action'
  | 'maybe-observation'

export interface Candidate {
  word: Word
  number: number | undefined
  /** Offset of the line; where the marker ends. */
  start: number
  markerEnd: number
}

const WORDS = new Map<string, Word>()

function name(word: Word, names: string): void {
  for (const one of names.split('|')) WORDS.set(one, word)
}
name('head', 'question|claim|问题')
name('task', 'context|task|任务')
name('goal', 'goal|query|problem|instruction|input|task description|user query')
name('user', 'user|human')
name('reply', 'assistant|ai')
name('thought', 'thought|thoughts|think|思考|想法|思维')
name('action', 'action|act|using tool|行动|动作|操作')
name('action-input', 'action input|tool input|行动输入|动作输入|操作输入')
name('answer', 'answer|答案|回答')
name('final-answer', 'final answer|最终答案|最终回答')
name('observation', 'observation|observations|obs|tool output|观察|观察结果|观测')
name('action-path', 'actionpath|action path')
name('aside', 'reflection|reflections|correct answer|反思')
name('score', 'status|reward|final reward|total reward|final score|success|task success')
name('heading', 'agent')
name('maybe-thought', 'reasoning|rationale|reason')
name('maybe-action', 'command|tool call|function call|next action')
name('maybe-observation', 'result|results|output|response|environment|tool result|tool response')

// At most one blank, then perhaps the name of who speaks ("Assistant: Thought:"), a log's own number ("3687 Claim:"),
// the word, its number, and the colon. Every repetition is bounded, so the time per line is too.
const MARKER =
  / ?(?:(?:Assistant|ASSISTANT|Agent|AI|User|Human)(?:: ?|<\|\w{1,20}\|>| (?=Action|Thought|Observation)))?(?:\*\*|#{1,4} )?(?:\d{1,9}[ \t](?=Claim|Question))?((?:[A-Z][a-zA-Z]{2,11}|ActionPath|AI)(?: [A-Z]?[a-z]{3,11}| [A-Z]{3,11})?|[一-鿿]{2,4})(?:[ \t]?#?(\d{1,4}))?(?:\*\*)?[ \t]?[:：](?:\*\*)?/y
const LOWER_CASE =
  / ?(?:\d{1,9}[ \t](?=claim|question))?((?:thoughts?|think|actions?|act|observations?|obs|question|claim|answer)|(?:action input|final answer))(?:[ \t]?#?(\d{1,4}))?[ \t]?[:：]/y
/** `Step 2`, `### Step 2:`, `--- Turn 2 ---` on a line of its own; LlamaIndex' line over each step. */
const HEADING =
  /(?:[#*=-]{1,20} ?)?(?:Step|STEP|Turn|Iteration|Round)[ \t]?#?\d{1,4}[ \t]?[:.]?[ \t*=-]{0,20}\r?(?:\n|$)|> Running step [^\n]{1,100} Step input: None\r?(?:\n|$)/y
/** The same line where it brings a question, and the line of its chat engine. */
const ASKED = /> Running step [^\n]{1,100} Step input: |Added user message to memory: /y

/** What a marker line can begin with; lower-case letters are tried only when nothing else is found. */
const OPENS = new Uint8Array(128)
for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 *#=->') OPENS[sign.charCodeAt(0)] = 1
const LOWER_OPENS = new Uint8Array(128)
for (const sign of 'toaqcf0123456789 ') LOWER_OPENS[sign.charCodeAt(0)] = 1

/**
 * Every line of the text that begins with a marker word: "Thought", "THOUGHT" and "**Thought 2:**".
 *
 * @param indented true to look behind the blanks at the beginning of lines
 */
export function scan(text: string, indented = false): Candidate[] {
  const candidates: Candidate[] = []
  const { length } = text
  for (let at = 0; at < length; ) {
    const line = at
    if (indented) at = skipBlanks(text, at)
    const code = text.charCodeAt(at)
    if (code < 128 ? OPENS[code] === 1 : code >= 0x4e00 && code <= 0x9fff) {
      const candidate = marker(text, at) ?? heading(text, at)
      if (candidate !== null) candidates.push(indented ? { ...candidate, start: line } : candidate)
    }
    const newline = text.indexOf('\n', at)
    if (newline < 0) break
    at = newline + 1
  }
  return candidates
}

/** The same for "thought:", "action 2:". */
export function scanLowerCase(text: string): Candidate[] {
  const candidates: Candidate[] = []
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code < 128 && LOWER_OPENS[code] === 1) {
      LOWER_CASE.lastIndex = at
      const match = LOWER_CASE.exec(text)
      const word = match === null ? undefined : WORDS.get(match[1]!)
      if (match !== null && word !== undefined) {
        candidates.push({ word, number: numberOf(match[2]), start: at, markerEnd: LOWER_CASE.lastIndex })
      }
    }
    const newline = text.indexOf('\n', at)
    if (newline < 0) break
    at = newline + 1
  }
  return candidates
}

/** A bold word in a list (`- **Thought 1:** …`), or a heading that is nothing but the word. */
const MARKDOWN =
  /[ \t]{0,8}(?:(?:[-*+]|\d{1,3}[.)]) {1,3})?(?:\*\*|__)([A-Z][a-z]{2,11}(?: [A-Z]?[a-z]{3,11})?)(?:[ \t]?#?(\d{1,4}))?(?:[:：](?:\*\*|__)|(?:\*\*|__)[ \t]?[:：])|#{1,6} ([A-Z][a-z]{2,11}(?: [A-Z]?[a-z]{3,11})?)(?:[ \t]?#?(\d{1,4}))?[ \t]*\r?(?:\n|$)/y

/** The same for lines of Markdown. */
export function scanMarkdown(text: string): Candidate[] {
  const candidates: Candidate[] = []
  for (let at = 0; at < text.length; ) {
    MARKDOWN.lastIndex = at
    const match = MARKDOWN.exec(text)
    const word = match === null ? undefined : WORDS.get((match[1] ?? match[3]!).toLowerCase())
    if (match !== null && word !== undefined) {
      const number = numberOf(match[2] ?? match[4])
      candidates.push({ word, number, start: at, markerEnd: MARKDOWN.lastIndex })
    }
    const newline = text.indexOf('\n', at)
    if (newline < 0) break
    at = newline + 1
  }
  return candidates
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9) at++
  return at
}

function marker(text: string, at: number): Candidate | null {
  MARKER.lastIndex = at
  const match = MARKER.exec(text)
  if (match === null) return null
  const spelt = match[1]!
  const word = WORDS.get(spelt.toLowerCase())
  if (word === undefined || !consistentCase(spelt)) return null
  return { word, number: numberOf(match[2]), start: at, markerEnd: MARKER.lastIndex }
}

function heading(text: string, at: number): Candidate | null {
  HEADING.lastIndex = at
  if (HEADING.test(text)) return { word: 'heading', number: undefined, start: at, markerEnd: at }
  ASKED.lastIndex = at
  return ASKED.test(text) ? { word: 'head', number: undefined, start: at, markerEnd: ASKED.lastIndex } : null
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}

/** "Final Answer" and "FINAL ANSWER", not "tHOUGHT". */
function consistentCase(spelt: string): boolean {
  const tail = spelt.slice(1)
  return tail === tail.toUpperCase() || !/[a-z][A-Z]|[A-Z]{2}/.test(spelt) || spelt === 'ActionPath'
}

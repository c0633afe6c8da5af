import { lineEnd } from './lines.ts'

/** One outermost chain of LangChain's console, and the chains that ran inside it. All numbers are offsets. */
export interface Chain {
  /** The line `> Entering new … chain...`. */
  start: number
  bodyStart: number
  /** The line `> Finished chain.`, or where the text or the next chain begins. */
  bodyEnd: number
  /** One past the line `> Finished chain.`. */
  end: number
  nested: { start: number; end: number }[]
}

const ENTERING = /[ \t]{0,8}> Entering new ([^\n]{0,80}?) ?chain\b/y
const FINISHED = /[ \t]{0,8}> Finished [^\n]{0,80}chain\b/y
const ACTED = /[ \t]{0,3}(?:Action|Action Input|Invoking):/y
const SAID = /[ \t]{0,3}(?:Thought|Observation|Final Answer|AI):/y

/**
 * The outermost chains of a text, in order. A chain of the same kind that begins before the outer one has finished,
 * though nobody acted since, is not inside it: the run before was broken off.
 */
export function chainsOf(text: string): Chain[] {
  const chains: Chain[] = []
  let open: Chain | undefined
  let kind = ''
  let depth = 0
  let acted = false
  for (let at = nextLine(text, 0); at < text.length; at = nextLine(text, lineEnd(text, at))) {
    const entered = match(ENTERING, text, at)
    if (entered !== null) {
      if (open !== undefined && depth === 1 && !acted && entered[1] === kind) {
        open.bodyEnd = open.end = at
        open = undefined
      }
      if (open === undefined) {
        const bodyStart = lineEnd(text, at)
        open = { start: at, bodyStart, bodyEnd: text.length, end: text.length, nested: [] }
        chains.push(open)
        kind = entered[1]!
        depth = 1
        acted = false
      } else if (depth++ === 1) open.nested.push({ start: at, end: text.length })
    } else if (open !== undefined && match(FINISHED, text, at) !== null) {
      depth--
      if (depth === 1) open.nested.at(-1)!.end = lineEnd(text, at)
      if (depth > 0) continue
      open.bodyEnd = at
      open.end = lineEnd(text, at)
      open = undefined
    } else if (depth === 1) {
      if (match(ACTED, text, at) !== null) acted = true
      else if (match(SAID, text, at) !== null) acted = false
    }
  }
  return chains
}

/** The first line from `at` on that may matter: it begins with a blank, `>` or a capital. */
function nextLine(text: string, at: number): number {
  let line = at
  while (line < text.length) {
    const code = text.charCodeAt(line)
    if (code === 62 || code === 32 || code === 9 || (code >= 65 && code <= 90)) return line
    line = lineEnd(text, line)
  }
  return line
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

import { plainly } from '../notation/ansi.ts'
import { episodes } from '../notation/episodes.ts'
import { lineEnd } from '../notation/lines.ts'
import type { Mark } from '../notation/markers.ts'
import type { Format } from './format.ts'

/**
 * Logs of frameworks that have words of their own for thought, action and answer: AutoGPT's console, LlamaIndex'
 * function calls, SWE-agent's log, the fields that DSPy's adapters write. To add one: a telltale and the beginnings of
 * its lines.
 */
export const frameworkLogs: Format = {
  id: 'framework-log',
  title: 'logs of AutoGPT, LlamaIndex function calls, SWE-agent, DSPy fields',
  readText: plainly((text) => {
    const notation = NOTATIONS.find(({ telltale }) => text.includes(telltale))
    if (notation === undefined) return null
    const marks = marksOf(text, notation)
    const kinds = new Set(marks.map(({ kind }) => kind))
    if (!kinds.has('act') || !(kinds.has('reason') || kinds.has('observation'))) return null
    return episodes(text, marks)
  }),
}

interface Notation {
  /** Stands in every such log. */
  telltale: string
  /** How the lines begin that open something; the first that fits. */
  lines: [beginning: RegExp, kind: Mark['kind']][]
}

const NOTATIONS: Notation[] = [
  {
    telltale: 'NEXT ACTION:',
    lines: [
      [/(?:[\w .-]{1,60} )?THOUGHTS: ?/y, 'reason'],
      [/(?:REASONING|PLAN|CRITICISM|SPEAK): ?/y, 'reason'],
      [/NEXT ACTION: ?/y, 'act'],
      [/(?:SYSTEM|Human feedback): ?/y, 'observation'],
      [/(?:Thinking\.{3}|Using memory|Enter '?y'?)/y, 'other'],
    ],
  },
  {
    telltale: '=== Calling Function ===',
    lines: [
      [/Added user message to memory: ?/y, 'head'],
      [/=== Calling Function ===\r?\n(?:Calling function: )?/y, 'act'],
      [/=== Function Output ===\r?\n|Got output: ?/y, 'observation'],
      [/=== LLM Response ===\r?\n/y, 'act'],
      [/={20,80}\r?(?:\n|$)|STARTING TURN \d/y, 'other'],
    ],
  },
  {
    telltale: 'THOUGHT (',
    lines: [
      [/[^\n]{0,60}\bTHOUGHT \([\w ]{1,40}\)\r?\n/y, 'reason'],
      [/[^\n]{0,60}\bACTION \([\w ]{1,40}\)\r?\n/y, 'act'],
      [/[^\n]{0,60}\bOBSERVATION \([\w ]{1,40}\)\r?\n/y, 'observation'],
    ],
  },
  {
    telltale: '💭 THOUGHT',
    lines: [
      [/[^\n]{0,60}💭 THOUGHT\b[^\n]{0,40}(?:\n|$)/y, 'reason'],
      [/[^\n]{0,60}🎬 ACTION\b[^\n]{0,40}(?:\n|$)/y, 'act'],
      [/[^\n]{0,60}\bOBSERVATION:?[ \t\r]*(?:\n|$)/y, 'observation'],
      [/[^\n]{0,60}={10,30} STEP \d/y, 'other'],
    ],
  },
  {
    telltale: '[[ ## tool_name_0 ## ]]',
    lines: [
      [/\[\[ ## (?:next_)?thought(?:_\d{1,4})? ## \]\]\s{0,2}/y, 'reason'],
      [/\[\[ ## (?:next_)?tool_name(?:_\d{1,4})? ## \]\]\s{0,2}/y, 'act'],
      [/\[\[ ## observation_\d{1,4} ## \]\]\s{0,2}/y, 'observation'],
      [/\[\[ ## reasoning ## \]\]\s{0,2}/y, 'reason'],
      [/\[\[ ## completed ## \]\]/y, 'other'],
    ],
  },
]

function marksOf(text: string, { lines }: Notation): Mark[] {
  const marks: Mark[] = []
  for (let at = 0; at < text.length; at = lineEnd(text, at)) {
    for (const [beginning, kind] of lines) {
      beginning.lastIndex = at
      if (!beginning.test(text)) continue
      marks.push({ kind, start: at, markerEnd: beginning.lastIndex })
      break
    }
  }
  // What a log prints before its first thought or act belongs to the prompt.
  const first = marks.findIndex(({ kind }) => kind === 'reason' || kind === 'act')
  return marks.filter(({ kind }, i) => i >= first || kind === 'head')
}

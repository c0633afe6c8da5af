import { lineEnd } from '../notation/lines.ts'
import { alfworld } from './alfworld.ts'
import { langchainConsole } from './console.ts'
import type { Draft, Format, PieceWarning } from './format.ts'
import { reactText } from './react-text.ts'

/**
 * Transcripts inside the records of a log: a time, a level or a logger's name before every marker. What stands before
 * the markers is taken out, as terminal codes are; a record that another logger wrote keeps its own.
 */
export const prefixedLog: Format = {
  id: 'prefixed-log',
  title: 'logs with a time or a level before the markers',
  readText(text) {
    const prefixes = prefixesOf(text)
    if (prefixes.size === 0) return null
    const { plain, removed } = without(text, prefixes)
    for (const format of [langchainConsole, alfworld, reactText]) {
      const drafts = format.readText!(plain)
      if (drafts !== null) return restored(drafts, removed)
    }
    return null
  },
}

/** The beginning of a record up to a marker: only what loggers print, with a time or a level in it. */
const MARKED =
  /([\w\t [\]().,:|<>/*+-]{2,100}?)(?:(?:Question|Claim|Task|Thought|Action|Action Input|Observation|Final Answer|Answer)(?: \d{1,4})? ?:|> (?:think:|go to|take|put|open|close))/y
const TIMED = /\d\d:\d\d|\b(?:INFO|DEBUG|WARN|WARNING|ERROR|NOTSET|TRACE|info|debug)\b/
const LONGEST_PREFIX = 100
/** More kinds of prefixes than this are no prefixes. */
const MOST_PREFIXES = 16

/** How the prefixes look that stand before markers, their digits left out. */
function prefixesOf(text: string): Set<string> {
  const prefixes = new Set<string>()
  for (let at = 0; at < text.length; at = lineEnd(text, at)) {
    MARKED.lastIndex = at
    const prefix = MARKED.exec(text)?.[1]
    if (prefix !== undefined && TIMED.test(prefix)) prefixes.add(shapeOf(prefix))
    if (prefixes.size > MOST_PREFIXES) return new Set()
  }
  return prefixes
}

function shapeOf(prefix: string): string {
  return prefix.replace(/\d/g, '0')
}

interface Removed {
  /** Offset in the text without prefixes. */
  at: number
  length: number
}

function without(text: string, prefixes: Set<string>): { plain: string; removed: Removed[] } {
  const lengths = new Set([...prefixes].map(({ length }) => length))
  const parts: string[] = []
  const removed: Removed[] = []
  let length = 0
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at)
    const shape = shapeOf(text.slice(at, Math.min(end, at + LONGEST_PREFIX)))
    const cut = [...lengths].find((size) => prefixes.has(shape.slice(0, size))) ?? 0
    if (cut > 0) removed.push({ at: length, length: cut })
    parts.push(text.slice(at + cut, end))
    length += end - at - cut
    at = end
  }
  return { plain: parts.join(''), removed }
}

const WARNING: PieceWarning = {
  code: 'prefixes-removed',
  message: 'Times and levels of a log were taken out of the text, so a student does not learn to write them.',
}

/** Says what was taken out, and moves each draft's start back to where it is in the file. */
function restored(drafts: Draft[], removed: Removed[]): Draft[] {
  let before = 0
  let next = 0
  return drafts.map((draft) => {
    const { start = 0, pieces } = draft
    for (; next < removed.length && removed[next]!.at < start; next++) before += removed[next]!.length
    const first = pieces.find(({ text }) => text.trim() !== '')
    if (first !== undefined) first.warnings = [...(first.warnings ?? []), WARNING]
    return draft.start === undefined ? draft : { ...draft, start: start + before }
  })
}

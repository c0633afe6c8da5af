import type { JsonError } from './json.ts'
import { parseJson } from './json.ts'
import { isBlank, lineEnd, skipSpace } from './lines.ts'

/** What a file holds, before any format has looked at it: running text, or JSON values with the line they begin on. */
export type Document =
  | { kind: 'text'; text: string }
  | { kind: 'json'; value: unknown; line: number | undefined }

export interface Contents {
  documents: Document[]
  /** JSONL: lines that are not JSON; `column` and `reason` as in `JsonError`. */
  brokenLines: JsonError[]
  /** The file began as JSON and broke, so it is offered as text. */
  brokenJson?: JsonError
  jsonl: boolean
}

/** Tells JSON, JSONL and running text apart by their content. */
export function contentsOf(text: string): Contents {
  const first = text[skipSpace(text, 0)]
  if (first !== '{' && first !== '[' && first !== '"' && !looksLikeJsonl(text)) return plain(text)
  const whole = parseJson(text)
  if (whole.ok) {
    return {
      documents: [{ kind: 'json', value: whole.value, line: undefined }],
      brokenLines: [],
      jsonl: false,
    }
  }
  if (!looksLikeJsonl(text)) return first === '"' ? plain(text) : { ...plain(text), brokenJson: whole.error }
  const documents: Document[] = []
  const brokenLines: JsonError[] = []
  let line = 1
  for (let at = 0; at < text.length; line++) {
    const end = lineEnd(text, at)
    if (!isBlank(text, at, end)) {
      const parsed = parseJson(text.slice(at, end))
      if (parsed.ok) documents.push({ kind: 'json', value: parsed.value, line })
      else brokenLines.push({ ...parsed.error, line })
    }
    at = end
  }
  return { documents, brokenLines, jsonl: true }
}

function plain(text: string): Contents {
  return { documents: [{ kind: 'text', text }], brokenLines: [], jsonl: false }
}

const LINES_LOOKED_AT = 200

/** At least two lines, half of them whole objects or arrays by their first and last character, one of them parsing. */
function looksLikeJsonl(text: string): boolean {
  let lines = 0
  let whole = 0
  let parsed = false
  for (let at = 0; at < text.length && lines < LINES_LOOKED_AT; ) {
    const end = lineEnd(text, at)
    if (!isBlank(text, at, end)) {
      lines++
      const opens = text[at] === '{' || text[at] === '['
      const line = opens ? text.slice(at, end).trimEnd() : ''
      if (opens && line.length > 2 && (line.endsWith('}') || line.endsWith(']'))) {
        whole++
        parsed ||= parseJson(line).ok
      }
    }
    at = end
  }
  return lines >= 2 && parsed && whole * 2 >= lines
}

const FENCE = /([ \t]{0,12})(?:```|~~~)/y

/**
 * The bodies of a Markdown page's fenced blocks, without the indent of their fence; the rest of the page, blocks left
 * out, is `outside`. Null when it has no fences.
 */
export function fencedBlocks(text: string): { blocks: string[]; outside: string } | null {
  if (!text.includes('```') && !text.includes('~~~')) return null
  const blocks: string[] = []
  const outside: string[] = []
  let body: string[] | null = null
  let indent = ''
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at)
    FENCE.lastIndex = at
    const fence = FENCE.exec(text)
    const line = text.slice(at, end)
    if (fence !== null && body === null) {
      body = []
      indent = fence[1]!
    } else if (fence !== null) {
      blocks.push(body!.join(''))
      body = null
    } else if (body !== null)
      body.push(line.startsWith(indent) ? line.slice(indent.length) : line.trimStart() || line)
    else outside.push(line)
    at = end
  }
  return blocks.length > 0 ? { blocks, outside: outside.join('') } : null
}

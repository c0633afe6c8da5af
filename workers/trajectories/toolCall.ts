import type { ToolCall } from './formats/format.ts'

/**
 * How a structured tool call becomes text, `name(arguments)`:
 * - `json`: `search({"query": "red shoes", "limit": 5})`
 * - `keywords`: `search(query="red shoes", limit=5)`
 */
export const TOOL_CALL_FORMS = ['json', 'keywords'] as const
export type ToolCallForm = (typeof TOOL_CALL_FORMS)[number]

/**
 * Writes a call in its canonical form: arguments in the order in which they were recorded, one blank after `,` and
 * `:`, strings with JSON's shortest escapes, numbers digit for digit. Arguments that are no JSON are written as they
 * came.
 */
export function renderCall({ name, arguments: given }: ToolCall, form: ToolCallForm): string {
  if (given === undefined || given === null || given === '') return `${name}()`
  const json = typeof given === 'string' ? given : JSON.stringify(given)
  const canonical = canonicalJson(json)
  if (canonical === null) return `${name}(${json.trim()})`
  const { text, entries } = canonical
  if (form === 'json' || entries === null) return `${name}(${text})`
  return `${name}(${entries.map(({ key, value }) => `${key}=${value}`).join(', ')})`
}

/** JSON as the arguments of a call are written; a text that is no JSON as it came. */
export function spacedJson(json: string): string {
  return canonicalJson(json)?.text ?? json
}

/** A string, a number or word, or a sign of valid JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}[\]:,]+|[{}[\]:,]/gs
/** What a keyword may be called without quotes. */
const IDENTIFIER = /^"([A-Za-z_][A-Za-z0-9_]*)"$/

interface CanonicalJson {
  text: string
  /** The members of an object, `key` unquoted where it is an identifier; null for anything else. */
  entries: { key: string; value: string }[] | null
}

function canonicalJson(json: string): CanonicalJson | null {
  try {
    JSON.parse(json)
  } catch {
    return null
  }
  const parts: string[] = []
  const entries: { key: string; value: string }[] = []
  let depth = 0
  let key = ''
  let from = 0
  const close = () => {
    if (key !== '') entries.push({ key: key.replace(IDENTIFIER, '$1'), value: parts.slice(from).join('') })
    key = ''
  }
  for (const [raw] of json.matchAll(TOKEN)) {
    const token = raw.includes('\\') ? JSON.stringify(JSON.parse(raw)) : raw
    if (depth === 1 && (token === ',' || token === '}')) close()
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    if (depth === 1 && token === ':' && key === '') {
      key = parts.at(-1)!
      from = parts.length + 1
    }
    parts.push(token === ':' || token === ',' ? `${token} ` : token)
  }
  return { text: parts.join(''), entries: parts[0] === '{' ? entries : null }
}

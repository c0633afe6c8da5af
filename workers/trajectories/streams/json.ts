import { lineNumber } from '../notation/lines.ts'

export type Parsed = { ok: true; value: unknown } | { ok: false; error: JsonError }

export interface JsonError {
  /** Both counted from 1; `column` in UTF-16 code units. */
  line: number
  column: number
  /** What stands there and what should, as a clause. */
  reason: string
}

/**
 * JSON.parse that says where it broke: engines differ in what they tell, and some tell nothing. Python's NaN and
 * Infinity, which are no JSON, are read as null.
 */
export function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    const finite = withoutNaN(text)
    if (finite !== null) {
      try {
        return { ok: true, value: JSON.parse(finite) }
      } catch {
        // Broken for another reason, which is said below.
      }
    }
    return { ok: false, error: jsonError(text) }
  }
}

/** Where a text breaks that JSON.parse refused, and why. */
export function jsonError(text: string): JsonError {
  const { at, reason } = firstError(text)
  const newline = at === 0 ? -1 : text.lastIndexOf('\n', at - 1)
  return { line: lineNumber(text, at), column: at - newline, reason }
}

const NOT_FINITE = /-?\b(?:NaN|Infinity)\b/g

/** The text with null for every NaN and Infinity outside its strings; itself null when there is none at all. */
function withoutNaN(text: string): string | null {
  if (!text.includes('NaN') && !text.includes('Infinity')) return null
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    parts.push(text.slice(at, end).replace(NOT_FINITE, 'null'))
    at = quote < 0 ? end : stringEnd(text, quote)
    parts.push(text.slice(end, at))
  }
  return parts.join('')
}

/** One past the quote that closes the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = quote
    while (text[escapes - 1] === '\\') escapes--
    if ((quote - escapes) % 2 === 0) return quote + 1
  }
  return text.length
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const WORD = /[A-Za-z_]+/y

/** Offset of the first character that breaks JSON's grammar (RFC 8259); no recursion, so depth does not matter. */
function firstError(text: string): { at: number; reason: string } {
  const open: string[] = []
  let at = 0
  let expecting: 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'end of file' =
    'value'
  const fail = (reason: string) => ({ at, reason })
  const seen = () => {
    if (at >= text.length) return 'the file ends'
    WORD.lastIndex = at
    const word = WORD.exec(text)?.[0].slice(0, 20)
    return `there is ${word ?? JSON.stringify(String.fromCodePoint(text.codePointAt(at)!))}`
  }
  for (;;) {
    while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++
    const char = text[at]
    const closes = char !== undefined && char === open.at(-1)
    if (expecting === 'end of file') {
      return fail(
        at < text.length ? `${seen()} after the end of the JSON value` : 'the JSON value is not accepted',
      )
    }
    if (closes && expecting.endsWith('end')) {
      open.pop()
      at++
      expecting = open.length > 0 ? 'comma or end' : 'end of file'
      continue
    }
    if (expecting === 'comma or end') {
      if (char !== ',') return fail(`${seen()} where "," or "${open.at(-1)}" should stand`)
      at++
      expecting = open.at(-1) === '}' ? 'key' : 'value'
      continue
    }
    if (expecting === 'colon') {
      if (char !== ':') return fail(`${seen()} where ":" should stand`)
      at++
      expecting = 'value'
      continue
    }
    const key: boolean = expecting === 'key' || expecting === 'key or end'
    if (char === '"') {
      const start = at++
      for (;;) {
        while (at < text.length && isPlain(text.charCodeAt(at))) at++
        if (text[at] === '"') break
        ESCAPE.lastIndex = at
        if (ESCAPE.test(text)) at = ESCAPE.lastIndex
        else if (at >= text.length) {
          at = start
          return fail('there is a string that is never closed')
        } else if (text[at] === '\\') return fail('there is an escape that JSON does not know')
        else return fail('there is a line break or control character inside a string')
      }
      at++
      expecting = key ? 'colon' : open.length > 0 ? 'comma or end' : 'end of file'
      continue
    }
    if (key) return fail(`${seen()} where a "key" in double quotes should stand`)
    if (char === '{' || char === '[') {
      open.push(char === '{' ? '}' : ']')
      at++
      expecting = char === '{' ? 'key or end' : 'value or end'
      continue
    }
    NUMBER.lastIndex = at
    const literal = ['true', 'false', 'null'].find((word) => text.startsWith(word, at))
    if (literal !== undefined) at += literal.length
    else if (NUMBER.test(text)) at = NUMBER.lastIndex
    else return fail(`${seen()} where a value should stand`)
    expecting = open.length > 0 ? 'comma or end' : 'end of file'
  }
}

/** What may stand in a JSON string as it is: no control character, quote or backslash. */
function isPlain(code: number): boolean {
  return code >= 32 && code !== 34 && code !== 92
}

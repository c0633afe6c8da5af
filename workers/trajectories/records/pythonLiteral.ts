/**
 * Python literals as `repr` and `pprint` write them, read without running anything: strings, numbers, lists, tuples,
 * sets, dictionaries, `None`, and objects as `Name(field=value)`. What is none of these (`<object at 0x…>`) is kept as
 * it stands.
 */
export type PythonNode = {
  /** Its source: [start, end) of the text. */
  start: number
  end: number
} & (
  | { kind: 'string'; value: string }
  | { kind: 'number'; text: string }
  | { kind: 'constant'; value: boolean | null }
  | { kind: 'list'; items: PythonNode[] }
  | { kind: 'dict'; entries: [key: PythonNode, value: PythonNode][] }
  | { kind: 'object'; name: string; items: PythonNode[]; fields: [name: string, value: PythonNode][] }
  | { kind: 'raw' }
)

/** Deeper literals are not read: their readers would need as deep a stack. */
const DEEPEST = 200
const SPACE = /[\s\\]*/y
const NUMBER =
  /[+-]?(?:0[xXoObB][\da-fA-F_]{1,400}|(?:\d[\d_]{0,400}\.?[\d_]{0,400}|\.\d[\d_]{0,400})(?:[eE][+-]?\d{1,9})?)(?![\w.])/y
const NAME = /[A-Za-z_][\w.]{0,200}/y
const PREFIXED_STRING = /(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?(?=['"])/y
const FIELD = /([A-Za-z_]\w{0,200})\s{0,40}=(?!=)/y
const CONSTANTS = new Map<string, boolean | null>([
  ['True', true],
  ['False', false],
  ['None', null],
])

/**
 * The literal that begins at `at`; its `node` is null when none does. Takes time linear in the number of characters
 * it `looked` at, and never throws.
 */
export function readPython(text: string, at: number): { node: PythonNode | null; looked: number } {
  const walk: Walk = { depth: 0, furthest: at }
  const node = nodeAt(text, at, walk)
  return { node, looked: Math.max(walk.furthest, node?.end ?? at) - at }
}

interface Walk {
  depth: number
  /** The last offset at which something was looked for. */
  furthest: number
}

function nodeAt(text: string, from: number, walk: Walk): PythonNode | null {
  if (walk.depth > DEEPEST) return null
  walk.depth++
  const node = anyAt(text, skip(SPACE, text, from), walk)
  walk.depth--
  walk.furthest = Math.max(walk.furthest, node?.end ?? from)
  return node
}

function anyAt(text: string, start: number, walk: Walk): PythonNode | null {
  const code = text.charCodeAt(start)
  if (code === 91 || code === 40) return listAt(text, start, walk)
  if (code === 123) return dictAt(text, start, walk)
  const string = stringsAt(text, start, walk)
  if (string !== null) return string
  if (matches(NUMBER, text, start)) {
    return { kind: 'number', text: text.slice(start, NUMBER.lastIndex), start, end: NUMBER.lastIndex }
  }
  if (matches(NAME, text, start)) {
    const end = NAME.lastIndex
    const name = text.slice(start, end)
    if (text.charCodeAt(end) === 40) return objectAt(text, start, end, name, walk)
    const value = CONSTANTS.get(name)
    if (value !== undefined) return { kind: 'constant', value, start, end }
  }
  return rawAt(text, start)
}

/** One past the white space, and whatever else a pattern skips. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** Walks the members of a bracket up to its closing sign; null when one of them cannot be read. */
function members(
  text: string,
  open: number,
  close: number,
  read: (at: number) => number | null,
): number | null {
  for (let at = skip(SPACE, text, open + 1); at < text.length; ) {
    if (text.charCodeAt(at) === close) return at + 1
    const end = read(at)
    if (end === null || end <= at) return null
    at = skip(SPACE, text, end)
    if (text.charCodeAt(at) === 44) at = skip(SPACE, text, at + 1)
    else if (text.charCodeAt(at) !== close) return null
  }
  return null
}

function listAt(text: string, start: number, walk: Walk): PythonNode | null {
  const items: PythonNode[] = []
  const end = members(text, start, text.charCodeAt(start) === 91 ? 93 : 41, (at) => {
    const item = nodeAt(text, at, walk)
    if (item === null) return null
    items.push(item)
    return item.end
  })
  if (end === null) return null
  // Brackets around a single value, without a comma: how long strings are broken into lines.
  const single = items.length === 1 && text.charCodeAt(start) === 40 ? items[0] : undefined
  if (single !== undefined && !text.slice(single.end, end).includes(',')) return { ...single, start, end }
  return { kind: 'list', items, start, end }
}

/** A dictionary, or a set: then a list. */
function dictAt(text: string, start: number, walk: Walk): PythonNode | null {
  const entries: [PythonNode, PythonNode][] = []
  const items: PythonNode[] = []
  const end = members(text, start, 125, (at) => {
    const key = nodeAt(text, at, walk)
    if (key === null) return null
    const colon = skip(SPACE, text, key.end)
    if (text.charCodeAt(colon) !== 58) {
      items.push(key)
      return key.end
    }
    const value = nodeAt(text, colon + 1, walk)
    if (value === null) return null
    entries.push([key, value])
    return value.end
  })
  if (end === null || (items.length > 0 && entries.length > 0)) return null
  return items.length > 0 ? { kind: 'list', items, start, end } : { kind: 'dict', entries, start, end }
}

function objectAt(text: string, start: number, open: number, name: string, walk: Walk): PythonNode | null {
  const items: PythonNode[] = []
  const fields: [string, PythonNode][] = []
  const end = members(text, open, 41, (at) => {
    const named = matches(FIELD, text, at)
    const from = named ? FIELD.lastIndex : at
    const value = nodeAt(text, from, walk)
    if (value === null) return null
    if (named) fields.push([/^\w+/.exec(text.slice(at, from))![0], value])
    else items.push(value)
    return value.end
  })
  return end === null ? null : { kind: 'object', name, items, fields, start, end }
}

/** Strings side by side are one, as Python has it. */
function stringsAt(text: string, start: number, walk: Walk): PythonNode | null {
  const parts: string[] = []
  let end = start
  for (let at = start; ; at = skip(SPACE, text, end)) {
    const string = stringAt(text, at, walk)
    if (string === null) break
    parts.push(string.value)
    end = string.end
  }
  return parts.length === 0 ? null : { kind: 'string', value: parts.join(''), start, end }
}

function stringAt(text: string, start: number, walk: Walk): { value: string; end: number } | null {
  if (!matches(PREFIXED_STRING, text, start)) return null
  const open = PREFIXED_STRING.lastIndex
  const verbatim = /r/i.test(text.slice(start, open))
  const quote = text[open]!
  const sign = text.startsWith(quote.repeat(3), open) ? quote.repeat(3) : quote
  const parts: string[] = []
  let from = open + sign.length
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 92) {
      if (!verbatim) {
        const escaped = escapeAt(text, at)
        parts.push(text.slice(from, at), escaped.value)
        from = escaped.end
      }
      at = verbatim ? at + 1 : from - 1
    } else if (code === quote.charCodeAt(0) && text.startsWith(sign, at)) {
      parts.push(text.slice(from, at))
      return { value: parts.join(''), end: at + sign.length }
    } else if (code === 10 && sign.length === 1) break
  }
  // Not closed: what was read in vain counts as looked at.
  walk.furthest = Math.max(walk.furthest, sign.length === 1 ? from : text.length)
  return null
}

const ESCAPE =
  /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|(\r?\n)|([\\'"abfnrtv]))/y
const SIGNS: Record<string, string> = {
  ...{ '\\': '\\', "'": "'", '"': '"', a: '\u0007', b: '\b' },
  ...{ f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
}
const HIGHEST_CODE_POINT = 0x10ffff

/** An escape and what it stands for; one that Python does not know stands for itself. */
function escapeAt(text: string, at: number): { value: string; end: number } {
  ESCAPE.lastIndex = at
  const match = ESCAPE.exec(text)
  if (match === null) return { value: '\\', end: at + 1 }
  const [whole, x, u, U, octal, newline, sign] = match
  const end = at + whole.length
  if (newline !== undefined) return { value: '', end }
  if (sign !== undefined) return { value: SIGNS[sign]!, end }
  const code = octal === undefined ? Number.parseInt((x ?? u ?? U)!, 16) : Number.parseInt(octal, 8)
  return { value: code > HIGHEST_CODE_POINT ? whole : String.fromCodePoint(code), end }
}

const RAW = /<[^<>\n]{0,400}>|\.{3}|[A-Za-z_][\w.]{0,200}(?:\[[^[\]\n]{0,200}\])?/y

/** What no literal is: `<Tool.SEARCH: 'search'>`, `<object at 0x…>`, `nan`, `...`. */
function rawAt(text: string, start: number): PythonNode | null {
  RAW.lastIndex = start
  return RAW.test(text) ? { kind: 'raw', start, end: RAW.lastIndex } : null
}

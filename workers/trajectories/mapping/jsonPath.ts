/**
 * Paths into JSON, as recipes write them:
 * - `a.b` – the member `b` of the member `a`
 * - `a[0]`, `a[-1]` – an element of a list, counted from 0, or back from its end
 * - `a[*]` – every element of a list, or every value of an object, in their order
 * - `["a.b"]` – a member whose name holds `.`, `[`, `]`, `"` or white space at its ends; escapes as in JSON
 *
 * A path may begin with `$.` or `$[`; `$` alone is the value itself, and so is the empty path.
 */

export type PathPart = { key: string } | { index: number } | 'each'
export type JsonPath = readonly PathPart[]

export type ParsedPath = { ok: true; path: JsonPath } | { ok: false; reason: string }

const INDEX = /\[[ ]{0,9}(-?\d{1,9})[ ]{0,9}\]/y
const EACH = /\[[ ]{0,9}\*[ ]{0,9}\]/y
const QUOTED = /\[[ ]{0,9}("[^"\\]*(?:\\.[^"\\]*)*")[ ]{0,9}\]/y
const NAME = /[^.[\]"]+/y

/** Reads a path; where it is none, `reason` says why as a clause that follows "must be a path ...:". */
export function parsePath(source: string): ParsedPath {
  const path: PathPart[] = []
  const root = /^\$(?=$|[.[])/.test(source)
  let at = root ? 1 : 0
  const fail = (reason: string): ParsedPath => {
    return { ok: false, reason: `${reason} at character ${at + 1} of ${JSON.stringify(source)}` }
  }
  let dotted = !root
  while (at < source.length) {
    const char = source[at]!
    if (char === '[') {
      const part = bracket(source, at)
      if (part === null) return fail('only [0], [*] or ["a name"] may stand in brackets')
      path.push(part.part)
      at = part.end
      dotted = false
      continue
    }
    if (char === '.' && !dotted) {
      at++
      dotted = true
      continue
    }
    NAME.lastIndex = at
    const name = dotted ? NAME.exec(source)?.[0] : undefined
    if (name === undefined) return fail(dotted ? 'a name is missing' : `"." or "[" should stand`)
    if (name === '*') return fail('write [*] for every element instead of *')
    path.push({ key: name })
    at = NAME.lastIndex
    dotted = false
  }
  if (dotted && source !== '') return fail('a name is missing')
  return { ok: true, path }
}

function bracket(source: string, at: number): { part: PathPart; end: number } | null {
  EACH.lastIndex = at
  if (EACH.test(source)) return { part: 'each', end: EACH.lastIndex }
  INDEX.lastIndex = at
  const index = INDEX.exec(source)
  if (index !== null) return { part: { index: Number(index[1]) }, end: INDEX.lastIndex }
  QUOTED.lastIndex = at
  const quoted = QUOTED.exec(source)
  if (quoted === null) return null
  try {
    return { part: { key: JSON.parse(quoted[1]!) as string }, end: QUOTED.lastIndex }
  } catch {
    return null
  }
}

/** A path as it is written; the inverse of `parsePath`. */
export function writePath(path: JsonPath): string {
  let text = ''
  for (const part of path) {
    if (part === 'each') text += '[*]'
    else if ('index' in part) text += `[${part.index}]`
    else if (/^[^.[\]"*$\s]$|^[^.[\]"*$\s][^.[\]"]*[^.[\]"\s]$/.test(part.key))
      text += text === '' ? part.key : `.${part.key}`
    else text += `[${JSON.stringify(part.key)}]`
  }
  return text
}

export interface Reached {
  value: unknown
  /** Which elements were taken at each `[*]` on the way. */
  trail: readonly number[]
}

/** Everything that a path leads to, in the order of the value; nothing where it leads nowhere. Never throws. */
export function evaluate(path: JsonPath, root: unknown): Reached[] {
  let reached: Reached[] = [{ value: root, trail: [] }]
  for (const part of path) {
    const next: Reached[] = []
    for (const { value, trail } of reached) {
      if (part === 'each') {
        const children = elementsOf(value)
        for (let i = 0; i < children.length; i++) next.push({ value: children[i], trail: [...trail, i] })
        continue
      }
      const child = 'key' in part ? memberOf(value, part.key) : elementOf(value, part.index)
      if (child !== undefined) next.push({ value: child, trail })
    }
    reached = next
  }
  return reached
}

function elementsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

function elementOf(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value.at(index) : undefined
}

/** A path that leads somewhere in a sample, for people to choose from. */
export interface JsonPathSample {
  path: string
  /** The beginning of a value that it leads to, the first that is not blank; strings as they are, the rest as JSON. */
  example: string
  /** How many values it leads to in the sample. */
  values: number
}

const LONGEST_EXAMPLE = 120
const DEEPEST = 12
const MOST_VALUES = 20_000

/**
 * The distinct paths to strings, numbers, booleans and empty values in a sample, list elements as `[*]`, in the order
 * in which they are met. A large sample is looked at in part.
 *
 * @param most how many paths to list at most
 */
export function listPaths(sample: unknown, most = 300): JsonPathSample[] {
  const found = new Map<string, JsonPathSample>()
  let looked = 0
  const visit = (value: unknown, path: PathPart[]): void => {
    if (looked++ >= MOST_VALUES) return
    const nested = typeof value === 'object' && value !== null
    if (nested && path.length < DEEPEST) {
      if (Array.isArray(value)) for (const element of value) visit(element, [...path, 'each'])
      else for (const [key, child] of Object.entries(value)) visit(child, [...path, { key }])
      if (elementsOf(value).length > 0) return
    }
    const written = writePath(path)
    const known = found.get(written)
    if (known === undefined && found.size >= most) return
    const entry = known ?? { path: written, example: '', values: 0 }
    entry.values++
    if (entry.example.trim() === '') entry.example = exampleOf(value)
    found.set(written, entry)
  }
  visit(sample, [])
  return [...found.values()]
}

function exampleOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  // Not between the two halves of a character outside the basic plane.
  return text.slice(0, LONGEST_EXAMPLE).replace(/[\uD800-\uDBFF]$/, '')
}

/**
 * The record at which the paths of a mapping begin, in a sample that may hold many: the first element of a list of
 * objects, or the first value of an object that holds one object like it after another under names of their own.
 */
export function sampleRecord(sample: unknown): unknown {
  let record = sample
  for (let depth = 0; depth < DEEPEST; depth++) {
    const children = elementsOf(record)
    const first = children[0]
    if (typeof first !== 'object' || first === null) return record
    const many =
      Array.isArray(record) || (children.length > 1 && children.every((child) => alike(child, first)))
    if (!many) return record
    record = first
  }
  return record
}

function alike(value: unknown, other: object): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Array.isArray(other))
    return false
  const keys = Object.keys(other)
  return keys.length > 1 && keys.filter((key) => Object.hasOwn(value, key)).length * 2 > keys.length
}

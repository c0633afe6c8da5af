import type { z } from 'zod'

/** One thing that is wrong with a JSON value. */
export interface Issue {
  /** The key it is about, dotted, e.g. `student.width`; empty for the whole value. */
  path: string
  /** What would be right and what is there, to be read after the key, e.g. `must be at least 1 (it is -2)`. */
  message: string
}

/**
 * Everything that a schema found wrong with a value, in words a person can act on; one issue for a key.
 *
 * @param input the value that was checked
 */
export function issuesOf(error: z.ZodError, input: unknown): Issue[] {
  const issues = new Map<string, Issue>()
  for (const issue of error.issues) {
    const keys = issue.path.map(String)
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const path = [...keys, key].join('.')
        issues.set(path, { path, message: 'is an unknown key: remove it or correct its spelling' })
      }
      continue
    }
    const path = keys.join('.')
    // zod's own bound of whole numbers, 2⁵³, comes before the schema's, which says more.
    if (issues.has(path) && issue.code !== 'too_big') continue
    const is = issue.code === 'custom' ? '' : ` (it is ${found(valueAt(input, keys))})`
    issues.set(path, { path, message: `${demand(issue)}${is}` })
  }
  return [...issues.values()]
}

/** The issues as one sentence without its full stop: each key, what would be right, what is there. */
export function describeIssues(issues: readonly Issue[], whole: string): string {
  return issues.map(({ path, message }) => `${path || whole} ${message}`).join('; ')
}

function demand(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${NAMES[issue.expected] ?? issue.expected}`
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty'
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
    case 'invalid_value':
      return `must be ${alternatives(issue.values)}`
    case 'invalid_union':
      // Of a union told apart by a key, which is the last of the path.
      return `must be ${alternatives((issue as { options?: unknown[] }).options ?? [])}`
    default:
      return issue.message
  }
}

const NAMES: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  object: 'a JSON object',
  array: 'a list',
  boolean: 'true or false',
}

function alternatives(values: readonly unknown[]): string {
  const names = values.map(found)
  const last = names.pop() ?? 'something else'
  return names.length > 0 ? `${names.join(', ')} or ${last}` : last
}

function valueAt(input: unknown, keys: readonly string[]): unknown {
  let value = input
  for (const key of keys) value = (value as Record<string, unknown> | undefined)?.[key]
  return value
}

const LONGEST_VALUE = 40

/** What stands where something else should, for messages: a kind of thing, or the beginning of what it says. */
export function found(value: unknown): string {
  if (value === undefined) return 'missing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}

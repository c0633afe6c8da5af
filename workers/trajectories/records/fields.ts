/** Looks into parsed JSON without trusting it. */
import { isRecord } from '../../isRecord.ts'

export function recordOf(value: unknown): Record<string, unknown> | undefined {
  return isRecord(value) ? value : undefined
}

/** The value where it is a string with more than white space in it. */
export function wordsOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** The first of these fields that holds anything but null. */
export function firstOf(record: Record<string, unknown>, keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = record[key]
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

/** A value, or what a string holds as JSON: tables keep lists and objects as text. Anything else stays as it is. */
export function unpacked(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s{0,20}[[{]/.test(value)) return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}

/** JSON, or '' for what JSON cannot hold; nothing in it throws. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)) ?? ''
  } catch {
    // Nested more deeply than the engine's stack reaches.
    return ''
  }
}

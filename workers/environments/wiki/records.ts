/** Reads JSON records of an uploaded corpus one by one, and says in one sentence what is wrong with those that are not as they should be. */
import { LabError } from '../../errors.ts'
import { isRecord } from '../../isRecord.ts'
import { found } from '../../issues.ts'
import { oneLine } from '../../oneLine.ts'
import { parseJson } from '../../trajectories/streams/json.ts'

/** What was read of a file. */
export interface Records<T> {
  records: T[]
  /** One sentence each; of many only the first ones. */
  problems: string[]
}

/** Problems that are told one by one. */
const MOST_PROBLEMS = 20

/**
 * Reads every record of a file with `read`, which throws a `Wrong` for one that is not as it should be.
 *
 * @param name the file's name, as the person knows it
 * @param kind what a record is, for messages: "question"
 * @throws LabError `empty-file` or `broken-record` where there is not one record to go on with
 */
export function readRecords<T>(
  name: string,
  text: string,
  kind: string,
  read: (record: Record<string, unknown>, number: number) => T,
): Records<T> {
  if (text.trim() === '') throw new LabError('empty-file', `${name} is empty.`)
  const records: T[] = []
  const problems: string[] = []
  let wrong = 0
  const tell = (problem: string) => {
    wrong++
    if (problems.length < MOST_PROBLEMS) problems.push(problem)
  }
  let number = 0
  for (const { place, value, broken } of values(name, text)) {
    number++
    if (broken !== undefined) {
      tell(`${name}, ${place}: ${broken}.`)
      continue
    }
    try {
      if (!isRecord(value)) throw new Wrong('it must be a JSON object')
      records.push(read(value, number))
    } catch (thrown) {
      if (!(thrown instanceof Wrong)) throw thrown
      tell(`${name}, ${place}: ${thrown.message}.`)
    }
  }
  if (records.length === 0) {
    throw new LabError('broken-record', problems[0] ?? `${name} holds no ${kind}: its list is empty.`)
  }
  if (wrong > problems.length) problems.push(`${name}: ${wrong - problems.length} more are left out.`)
  return { records, problems }
}

/** What is wrong with a record, as a clause without its full stop. */
export class Wrong extends Error {}

/** The text under a key. @throws Wrong */
export function textOf(record: Record<string, unknown>, key: string): string {
  const value = record[key]
  if (typeof value !== 'string') throw new Wrong(`"${key}" must be text (it is ${shown(value)})`)
  const line = oneLine(value)
  if (line === '') throw new Wrong(`"${key}" must not be empty`)
  return line
}

/** What stands where something else should, for messages; of a list also that it is empty. */
export function shown(value: unknown): string {
  return Array.isArray(value) && value.length === 0 ? 'an empty list' : found(value)
}

interface Found {
  place: string
  value?: unknown
  /** Why there is no value. */
  broken?: string
}

/** The elements of one JSON list, or the lines of JSONL. */
function* values(name: string, text: string): Generator<Found> {
  const parsed = /^\s*\[/.test(text) ? parseJson(text) : null
  if (parsed?.ok && Array.isArray(parsed.value)) {
    for (const [i, value] of parsed.value.entries()) yield { place: `record ${i + 1}`, value }
    return
  }
  if (parsed?.ok === false) {
    const { line, column, reason } = parsed.error
    throw new LabError('broken-record', `${name} is no JSON: in line ${line}, column ${column}, ${reason}.`)
  }
  let line = 0
  let begun = false
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline
    const content = text.slice(at, end).trim()
    line++
    at = end + 1
    if (content === '') continue
    const record = parseJson(content)
    if (record.ok) yield { place: `line ${line}`, value: record.value }
    else if (begun) yield { place: `line ${line}`, broken: `it is no JSON: ${record.error.reason}` }
    else {
      throw new LabError(
        'broken-record',
        `${name} is neither a JSON list nor one JSON object per line: in line ${line}, ${record.error.reason}.`,
      )
    }
    begun = true
  }
}

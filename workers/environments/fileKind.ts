import { LabError } from '../errors.ts'
import { isRecord } from '../isRecord.ts'
import { parseJson } from '../trajectories/streams/json.ts'

/** What a file holds that a world can be made of: HotpotQA's questions, pages (and questions about them), WebShop's goods. */
export type FileKind = 'questions' | 'pages' | 'items'

/** Records that are looked at: single ones may lack what tells. */
const LOOKED_AT = 20

/**
 * What a file holds, by the names in its first records; null where these say nothing.
 *
 * @throws LabError `empty-file`, or `broken-record` where it is no JSON at all
 */
export function fileKind(name: string, text: string): FileKind | null {
  if (text.trim() === '') throw new LabError('empty-file', `${name} is empty.`)
  const line = /^\s*\{/.test(text) ? parseJson(firstLine(text)) : null
  if (line?.ok && isRecord(line.value)) {
    const kind = kindOfRecord(line.value)
    if (kind !== null) return kind
  }
  const whole = parseJson(text)
  if (whole.ok && Array.isArray(whole.value)) {
    const records = whole.value.slice(0, LOOKED_AT).filter(isRecord)
    return records.map(kindOfRecord).find((kind) => kind !== null) ?? null
  }
  if (whole.ok && isRecord(whole.value)) return kindOfRecord(whole.value) ?? kindOfTable(whole.value)
  // Lines of JSON are no JSON as a whole.
  if (whole.ok || line?.ok) return null
  const { line: at, column, reason } = whole.error
  throw new LabError('broken-record', `${name} is no JSON: in line ${at}, column ${column}, ${reason}.`)
}

function kindOfRecord(record: Record<string, unknown>): FileKind | null {
  const has = (...keys: string[]) => keys.some((key) => Object.hasOwn(record, key))
  if (has('asin', 'pricing', 'customization_options')) return 'items'
  if (has('context', 'supporting_facts')) return 'questions'
  return has('question', 'title', 'text') ? 'pages' : null
}

/** WebShop's attributes and instructions stand in an object, by the asin of their item. */
function kindOfTable(table: Record<string, unknown>): FileKind | null {
  const said = Object.values(table).slice(0, LOOKED_AT)
  const known = said.flat().filter(isRecord)
  return known.some((one) => 'instruction' in one || 'attributes' in one || 'instruction_attributes' in one)
    ? 'items'
    : null
}

function firstLine(text: string): string {
  const from = text.search(/\S/)
  const newline = text.indexOf('\n', from)
  return newline < 0 ? text.slice(from) : text.slice(from, newline)
}

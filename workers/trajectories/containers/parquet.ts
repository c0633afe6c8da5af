import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { LabError, messageOf } from '../../errors.ts'
import { DEEPEST_JSON, type Findings } from '../streams/findings.ts'
import { megabytes } from '../streams/limits.ts'
import { Neighbours } from '../streams/walk.ts'
import { cellValue } from './csv.ts'
import { awaited, type Bytes, type Pull } from './pull.ts'

/** Rows that are walked between two pauses. */
const ROWS_AT_ONCE = 16

/**
 * Reads a Parquet table row group by row group, its rows as records. Text that holds JSON is parsed, as in a table of
 * comma-separated values.
 *
 * @throws LabError `broken-record` for a table that is damaged or packed in a way nobody reads
 */
export function* readParquet(bytes: Bytes, findings: Findings): Pull {
  const { name, task } = findings
  const file = { byteLength: bytes.size, slice: (start: number, end = bytes.size) => bytes.slice(start, end) }
  const records = new Neighbours(findings, 0, 'row')
  findings.blank = false
  try {
    const metadata = yield* awaited(parquetMetadataAsync(file, { geoparquet: false }))
    let rowStart = 0
    for (const [i, group] of metadata.row_groups.entries()) {
      const rowEnd = rowStart + Number(group.num_rows)
      const size = Number(group.total_byte_size)
      if (size > task.limits.rowGroup) {
        findings.problem(
          `Row group ${i + 1} of ${name} unpacks to ${megabytes(size)}, more than the ${megabytes(task.limits.rowGroup)} read at once; write the table again with smaller row groups.`,
        )
      } else {
        const packed = guarded(task.limits.rowGroup)
        const rows = yield* awaited(
          parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors: packed, geoparquet: false }),
        )
        for (const [k, row] of rows.entries()) {
          if (k % ROWS_AT_ONCE === 0) yield
          records.add(plain(row, 0), rowStart + k + 1)
        }
      }
      rowStart = rowEnd
    }
  } catch (error) {
    if (error instanceof LabError || (error instanceof Error && error.name === 'AbortError')) throw error
    throw new LabError(
      'broken-record',
      `${name} is a Parquet table that cannot be read (${messageOf(error)}); export it as JSONL.`,
      { cause: error },
    )
  }
  records.flush()
}

/** Decompressors that believe no page that claims to be larger than its row group may be. */
function guarded(limit: number): typeof compressors {
  return Object.fromEntries(
    Object.entries(compressors).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, length: number) => {
        if (length > limit) throw new Error(`a page claims to unpack to ${megabytes(length)}`)
        return unpack!(input, length)
      },
    ]),
  )
}

/** What JSON would have held: whole numbers as numbers where they fit, dates as text, no raw bytes. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return depth === 1 ? cellValue(value) : value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value !== 'object' || value === null || depth > DEEPEST_JSON) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return null
  if (Array.isArray(value)) return value.map((element) => plain(element, depth + 1))
  if (ArrayBuffer.isView(value))
    return Array.from(value as unknown as Iterable<unknown>, (element) => plain(element, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field, depth + 1)]))
}

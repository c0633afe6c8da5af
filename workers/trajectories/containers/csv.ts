import Papa from 'papaparse'
import { isBlank, lineEnd, lineStart, skipSpace } from '../notation/lines.ts'
import { readPython } from '../records/pythonLiteral.ts'
import { plainValue } from '../records/pythonValue.ts'
import type { Findings } from '../streams/findings.ts'
import { parseJson } from '../streams/json.ts'
import { megabytes } from '../streams/limits.ts'
import type { TextReader } from '../streams/textReader.ts'
import { Neighbours } from '../streams/walk.ts'

const DELIMITERS = ['\t', ',', ';']
const ROWS_LOOKED_AT = 5
const MOST_COLUMNS = 500
/** What a column may be called: a few words, no sentence. */
const COLUMN = /^[\p{L}_][\p{L}\p{N}_ .:/-]{0,63}$/u
/** Columns that tables of trajectories have, in small letters without signs. */
const KNOWN_COLUMNS = new Set(
  [
    ['messages', 'conversations', 'conversation', 'dialog', 'dialogue', 'chat', 'history', 'turns', 'text'],
    ['trajectory', 'trajectories', 'traj', 'transcript', 'episode', 'steps', 'rollout', 'log', 'trace'],
    ['prompt', 'instruction', 'input', 'output', 'response', 'completion', 'question', 'query', 'task'],
    ['thought', 'thoughts', 'reasoning', 'reason', 'think', 'action', 'actions', 'act', 'command'],
    ['observation', 'observations', 'obs', 'toolcalls', 'role', 'content', 'actioninput'],
  ].flat(),
)

/**
 * A reader for comma- or tab-separated values, when the head of a text is the head of such a table: a row of column
 * names that tables of trajectories have, or whose cells hold JSON.
 */
export function tableOf(text: string, findings: Findings): TextReader | null {
  // Blank lines may stand above it.
  const head = text.slice(lineStart(text, skipSpace(text, 0)))
  const newline = head[lineEnd(head, 0) - 2] === '\r' ? '\r\n' : '\n'
  for (const delimiter of DELIMITERS) {
    const options = { delimiter, newline } as const
    const { data } = new Papa.Parser({ ...options, preview: ROWS_LOOKED_AT }).parse(head, 0, false)
    const [header, ...rows] = data as string[][]
    if (header && isTable(header, rows)) return new Table(findings, header, options)
  }
  return null
}

function isTable(header: string[], rows: string[][]): boolean {
  if (header.length > MOST_COLUMNS || new Set(header).size < header.length || rows.length === 0) return false
  // Tables that programs write often begin with the number of the row, in a column without a name.
  if (!header.every((name, i) => COLUMN.test(name) || (name === '' && i === 0 && header.length > 1)))
    return false
  // The last row may be cut off where the head ends.
  const whole = rows.filter((row, i) => !isBlankRow(row) && (i < rows.length - 1 || rows.length === 1))
  const fits = whole.every((row, i) => row.length === header.length || (rows.length === 1 && i === 0))
  if (!fits) return false
  const known = header.some((name) => KNOWN_COLUMNS.has(name.toLowerCase().replace(/[^a-z]/g, '')))
  if (header.length === 1) return known && rows.some(([cell]) => cell?.includes('\n'))
  return known || rows.flat().some((cell) => typeof cellValue(cell) === 'object')
}

function isBlankRow(row: string[]): boolean {
  return row.length === 1 && row[0]!.trim() === ''
}

/** Rows are read once this many characters have come. */
const PIECE = 2 ** 18

class Table implements TextReader {
  private pieces: string[] = []
  private length = 0
  private target = PIECE
  /** Rows so far, the header included. */
  private rows = 0
  private headed = false
  private stopped = false
  private readonly parser: Papa.Parser
  private readonly records: Neighbours

  constructor(
    private readonly findings: Findings,
    private readonly header: string[],
    options: { delimiter: string; newline: '\n' | '\r\n' },
  ) {
    this.parser = new Papa.Parser(options)
    this.records = new Neighbours(findings, 0, 'row')
  }

  push(text: string): void {
    if (this.stopped) return
    this.pieces.push(text)
    this.length += text.length
    if (this.length >= this.target) this.read(false)
  }

  end(): void {
    if (!this.stopped) this.read(true)
    this.records.flush()
  }

  /** Reads the rows that have come; the last one may go on. */
  private read(final: boolean): void {
    const text = this.pieces.join('')
    const { data, meta } = this.parser.parse(text, 0, !final)
    for (const row of data as string[][]) this.take(row)
    const rest = final ? '' : text.slice(meta.cursor)
    this.pieces = [rest]
    this.length = rest.length
    this.target = Math.max(PIECE, 2 * rest.length)
    const { name, task } = this.findings
    if (rest.length <= task.limits.longestLine) return
    this.stopped = true
    this.findings.problem(
      `Row ${this.rows + 1} of ${name} is longer than ${megabytes(task.limits.longestLine)}, so it and what follows was left out; is there a quote that is never closed?`,
    )
  }

  private take(row: string[]): void {
    this.rows++
    if (isBlankRow(row)) return
    if (!this.headed) {
      this.headed = true
      return
    }
    const record: Record<string, unknown> = {}
    this.header.forEach((name, i) => {
      const cell = row[i]
      if (cell !== undefined && cell !== '') record[name || 'row'] = cellValue(cell)
    })
    this.records.add(record, this.rows)
  }
}

/**
 * What a cell (or a field of a table) holds: the value where it is a list or an object, as JSON or as Python prints
 * it; else the text.
 */
export function cellValue(cell: string | undefined): unknown {
  if (cell === undefined) return undefined
  const start = skipSpace(cell, 0)
  if (cell[start] !== '[' && cell[start] !== '{') return cell
  const parsed = parseJson(cell)
  if (parsed.ok) return parsed.value
  const { node } = readPython(cell, start)
  const whole = node !== null && (node.kind === 'list' || node.kind === 'dict') && isBlank(cell, node.end)
  return whole ? plainValue(cell, node) : cell
}

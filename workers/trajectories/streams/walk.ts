import type { Draft, Format } from '../formats/format.ts'
import { DEEPEST_JSON, type Findings, taskOf, type Unit } from './findings.ts'

/** Steps of one trajectory that stand in rows of their own are collected up to this many. */
const MOST_ROWS = 20_000

/** The first format that takes a text. */
export function firstReading(
  text: string,
  formats: readonly Format[],
): { drafts: Draft[]; format: Format } | null {
  for (const format of formats) {
    const drafts = format.readText?.(text) ?? null
    if (drafts !== null) return { drafts, format }
  }
  return null
}

/**
 * Walks a JSON value from the outside in, in the order of the file. A value that a format takes is not entered any
 * further; neither is a conversation that none takes, for its turns are not transcripts of their own.
 *
 * @param parent the record that holds the value, when one does
 */
export function walk(
  value: unknown,
  findings: Findings,
  depth = 0,
  parent?: object,
  neighbours?: Neighbours,
): void {
  if (typeof value === 'string') {
    neighbours?.flush()
    walkText(value, findings, parent)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth > DEEPEST_JSON) {
    findings.tooDeep = true
    return
  }
  const list = Array.isArray(value)
  for (const format of findings.task.formats) {
    const key = list ? null : neighbours && format.rowKey?.(value)
    if (key !== null && key !== undefined) {
      neighbours!.collect(value, format, key)
      return
    }
    const drafts = format.readJson?.(value) ?? null
    if (drafts === null) continue
    neighbours?.flush()
    if (drafts.length === 0) findings.silent++
    findings.take(drafts, format, list ? [parent] : [value, parent])
    return
  }
  neighbours?.flush()
  if (isTurn(value)) return
  if (!list) {
    const preferred = 'chosen' in value
    for (const [key, child] of Object.entries(value)) {
      // The worse of two answers is nothing to learn from.
      if (!(preferred && key.startsWith('rejected'))) walk(child, findings, depth + 1, value)
    }
  } else if (value.length > 0 && value.slice(0, 4).every(isTurn)) findings.silent++
  else if (isPrinted(value)) walkText(value.join(''), findings, parent)
  else {
    const elements = new Neighbours(findings, depth + 1)
    for (const child of value) elements.add(child)
    elements.flush()
  }
}

/** A text as the list of its lines, as notebooks keep what was printed. */
function isPrinted(list: unknown[]): list is string[] {
  return (
    list.length > 1 &&
    list.every((line, i) => {
      if (typeof line !== 'string') return false
      const newline = line.indexOf('\n')
      return newline < 0 ? i + 1 === list.length : newline + 1 === line.length
    })
  )
}

function walkText(text: string, findings: Findings, parent: object | undefined): void {
  // A transcript has more than one line.
  const reading = text.includes('\n') ? firstReading(text, findings.task.formats) : null
  if (reading === null) return
  const tasked = parent !== undefined && taskOf(parent) !== undefined
  if (tasked || !isFragment(reading.drafts)) findings.take(reading.drafts, reading.format, [parent])
}

/** Lines, rows or elements one after another; those that are steps of one trajectory are read together. */
export class Neighbours {
  private rows: object[] = []
  private places: number[] = []
  private key = ''
  private format: Format | null = null
  private place = 0
  /** The record that is being added was put to the rows. */
  private collected = false
  /** Trajectories that stood before it. */
  private before = 0

  /** @param unit what to call a record that brings nothing; left out, nothing is said about it */
  constructor(
    private readonly findings: Findings,
    private readonly depth = 0,
    private readonly unit?: Unit,
  ) {}

  /** @param place its line or row, counted from 1 */
  add(value: unknown, place = 0): void {
    this.place = place
    this.collected = false
    this.before = this.findings.trajectories
    walk(value, this.findings, this.depth, undefined, this)
    if (this.unit && !this.collected && this.findings.trajectories === this.before) {
      this.findings.unreadRecord(place, this.unit)
    }
  }

  /** Called by `walk` for a record that is one step of the trajectory with this key. */
  collect(row: object, format: Format, key: string): void {
    if (format !== this.format || key !== this.key || this.rows.length >= MOST_ROWS) this.flush()
    this.format = format
    this.key = key
    this.rows.push(row)
    this.places.push(this.place)
    this.collected = true
  }

  /** Reads what was collected; to be called after the last one. */
  flush(): void {
    if (this.format === null) return
    const { findings, format, rows, places } = this
    this.format = null
    this.rows = []
    this.places = []
    const before = findings.trajectories
    const drafts = format.readJson?.(rows) ?? null
    if (drafts !== null) findings.take(drafts, format)
    else this.takeAnyway(rows)
    if (this.unit && findings.trajectories === before) {
      for (const place of places) findings.unreadRecord(place, this.unit)
    }
    this.before = findings.trajectories
  }

  /** Rows that turn out to be another format's when they are seen together. */
  private takeAnyway(rows: object[]): void {
    for (const format of this.findings.task.formats) {
      const drafts = format.readJson?.(rows) ?? null
      if (drafts === null) continue
      this.findings.take(drafts, format)
      return
    }
  }
}

/** A lone Thought and Action without a task or an answer from anybody: a field of a record, not a transcript. */
function isFragment(drafts: Draft[]): boolean {
  const pieces = drafts.length === 1 ? drafts[0]!.pieces : []
  const acts = pieces.filter(({ kind }) => kind === 'act').length
  const answered = pieces.some(({ kind }) => kind === 'observation')
  const tasked = pieces.some(
    ({ kind, text }) => kind === 'prompt' && /(?:question|claim|task)\b[^\n]{0,40}:/i.test(text),
  )
  return drafts.length === 1 && acts < 2 && !answered && !tasked
}

/** A turn of a conversation says who speaks and what. */
export function isTurn(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const speaker = 'role' in value ? value.role : 'from' in value ? value.from : undefined
  return typeof speaker === 'string' && ('content' in value || 'value' in value || 'tool_calls' in value)
}

import type { Draft, Format, Outcome, Piece } from '../formats/format.ts'
import { outcomeOf } from '../records/outcome.ts'
import { withTokensOf } from '../records/tokenPlaces.ts'
import { segment } from '../segmenter.ts'
import type { ToolCallForm } from '../toolCall.ts'
import type { FileProblem, Trajectory } from '../trajectory.ts'
import type { JsonError } from './json.ts'
import { type Limits, megabytes } from './limits.ts'

/** JSON nested deeper than this is not looked into. */
export const DEEPEST_JSON = 64
/** A file with this many broken lines names these and counts the rest. */
const MOST_BROKEN = 20

/** What reading anything needs to know, and whom it tells. */
export interface Task {
  formats: readonly Format[]
  toolCalls: ToolCallForm
  limits: Limits
  trajectory(trajectory: Trajectory): void
  problem(problem: FileProblem): void
}

/** What was found in one file (or entry of an archive), and the sentences about what could not be read. */
export class Findings {
  trajectories = 0
  /** Nothing but white space has come so far. */
  blank = true
  /** The file began as JSON and broke, so it was read as text. */
  brokenJson: JsonError | undefined
  /** The JSON breaks here, behind values that were read. */
  brokenOff: JsonError | undefined
  tooDeep = false
  /** Conversations in which no agent thinks or acts. */
  silent = 0
  /** Conversations too large to be parsed as a whole. */
  oversized = 0
  private broken = { count: 0, last: 0 }
  private unread = { count: 0, first: 0, unit: 'line' as Unit }
  private tooLong = 0

  constructor(
    readonly name: string,
    readonly task: Task,
  ) {}

  /** @param records what holds the transcript, inmost first: they tell its task and outcome where the draft does not */
  take(drafts: Draft[], format: Format, records: readonly (object | undefined)[] = []): void {
    for (const draft of drafts) {
      const whole = drafts.length > 1 ? draft : records.reduce(withRecord, draft)
      const origin = { file: this.name, index: this.trajectories, format: format.id }
      const trajectory = segment(whole, origin, this.task.toolCalls)
      if (trajectory === null) continue
      this.trajectories++
      this.task.trajectory(trajectory)
    }
  }

  problem(message: string, line?: number): void {
    this.task.problem(line === undefined ? { file: this.name, message } : { file: this.name, line, message })
  }

  brokenLine({ line, column, reason }: JsonError): void {
    this.broken.last = line
    if (this.broken.count++ >= MOST_BROKEN) return
    const sentence = `Line ${line} of ${this.name} is not valid JSON: ${reason} at column ${column}; correct or remove it.`
    this.problem(`${sentence} The other lines were read.`, line)
  }

  /** A value inside a large document that has an end but does not parse. */
  brokenValue(error: () => JsonError): void {
    if (this.broken.count++ >= MOST_BROKEN) return
    const { line, column, reason } = error()
    const sentence = `${this.name} is not valid JSON: ${reason} at line ${line}, column ${column}; correct it.`
    this.problem(`${sentence} The record there was left out, and the others were read.`, line)
  }

  unreadRecord(place: number, unit: Unit): void {
    if (this.unread.count++ === 0) this.unread.first = place
    this.unread.unit = unit
  }

  lineTooLong(line: number): void {
    this.tooLong++
    this.problem(longLineMessage(this.name, line, this.task.limits.longestLine), line)
  }

  /** The sentences that need the whole file. */
  finish(): void {
    const { name } = this
    if (this.broken.count > MOST_BROKEN) {
      const more = this.broken.count - MOST_BROKEN
      const { last } = this.broken
      const what = last > 0 ? `lines of ${name}` : `records of ${name}`
      const where = last > 0 ? `, the last of them line ${last}` : ''
      this.problem(`${more} more ${what} are not valid JSON${where}.`)
    }
    if (this.brokenOff !== undefined) {
      const { line, column, reason } = this.brokenOff
      const rest = this.trajectories > 0 ? 'what stands before it was read' : 'correct it and load it again'
      this.problem(`${name} is not valid JSON: ${reason} at line ${line}, column ${column}; ${rest}.`, line)
    }
    if (this.oversized > 0) {
      const many = this.oversized === 1 ? 'one conversation is' : `${this.oversized} conversations are`
      const size = megabytes(this.task.limits.block)
      this.problem(`In ${name}, ${many} longer than ${size} and was left out; split it.`)
    }
    if (this.trajectories === 0) this.nothing()
    else if (this.unread.count > 0) {
      const { count, first, unit } = this.unread
      const many = count === 1 ? `${unit} ${first}` : `${count} ${unit}s, the first of them ${unit} ${first},`
      const line = unit === 'line' ? first : undefined
      this.problem(`In ${name}, ${many} held no trajectory that the lab knows and brought nothing.`, line)
    } else if (this.silent > 0) {
      const many = this.silent === 1 ? 'one conversation' : `${this.silent} conversations`
      this.problem(`In ${name}, ${many} held nothing that an agent thought or did and brought nothing.`)
    }
  }

  private nothing(): void {
    const { name } = this
    // What was said already is reason enough.
    if (this.tooLong > 0 || this.brokenOff !== undefined) return
    if (this.blank) {
      this.problem(`${name} holds nothing but white space; choose a file with transcripts.`)
    } else if (this.brokenJson !== undefined) {
      const { line, column, reason } = this.brokenJson
      this.problem(
        `${name} is not valid JSON: ${reason} at line ${line}, column ${column}; correct it and load it again.`,
        line,
      )
    } else {
      const deep = this.tooDeep
        ? `, though nothing nested deeper than ${DEEPEST_JSON} levels was looked into`
        : ''
      const message = `${name} holds no trajectory that the lab knows${deep}; it tried ${tried(this.task)}.`
      this.task.problem({ file: name, message, unrecognised: true })
    }
  }
}

export type Unit = 'line' | 'row'

/** The formats that were asked, as people read them. */
export function tried({ formats }: Task): string {
  return formats.map((format) => `${format.id} (${format.title})`).join(', ')
}

function longLineMessage(name: string, line: number, limit: number): string {
  return `Line ${line} of ${name} is longer than ${megabytes(limit)} and was left out; no transcript is that long, so split it into one record per line.`
}

const TASK_KEYS = ['question', 'claim', 'task', 'instruction', 'goal', 'query']

/** The task of a record that keeps it beside the transcript: `{"question": ..., "trajectory": "Thought 1: ..."}`. */
export function taskOf(record: object): string | undefined {
  const fields = record as Record<string, unknown>
  const key = TASK_KEYS.find(
    (name) => typeof fields[name] === 'string' && (fields[name] as string).trim() !== '',
  )
  return key === undefined ? undefined : (fields[key] as string)
}

function withRecord(draft: Draft, record: object | undefined): Draft {
  if (record === undefined) return draft
  const { success, reward, taskType }: Outcome = outcomeOf(record)
  const whole = withTokensOf(underTask(draft, taskOf(record)), record)
  return {
    ...whole,
    success: draft.success ?? success,
    reward: draft.reward ?? reward,
    taskType: draft.taskType ?? taskType,
  }
}

/** Puts the record's task, on a line of its own, before a transcript that begins at once with its first step. */
function underTask(draft: Draft, task: string | undefined): Draft {
  const prompted = draft.pieces.some(({ kind, text }) => kind === 'prompt' && text.trim() !== '')
  if (task === undefined || prompted) return draft
  const prompt: Piece = { kind: 'prompt', text: task.endsWith('\n') ? task : `${task}\n` }
  return { ...draft, pieces: [prompt, ...draft.pieces] }
}

import { LabError, messageOf } from '../errors.ts'
import { decodeFile, longLineMessage } from './decode.ts'
import { contentsOf, fencedBlocks } from './documents.ts'
import type { Draft, Format, Piece } from './formats/format.ts'
import { FORMATS } from './formats/index.ts'
import type { Reading } from './reading.ts'
import { segment } from './segmenter.ts'
import type { FileProblem, Trajectory } from './trajectory.ts'

export interface ReadResult {
  trajectories: Trajectory[]
  /** In the order of the file. */
  problems: FileProblem[]
}

/** JSON nested deeper than this is not looked into. */
const DEEPEST_JSON = 64
/** A file with this many broken lines names these and counts the rest. */
const MOST_BROKEN_LINES = 20

/**
 * Reads a file into trajectories. Formats are recognised by content, so the name only serves messages. Bad input never
 * throws: what cannot be read becomes a problem of one sentence, and everything else is read.
 *
 * @param name the file's name, as the person knows it
 * @param options.format the id of a format, to ask no other
 * @throws LabError `usage` when that id does not exist
 */
export function readTrajectories(
  name: string,
  bytes: Uint8Array,
  options: ReadOptions = {},
): ReadResult {
  const formats = options.formats ?? chosenFormats(options.format)
  const problems: FileProblem[] = []
  const problem = (message: string, line?: number) => {
    problems.push(line === undefined ? { file: name, message } : { file: name, line, message })
  }
  try {
    const { text, tooLong } = decodeFile(name, bytes)
    for (const line of tooLong) problem(longLineMessage(name, line), line)
    return { trajectories: readText(name, text, formats, problem), problems }
  } catch (error) {
    if (!(error instanceof LabError)) {
      problem(`${name} could not be read (${messageOf(error)}); please report this with the file.`)
    } else problem(error.message)
    return { trajectories: [], problems }
  }
}

function chosenFormats(id: string | undefined): readonly Format[] {
  if (id === undefined) return FORMATS
  const chosen = FORMATS.filter((format) => format.id === id)
  if (chosen.length > 0) return chosen
  const known = FORMATS.map((format) => format.id).join(', ')
  throw new LabError('usage', `There is no format "${id}"; the lab knows ${known}.`)
}

export interface ReadOptions {
  /** The id of a format, to ask no other. */
  format?: string
  /** What a person decided; the defaults where left out. */
  reading?: Reading
  /** Formats to ask in place of all that are known. */
  formats?: readonly Format[]
}

/** Hears what a file holds. */
export interface Sink {
  trajectory(trajectory: Trajectory): void
  problem(problem: FileProblem): void
  /** Bytes of the file, as it lies on disk. */
  progress?(bytesRead: number, bytesTotal: number): void
  signal?: AbortSignal
}

/** Reads a file as `readTrajectories` does, and tells what it finds as it goes. */
export async function readSource(
  { name, blob }: { name: string; blob: Blob },
  options: ReadOptions,
  sink: Sink,
): Promise<void> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  const { trajectories, problems } = readTrajectories(name, bytes, options)
  for (const trajectory of trajectories) if (!sink.signal?.aborted) sink.trajectory(trajectory)
  for (const problem of problems) sink.problem(problem)
}

type Report = (message: string, line?: number) => void

function readText(name: string, text: string, formats: readonly Format[], problem: Report): Trajectory[] {
  const { documents, brokenLines, brokenJson, jsonl } = contentsOf(text)
  for (const { line, column, reason } of brokenLines.slice(0, MOST_BROKEN_LINES)) {
    const sentence = `Line ${line} of ${name} is not valid JSON: ${reason} at column ${column}; correct or remove it.`
    problem(`${sentence} The other lines were read.`, line)
  }
  if (brokenLines.length > MOST_BROKEN_LINES) {
    const more = brokenLines.length - MOST_BROKEN_LINES
    problem(
      `${more} more lines of ${name} are not valid JSON, the last of them line ${brokenLines.at(-1)!.line}.`,
    )
  }

  const trajectories: Trajectory[] = []
  const take = (drafts: Draft[], format: Format) => {
    for (const draft of drafts) {
      const trajectory = segment(draft, { file: name, index: trajectories.length, format: format.id })
      if (trajectory !== null) trajectories.push(trajectory)
    }
  }
  const unread: number[] = []
  let conversations = 0
  let tooDeep = false
  for (const document of documents) {
    const before = trajectories.length
    if (document.kind === 'text') readRunningText(document.text, formats, take)
    else {
      const walk = readValue(document.value, formats, take)
      conversations += walk.conversations
      tooDeep ||= walk.tooDeep
      if (jsonl && trajectories.length === before) unread.push(document.line!)
    }
  }

  if (trajectories.length === 0 && brokenJson !== undefined) {
    const { line, column, reason } = brokenJson
    problem(
      `${name} is not valid JSON: ${reason} at line ${line}, column ${column}; correct it and load it again.`,
      line,
    )
  } else if (trajectories.length === 0) {
    const tried = formats.map((format) => `${format.id} (${format.title})`).join(', ')
    const deep = tooDeep ? `, though nothing nested deeper than ${DEEPEST_JSON} levels was looked into` : ''
    problem(`${name} holds no trajectory that the lab knows${deep}; it tried ${tried}.`)
  } else if (unread.length > 0) {
    const many =
      unread.length === 1
        ? `line ${unread[0]}`
        : `${unread.length} lines, the first of them line ${unread[0]},`
    problem(`In ${name}, ${many} held no trajectory that the lab knows and brought nothing.`, unread[0])
  } else if (conversations > 0) {
    const many = conversations === 1 ? 'one conversation' : `${conversations} conversations`
    problem(`In ${name}, ${many} had no Thought or Action in the text and brought nothing.`)
  }
  return trajectories
}

type Take = (drafts: Draft[], format: Format) => void

/** A text as a whole; or, where a Markdown page holds transcripts in its fenced blocks only, block by block. */
function readRunningText(text: string, formats: readonly Format[], take: Take): void {
  const fenced = fencedBlocks(text)
  if (fenced !== null && firstReading(fenced.outside, formats) === null) {
    const readings = fenced.blocks
      .map((block) => firstReading(block, formats))
      .filter((found) => found !== null)
    for (const { drafts, format } of readings) take(drafts, format)
    if (readings.length > 0) return
  }
  const reading = firstReading(text, formats)
  if (reading !== null) take(reading.drafts, reading.format)
}

function firstReading(text: string, formats: readonly Format[]): { drafts: Draft[]; format: Format } | null {
  for (const format of formats) {
    const drafts = format.readText?.(text) ?? null
    if (drafts !== null) return { drafts, format }
  }
  return null
}

/**
 * Walks a JSON value from the outside in, in the order of the file. A value that a format takes is not entered any
 * further; neither is a conversation that none takes, for its turns are not transcripts of their own.
 */
function readValue(root: unknown, formats: readonly Format[], take: Take) {
  let conversations = 0
  let tooDeep = false
  const stack: { value: unknown; depth: number; task?: string }[] = [{ value: root, depth: 0 }]
  while (stack.length > 0) {
    const { value, depth, task } = stack.pop()!
    if (typeof value === 'string') {
      // A transcript has more than one line.
      const reading = value.includes('\n') ? firstReading(value, formats) : null
      if (reading !== null && (task !== undefined || !isFragment(reading.drafts))) {
        take(
          reading.drafts.length === 1 ? [underTask(reading.drafts[0]!, task)] : reading.drafts,
          reading.format,
        )
      }
    }
    if (typeof value !== 'object' || value === null) continue
    if (depth > DEEPEST_JSON) {
      tooDeep = true
      continue
    }
    const format = formats.find((candidate) => {
      const drafts = candidate.readJson?.(value) ?? null
      if (drafts === null) return false
      take(drafts, candidate)
      if (drafts.length === 0) conversations++
      return true
    })
    if (format !== undefined) continue
    if (isTurn(value)) continue
    if (Array.isArray(value) && value.length > 0 && value.slice(0, 4).every(isTurn)) {
      conversations++
      continue
    }
    const children: unknown[] = Array.isArray(value) ? value : Object.values(value)
    const named = taskOf(value)
    for (let i = children.length - 1; i >= 0; i--)
      stack.push({ value: children[i], depth: depth + 1, task: named })
  }
  return { conversations, tooDeep }
}

const TASK_KEYS = ['question', 'claim', 'task', 'instruction', 'goal', 'query']

/** The task of a record that keeps it beside the transcript: `{"question": ..., "trajectory": "Thought 1: ..."}`. */
function taskOf(value: object): string | undefined {
  if (Array.isArray(value)) return undefined
  const record = value as Record<string, unknown>
  const key = TASK_KEYS.find(
    (name) => typeof record[name] === 'string' && (record[name] as string).trim() !== '',
  )
  return key === undefined ? undefined : (record[key] as string)
}

/** Puts the record's task, on a line of its own, before a transcript that begins at once with its first step. */
function underTask(draft: Draft, task: string | undefined): Draft {
  const prompted = draft.pieces.some(({ kind, text }) => kind === 'prompt' && text.trim() !== '')
  if (task === undefined || prompted) return draft
  const prompt: Piece = { kind: 'prompt', text: task.endsWith('\n') ? task : `${task}\n` }
  return { ...draft, pieces: [prompt, ...draft.pieces] }
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
function isTurn(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const speaker = 'role' in value ? value.role : 'from' in value ? value.from : undefined
  return typeof speaker === 'string' && ('content' in value || 'value' in value || 'tool_calls' in value)
}

import { LabError, messageOf } from '../errors.ts'
import { Pauses } from '../pauses.ts'
import { type Pull, sourceBytes } from './containers/pull.ts'
import { readBytes } from './containers/source.ts'
import type { Format } from './formats/format.ts'
import { FORMATS } from './formats/index.ts'
import { mappingFormat } from './mapping/mapping.ts'
import { DEFAULT_READING, type Reading } from './reading.ts'
import type { Task } from './streams/findings.ts'
import { LIMITS, type Limits } from './streams/limits.ts'
import type { FileProblem, Trajectory } from './trajectory.ts'

export interface ReadOptions {
  /** The id of a format, to ask no other. */
  format?: string
  /** What a person decided about reading; part of the recipe. */
  reading?: Reading
  /** Formats to ask in place of all that are known and mapped. */
  formats?: readonly Format[]
  /** For tests: smaller bounds than the lab's own. */
  limits?: Partial<Limits>
}

/** Whom reading tells what it finds, in the order of the file. */
export interface Sink {
  trajectory(trajectory: Trajectory): void
  problem(problem: FileProblem): void
  /** Several times a second. */
  progress?(bytesRead: number, bytesTotal: number): void
  signal?: AbortSignal
}

/** The part of a `Blob` (or a `File`) that is read: its bytes by their place. */
export interface Sliceable {
  readonly size: number
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** What is read, and what it is called in messages. */
export interface Source {
  name: string
  blob: Sliceable
}

/** Work between two pauses, in milliseconds. */
const BUSY_MS = 30

export interface ReadResult {
  trajectories: Trajectory[]
  /** In the order of the file. */
  problems: FileProblem[]
}

/**
 * Reads bytes into trajectories. Formats, packing and encoding are recognised by content, so the name only serves
 * messages. Bad input never throws: what cannot be read becomes a problem of one sentence, and everything else is
 * read. Parquet tables need `readSource`.
 *
 * @param name the file's name, as the person knows it
 * @throws LabError `usage` when there is no format of that id
 */
export function readTrajectories(name: string, bytes: Uint8Array, options: ReadOptions = {}): ReadResult {
  const result: ReadResult = { trajectories: [], problems: [] }
  const task = taskOf(options, {
    trajectory: (trajectory) => result.trajectories.push(trajectory),
    problem: (problem) => result.problems.push(problem),
  })
  const source = sourceBytes(bytes.length, () => Promise.reject(new Error('it is in memory')))
  const pull = readBytes(name, source, task, () => {})
  for (let step = pull.next(); !step.done; ) {
    const wish = step.value
    if (wish instanceof Promise) {
      wish.catch(() => {})
      step = pull.throw(new LabError('usage', `${name} is a Parquet table, which only readSource reads.`))
    } else step = pull.next(wish && bytes.subarray(wish.start, wish.end))
  }
  return result
}

/**
 * Reads a file of any size, piece by piece, telling the sink of each trajectory as it is found. Everything else is as
 * in `readTrajectories`. Between pieces of about 30 ms of work other tasks get their turn, so that a signal is heard.
 *
 * It ends as soon as the signal is aborted, and the sink hears nothing after that.
 *
 * @throws LabError `usage` when there is no format of that id; and what the sink throws
 */
export async function readSource({ name, blob }: Source, options: ReadOptions, sink: Sink): Promise<void> {
  let failure: { error: unknown } | undefined
  const stopped = () => failure !== undefined || sink.signal?.aborted === true
  /** What the sink throws is no fault of the file, and ends the reading. */
  const tell = (what: () => void) => {
    if (stopped()) return
    try {
      what()
    } catch (error) {
      failure = { error }
    }
  }
  const task = taskOf(options, {
    trajectory: (trajectory) => tell(() => sink.trajectory(trajectory)),
    problem: (problem) => tell(() => sink.problem(problem)),
  })
  const slice = (start: number, end: number) => blob.slice(start, end).arrayBuffer()
  let read = 0
  const pull = readBytes(name, sourceBytes(blob.size, slice), task, (bytes) => {
    read = bytes
  })
  const pauses = new Pauses(BUSY_MS)
  try {
    for (let step = pull.next(); !step.done && !stopped(); ) {
      if (pauses.due) {
        await pauses.take()
        if (stopped()) break
        sink.progress?.(read, blob.size)
      }
      const wish = step.value
      step =
        wish instanceof Promise
          ? await passed(pull, wish)
          : pull.next(wish && new Uint8Array(await slice(wish.start, wish.end)))
    }
    if (!stopped()) sink.progress?.(blob.size, blob.size)
  } catch (error) {
    const message = `${name} could not be read any further (${messageOf(error)}); if it was changed or moved meanwhile, load it again.`
    task.problem({ file: name, message })
  } finally {
    pauses.close()
  }
  if (failure !== undefined) throw failure.error
}

/** Hands on what a promise brought or broke with. */
async function passed(pull: Pull, promise: Promise<unknown>) {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  return 'error' in outcome ? pull.throw(outcome.error) : pull.next(outcome.value)
}

function taskOf(options: ReadOptions, told: Pick<Task, 'trajectory' | 'problem'>): Task {
  const { reading = DEFAULT_READING } = options
  return {
    formats: formatsOf(options),
    toolCalls: reading.toolCalls,
    limits: { ...LIMITS, ...options.limits },
    ...told,
  }
}

function formatsOf({ format, formats, reading = DEFAULT_READING }: ReadOptions): readonly Format[] {
  if (format !== undefined) return [chosen(format)]
  return formats ?? [...reading.mappings.map(mappingFormat), ...FORMATS]
}

function chosen(id: string): Format {
  const format = FORMATS.find((candidate) => candidate.id === id)
  if (format !== undefined) return format
  const known = FORMATS.map((candidate) => candidate.id).join(', ')
  throw new LabError('usage', `There is no format "${id}"; the lab knows ${known}.`)
}

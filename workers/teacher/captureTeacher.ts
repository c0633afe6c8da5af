import { LabError } from '../errors.ts'
import type { Operations } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { contentHash } from '../trajectories/contentHash.ts'
import type { TrajectorySet } from '../trajectories/trajectory.ts'
import { Capture } from './capture.ts'
import type { CapturedTrajectory, RandomFile } from './captureFormat.ts'
import { CaptureWriter } from './captureWriter.ts'
import { teacherTokenizer } from './shelf.ts'
import { ModelTeacher } from './teacher.ts'

/** Tokens kept where nobody asks for another number: TRL, Tinker and others find that more change little. */
export const DEFAULT_K = 16
/** Tokens that the teacher reads at a time. */
const BATCH_TOKENS = 4096
/** Log-probabilities that are read from the device at a time. */
const READ_ELEMENTS = 1 << 22
/** Milliseconds between two reports of how far it is. */
const REPORT_INTERVAL = 100
/** Rows are padded to a multiple of this, so that buffers are of few sizes. */
const LENGTH_MULTIPLE = 32

export interface CaptureRequest {
  trajectories: TrajectorySet
  teacher: StudentFolder
  /** The teacher's name. */
  name: string
  /** Likeliest tokens to keep per position. */
  k: number
  /** Whether 16 bits are enough for each of its parameters. */
  half?: boolean
  /** An empty file to write to. */
  file: RandomFile
  signal?: AbortSignal
  /** Hears how many trajectories are done. */
  progress?: (done: number, trajectories: number) => void
}

/** A stretch of a trajectory that the teacher reads at once. */
export interface CaptureWindow {
  start: number
  end: number
  /** The first token whose prediction is taken from this window. */
  from: number
}

/**
 * Windows over n tokens of a teacher that reads C: each token but the first is predicted in exactly one. A trajectory
 * that fits is read whole; of a longer one, every token behind the first window has at least half of C before it.
 */
export function captureWindows(n: number, contextLength: number): CaptureWindow[] {
  const windows: CaptureWindow[] = [{ start: 0, end: Math.min(n, contextLength), from: 1 }]
  for (let from = contextLength; from < n; ) {
    const start = Math.min(from - Math.floor(contextLength / 2), n - contextLength)
    windows.push({ start, end: start + contextLength, from })
    from = start + contextLength
  }
  return windows
}

interface Job extends CapturedTrajectory {
  hash: string
  /** Windows that have not been read. */
  left: number
}

type Queued = CaptureWindow & { job: Job }

/**
 * Runs a model over trajectories once and keeps, for each token, its likeliest predictions. Texts that occur twice are
 * read once.
 *
 * @throws LabError `invalid-teacher` for a k beyond the vocabulary or a model whose numbers are not finite, `not-now`
 * when it was cancelled or there is no room
 */
export async function captureTeacher(operations: Operations, request: CaptureRequest): Promise<Capture> {
  const { trajectories, teacher: folder, name, k, half, file, signal, progress = () => {} } = request
  const tokenizer = teacherTokenizer(folder, name)
  refuseImpossible(k, tokenizer, folder, name)
  const writer = new CaptureWriter(file, name, k, tokenizer)
  const teacher = new ModelTeacher(operations, folder, half)
  const { contextLength } = folder.config
  const rows = Math.max(1, Math.floor(BATCH_TOKENS / contextLength))
  let queue: Queued[] = []
  let done = 0
  let reported = Number.NEGATIVE_INFINITY
  const flush = async () => {
    await readWindows(operations, teacher, queue, tokenizer, k, name)
    for (const { job } of queue) {
      if (--job.left > 0) continue
      writer.add(job.hash, job)
      done++
    }
    queue = []
    if (done > 0 && (done === trajectories.length || performance.now() - reported > REPORT_INTERVAL)) {
      progress(done, trajectories.length)
      reported = performance.now()
    }
    if (signal?.aborted) throw new LabError('not-now', `The capture of ${name} was stopped.`)
  }
  const seen = new Set<string>()
  try {
    for (let index = 0; index < trajectories.length; index++) {
      // A person may have removed it since.
      const text = trajectories.at(index)?.text
      const hash = text === undefined ? undefined : contentHash(text)
      if (text === undefined || hash === undefined || seen.has(hash)) {
        done++
        continue
      }
      seen.add(hash)
      const job = jobOf(hash, text, tokenizer, k)
      const windows = captureWindows(job.ids.length, contextLength)
      job.left = windows.length
      for (const window of windows) {
        queue.push({ ...window, job })
        if (queue.length === rows) await flush()
      }
    }
    if (queue.length > 0) await flush()
  } finally {
    teacher.dispose()
  }
  writer.finish()
  return Capture.open(file, name)
}

function refuseImpossible(k: number, tokenizer: Tokenizer, { config }: StudentFolder, name: string): void {
  const { vocabularySize } = tokenizer
  if (!Number.isInteger(k) || k < 1 || k > vocabularySize) {
    throw new LabError(
      'invalid-teacher',
      `${k} tokens cannot be kept of each prediction of ${name}, whose vocabulary has ${vocabularySize}: choose a k from 1 to ${vocabularySize}.`,
    )
  }
  if (config.contextLength >= 2) return
  throw new LabError(
    'invalid-teacher',
    `${name} reads a single token, so it can predict nothing: take another teacher.`,
  )
}

function jobOf(hash: string, text: string, tokenizer: Tokenizer, k: number): Job {
  const encoded = tokenizer.encode(text).ids
  const ids = new Int32Array(encoded.length + 1)
  ids.set(encoded)
  ids[encoded.length] = tokenizer.endOfTextId
  const predicted = ids.length - 1
  return {
    hash,
    ids,
    written: new Float32Array(predicted),
    topIds: new Int32Array(predicted * k),
    top: new Float32Array(predicted * k),
    left: 0,
  }
}

/** Reads windows side by side and puts what they predict into their jobs. */
async function readWindows(
  operations: Operations,
  teacher: ModelTeacher,
  windows: Queued[],
  tokenizer: Tokenizer,
  k: number,
  name: string,
): Promise<void> {
  const longest = windows.reduce((most, { start, end }) => Math.max(most, end - start), 0)
  const length = Math.min(teacher.contextLength, Math.ceil(longest / LENGTH_MULTIPLE) * LENGTH_MULTIPLE)
  const ids = new Int32Array(windows.length * length)
  /** What is predicted: where its hidden state lies, and where it belongs. */
  const asked: { at: number; job: Job; token: number }[] = []
  for (const [row, { start, end, from, job }] of windows.entries()) {
    ids.set(job.ids.subarray(start, end), row * length)
    for (let token = from; token < end; token++) {
      asked.push({ at: row * length + token - 1 - start, job, token })
    }
  }
  const hidden = teacher.hidden({ rows: windows.length, length, ids })
  try {
    const size = Math.max(1, Math.floor(READ_ELEMENTS / k))
    for (let first = 0; first < asked.length; first += size) {
      const part = asked.slice(first, first + size)
      const likeliest = operations.scope(() =>
        operations.likeliest(hidden, teacher.table, {
          positions: Int32Array.from(part, ({ at }) => at),
          tokens: Int32Array.from(part, ({ job, token }) => job.ids[token]!),
          k,
          vocabularySize: tokenizer.vocabularySize,
        }),
      )
      const arrays = [likeliest.written, likeliest.ids, likeliest.logProbabilities]
      const [written, topIds, top] = await operations.read(...arrays)
      operations.free(...arrays)
      if (!written!.every(Number.isFinite) || !top!.every((value) => !Number.isNaN(value))) {
        throw new LabError(
          'invalid-teacher',
          `${name} predicts numbers that are not finite, so there is nothing to learn from it: take another teacher.`,
        )
      }
      for (const [i, { job, token }] of part.entries()) {
        job.written[token - 1] = written![i]!
        job.topIds.set(topIds!.subarray(i * k, (i + 1) * k), (token - 1) * k)
        job.top.set(top!.subarray(i * k, (i + 1) * k), (token - 1) * k)
      }
    }
  } finally {
    operations.free(hidden)
  }
}

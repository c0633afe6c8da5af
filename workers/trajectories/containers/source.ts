import { LabError, messageOf } from '../../errors.ts'
import { Content, type Inner } from '../streams/content.ts'
import { Findings, type Task, tried } from '../streams/findings.ts'
import { readParquet } from './parquet.ts'
import { type Bytes, innerBytes, type Pull } from './pull.ts'
import { isParquet, isZip } from './signatures.ts'
import { type EntryTaker, readZip } from './zip.ts'
import { type Budget, type ZipEntry, zipDirectory } from './zipDirectory.ts'

/** Bytes that are asked for at once. */
const CHUNK = 2 ** 20
/** Archives inside an archive are opened, those inside them are not. */
const DEEPEST_ARCHIVE = 1

/**
 * Reads a file, whatever it is packed in. What cannot be read becomes a problem of one sentence.
 *
 * @param progress called with the bytes that have been read
 */
export function* readBytes(name: string, bytes: Bytes, task: Task, progress: (read: number) => void): Pull {
  const findings = new Findings(name, task)
  try {
    const head = yield* bytes.pull(0, 16)
    const kind = isZip(head) ? 'zip' : isParquet(head) ? 'parquet' : null
    if (kind !== null) {
      const budget = { entries: task.limits.entries, bytes: task.limits.unpacked }
      return yield* readInner(findings, kind, bytes, { budget, depth: 0 }, progress)
    }
    const content = new Content(findings)
    for (let at = 0; at < bytes.size; at += CHUNK) {
      const chunk = yield* bytes.pull(at, at + CHUNK)
      for (let from = 0; from < chunk.length; ) {
        const to = from + content.pieceBytes
        content.push(chunk.subarray(from, to))
        from = to
        progress(at + Math.min(to, chunk.length))
        yield
      }
    }
    const inner = content.end()
    if (inner === null) return findings.finish()
    const budget = { entries: task.limits.entries, bytes: task.limits.unpacked }
    yield* readInner(findings, inner.kind, innerBytes(inner.bytes), { budget, depth: 0 }, () => {})
  } catch (error) {
    findings.problem(sentence(findings, error))
  }
}

/** Why reading ended here. */
function sentence({ name, trajectories }: Findings, error: unknown): string {
  const rest = trajectories > 0 ? ' What stands before was read.' : ''
  if (error instanceof LabError) return error.message + rest
  return `${name} could not be read (${messageOf(error)}); please report this with the file.${rest}`
}

interface Nesting {
  budget: Budget
  depth: number
}

function* readInner(
  findings: Findings,
  kind: Inner['kind'],
  bytes: Bytes,
  nesting: Nesting,
  progress: (read: number) => void,
): Pull {
  if (kind === 'parquet') {
    yield* readParquet(bytes, findings)
    return findings.finish()
  }
  if (nesting.depth > DEEPEST_ARCHIVE) {
    throw new LabError(
      'broken-record',
      `${findings.name} is an archive inside an archive inside an archive; unpack it and load it by itself.`,
    )
  }
  const { name, task } = findings
  const entries = yield* zipDirectory(name, bytes, nesting.budget)
  const archive = new Archive(name, task, nesting, progress)
  try {
    yield* readZip(name, bytes, entries, archive, nesting.budget)
  } finally {
    archive.finish(entries.length)
  }
}

/** What programs and systems add to archives by themselves. */
const BYSTANDERS = /(?:^|\/)(?:__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)|\/$/
/** Problems of an archive's entries are passed on up to this many, and the others counted. */
const MOST_PROBLEMS = 50
const NAMES_SHOWN = 3

/** The entries of an archive as sources of their own, called `archive.zip/path`; what many have in common is said once. */
class Archive implements EntryTaker {
  private trajectories = 0
  private problems = 0
  private readonly notText: string[] = []
  private readonly unrecognised: string[] = []
  private readonly task: Task
  private findings: Findings
  private content: Content

  constructor(
    private readonly name: string,
    private readonly outer: Task,
    private readonly nesting: Nesting,
    private readonly progress: (read: number) => void,
  ) {
    this.task = {
      ...outer,
      trajectory: (trajectory) => {
        this.trajectories++
        outer.trajectory(trajectory)
      },
      problem: (problem) => {
        if (problem.unrecognised) this.unrecognised.push(problem.file)
        else if (this.problems++ < MOST_PROBLEMS) outer.problem(problem)
      },
    }
    this.findings = new Findings(name, this.task)
    this.content = new Content(this.findings)
  }

  begin(entry: ZipEntry): boolean {
    this.progress(entry.offset)
    if (BYSTANDERS.test(entry.path)) return false
    this.findings = new Findings(`${this.name}/${entry.path}`, this.task)
    this.content = new Content(this.findings)
    return true
  }

  push(bytes: Uint8Array): void {
    this.content.push(bytes)
  }

  *end(): Pull {
    const inner = this.content.end()
    if (inner === null) return this.findings.finish()
    const nesting = { budget: this.nesting.budget, depth: this.nesting.depth + 1 }
    yield* readInner(this.findings, inner.kind, innerBytes(inner.bytes), nesting, () => {})
  }

  fail(error: unknown): void {
    const code = error instanceof LabError ? error.code : undefined
    if (code === 'binary-file' || code === 'empty-file') this.notText.push(this.findings.name)
    else this.findings.problem(sentence(this.findings, error))
  }

  /** The sentences that need the whole archive. */
  finish(entries: number): void {
    const { name, notText, unrecognised, outer } = this
    const say = (message: string) => outer.problem({ file: name, message })
    if (this.problems > MOST_PROBLEMS) {
      const more = this.problems - MOST_PROBLEMS
      say(`${more} more problems in ${name} are not listed; unpack it to see them file by file.`)
    }
    if (notText.length > 0) {
      say(`In ${name}, no text was found in ${listed(notText, name)}, so nothing was read there.`)
    }
    if (this.trajectories > 0 && unrecognised.length > 0) {
      say(`In ${name}, no trajectory that the lab knows was found in ${listed(unrecognised, name)}.`)
    } else if (unrecognised.length > 0) {
      const message = `${name} holds no trajectory that the lab knows in ${listed(unrecognised, name)}; it tried ${tried(outer)}.`
      outer.problem({ file: name, message, unrecognised: true })
    } else if (entries === 0) say(`${name} is an empty archive; choose one with transcripts.`)
  }
}

/** Some files by name, and the number of the others. */
function listed(files: string[], archive: string): string {
  const shown = files.slice(0, NAMES_SHOWN).map((file) => file.slice(archive.length + 1))
  const more = files.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

import { LabError, messageOf } from '../errors.ts'
import { fromFloat16 } from '../float16.ts'
import { describeIssues, issuesOf } from '../issues.ts'
import { tokenizerFromJSON } from '../tokenizer/json.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import {
  type CapturedTrajectory,
  type CaptureHeader,
  entryBytes,
  HASH_BYTES,
  HeaderSchema,
  idBytes,
  MAGIC,
  PREAMBLE,
  type RandomFile,
} from './captureFormat.ts'
import { LEAST_LOGPROB, MOST_LOGPROB, MOST_SUM } from './fileTokens.ts'

/** Far above any tokenizer.json; a larger number means the file is damaged. */
const LARGEST_HEADER = 2 ** 28

/** A capture that is read where its trajectories are asked for. */
export class Capture {
  private constructor(
    readonly name: string,
    readonly header: CaptureHeader,
    readonly tokenizer: Tokenizer,
    readonly file: RandomFile,
    private readonly places: ReadonlyMap<string, { at: number; n: number }>,
  ) {}

  /**
   * @param name what to call it in messages: its file, or its name in the page
   * @throws LabError `invalid-teacher` for a file that is none, was never finished or ends too early
   */
  static open(file: RandomFile, name: string): Capture {
    const header = readHeader(file, name)
    const tokenizer = tokenizerFromJSON(header.tokenizer, `${name}: the teacher's tokenizer.json`)
    if (header.k > tokenizer.vocabularySize) {
      throw broken(
        name,
        `lists ${header.k} tokens per position out of a vocabulary of ${tokenizer.vocabularySize}`,
      )
    }
    const width = idBytes(tokenizer.vocabularySize)
    const places = new Map<string, { at: number; n: number }>()
    const size = file.getSize()
    let at = PREAMBLE + headerLength(file, name)
    const head = new Uint8Array(HASH_BYTES + 4)
    while (at < size) {
      const n =
        file.read(head, { at }) < head.length ? 0 : new DataView(head.buffer).getUint32(HASH_BYTES, true)
      const next = at + entryBytes(n, header.k, width)
      if (n === 0 || next > size) throw broken(name, `ends inside trajectory ${places.size + 1}`)
      places.set(Array.from(head.subarray(0, HASH_BYTES), hex).join(''), { at, n })
      at = next
    }
    if (places.size < header.trajectories)
      throw broken(name, `holds ${places.size} of its ${header.trajectories} trajectories`)
    return new Capture(name, header, tokenizer, file, places)
  }

  /** Content hashes of what it holds. */
  hashes(): Iterable<string> {
    return this.places.keys()
  }

  /**
   * @param hash SHA-256 of the text, hexadecimal
   * @returns null for a text that it does not hold
   * @throws LabError `invalid-teacher` for ids that are no tokens and numbers that are no log-probabilities
   */
  get(hash: string): CapturedTrajectory | null {
    const place = this.places.get(hash)
    if (!place) return null
    const { k } = this.header
    const { at, n } = place
    const width = idBytes(this.tokenizer.vocabularySize)
    const bytes = new Uint8Array(entryBytes(n, k, width))
    if (this.file.read(bytes, { at }) < bytes.length) throw broken(this.name, 'has become shorter')
    let from = HASH_BYTES + 4
    const next = (length: number) => {
      from += length
      return bytes.slice(from - length, from).buffer
    }
    const idsOf = (count: number) =>
      Int32Array.from(width === 2 ? new Uint16Array(next(2 * count)) : new Int32Array(next(4 * count)))
    const logprobsOf = (count: number) => Float32Array.from(new Uint16Array(next(2 * count)), fromFloat16)
    const ids = idsOf(n)
    const written = logprobsOf(n - 1)
    const topIds = idsOf((n - 1) * k)
    const top = logprobsOf((n - 1) * k)
    this.check({ ids, written, topIds, top }, hash)
    return { ids, written: written.map(bounded), topIds, top: top.map(bounded) }
  }

  private check({ ids, written, topIds, top }: CapturedTrajectory, hash: string): void {
    const { k } = this.header
    const where = (t: number) => `at token ${t + 1} of the trajectory with the hash ${hash.slice(0, 12)}…`
    const checkId = (id: number, t: number) => {
      if (id >= 0 && id < this.tokenizer.vocabularySize) return
      throw broken(this.name, `names the token ${id} ${where(t)}, which its tokenizer does not have`)
    }
    const checkLogprob = (logprob: number, t: number) => {
      if (logprob <= MOST_LOGPROB) return
      throw broken(this.name, `has ${logprob} for a log-probability ${where(t)}`)
    }
    ids.forEach(checkId)
    /** The token that listed each id last. */
    const listedAt = new Int32Array(this.tokenizer.vocabularySize)
    for (const [i, logprob] of written.entries()) {
      checkLogprob(logprob, i + 1)
      let sum = 0
      for (let entry = i * k; entry < (i + 1) * k; entry++) {
        checkId(topIds[entry]!, i + 1)
        checkLogprob(top[entry]!, i + 1)
        if (listedAt[topIds[entry]!] === i + 1) throw broken(this.name, `lists a token twice ${where(i + 1)}`)
        listedAt[topIds[entry]!] = i + 1
        sum += Math.exp(top[entry]!)
      }
      if (sum > MOST_SUM)
        throw broken(this.name, `has probabilities that add up to ${sum.toPrecision(4)} ${where(i + 1)}`)
    }
  }
}

function bounded(logprob: number): number {
  return Math.max(LEAST_LOGPROB, Math.min(0, logprob))
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

function broken(name: string, what: string): LabError {
  return new LabError(
    'invalid-teacher',
    `${name} ${what}: the file is damaged, so capture the teacher anew or take another copy.`,
  )
}

function headerLength(file: RandomFile, name: string): number {
  const preamble = new Uint8Array(PREAMBLE)
  file.read(preamble, { at: 0 })
  if (new TextDecoder().decode(preamble.subarray(0, MAGIC.length)) !== MAGIC) {
    throw new LabError(
      'invalid-teacher',
      `${name} is no capture of this lab, or one that was never finished: make one with "lab capture" or in the page.`,
    )
  }
  return new DataView(preamble.buffer).getUint32(8, true)
}

function readHeader(file: RandomFile, name: string): CaptureHeader {
  const length = headerLength(file, name)
  if (length > LARGEST_HEADER || PREAMBLE + length > file.getSize())
    throw broken(name, 'ends inside its header')
  const bytes = new Uint8Array(length)
  file.read(bytes, { at: PREAMBLE })
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw broken(name, `has a header that is no JSON (${messageOf(error)})`)
  }
  const parsed = HeaderSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw broken(
    name,
    `has a header that cannot be read (${describeIssues(issuesOf(parsed.error, json), 'all of it')})`,
  )
}

import { LabError } from '../errors.ts'
import { bytesOf } from '../trajectories/records/logprobs.ts'
import type { TokenLogprob, Trajectory } from '../trajectories/trajectory.ts'
import type { Candidate, ScoredToken } from './align.ts'
import type { Speller } from './speller.ts'

/** Rounded log-probabilities may stand for a little more than 1, alone or together. */
export const MOST_LOGPROB = 1e-3
export const MOST_SUM = 1.01
/** What APIs write for "never" (−9999, −∞) is as good as this. */
export const LEAST_LOGPROB = -100
/** Two spellings of one token have the same log-probability, to so many nats. */
const SAME = 1e-4
/** Tokens that end or divide texts: they stand for no text, and the student has other means for that. */
const SPECIAL =
  /^(?:<\|[^<>\s]{1,40}\|>|<\/?s>|<(?:eos|bos|pad|unk|start_of_turn|end_of_turn)>|\[(?:SEP|CLS|PAD|UNK|EOS|BOS)\])$/

/**
 * The log-probabilities that came with a trajectory, over bytes of its text and with the alternatives as the student
 * writes them.
 *
 * @throws LabError `invalid-teacher` for one that is no logarithm of a probability, lies outside the text, or adds up
 * with its alternatives to more than 1
 */
export function fileTokens(trajectory: Trajectory, speller: Speller): ScoredToken[] {
  const { text, logprobs = [] } = trajectory
  const bytes = byteOffsets(text)
  let before = 0
  return logprobs.map((token) => {
    const { start, end } = token
    const refuse = refusal(trajectory, token)
    if (!(Number.isInteger(start) && Number.isInteger(end) && start < end && start >= before))
      throw refuse('does not follow the one before it')
    if (end > text.length) throw refuse(`reaches beyond the text, which has ${text.length} characters`)
    before = start
    const logprob = checked(token.logprob, refuse)
    return { start: bytes[start]!, end: bytes[end]!, logprob, others: othersOf(token, text, speller, refuse) }
  })
}

/** For every UTF-16 offset the number of bytes before it; half a pair begins and ends with its character. */
function byteOffsets(text: string): Int32Array {
  const offsets = new Int32Array(text.length + 1)
  let at = 0
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i)!
    offsets[i++] = at
    if (code >= 0x10000) offsets[i++] = at
    at += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  offsets[text.length] = at
  return offsets
}

type Refuse = (what: string) => LabError

function refusal({ file, index, text }: Trajectory, { start, end }: TokenLogprob): Refuse {
  return (what) => {
    const token = JSON.stringify(text.slice(start, Math.min(end, start + 40)))
    return new LabError(
      'invalid-teacher',
      `${file}, trajectory ${index + 1}: the log-probability of the token ${token} at character ${start} ${what}; exclude this trajectory, or choose another teacher.`,
    )
  }
}

function checked(logprob: number, refuse: Refuse): number {
  if (Number.isNaN(logprob)) throw refuse('is not a number')
  if (logprob > MOST_LOGPROB) throw refuse(`is ${logprob}, which is above 0 and so of no probability`)
  return Math.max(LEAST_LOGPROB, Math.min(0, logprob))
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

interface Listed {
  token: string
  logprob: number
}

function othersOf(token: TokenLogprob, text: string, speller: Speller, refuse: Refuse): Candidate[] {
  const written = text.slice(token.start, token.end)
  const listed = (token.top ?? []).map(({ token, logprob }) => ({ token, logprob: checked(logprob, refuse) }))
  const { at, spelled, cut } = findWritten(listed, written, token.logprob)
  const others = listed.filter((_, i) => i !== at)
  const sum = others.reduce((total, { logprob }) => total + Math.exp(logprob), Math.exp(token.logprob))
  if (sum > MOST_SUM) {
    throw refuse(`and those of its alternatives add up to a probability of ${sum.toPrecision(4)}, above 1`)
  }
  return others.map(({ token, logprob }) => {
    const whole = spelled(token)
    const usable = !SPECIAL.test(token) && startsWith(whole, cut)
    return { ids: usable ? speller.idsOf(whole.subarray(cut.length)) : [], logprob }
  })
}

interface Written {
  /** Index among what is listed; -1 where the written token is not. */
  at: number
  /** How this file spells tokens. */
  spelled: (token: string) => Uint8Array
  /** What the written token has in front of its place in the text, where white space was cut there. */
  cut: Uint8Array
}

function findWritten(listed: Listed[], written: string, logprob: number): Written {
  const nothing = new Uint8Array()
  for (const spelled of [bytesOf, plainBytesOf]) {
    const at = listed.findIndex(({ token }) => decoder.decode(spelled(token)) === written)
    if (at >= 0) return { at, spelled, cut: nothing }
  }
  // A text ends at a marker or without its outer white space, where the token may not.
  const alike = listed.findIndex((one) => {
    return Math.abs(one.logprob - logprob) < SAME && decoder.decode(bytesOf(one.token)).includes(written)
  })
  if (alike < 0) return { at: -1, spelled: bytesOf, cut: nothing }
  const whole = decoder.decode(bytesOf(listed[alike]!.token))
  return { at: alike, spelled: bytesOf, cut: encoder.encode(whole.slice(0, whole.indexOf(written))) }
}

/** A vocabulary's own letters for blanks and line ends, as some print their tokens. */
function plainBytesOf(token: string): Uint8Array {
  return encoder.encode(token.replace(/[Ġ▁]/g, ' ').replace(/Ċ/g, '\n'))
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte)
}

import type { Draft, Piece } from '../formats/format.ts'
import { isBlank, trimSpace } from '../notation/lines.ts'
import type { TokenLogprob } from '../trajectory.ts'
import { jsonText } from './fields.ts'
import { type TokenChoice, tokensOf, type WrittenToken } from './logprobs.ts'

/** Puts the tokens that a teacher wrote or scored to the text they spell. */

/** A chat template, a system prompt that it adds: what may stand between the texts, in bytes. */
const LONGEST_PREFACE = 4096
const LONGEST_GAP = 256
/** Messages of the prompt that the tokens need not spell. */
const MOST_SKIPPED = 8

/**
 * Gives pieces the log-probabilities of their tokens, where the tokens spell the texts in order; what a chat template
 * writes between them is passed over. Structured calls have none, for their text is ours. Takes linear time.
 *
 * @returns the pieces without any, the first one with a warning, where the tokens spell something else
 */
export function placeTokens(pieces: Piece[], choices: readonly TokenChoice[]): Piece[] {
  if (choices.length === 0 || pieces.length === 0) return pieces
  for (const attempt of [likeliest, spelling]) {
    const tokens = attempt(pieces, choices)
    const placed = tokens && (spelled(pieces, tokens) ?? spelled(pieces, tokens.map(plainSpaces)))
    if (placed) return placed
  }
  const message =
    'The log-probabilities beside this text belong to other words than it holds, so they were left out.'
  const first = pieces.findIndex(({ text }) => !isBlank(text))
  return pieces.map((piece, i) => {
    if (i !== Math.max(0, first)) return piece
    return { ...piece, warnings: [...(piece.warnings ?? []), { code: 'logprobs-misaligned', message }] }
  })
}

/** A transcript with the tokens that its record keeps beside it, unless it has brought its own. */
export function withTokensOf(draft: Draft, record: object): Draft {
  const own = draft.pieces.some(({ logprobs, warnings }) => {
    return logprobs !== undefined || warnings?.some(({ code }) => code === 'logprobs-misaligned')
  })
  const choices = own ? null : tokensOf(record as Record<string, unknown>)
  return choices === null ? draft : { ...draft, pieces: placeTokens(draft.pieces, choices) }
}

const encoder = new TextEncoder()

function spelled(pieces: Piece[], tokens: WrittenToken[]): Piece[] | null {
  const stream = streamOf(tokens)
  // All of the text, or, where the prompt went another way, all that follows it: line ends between pieces included.
  const prompts = pieces.findIndex(({ kind }) => kind !== 'prompt')
  for (const first of new Set([0, Math.max(0, prompts)])) {
    const rest = pieces.slice(first)
    if (rest.some(({ call }) => call !== undefined)) break
    const whole = wordsIn(rest.map(({ text }) => text).join(''))
    const at = find(stream.bytes, whole.bytes, 0, LONGEST_PREFACE)
    if (at >= 0) return [...pieces.slice(0, first), ...dealt(rest, placesIn(whole, stream, tokens, at))]
  }
  let from = 0
  let room = LONGEST_PREFACE
  let skipped = 0
  const placed = pieces.map((piece) => {
    if (skipped > MOST_SKIPPED) return piece
    if (piece.call !== undefined) room += 2 * jsonText(piece.call).length
    if (piece.call !== undefined || isBlank(piece.text)) return piece
    const words = wordsIn(piece.text)
    const found = find(stream.bytes, words.bytes, from, room)
    if (found < 0) {
      // A template may rewrite the prompt; what the agent wrote must be there.
      skipped += piece.kind === 'prompt' ? 1 : MOST_SKIPPED + 1
      room += 2 * words.bytes.length + LONGEST_GAP
      return piece
    }
    from = found + words.bytes.length
    room = LONGEST_GAP
    return { ...piece, logprobs: placesIn(words, stream, tokens, found) }
  })
  return from > 0 && skipped <= MOST_SKIPPED ? placed : null
}

/** The tokens in a row: their bytes, and where each of them begins. */
function streamOf(tokens: WrittenToken[]): { bytes: Uint8Array; starts: number[] } {
  const starts: number[] = []
  let length = 0
  for (const { bytes } of tokens) {
    starts.push(length)
    length += bytes.length
  }
  const bytes = new Uint8Array(length)
  tokens.forEach((token, i) => {
    bytes.set(token.bytes, starts[i])
  })
  return { bytes, starts }
}

interface Words {
  /** UTF-8 of the text without outer white space. */
  bytes: Uint8Array
  /** For every byte the UTF-16 offset at which its character begins; one more entry for the end. */
  offsets: Uint32Array
}

function wordsIn(text: string): Words {
  const end = trimSpace(text, 0, text.length)
  let start = 0
  while (start < end && isBlank(text, start, start + 1)) start++
  const bytes = encoder.encode(text.slice(start, end))
  const offsets = new Uint32Array(bytes.length + 1)
  let at = start
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!
    const width = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    offsets.fill(at, i, i + width)
    i += width
    at += width === 4 ? 2 : 1
  }
  offsets[bytes.length] = at
  return { bytes, offsets }
}

/** Where a needle first stands, beginning in [from, from + room]; -1 when nowhere. Knuth, Morris and Pratt. */
function find(hay: Uint8Array, needle: Uint8Array, from: number, room: number): number {
  if (needle.length === 0) return -1
  const fallback = new Uint32Array(needle.length)
  for (let i = 1, k = 0; i < needle.length; i++) {
    while (k > 0 && needle[i] !== needle[k]) k = fallback[k - 1]!
    if (needle[i] === needle[k]) k++
    fallback[i] = k
  }
  const end = Math.min(hay.length, from + room + needle.length)
  for (let i = from, k = 0; i < end; i++) {
    while (k > 0 && hay[i] !== needle[k]) k = fallback[k - 1]!
    if (hay[i] === needle[k]) k++
    if (k === needle.length) return i + 1 - k
  }
  return -1
}

/** The tokens over words that stand at `at` of the stream; a token inside a character begins and ends with it. */
function placesIn(
  { bytes, offsets }: Words,
  stream: { starts: number[] },
  tokens: WrittenToken[],
  at: number,
): TokenLogprob[] {
  const places: TokenLogprob[] = []
  for (let i = firstAfter(stream.starts, at); i < tokens.length; i++) {
    const { logprob, top, bytes: own } = tokens[i]!
    const from = Math.max(0, stream.starts[i]! - at)
    const to = Math.min(bytes.length, stream.starts[i]! + own.length - at)
    if (from >= bytes.length) break
    if (to <= from || logprob === undefined) continue
    let last = to
    while (last < bytes.length && offsets[last] === offsets[to - 1]) last++
    const place: TokenLogprob = { start: offsets[from]!, end: offsets[last]!, logprob }
    if (top !== undefined) place.top = top
    places.push(place)
  }
  return places
}

/** Index of the token that holds byte `at`. */
function firstAfter(starts: number[], at: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= at) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

/** Deals tokens over a text out to the pieces it is cut into; one that runs over a cut ends with its piece. */
function dealt(pieces: Piece[], places: TokenLogprob[]): Piece[] {
  let start = 0
  let next = 0
  return pieces.map((piece) => {
    const end = start + piece.text.length
    const own: TokenLogprob[] = []
    while (next < places.length && places[next]!.start < end) {
      const place = places[next++]!
      own.push({ ...place, start: place.start - start, end: Math.min(place.end, end) - start })
    }
    start = end
    return own.length === 0 ? piece : { ...piece, logprobs: own }
  })
}

const SPECIAL = /^<[^<>\s]{1,40}>$/
const MOST_PATHS = 64
const LONGEST_TOKEN = 64

interface Path {
  token: WrittenToken | undefined
  before: Path | undefined
}

/** The likeliest of every choice. The first token of a prompt may be unknown (`<s>`, mostly). */
function likeliest(_: Piece[], choices: readonly TokenChoice[]): WrittenToken[] {
  return choices.flatMap((choice) => choice.slice(0, 1))
}

/**
 * Of the candidates for each token those that spell the texts, one after another. The first token of a prompt is
 * unknown, so the second may begin a few characters into the text.
 */
function spelling(pieces: Piece[], choices: readonly TokenChoice[]): WrittenToken[] | null {
  const target = encoder.encode(
    pieces
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )
  let paths = new Map<number, Path>([[0, { token: undefined, before: undefined }]])
  for (const [i, choice] of choices.entries()) {
    const next = new Map<number, Path>()
    for (const [at, before] of paths) {
      for (let skip = 0; i === 0 && choice.length === 0 && skip <= LONGEST_TOKEN; skip++) {
        const token = { bytes: target.slice(0, skip), logprob: undefined }
        next.set(skip, { token, before })
      }
      for (const token of choice) {
        const to = follows(target, at, token.bytes)
        if (to >= 0 && !next.has(to) && next.size < MOST_PATHS) next.set(to, { token, before })
      }
    }
    if (next.size === 0) return null
    paths = next
  }
  const furthest = Math.max(...paths.keys())
  if (furthest < target.length) return null
  const tokens: WrittenToken[] = []
  for (let path = paths.get(furthest); path?.token !== undefined; path = path.before) tokens.push(path.token)
  return tokens.reverse()
}

/** Where a token at `at` of the target ends, one that is not spelled (`<s>`) at once; -1 when it does not fit. */
function follows(target: Uint8Array, at: number, bytes: Uint8Array): number {
  let i = 0
  while (i < bytes.length && at + i < target.length && bytes[i] === target[at + i]) i++
  if (i === bytes.length || at + i === target.length) return at + i
  return SPECIAL.test(new TextDecoder().decode(bytes)) ? at : -1
}

/** A vocabulary's own letters for blanks and line ends, as some print their tokens. */
function plainSpaces(token: WrittenToken): WrittenToken {
  const text = new TextDecoder().decode(token.bytes)
  if (!/[Ġ▁Ċ]/.test(text)) return token
  return { ...token, bytes: encoder.encode(text.replace(/[Ġ▁]/g, ' ').replace(/Ċ/g, '\n')) }
}

import { isRecord } from '../../isRecord.ts'
import { firstOf, recordOf } from './fields.ts'

/** Log-probabilities as APIs and servers write them, to one form. */

/** One token as a teacher wrote or scored it, before it is known where in the text it stands. */
export interface WrittenToken {
  /** UTF-8: a token may end inside a character. */
  bytes: Uint8Array
  /** Natural logarithm; undefined where the teacher had nothing to tell it from (the first token of a prompt). */
  logprob: number | undefined
  /** The best first. */
  top?: { token: string; logprob: number }[]
}

/** What one token may have been, the likeliest first: vLLM does not mark which of its candidates stands in a prompt. */
export type TokenChoice = WrittenToken[]

/**
 * The tokens that a message, a choice of a response or a record brings along:
 * - OpenAI: `logprobs.content[]` or a list of `{token, logprob, bytes, top_logprobs}`;
 * - legacy completions: `logprobs.tokens`, `token_logprobs`, `top_logprobs`; bare parallel lists of tokens and numbers;
 * - vLLM: `prompt_logprobs` and `logprobs` as lists of null or `{id: {logprob, rank, decoded_token}}`;
 * - SGLang: `meta_info.output_token_logprobs` as `[logprob, id, text]`; TGI: `details.tokens`.
 *
 * @returns null when there are none that can be read
 */
export function tokensOf(holder: Record<string, unknown>): TokenChoice[] | null {
  const { logprobs } = holder
  const lists = [
    recordOf(logprobs)?.content,
    logprobs,
    recordOf(holder.meta_info)?.output_token_logprobs,
    recordOf(holder.details)?.tokens,
    holder.prompt_logprobs,
  ]
  for (const list of lists) {
    const tokens = Array.isArray(list) ? listed(list, holder) : null
    if (tokens !== null) return tokens
  }
  return parallel(recordOf(logprobs)) ?? parallel(holder)
}

function listed(list: unknown[], holder: Record<string, unknown>): TokenChoice[] | null {
  const first = list.find((entry) => entry !== null)
  if (first === undefined) return null
  const byId = isRecord(first) && typeof first.token !== 'string' && typeof first.text !== 'string'
  if (byId) return candidates(list, holder)
  const tokens = list.map(single)
  return tokens.every((token) => token !== null) ? tokens.map((token) => [token]) : null
}

/** `{token, logprob, bytes, top_logprobs}`, `{text, logprob}` or `[logprob, id, text]`. */
function single(entry: unknown): WrittenToken | null {
  if (Array.isArray(entry)) {
    const [logprob, , text] = entry as unknown[]
    return typeof text === 'string' ? { bytes: bytesOf(text), logprob: finite(logprob) } : null
  }
  if (!isRecord(entry)) return null
  const text = firstOf(entry, ['token', 'text', 'decoded_token'])
  if (typeof text !== 'string') return null
  const given = entry.bytes
  const exact = Array.isArray(given) && given.every((byte) => typeof byte === 'number')
  const token: WrittenToken = {
    bytes: exact ? Uint8Array.from(given as number[]) : bytesOf(text),
    logprob: finite(firstOf(entry, ['logprob', 'logProbability'])),
  }
  const top = firstOf(entry, ['top_logprobs', 'top_tokens'])
  if (Array.isArray(top)) token.top = ranked(top.map(alternative))
  else if (isRecord(top)) token.top = ranked(Object.entries(top))
  return token
}

function alternative(entry: unknown): [unknown, unknown] {
  const record = recordOf(entry) ?? {}
  return [firstOf(record, ['token', 'text', 'decoded_token']), record.logprob]
}

function ranked(entries: [unknown, unknown][]): { token: string; logprob: number }[] | undefined {
  const top = entries.flatMap(([token, logprob]) => {
    return typeof token === 'string' && typeof logprob === 'number' ? [{ token, logprob }] : []
  })
  return top.length > 0 ? top.sort((a, b) => b.logprob - a.logprob) : undefined
}

/** vLLM: for each token the candidates by id, the written one among them. */
function candidates(list: unknown[], holder: Record<string, unknown>): TokenChoice[] | null {
  const ids = firstOf(holder, ['prompt_token_ids', 'token_ids'])
  const known = Array.isArray(ids) && ids.length === list.length ? (ids as unknown[]) : null
  const fewest = Math.min(...sizes(list))
  const choices: TokenChoice[] = []
  for (const [i, entry] of list.entries()) {
    if (entry === null) {
      choices.push([])
      continue
    }
    if (!isRecord(entry)) return null
    const entries = Object.entries(entry).map(([id, value]) => ({ id, ...candidate(value) }))
    if (entries.some(({ text }) => text === undefined)) return null
    const top = ranked(entries.map(({ text, logprob }) => [text, logprob]))
    const chosen =
      known === null ? likely(entries, fewest) : entries.filter(({ id }) => id === String(known[i]))
    if (chosen.length === 0) return null
    choices.push(chosen.map(({ text, logprob }) => ({ bytes: bytesOf(text!), logprob, top })))
  }
  return choices
}

function sizes(list: unknown[]): number[] {
  return list.slice(0, 10_000).flatMap((entry) => (isRecord(entry) ? [Object.keys(entry).length] : []))
}

function candidate(value: unknown): { text?: string; logprob?: number; rank?: number } {
  if (typeof value === 'number') return {}
  const record = recordOf(value) ?? {}
  const text = firstOf(record, ['decoded_token', 'token'])
  return {
    text: typeof text === 'string' ? text : undefined,
    logprob: finite(record.logprob),
    rank: finite(record.rank),
  }
}

/** The likeliest first: with one candidate more than elsewhere, the one that is not among the best was written. */
function likely<T extends { rank?: number }>(entries: T[], fewest: number): T[] {
  if (entries.length <= fewest) return entries
  return entries.sort((a, b) => (b.rank ?? 0) - (a.rank ?? 0))
}

/** `tokens` and `token_logprobs`, side by side. */
function parallel(record: Record<string, unknown> | undefined): TokenChoice[] | null {
  const tokens = record?.tokens
  const logprobs = record === undefined ? undefined : firstOf(record, ['token_logprobs', 'logprobs'])
  if (!Array.isArray(tokens) || !Array.isArray(logprobs) || tokens.length !== logprobs.length) return null
  if (tokens.length === 0 || !tokens.every((token) => typeof token === 'string')) return null
  const tops = record!.top_logprobs
  return tokens.map((token, i) => {
    const top: unknown = Array.isArray(tops) ? tops[i] : undefined
    const written: WrittenToken = { bytes: bytesOf(token), logprob: finite(logprobs[i]) }
    if (isRecord(top)) written.top = ranked(Object.entries(top))
    return [written]
  })
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

const BYTES = /^bytes:((?:\\x[0-9a-fA-F]{2}){1,16})$/
const BYTE_TOKEN = /^<0x([0-9a-fA-F]{2})>$/
const encoder = new TextEncoder()

/** A token's text as UTF-8; `bytes:\xe2\x80` and `<0x0A>` are how some write a token inside a character. */
export function bytesOf(text: string): Uint8Array {
  const hex = BYTES.exec(text)?.[1]?.slice(2).split('\\x') ?? BYTE_TOKEN.exec(text)?.slice(1)
  return hex === undefined ? encoder.encode(text) : Uint8Array.from(hex, (byte) => Number.parseInt(byte, 16))
}

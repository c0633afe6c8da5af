import { LabError } from '../errors.ts'
import { isRecord } from '../isRecord.ts'
import { ByteLevelBpe, END_OF_TEXT, type Merge } from './bpe.ts'
import { CHARACTER_OF_BYTE, unspell } from './byte-level.ts'
import type { Tokenizer } from './tokenizer.ts'

type JsonObject = Record<string, unknown>

/** Ids are packed two in a number. */
const LARGEST_VOCABULARY = 1 << 20

/**
 * Reads a Hugging Face tokenizer.json of GPT-2's kind: model BPE over bytes, `ByteLevel` pre-tokenizer with its
 * regular expression and without a prefix space, `ByteLevel` decoder, no normaliser, `<|endoftext|>` among the special
 * tokens. Merges may be "a b" or ["a", "b"]. Truncation, padding and offset trimming are left aside: they say what
 * Hugging Face's own calls return, not which ids a text has.
 *
 * @param json the parsed file, not yet trusted
 * @param where what to call it in messages, e.g. the file's name
 * @throws LabError `invalid-student` naming what is missing or unsupported
 */
export function tokenizerFromJSON(json: unknown, where: string): Tokenizer {
  const refuse = (what: string): never => {
    throw new LabError(
      'invalid-student',
      `${where}: ${what}; the lab reads byte-level BPE tokenizers as GPT-2 has them.`,
    )
  }
  const file = isRecord(json) ? json : refuse('not a tokenizer.json, which is a JSON object')
  const model = isRecord(file.model) ? file.model : refuse('"model" is missing')
  if (!isRecord(model.vocab) || !Array.isArray(model.merges)) {
    refuse(
      `the model is ${quote(model.type ?? 'of an unnamed type')} without "vocab" and "merges", so it is no BPE`,
    )
  }
  if (model.type !== undefined && model.type !== 'BPE')
    refuse(`model type ${quote(model.type)} is unsupported`)
  for (const key of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix']) {
    if (model[key]) refuse(`model.${key} ${quote(model[key])} is unsupported`)
  }
  for (const key of ['byte_fallback', 'ignore_merges']) {
    if (model[key]) refuse(`model.${key} is unsupported`)
  }
  if (file.normalizer) refuse(`the normalizer ${typeOf(file.normalizer)} is unsupported`)
  const split = file.pre_tokenizer
  if (!isRecord(split) || split.type !== 'ByteLevel') {
    refuse(`the pre-tokenizer ${typeOf(split)} is unsupported (it must be "ByteLevel")`)
  } else {
    if (split.add_prefix_space !== false) refuse('pre_tokenizer.add_prefix_space must be false')
    if (split.use_regex === false) refuse('pre_tokenizer.use_regex must be true')
  }
  if (!isRecord(file.decoder) || file.decoder.type !== 'ByteLevel') {
    refuse(`the decoder ${typeOf(file.decoder)} is unsupported (it must be "ByteLevel")`)
  }
  if (file.post_processor && typeOf(file.post_processor) !== '"ByteLevel"') {
    refuse(
      `the post-processor ${typeOf(file.post_processor)} is unsupported, as it may add tokens of its own`,
    )
  }

  const specials = readSpecials(file.added_tokens, refuse)
  const tokens = readVocabulary(model.vocab as JsonObject, specials, refuse)
  const merges = readMerges(model.merges as unknown[], model.vocab as JsonObject, specials, refuse)
  return new ByteLevelBpe({ tokens, merges, specials })
}

type Refuse = (what: string) => never

function readSpecials(added: unknown, refuse: Refuse): Map<string, number> {
  const specials = new Map<string, number>()
  for (const token of Array.isArray(added) ? added : []) {
    if (!isRecord(token) || typeof token.content !== 'string' || !isId(token.id)) {
      refuse('"added_tokens" holds an entry without content or id')
    } else if (token.special !== true) {
      refuse(
        `the added token ${quote(token.content)} is not special and would be matched in ordinary text, which is unsupported`,
      )
    } else {
      specials.set(token.content, token.id)
    }
  }
  if (!specials.has(END_OF_TEXT)) refuse(`the special token ${quote(END_OF_TEXT)} is missing`)
  return specials
}

/** The bytes of every id, 0 … n - 1 without a hole; null for special tokens. */
function readVocabulary(
  vocabulary: JsonObject,
  specials: Map<string, number>,
  refuse: Refuse,
): (Uint8Array | null)[] {
  const names = new Map<string, unknown>(Object.entries(vocabulary))
  for (const [name, id] of specials) {
    if (names.has(name) && names.get(name) !== id) {
      refuse(`${quote(name)} has two ids, ${names.get(name)} in "vocab" and ${id} in "added_tokens"`)
    }
    names.set(name, id)
  }
  if (names.size > LARGEST_VOCABULARY) refuse(`its ${names.size} ids are more than ${LARGEST_VOCABULARY}`)
  const tokens = new Array<Uint8Array | null | undefined>(names.size).fill(undefined)
  for (const [name, id] of names) {
    if (!isId(id) || id >= names.size) {
      refuse(
        `token ${quote(name)} has the id ${id}, but ${names.size} tokens should have the ids 0 to ${names.size - 1}`,
      )
    } else if (tokens[id] !== undefined) {
      refuse(`the id ${id} belongs to two tokens, one of them ${quote(name)}`)
    } else if (specials.has(name)) {
      tokens[id] = null
    } else {
      const content = unspell(name)
      if (!content?.length) refuse(`token ${quote(name)} is not spelled in byte-level characters`)
      else tokens[id] = content
    }
  }
  for (const [byte, character] of CHARACTER_OF_BYTE.entries()) {
    if (!names.has(character) || specials.has(character)) {
      refuse(`the vocabulary has no token for the byte ${byte}, so some text could not be encoded`)
    }
  }
  return tokens as (Uint8Array | null)[]
}

function readMerges(
  entries: unknown[],
  vocabulary: JsonObject,
  specials: Map<string, number>,
  refuse: Refuse,
): Merge[] {
  const idOf = new Map(
    Object.entries(vocabulary).filter(([name]) => !specials.has(name)) as [string, number][],
  )
  return entries.map((entry, index) => {
    const parts = typeof entry === 'string' ? entry.split(' ') : entry
    const [left, right] = Array.isArray(parts) && parts.length === 2 ? parts : []
    if (typeof left !== 'string' || typeof right !== 'string') {
      return refuse(`merge ${index + 1} (${quote(entry)}) is neither "a b" nor ["a", "b"]`)
    }
    const merge = { left: idOf.get(left), right: idOf.get(right), result: idOf.get(left + right) }
    if (merge.left === undefined || merge.right === undefined || merge.result === undefined) {
      return refuse(`merge ${index + 1} (${quote(entry)}) names a token that is not in "vocab"`)
    }
    return merge as Merge
  })
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function quote(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}

/** The type of a component, for a message. */
function typeOf(component: unknown): string {
  return quote(isRecord(component) ? (component.type ?? 'of an unnamed type') : (component ?? null))
}

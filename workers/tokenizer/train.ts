import { LabError } from '../errors.ts'
import { ByteLevelBpe, byteTokens, END_OF_TEXT, type Merge } from './bpe.ts'
import { BYTE_OF_ID, bytesOf, spell, splitPieces } from './byte-level.ts'
import { Heap } from './heap.ts'
import type { Tokenizer } from './tokenizer.ts'

/** A pair seen once would save one token in one place and teach nothing. */
const SMALLEST_COUNT = 2
/** Room for two ids in one number; ids stay below 2^20. */
const PAIR = 1 << 20

/** The distinct pieces of the text, laid end to end. */
interface Words {
  /** Token ids of all words; a word shrinks in place as its pairs merge. */
  ids: Int32Array
  /** Where each word begins in `ids`. */
  starts: Int32Array
  /** Its present number of ids. */
  lengths: Int32Array
  /** How often it stands in the text. */
  counts: Float64Array
}

/** A pair of neighbouring ids, how often it stands in the text, and the words that hold or held it. */
interface Pair {
  left: number
  right: number
  count: number
  words: number[]
}

/**
 * Trains a byte-level BPE (Sennrich et al. 2016, arXiv 1508.07909, on bytes as in GPT-2): the most frequent pair of
 * neighbouring tokens becomes a token, again and again. Of pairs equally frequent the one with the smaller left id
 * goes first, then the one with the smaller right id, as in Hugging Face's trainer, so the result is one and the same
 * for the same text on every machine.
 *
 * Ids are GPT-2's layout: 0 … 255 the bytes in its order, then one per merge, and `<|endoftext|>` last.
 *
 * @param vocabularySize ids wanted, at least 257 (the bytes and end-of-text); where no pair stands twice any more
 *   there are fewer, so read `vocabularySize` from the result
 * @param onProgress hears the share done, 0 … 1
 * @throws LabError `invalid-recipe` for a vocabulary smaller than 257 or larger than 2^20
 */
export function trainBpe(
  texts: Iterable<string>,
  vocabularySize: number,
  onProgress?: (share: number) => void,
): Tokenizer {
  if (!(vocabularySize >= 257 && vocabularySize <= PAIR)) {
    throw new LabError(
      'invalid-recipe',
      `tokenizer.vocabularySize is ${vocabularySize}; a byte-level tokenizer needs at least 257 ids (256 bytes and end-of-text) and at most ${PAIR}.`,
    )
  }
  const words = countWords(texts)
  const tokens: (Uint8Array | null)[] = byteTokens()
  const idOfToken = new Map(tokens.map((content, id) => [spell(content!), id]))
  const merges: Merge[] = []
  const pairs = countPairs(words)
  const queue = new Heap<{ count: number; pair: Pair }>((a, b) => {
    if (a.count !== b.count) return a.count > b.count
    if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left
    return a.pair.right < b.pair.right
  })
  for (const pair of pairs.values()) queue.push({ count: pair.count, pair })

  while (tokens.length < vocabularySize - 1) {
    const top = queue.pop()
    if (!top) break
    const { pair } = top
    if (top.count !== pair.count) {
      // Its count has fallen since it was queued (a rise queues it anew), so it goes back to its place.
      if (pair.count >= SMALLEST_COUNT && pair.count < top.count) queue.push({ count: pair.count, pair })
      continue
    }
    if (pair.count < SMALLEST_COUNT) break
    const content = join(tokens[pair.left]!, tokens[pair.right]!)
    const spelled = spell(content)
    // Two pairs can spell the same bytes (aa+a, a+aa); they share an id, as a vocabulary names each token once.
    let result = idOfToken.get(spelled)
    if (result === undefined) {
      result = tokens.length
      tokens.push(content)
      idOfToken.set(spelled, result)
    }
    merges.push({ left: pair.left, right: pair.right, result })
    for (const risen of mergePair(pair, result, words, pairs)) {
      if (risen.count >= SMALLEST_COUNT) queue.push({ count: risen.count, pair: risen })
    }
    if (onProgress && merges.length % 64 === 0) onProgress((tokens.length - 256) / (vocabularySize - 257))
  }
  onProgress?.(1)
  tokens.push(null)
  return new ByteLevelBpe({ tokens, merges, specials: new Map([[END_OF_TEXT, tokens.length - 1]]) })
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

function countWords(texts: Iterable<string>): Words {
  const counted = new Map<string, number>()
  for (const text of texts) {
    for (const piece of splitPieces(text)) counted.set(piece, (counted.get(piece) ?? 0) + 1)
  }
  const idOfByte = new Int32Array(256)
  for (const [id, byte] of BYTE_OF_ID.entries()) idOfByte[byte] = id
  const starts = new Int32Array(counted.size)
  const lengths = new Int32Array(counted.size)
  const counts = new Float64Array(counted.size)
  const contents: Uint8Array[] = []
  let total = 0
  for (const [piece, count] of counted) {
    const word = contents.length
    const content = bytesOf(piece)
    starts[word] = total
    lengths[word] = content.length
    counts[word] = count
    total += content.length
    contents.push(content)
  }
  const ids = new Int32Array(total)
  for (const [word, content] of contents.entries()) {
    ids.set(
      Array.from(content, (byte) => idOfByte[byte]!),
      starts[word],
    )
  }
  return { ids, starts, lengths, counts }
}

function countPairs({ ids, starts, lengths, counts }: Words): Map<number, Pair> {
  const pairs = new Map<number, Pair>()
  for (let word = 0; word < starts.length; word++) {
    const start = starts[word]!
    const last = start + lengths[word]! - 1
    for (let at = start; at < last; at++) {
      const pair = pairOf(pairs, ids[at]!, ids[at + 1]!)
      pair.count += counts[word]!
      if (pair.words.at(-1) !== word) pair.words.push(word)
    }
  }
  return pairs
}

function pairOf(pairs: Map<number, Pair>, left: number, right: number): Pair {
  const key = left * PAIR + right
  let pair = pairs.get(key)
  if (!pair) {
    pair = { left, right, count: 0, words: [] }
    pairs.set(key, pair)
  }
  return pair
}

/**
 * Replaces a pair by its token in every word that holds it, left to right, and corrects the counts of the pairs
 * around it.
 *
 * @returns the pairs whose count rose
 */
function mergePair(merged: Pair, result: number, words: Words, pairs: Map<number, Pair>): Set<Pair> {
  const { ids, starts, lengths, counts } = words
  const { left, right } = merged
  const risen = new Set<Pair>()
  pairs.delete(left * PAIR + right)
  // What the queue still holds of this pair is thereby out of date.
  merged.count = 0
  for (const word of merged.words) {
    const start = starts[word]!
    const end = start + lengths[word]!
    const count = counts[word]!
    const fall = (a: number, b: number) => {
      const pair = pairs.get(a * PAIR + b)
      if (pair) pair.count -= count
    }
    const rise = (a: number, b: number) => {
      const pair = pairOf(pairs, a, b)
      pair.count += count
      if (pair.words.at(-1) !== word) pair.words.push(word)
      risen.add(pair)
    }
    let to = start
    for (let at = start; at < end; ) {
      if (ids[at] === left && at + 1 < end && ids[at + 1] === right) {
        if (to > start) {
          fall(ids[to - 1]!, left)
          rise(ids[to - 1]!, result)
        }
        if (at + 2 < end) {
          fall(right, ids[at + 2]!)
          rise(result, ids[at + 2]!)
        }
        ids[to++] = result
        at += 2
      } else {
        ids[to++] = ids[at++]!
      }
    }
    lengths[word] = to - start
  }
  return risen
}

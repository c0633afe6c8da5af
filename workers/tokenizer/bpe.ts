import { LabError } from '../errors.ts'
import { BYTE_OF_ID, bytesOf, spell, splitPieces } from './byte-level.ts'
import { Heap } from './heap.ts'
import type { Encoding, Tokenizer } from './tokenizer.ts'

export const END_OF_TEXT = '<|endoftext|>'

/** Two ids that stand side by side, and the id they become. */
export interface Merge {
  left: number
  right: number
  result: number
}

/** What a byte-level BPE is made of. */
export interface BpeParts {
  /** The bytes of each id; null for a special token. All 256 single bytes are among them. */
  tokens: (Uint8Array | null)[]
  /** In order of rank: the first is done first. */
  merges: Merge[]
  /** Special tokens by name, `<|endoftext|>` among them. */
  specials: Map<string, number>
}

/** Ids of a piece with offsets relative to its start. */
interface EncodedPiece {
  ids: Int32Array
  starts: Int32Array
  ends: Int32Array
  anchors: Int32Array
}

/** Room for two ids in one number; ids stay below 2^20. */
const PAIR = 1 << 20
/** Pieces kept in the cache, and the longest that is worth keeping (UTF-16 units). */
const CACHE_PIECES = 100_000
const CACHE_LENGTH = 64
const WHITE_SPACE = /^\p{White_Space}$/u

/** A byte-level BPE tokenizer; see `train.ts` and `json.ts` for where one comes from. */
export class ByteLevelBpe implements Tokenizer {
  readonly vocabularySize: number
  readonly endOfTextId: number
  private readonly idOfByte = new Int32Array(256)
  /** Merge rank of a pair, by left · PAIR + right. */
  private readonly ranks = new Map<number, number>()
  private readonly cache = new Map<string, EncodedPiece>()

  constructor(private readonly parts: BpeParts) {
    this.vocabularySize = parts.tokens.length
    this.endOfTextId = parts.specials.get(END_OF_TEXT)!
    for (const [id, content] of parts.tokens.entries()) {
      if (content?.length === 1) this.idOfByte[content[0]!] = id
    }
    for (const [rank, { left, right }] of parts.merges.entries()) {
      const pair = left * PAIR + right
      if (!this.ranks.has(pair)) this.ranks.set(pair, rank)
    }
  }

  encode(text: string): Encoding {
    const offsets: number[] = []
    const pieces: EncodedPiece[] = []
    let length = 0
    let offset = 0
    for (const piece of splitPieces(text)) {
      const encoded = this.encodePiece(piece)
      pieces.push(encoded)
      offsets.push(offset)
      length += encoded.ids.length
      offset += piece.length
    }
    const ids = new Int32Array(length)
    const starts = new Int32Array(length)
    const ends = new Int32Array(length)
    const anchors = new Int32Array(length)
    let at = 0
    for (const [index, piece] of pieces.entries()) {
      const base = offsets[index]!
      for (let i = 0; i < piece.ids.length; i++, at++) {
        ids[at] = piece.ids[i]!
        starts[at] = base + piece.starts[i]!
        ends[at] = base + piece.ends[i]!
        anchors[at] = base + piece.anchors[i]!
      }
    }
    return { ids, starts, ends, anchors }
  }

  /** @throws LabError `tokenizer-mismatch` for an id outside the vocabulary */
  decode(ids: ArrayLike<number>): string {
    const contents: Uint8Array[] = []
    let length = 0
    for (let i = 0; i < ids.length; i++) {
      const content = this.bytesOf(ids[i]!)
      if (content === null) continue
      contents.push(content)
      length += content.length
    }
    const bytes = new Uint8Array(length)
    let at = 0
    for (const content of contents) {
      bytes.set(content, at)
      at += content.length
    }
    // ignoreBOM keeps U+FEFF as the character it is instead of dropping it at the front.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  }

  /** @throws LabError `tokenizer-mismatch` for an id outside the vocabulary */
  bytesOf(id: number): Uint8Array | null {
    const content = this.parts.tokens[id]
    if (content !== undefined) return content
    throw new LabError(
      'tokenizer-mismatch',
      `Token id ${id} is outside this tokenizer's vocabulary of ${this.vocabularySize} ids; use the tokenizer.json that came with the model.`,
    )
  }

  /**
   * Hugging Face's layout, as GPT-2's own file has it; merges as "a b", which every version of the library reads.
   * Equal tokenizers give equal JSON, key order included.
   */
  toJSON(): unknown {
    const { tokens, merges, specials } = this.parts
    const nameOfSpecial = new Map([...specials].map(([name, id]) => [id, name]))
    const names = tokens.map((content, id) => (content ? spell(content) : nameOfSpecial.get(id)!))
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
    return {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [...specials]
        .sort((a, b) => a[1] - b[1])
        .map(([content, id]) => ({
          id,
          content,
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: true,
        })),
      normalizer: null,
      pre_tokenizer: byteLevel,
      post_processor: { ...byteLevel, trim_offsets: false },
      decoder: byteLevel,
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(names.map((name, id) => [name, id])),
        merges: merges.map(({ left, right }) => `${names[left]} ${names[right]}`),
      },
    }
  }

  private encodePiece(piece: string): EncodedPiece {
    const known = this.cache.get(piece)
    if (known) return known
    const bytes = bytesOf(piece)
    const { ids, lengths } = this.mergeBytes(bytes)
    const encoded = { ids, ...locate(piece, bytes.length, lengths) }
    if (piece.length <= CACHE_LENGTH) {
      if (this.cache.size >= CACHE_PIECES) this.cache.clear()
      this.cache.set(piece, encoded)
    }
    return encoded
  }

  /**
   * BPE of one piece: the pair of lowest rank is merged first, the leftmost among equals. A linked list and a heap,
   * so that a piece of n bytes costs n·log n (a long run of letters is one piece).
   *
   * @returns ids, and the bytes that each of them covers
   */
  private mergeBytes(bytes: Uint8Array): { ids: Int32Array; lengths: Int32Array } {
    const n = bytes.length
    const ids = Int32Array.from(bytes, (byte) => this.idOfByte[byte]!)
    const lengths = new Int32Array(n).fill(1)
    if (n === 1) return { ids, lengths }
    const next = Int32Array.from(bytes, (_, i) => i + 1)
    const previous = Int32Array.from(bytes, (_, i) => i - 1)
    // A merge that waits: its rank and place; `right` tells whether the pair is still the one that was found.
    const waiting = new Heap<{ rank: number; at: number; left: number; right: number }>((a, b) =>
      a.rank === b.rank ? a.at < b.at : a.rank < b.rank,
    )
    const consider = (at: number) => {
      const follower = next[at]!
      if (follower >= n) return
      const left = ids[at]!
      const right = ids[follower]!
      const rank = this.ranks.get(left * PAIR + right)
      if (rank !== undefined) waiting.push({ rank, at, left, right })
    }
    for (let at = 0; at < n - 1; at++) consider(at)
    for (let merge = waiting.pop(); merge; merge = waiting.pop()) {
      const { rank, at, left, right } = merge
      const follower = next[at]!
      // A place swallowed by the token before it has length 0.
      if (lengths[at] === 0 || ids[at] !== left || follower >= n || ids[follower] !== right) continue
      ids[at] = this.parts.merges[rank]!.result
      lengths[at] = lengths[at]! + lengths[follower]!
      lengths[follower] = 0
      const after = next[follower]!
      next[at] = after
      if (after < n) previous[after] = at
      if (previous[at]! >= 0) consider(previous[at]!)
      consider(at)
    }
    return { ids: ids.filter((_, i) => lengths[i]! > 0), lengths: lengths.filter((length) => length > 0) }
  }
}

/** Offsets of tokens in their piece, in UTF-16 units, from the bytes that each covers. */
function locate(piece: string, bytes: number, lengths: Int32Array): Omit<EncodedPiece, 'ids'> {
  // The character that each byte lies in: where it starts, where it ends, whether it is white space.
  const characterStart = new Int32Array(bytes)
  const characterEnd = new Int32Array(bytes)
  const blank = new Uint8Array(bytes)
  let byte = 0
  let start = 0
  for (const character of piece) {
    const code = character.codePointAt(0)!
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    const end = start + character.length
    const isBlank = WHITE_SPACE.test(character) ? 1 : 0
    for (let i = 0; i < width; i++, byte++) {
      characterStart[byte] = start
      characterEnd[byte] = end
      blank[byte] = isBlank
    }
    start = end
  }
  const starts = new Int32Array(lengths.length)
  const ends = new Int32Array(lengths.length)
  const anchors = new Int32Array(lengths.length)
  let from = 0
  for (let i = 0; i < lengths.length; i++) {
    const to = from + lengths[i]!
    starts[i] = characterStart[from]!
    ends[i] = characterEnd[to - 1]!
    let anchor = from
    while (anchor < to && blank[anchor]) anchor++
    anchors[i] = characterStart[anchor < to ? anchor : from]!
    from = to
  }
  return { starts, ends, anchors }
}

/** The id that each single byte has in a vocabulary that the lab trains: GPT-2's order. */
export function byteTokens(): Uint8Array[] {
  return Array.from(BYTE_OF_ID, (byte) => Uint8Array.of(byte))
}

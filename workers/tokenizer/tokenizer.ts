/**
 * What the rest of the lab needs of a tokenizer. Ids are those of its Hugging Face tokenizer.json.
 */
export interface Encoding {
  /** Token ids. */
  ids: Int32Array
  /** UTF-16 offset of the character that the token's first byte lies in. */
  starts: Int32Array
  /** UTF-16 offset one past the character that the token's last byte lies in. */
  ends: Int32Array
  /**
   * UTF-16 offset of the character that the token's first non-space byte lies in (its first byte if all are white
   * space): the character that gives the token its span kind.
   */
  anchors: Int32Array
}

export interface Tokenizer {
  /** Number of ids, special tokens included; ids are 0 … vocabularySize - 1. */
  readonly vocabularySize: number
  /** The id of `<|endoftext|>`, which ends a trajectory. */
  readonly endOfTextId: number
  /** Text to tokens. Special tokens spelled out in the text are encoded as ordinary text. */
  encode(text: string): Encoding
  /** Tokens to text; the inverse of encode for well-formed text. Special tokens give nothing. */
  decode(ids: ArrayLike<number>): string
  /** UTF-8 of a token, which may begin or end inside a character; null for a special token. */
  bytesOf(id: number): Uint8Array | null
  /** The content of tokenizer.json, loadable by Hugging Face tokenizers and transformers. */
  toJSON(): unknown
}

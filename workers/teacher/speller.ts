import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/** Writes other tokenizers' tokens with a student's. */
export class Speller {
  /** Ids by the bytes of their token, one character a byte. */
  private readonly idOfBytes = new Map<string, number>()
  private readonly strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(readonly tokenizer: Tokenizer) {
    for (let id = 0; id < tokenizer.vocabularySize; id++) {
      const bytes = tokenizer.bytesOf(id)
      if (bytes) this.idOfBytes.set(keyOf(bytes), id)
    }
  }

  /**
   * The student's ids for a piece of text: the token that is exactly that, or else as it would be encoded by itself.
   * Empty for a piece that ends inside a character and is no token of the student's.
   */
  idsOf(bytes: Uint8Array): readonly number[] {
    if (bytes.length === 0) return []
    const whole = this.idOfBytes.get(keyOf(bytes))
    if (whole !== undefined) return [whole]
    const text = this.textOf(bytes)
    return text === undefined ? [] : Array.from(this.tokenizer.encode(text).ids)
  }

  private textOf(bytes: Uint8Array): string | undefined {
    try {
      return this.strict.decode(bytes)
    } catch {
      return undefined
    }
  }
}

/**
 * For each token the offset at which it ends, counted in bytes. End-of-text counts as one, so that it has a place of its
 * own behind the text.
 */
export function byteEnds(ids: ArrayLike<number>, tokenizer: Tokenizer): Int32Array {
  const ends = new Int32Array(ids.length)
  let at = 0
  for (let t = 0; t < ids.length; t++) {
    at += tokenizer.bytesOf(ids[t]!)?.length ?? 1
    ends[t] = at
  }
  return ends
}

function keyOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

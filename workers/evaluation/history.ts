import { LabError } from '../errors.ts'
import { oneLine } from '../oneLine.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'

/** When turns must be left out, so many that this share of the context becomes free: not one at every turn. */
const FREED_SHARE = 1 / 8

/**
 * What a student reads of a dialogue: the prompt, and of the turns behind it the latest, whole. It has learnt from rows of
 * that form (see `windowRows`). While everything fits, that is the dialogue itself.
 */
export class History {
  /** [prompt, turn, turn, …] */
  private readonly encoded: Int32Array[] = []
  /** The first turn that is still read. */
  private first = 1

  /**
   * @param contextLength tokens that the student reads at once
   * @param room tokens that stay free for the next turn; at most a quarter of the context
   */
  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly contextLength: number,
    private readonly room: number,
  ) {}

  /**
   * @param pieces of the dialogue, which has grown since the last call; several new ones are read one after the other,
   *   so that it does not matter when they came
   * @returns ids, at least one
   * @throws LabError `invalid-student` where the prompt takes more than half of the context
   */
  read(pieces: readonly string[]): number[] {
    for (const piece of pieces.slice(this.encoded.length)) {
      this.encoded.push(encodePiece(this.tokenizer, piece))
      this.leaveOut()
    }
    const prompt = this.encoded[0]!
    if (prompt.length > this.contextLength / 2) {
      throw new LabError(
        'invalid-student',
        `The student reads ${this.contextLength} tokens at once, and the task "${firstWords(pieces[0]!)}" alone has ${prompt.length}: it needs a context of at least ${2 * prompt.length}.`,
      )
    }
    // A turn whose answer alone is too long is read from where it fits.
    const turns = this.encoded.slice(this.first).flatMap((ids) => Array.from(ids))
    return [...prompt, ...turns.slice(Math.max(0, turns.length - this.roomForTurns))]
  }

  /** Tokens that the turns may have. */
  private get roomForTurns(): number {
    const free = Math.min(this.room, Math.floor(this.contextLength / 4))
    return this.contextLength - free - this.encoded[0]!.length
  }

  /** Leaves out the oldest turns where not all can be read. */
  private leaveOut(): void {
    if (this.length() <= this.roomForTurns) return
    const aim = this.roomForTurns - Math.floor(FREED_SHARE * this.contextLength)
    while (this.first < this.encoded.length - 1 && this.length() > aim) this.first++
  }

  /** Tokens of the turns that are read. */
  private length(): number {
    return this.encoded.slice(this.first).reduce((sum, { length }) => sum + length, 0)
  }
}

/**
 * Tokens of a text as they are where more text stands behind it: white space at an end is cut otherwise than before a
 * word, so that line ends would become tokens that the student has never read there.
 */
function encodePiece(tokenizer: Tokenizer, piece: string): Int32Array {
  const { ids, starts } = tokenizer.encode(`${piece}x`)
  return ids.slice(
    0,
    starts.findIndex((start) => start >= piece.length),
  )
}

function firstWords(text: string): string {
  const line = oneLine(text)
  return line.length > 60 ? `${line.slice(0, 60)}…` : line
}

import { writeAll } from '../models/generate.ts'
import type { TextModel } from '../models/textModel.ts'
import type { Random } from '../random.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Dialogue } from './dialogue.ts'
import { History } from './history.ts'

/** A model that writes. */
export interface Student {
  model: TextModel
  tokenizer: Tokenizer
}

export interface ConverseOptions {
  /** 0 takes the likeliest token each time. */
  temperature: number
  /** Tokens of a turn at most. */
  maxTurnTokens: number
  /** A generator for each dialogue, so that none depends on its neighbours. */
  random: (dialogue: number) => Random
  /** Hears every token of a turn but an end-of-text. */
  wrote?: (dialogue: number, id: number) => void
  /** Hears of each dialogue that is over. */
  over?: (dialogue: number) => void
  /** Asked before every token; returning false ends all. */
  goesOn?: () => Promise<boolean>
}

const NEWLINE = 10

/**
 * Lets a student take its turns in many dialogues side by side, until all are over. What was read of a dialogue stays in
 * the cache, so that each turn costs no more than its own tokens and its answer's. A history is read as its text is
 * encoded, as in training, whichever tokens the student spelled it with.
 *
 * @returns false where it was told not to go on
 * @throws LabError `invalid-student` where a prompt is too long for the student
 */
export async function converse(
  { model, tokenizer }: Student,
  dialogues: readonly Dialogue[],
  { temperature, maxTurnTokens, random, wrote, over, goesOn }: ConverseOptions,
): Promise<boolean> {
  const histories = dialogues.map(() => new History(tokenizer, model.config.contextLength, maxTurnTokens))
  const taken = dialogues.map(() => false)
  const prompts = dialogues.map(({ pieces }, i) => histories[i]!.read(pieces))
  const written = await writeAll(model, prompts, {
    temperature,
    random,
    goesOn,
    maxTokens: maxTurnTokens,
    room: dialogues.map(({ isOver }) => (isOver ? 0 : maxTurnTokens)),
    endOfTextId: tokenizer.endOfTextId,
    vocabularySize: tokenizer.vocabularySize,
    done(i, ids) {
      wrote?.(i, ids.at(-1)!)
      if (!tokenizer.bytesOf(ids.at(-1)!)?.includes(NEWLINE)) return false
      taken[i] = dialogues[i]!.hear(tokenizer.decode(ids), false, ids.length)
      return taken[i]
    },
    next(i, ids) {
      const dialogue = dialogues[i]!
      if (!taken[i]) dialogue.hear(tokenizer.decode(ids), true, ids.length)
      taken[i] = false
      if (!dialogue.isOver) return histories[i]!.read(dialogue.pieces)
      over?.(i)
      return null
    },
  })
  return written !== null
}

import type { Script, Turn } from '../environments/environment.ts'
import { type ConverseOptions, converse, type Student } from '../evaluation/converse.ts'
import type { Dialogue } from '../evaluation/dialogue.ts'
import { DEFAULT_TURN_TOKENS } from '../evaluation/rollouts.ts'
import { WrittenText } from '../models/writtenText.ts'
import { Random } from '../random.ts'
import type { TurnOptions } from './acting.ts'

/** A turn as a model wrote it. */
export interface WrittenTurn {
  turn: Turn
  /** All that was written, also behind the turn. */
  text: string
  tokens: number
}

/**
 * Lets a model write one turn at a history, as it would in an evaluation.
 *
 * @param pieces the prompt, then a piece for each turn with its answer
 * @param onText hears with every token what has been written
 * @returns null where it was told not to go on
 * @throws LabError `invalid-student` where the prompt is too long for it
 */
export async function writeTurn(
  student: Student,
  script: Script,
  pieces: readonly string[],
  { temperature, seed }: TurnOptions,
  goesOn: NonNullable<ConverseOptions['goesOn']>,
  onText: (text: string) => void,
): Promise<WrittenTurn | null> {
  const dialogue = new OneTurn(script, pieces)
  const shown = new WrittenText(student.tokenizer)
  const finished = await converse(student, [dialogue], {
    temperature,
    maxTurnTokens: DEFAULT_TURN_TOKENS,
    random: () => new Random(seed).fork(`turn ${pieces.length}`),
    wrote: (_, id) => {
      shown.add(id)
      onText(shown.text)
    },
    goesOn,
  })
  return finished ? dialogue.written : null
}

/** A dialogue that is over with its next turn, which nobody answers. */
class OneTurn implements Dialogue {
  written: WrittenTurn | null = null

  constructor(
    private readonly script: Script,
    readonly pieces: readonly string[],
  ) {}

  get isOver(): boolean {
    return this.written !== null
  }

  hear(text: string, ended: boolean, tokens: number): boolean {
    const turn = this.script.read(text, this.pieces.length, ended)
    if (turn !== null) this.written = { turn, text, tokens }
    return turn !== null
  }
}

/** A text that a student and a world write in turn. */
export interface Dialogue {
  /** What stands there so far: the prompt, then a piece for each turn with its answer. It only grows. */
  readonly pieces: readonly string[]
  /** No turn is wanted any more. */
  readonly isOver: boolean
  /**
   * Takes a turn, once it is one; then there is another piece, or the dialogue is over. Asked wherever a line has ended.
   *
   * @param written since the last turn: any text at all
   * @param ended nothing more comes, so that a turn is taken in any case
   * @param tokens of which `written` was made
   * @returns whether a turn was taken
   */
  hear(written: string, ended: boolean, tokens?: number): boolean
}

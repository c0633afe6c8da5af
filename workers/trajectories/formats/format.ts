import type { SpanKind, WarningCode } from '../trajectory.ts'

/** A warning on its way to a trajectory; `offset` counts from the start of the piece that carries it. */
export interface PieceWarning {
  code: WarningCode
  message: string
  offset?: number
}

/** A recognised stretch of a trajectory, in order; the texts of all pieces concatenated are the trajectory. */
export interface Piece {
  kind: SpanKind
  /** Marker and end-of-turn newline included. */
  text: string
  /** Characters of `text` that are its marker (`Thought 3:`, `> think:`); 0 when left out. */
  marker?: number
  /** Closes a marker that wraps the content (`]` of `think[`); left out of the content where the text ends with it. */
  closer?: string
  warnings?: PieceWarning[]
}

/** One trajectory as a format understood it. The segmenter turns it into spans. */
export type Draft = Piece[]

/**
 * One way in which people write trajectories down. To add one: a file in this folder that exports a `Format`, a line
 * in `index.ts`, and a test. A format recognises its own by content, never by file name, and answers
 * - `null` when the text or value is not its own, so that the next format is asked;
 * - `[]` when it is its own but holds nothing to learn from: no other format is asked.
 * It must not throw, and must take time linear in its input.
 */
export interface Format {
  /** What `--format` takes. */
  id: string
  /** What it looks like, in a few words, for people. */
  title: string
  /** Reads running text: a file, a fenced block, or a string inside JSON. */
  readText?(text: string): Draft[] | null
  /** Reads one JSON value; asked at every level from the outermost inwards. */
  readJson?(value: object): Draft[] | null
}

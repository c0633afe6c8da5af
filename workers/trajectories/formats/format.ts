import type { SpanKind, TokenLogprob, WarningCode } from '../trajectory.ts'

/** A warning on its way to a trajectory; `offset` counts from the start of the piece that carries it. */
export interface PieceWarning {
  code: WarningCode
  message: string
  offset?: number
}

/** A call that a record holds as data. The segmenter writes it as `name(arguments)`, in the form the recipe chooses. */
export interface ToolCall {
  name: string
  /** As recorded: JSON in a string (kept digit for digit), or a value; undefined for a call without any. */
  arguments: unknown
}

/** A recognised stretch of a trajectory, in order; the texts of all pieces concatenated are the trajectory. */
export interface Piece {
  kind: SpanKind
  /** Marker and end-of-turn newline included; empty where `call` stands in for it. */
  text: string
  /** Characters of `text` that are its marker (`Thought 3:`, `> think:`); 0 when left out. */
  marker?: number
  /** Closes a marker that wraps the content (`]` of `think[`); left out of the content where the text ends with it. */
  closer?: string
  /** A structured tool call in place of `text`; it is written on a line of its own. */
  call?: ToolCall
  /** This act was issued in one turn with the act before it (parallel calls), so both belong to one step. */
  sameStep?: boolean
  /** Log-probabilities of the tokens of `text`; offsets count from its start. */
  logprobs?: TokenLogprob[]
  warnings?: PieceWarning[]
}

/** What a file tells about how an episode went. */
export interface Outcome {
  success?: boolean
  reward?: number
  taskType?: string
}

/** One trajectory as a format understood it. The segmenter turns it into spans. */
export interface Draft extends Outcome {
  pieces: Piece[]
  /**
   * `readText` only: where in the text this trajectory begins, its prompt included. A long text is read in parts, each
   * beginning at the start of the last trajectory of the part before.
   */
  start?: number
}

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
  /**
   * For files with one record per step (a JSONL line, a CSV or Parquet row, an element of an array): what the steps
   * of one trajectory share, or null when this record is no such step. Neighbours with the same key reach `readJson`
   * together, as an array.
   */
  rowKey?(record: object): string | null
}

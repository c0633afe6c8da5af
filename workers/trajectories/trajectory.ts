/**
 * The vocabulary of the lab. A trajectory is one linear text, exactly what the student will read and write; spans
 * partition it, so every character belongs to exactly one span. Offsets are UTF-16 code units, as in `String.slice`.
 */

export const SPAN_KINDS = ['prompt', 'reason', 'act', 'observation', 'other'] as const

/** What a stretch of text is to the objective. m_r = reason, m_a = act; the rest is not supervised by default. */
export type SpanKind = (typeof SPAN_KINDS)[number]

export interface Span {
  kind: SpanKind
  /** First character, markers (`Thought 3:`, `> `) included: they are text the student must produce. */
  start: number
  /** One past the last character, the end-of-turn newline included. */
  end: number
  /** The same stretch without its marker and outer white space; contentStart === contentEnd when nothing is left. */
  contentStart: number
  contentEnd: number
  /** The step of the episode it belongs to, counted from 0; -1 for what stands before the first step. */
  step: number
}

/** Warnings that exist by name (DESIGN.md). */
export const WARNING_CODES = [
  'no-reason-span',
  'no-act-span',
  'mixed-spans-missing-after-packing',
  'mask-empty-after-truncation',
  'marker-inside-argument',
  'observation-written-by-model',
  'wrong-role',
  'unfinished',
  'unmarked-turn',
  'ansi-removed',
  'prefixes-removed',
  'turns-left-out',
  'logprobs-misaligned',
] as const
export type WarningCode = (typeof WARNING_CODES)[number]

export interface Warning {
  code: WarningCode
  /** One sentence: what, and what it means for training. */
  message: string
  /** Where in the trajectory's text, UTF-16 offset. */
  offset: number
  /** The line of that offset in the trajectory's text, counted from 1. */
  line: number
}

export type EnvironmentName = 'household' | 'wiki' | 'shop' | 'unknown'

/** What a teacher thought of one token of the text, as it came with the trajectory. */
export interface TokenLogprob {
  /** UTF-16 offsets of the characters it wrote; a token inside a character begins and ends with that character. */
  start: number
  end: number
  /** Natural logarithm of the probability of the token that was written. */
  logprob: number
  /** The most likely tokens, the best first, with theirs; missing where the file has the written token only. */
  top?: { token: string; logprob: number }[]
}

export interface Trajectory {
  /** The file it came from, as the person named it. */
  file: string
  /** Its place among the trajectories of that file, counted from 0. */
  index: number
  /** The id of the format that read it (`formats/`). */
  format: string
  environment: EnvironmentName
  text: string
  /** In order, non-empty, covering [0, text.length) without gap or overlap. */
  spans: Span[]
  warnings: Warning[]
  /** Where the file tells it: whether the episode succeeded, its final reward, and the kind of task. */
  success?: boolean
  reward?: number
  taskType?: string
  /** In the order of the text, without overlap; only where the file brought them. */
  logprobs?: TokenLogprob[]
}

/** Trajectories in order, each fetched when asked for; an array of them is one. */
export interface TrajectorySet {
  readonly length: number
  at(index: number): Trajectory | undefined
  /** Length of a text, where it is known without fetching the trajectory. */
  characters?(index: number): number
}

export function* each(set: TrajectorySet): Iterable<Trajectory> {
  for (let i = 0; i < set.length; i++) yield set.at(i)!
}

/** Something in a file that could not be read. The rest of the file, and everything else, still loads. */
export interface FileProblem {
  file: string
  /** Counted from 1, where a line can be named. */
  line?: number
  /** One sentence: what, where, what to do. */
  message: string
  /** It can be read, but no format knows it: a mapping by hand may help. */
  unrecognised?: true
}

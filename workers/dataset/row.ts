import type { SpanKind } from '../trajectories/trajectory.ts'

/** Span kinds as small integers, for typed arrays; PADDING marks positions past the end of a row. */
export const KIND_CODES: Record<SpanKind, number> = { prompt: 0, reason: 1, act: 2, observation: 3, other: 4 }
export const PADDING = 255

/** One trajectory as tokens, each with its span kind. */
export interface LabelledTokens {
  /** Index of the trajectory in the loaded set. */
  trajectory: number
  /** [n] token ids, ended by end-of-text. */
  ids: Int32Array
  /** [n] KIND_CODES of each token. */
  kinds: Uint8Array
  /** [n] step of each token, -1 before the first step. */
  steps: Int32Array
}

/** One training row: a window of one trajectory, whole steps with the task prompt in front, at most T tokens. */
export interface Row {
  trajectory: number
  /** [n ≤ T] */
  ids: Int32Array
  kinds: Uint8Array
  steps: Int32Array
  /** Which token of its trajectory each of them is. */
  places: Int32Array
  /** [n] what each of them counts beside the λ of its kind, 0 or more; 1 each where there are none. */
  weights?: Float32Array
  /** Curriculum score C(τ) of the row's trajectory; easy is small. */
  difficulty: number
}

/** A batch of rows, right-padded: ids with end-of-text, kinds with PADDING. */
export interface Batch {
  rows: number
  length: number
  /** [rows · length] */
  ids: Int32Array
  /** [rows · length] kind of the token AT each position (not of the one it predicts). */
  kinds: Uint8Array
  /** [rows · length] what the token AT each position counts beside the λ of its kind; 1 each where there are none. */
  weights?: Float32Array
  /**
   * [rows · length] which of its row's windows each token is of, -1 for padding; there only where rows may hold several.
   * Nothing in a window is predicted from another.
   */
  segments?: Int32Array
  /** Tokens that are not padding. */
  tokens: number
}

/** A batch that knows where its tokens come from. */
export interface PlacedBatch extends Batch {
  /** [rows · length] index in the loaded set of the trajectory that each token is of; -1 for padding. */
  trajectories: Int32Array
  /** [rows · length] which token of its trajectory each is; -1 for padding. */
  places: Int32Array
  /** [rows · length] the step of each in its trajectory; -1 before the first and for padding. */
  steps: Int32Array
}

/** Spans of one kind that lost tokens, and how many these are. */
export interface Cut {
  spans: number
  tokens: number
}

/** What became of the trajectories on their way into rows; shown on the page before training. */
export interface DatasetReport {
  trajectories: number
  heldOutTrajectories: number
  /** Windows of trajectories. */
  rows: number
  /** Rows that they are trained in: as many, or fewer where several share a row. */
  packedRows: number
  /** Share of the positions in these rows that hold a token, 0 … 1. */
  fill: number
  heldOutRows: number
  /** Rows holding both reason and act tokens; SAD and token-level KD differ little on the others. */
  mixedRows: number
  /** Tokens in training rows by kind; a prompt repeated in front of several windows counts each time. */
  tokens: Record<SpanKind, number>
  /** Training rows without a single reason or act token after windowing. */
  emptyMaskRows: number
  /** Rows left out since all of their reason and act tokens weigh 0. */
  weightlessRows: number
  /** Training trajectories that weigh 0 since their files do not tell how they ended. */
  unknownOutcomes: number
  /** Reason tokens in training rows behind the end of `objective.thoughtCap`. */
  cappedTokens: number
  /** Steps cut because they alone exceed the context. */
  truncatedSteps: number
  /** What these steps lost; a span is a run of tokens of one kind in one step. Prompts are counted below. */
  cut: Record<SpanKind, Cut>
  /** Rows whose prompt had to be shortened to leave room for a step. */
  shortenedPrompts: number
}

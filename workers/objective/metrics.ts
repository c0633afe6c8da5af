import type { WORLDS } from '../recipe.ts'

/** What is known of one span kind after one or more batches. Every number is defined in `definitions.ts`. */
export interface SpanMetrics {
  /** The term of this span kind as it enters the objective, before λ. */
  loss: number
  /** KL(teacher ‖ student) per token, nats. With the text as teacher it equals the cross-entropy. */
  kl: number
  /** Cross-entropy with the recorded tokens, per token, nats. */
  crossEntropy: number
  /** Entropy of the teacher's distribution per token, nats; 0 for a text teacher. */
  teacherEntropy: number
  /** Share of tokens whose most likely token is the teacher's, 0 … 1. */
  agreement: number
  /** This term's part of the gradient at the last hidden states, 0 … 1. */
  gradientShare: number
  /** Expected calibration error, 0 … 1; null where it is not measured, as in training lines. */
  calibrationError: number | null
  /** Tokens counted; the values above are 0 when there was none. */
  tokens: number
}

/** How far the student gets whole steps right; shares are null where no step was measured. */
export interface StepMetrics {
  /** Steps with act tokens. */
  actions: number
  /** Share of them whose act tokens are all the teacher's choice. */
  actionMatch: number | null
  /** Steps with reason tokens. */
  reasonings: number
  reasonMatch: number | null
  /** Steps whose reasoning the student wrote by itself; the rest is measured on these. */
  cotSamples: number
  cotMatch: number | null
  cotNearMatch: number | null
  /** Mean token-F1. */
  cotF1: number | null
}

/** What the student wrote for an optimiser step. */
export interface OnPolicyMetrics {
  /** Rows that it went on writing. */
  rows: number
  /** Tokens that it wrote. */
  tokens: number
  /** Share of the rows whose step could be read and is trained on; null without rows. */
  parsed: number | null
}

/** What the student does when it acts in a world by itself: plain means over the episodes. */
export interface WorldMetrics {
  environment: (typeof WORLDS)[number]
  episodes: number
  /** Share of the episodes that reached the goal. */
  success: number
  reward: number
  /** Steps per episode. */
  steps: number
  /** Share of the actions; null where it took none. */
  invalidActions: number | null
  /** Share of the turns. */
  malformedTurns: number
  /** Share of the episodes. */
  stoppedAtCap: number
}

/** One line of metrics.jsonl. */
export interface MetricsLine {
  /** Optimiser steps taken. */
  step: number
  split: 'train' | 'held-out'
  /** 0 where no span kind has a token, as in held-out lines that tell of a world alone. */
  loss: number
  /** The weights that this step was taken or measured with; they may change while a run goes on. */
  lambda: { reason: number; act: number; observation: number }
  reason: SpanMetrics
  act: SpanMetrics
  observation: SpanMetrics
  /** Held-out lines only. */
  steps?: StepMetrics
  /** Held-out lines of runs in which the student acts in a world, where it has done so to the end. */
  world?: WorldMetrics
  /** Training lines of runs in which the student writes rows. */
  onPolicy?: OnPolicyMetrics
  /** Training lines only, as are the two below. */
  learningRate?: number
  /** Before clipping. */
  gradientNorm?: number
  tokensPerSecond?: number
  /** Milliseconds of training since the run began, pauses left out. */
  elapsedMs: number
}

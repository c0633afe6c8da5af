/** What is known of one span kind after one or more batches. */
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
  /** Tokens counted; the values above are 0 when there was none. */
  tokens: number
}

/** One line of metrics.jsonl. */
export interface MetricsLine {
  /** Optimiser steps taken. */
  step: number
  split: 'train' | 'held-out'
  loss: number
  /** The weights that this step was taken or measured with; they may change while a run goes on. */
  lambda: { reason: number; act: number; observation: number }
  reason: SpanMetrics
  act: SpanMetrics
  observation: SpanMetrics
  /** Training lines only, as are the two below. */
  learningRate?: number
  /** Before clipping. */
  gradientNorm?: number
  tokensPerSecond?: number
  /** Milliseconds of training since the run began, pauses left out. */
  elapsedMs: number
}

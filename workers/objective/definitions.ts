import { CALIBRATION_BINS } from './calibration.ts'
import type { MetricsLine, OnPolicyMetrics, SpanMetrics, StepMetrics } from './metrics.ts'
import { NEAR_MATCH } from './reasoningMatch.ts'

/**
 * What every number that a run reports is. The page shows these texts where the numbers are, and the metrics files use
 * these keys. p is the teacher's distribution of a token, q the student's, y the recorded token, all at τ = 1; with the
 * text as teacher p is certain of y. A step is a thought, its act and what the world answered; it counts as far as its
 * tokens stand in a row.
 */
export interface Definition {
  /** As the page calls it. */
  name: string
  formula: string
  unit: string
  /** Where the definition comes from. */
  source: string
}

/** Of each span kind k (reason, act, observation), in training and held-out lines. */
export const SPAN_DEFINITIONS: Record<keyof SpanMetrics, Definition> = {
  loss: {
    name: 'Loss',
    formula: 's · Σ D(p, q) over the tokens of the kind, with s by the normaliser, before λ',
    unit: 'nats',
    source: 'arXiv 2505.13820, equations of L_CoT and L_Act; D and s as the recipe says',
  },
  kl: {
    name: 'KL to the teacher',
    formula: 'mean over the tokens of Σ p (log p − log q)',
    unit: 'nats per token',
    source: 'Hinton et al. 2015, arXiv 1503.02531',
  },
  crossEntropy: {
    name: 'Cross-entropy',
    formula: 'mean over the tokens of −log q(y)',
    unit: 'nats per token',
    source: 'negative log-likelihood of the recorded text',
  },
  teacherEntropy: {
    name: 'Teacher entropy',
    formula: 'mean over the tokens of −Σ p log p; 0 where the text teaches',
    unit: 'nats per token',
    source: 'Shannon 1948',
  },
  agreement: {
    name: 'Agreement',
    formula: 'share of tokens with arg max q = arg max p',
    unit: 'share, 0 to 1',
    source: 'top-1 agreement; Stanton et al. 2021, arXiv 2106.05945',
  },
  gradientShare: {
    name: 'Gradient share',
    formula:
      '‖∂(λ_k L_k)/∂h‖ ÷ Σ_j ‖∂(λ_j L_j)/∂h‖, h the last hidden states at all positions, ‖·‖ the Euclidean norm; 0 where all are 0',
    unit: 'share, 0 to 1',
    source: 'defined here: how hard each term pulls where it enters the model, before the terms mix',
  },
  calibrationError: {
    name: 'Calibration error',
    formula: `Σ_b (n_b / n) · |accuracy_b − confidence_b| over ${CALIBRATION_BINS} bins of equal width by confidence max q; accurate is arg max q = y; held-out only`,
    unit: 'share, 0 to 1',
    source: 'expected calibration error; Guo et al. 2017, arXiv 1706.04599',
  },
  tokens: {
    name: 'Tokens',
    formula: 'tokens of the kind that were predicted',
    unit: 'tokens',
    source: 'counted after shift and mask',
  },
}

/** Of the steps of held-out trajectories, in held-out lines. */
export const STEP_DEFINITIONS: Record<keyof StepMetrics, Definition> = {
  actions: {
    name: 'Steps with an act',
    formula: 'measured steps with at least one predicted act token',
    unit: 'steps',
    source: 'counted',
  },
  actionMatch: {
    name: 'Action match',
    formula:
      'share of the steps with an act in which arg max q = arg max p at every act token, the tokens before it true',
    unit: 'share, 0 to 1',
    source: 'exact match of a whole step under teacher forcing',
  },
  reasonings: {
    name: 'Steps with a reasoning',
    formula: 'measured steps with at least one predicted reason token',
    unit: 'steps',
    source: 'counted',
  },
  reasonMatch: {
    name: 'Reason match',
    formula:
      'share of the steps with a reasoning in which arg max q = arg max p at every reason token, the tokens before it true',
    unit: 'share, 0 to 1',
    source: 'exact match of a whole step under teacher forcing',
  },
  cotSamples: {
    name: 'Continued steps',
    formula: 'held-out steps whose reasoning the student wrote greedily at the true history; a fixed sample',
    unit: 'steps',
    source: 'recipe: evaluate.cotSamples',
  },
  cotMatch: {
    name: 'CoT match',
    formula:
      'share of continued steps whose reasoning equals the recorded one in lower case, with single blanks and plain numbers',
    unit: 'share, 0 to 1',
    source: 'CoT match rate of arXiv 2505.13820, whose own rule is not public: this one is the lab’s',
  },
  cotNearMatch: {
    name: 'CoT near match',
    formula: `share of continued steps with a CoT token-F1 of at least ${NEAR_MATCH}`,
    unit: 'share, 0 to 1',
    source: 'the lab’s looser variant of CoT match',
  },
  cotF1: {
    name: 'CoT token-F1',
    formula:
      'mean over continued steps of 2 · shared words ÷ (words written + words recorded), words counted with repetition',
    unit: 'share, 0 to 1',
    source: 'SQuAD’s F1, Rajpurkar et al. 2016, arXiv 1606.05250; articles count here',
  },
}

/** Of what the student wrote itself, in training lines. */
export const ON_POLICY_DEFINITIONS: Record<keyof OnPolicyMetrics, Definition> = {
  rows: {
    name: 'Rows written',
    formula: 'rows of the step that the student went on writing from a step border',
    unit: 'rows',
    source: 'recipe: onPolicy.share; Agarwal et al. 2023, arXiv 2306.13649',
  },
  tokens: {
    name: 'Tokens written',
    formula: 'tokens that the student wrote to these rows',
    unit: 'tokens',
    source: 'counted',
  },
  parsed: {
    name: 'Readable rows',
    formula:
      'share of these rows whose continuation reads as a step by the rules of its trajectory; the others are not trained on',
    unit: 'share, 0 to 1',
    source: 'defined here',
  },
}

type RunNumbers = Pick<
  MetricsLine,
  'step' | 'loss' | 'learningRate' | 'gradientNorm' | 'tokensPerSecond' | 'elapsedMs'
>

/** Of the run as a whole. */
export const RUN_DEFINITIONS: Record<keyof RunNumbers, Definition> = {
  step: { name: 'Step', formula: 'optimiser steps taken', unit: 'steps', source: 'counted' },
  loss: {
    name: 'Total loss',
    formula: 'Σ_k λ_k L_k over the span kinds',
    unit: 'nats',
    source: 'arXiv 2505.13820',
  },
  learningRate: {
    name: 'Learning rate',
    formula: 'what the schedule gives for the step',
    unit: 'per step',
    source: 'recipe: optimiser',
  },
  gradientNorm: {
    name: 'Gradient norm',
    formula: '‖∂loss/∂θ‖ over all parameters θ, before clipping',
    unit: 'nats per unit of θ',
    source: 'Pascanu et al. 2013, arXiv 1211.5063',
  },
  tokensPerSecond: {
    name: 'Throughput',
    formula: 'tokens of all kinds in the steps read last ÷ the time they took',
    unit: 'tokens per second',
    source: 'measured',
  },
  elapsedMs: {
    name: 'Time',
    formula: 'time of training steps since the run began, pauses and evaluations left out',
    unit: 'milliseconds',
    source: 'measured',
  },
}

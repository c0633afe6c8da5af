/**
 * The operations a student is made of. The model is written once against this set (`models/gpt.ts`); an
 * implementation is chosen when the device is opened. Each operation is a forward and backward pair: forward returns
 * its output and what its own backward wants to see again, which is nobody else's business.
 *
 * Letters: B rows, T positions per row, N = B·T, D width, H heads, V vocabulary, M rows of the head.
 * Tensors are float32 unless said. Outputs and what is saved are left to the caller's tf.tidy; anything else that an
 * implementation makes on the way it frees itself.
 */
import type { Tensor } from '../device/tensorflow.ts'

/** What a forward keeps for its backward. */
export type Saved = readonly Tensor[]

export interface Forward {
  output: Tensor
  saved: Saved
}

export interface LinearOptions {
  /** tanh GELU after the bias. */
  gelu?: boolean
  /** [N, Out], added last. */
  residual?: Tensor
}

export interface AttentionShape {
  rows: number
  length: number
  heads: number
}

/** Several sequences in one row, each as if it were alone: attention keeps inside it, positions count from its start. */
export interface Packing {
  /** [B, T] int32: which sequence of its row each position belongs to, neighbours side by side. */
  segments: Tensor
  /** [B, T] int32: its place there, from 0. */
  positions: Tensor
}

export const DIVERGENCES = [
  'forward-kl',
  'reverse-kl',
  'jsd',
  'skew-kl',
  'total-variation',
  'cross-entropy',
] as const
export type DivergenceName = (typeof DIVERGENCES)[number]

/**
 * What is trained at one position, (1 − w) · D(teacher, student) + w · cross-entropy with the recorded token;
 * `kernels/divergence.ts` has the formulas. Plain numbers, so that a fused implementation can take them as uniforms.
 */
export interface Divergence {
  /** D. `cross-entropy` is that with the recorded token, whoever teaches. */
  name: DivergenceName
  /** τ > 0, divides the logits of both in D. Other than 1 only against a model: of nobody else all logits are known. */
  temperature: number
  /** Multiplies D by τ², which keeps the size of its gradient (Hinton et al. 2015). */
  temperatureSquared: boolean
  /** β of `jsd`, within (0, 1). */
  beta?: number
  /** α of `skew-kl`, within (0, 1). */
  alpha?: number
  /** w, within [0, 1). */
  hardShare: number
}

/** Where the teacher's distributions come from; `null` in its place is the recorded text, certain of each token. */
export type HeadTeacher =
  /** Its last hidden states [M, D_teacher] and its tied head [V, D_teacher]. */
  | { kind: 'model'; hidden: Tensor; table: Tensor }
  /**
   * Log-probabilities (nats, of the undivided logits) of k different tokens for each row: ids [M, k] int32, −1 where a
   * row has fewer, and values [M, k]. All other tokens are one outcome that holds the missing mass, the tail. k = 1
   * with the recorded token is what is known where only the chosen token's probability was kept.
   */
  | { kind: 'stored'; ids: Tensor; logProbabilities: Tensor }

/** What the head compares the student with, one entry for each of its M rows. */
export interface HeadTargets {
  /** [M] int32: the recorded next tokens. */
  tokens: Tensor
  /** [M]: ∂(objective)/∂(divergence of this row); 0 measures a row without learning from it. */
  weights: Tensor
  /** [K, M], 0 or more: what each row counts in each of the K sums, 0 or 1 where it just belongs to it or not. */
  kindMasks: Tensor
  teacher: HeadTeacher | null
  divergence: Divergence
  /** Asks for HeadResult.rows as well. */
  rowWise?: boolean
}

/** The columns of HeadResult.sums. */
export const HEAD_SUMS = ['divergence', 'kl', 'crossEntropy', 'teacherEntropy', 'agreement'] as const

/**
 * The columns of HeadResult.rows: whether the student's most likely token is the teacher's, whether it is the recorded
 * one (0 or 1 each), and the probability that the student gives its most likely token.
 */
export const HEAD_ROWS = ['agreement', 'correct', 'confidence'] as const

export interface HeadResult {
  /**
   * [K, 5]: HEAD_SUMS summed over each kind's rows, unweighted. A value that is not finite is NaN in the sums of the
   * kinds that hold its row, and in no other.
   */
  sums: Tensor
  /** [M, 3]: HEAD_ROWS of each row; null when they were not asked for. */
  rows: Tensor | null
  /** Null when no gradient was asked for. */
  gradients: {
    /** [M, D] */
    hidden: Tensor
    /** [V, D] */
    table: Tensor
  } | null
}

export interface AdamWState {
  /** All parameters of the student in one vector, as are its moments. */
  parameters: Tensor
  firstMoment: Tensor
  secondMoment: Tensor
}

export interface AdamWOptions {
  /** Counted from 1. */
  step: number
  learningRate: number
  weightDecay: number
  /** [P] of 0 and 1: where decay applies. */
  decayMask: Tensor
  /** Largest global norm; 0 means no clipping. */
  clipNorm: number
}

export interface Operations {
  /** The implementation's name, shown on the page. */
  readonly name: string
  embedding: {
    /** ids [B, T] int32, tokens [V, D], positions [P ≥ T, D] -> [N, D]. `at` [B, T] int32 are places, else 0 … T − 1. */
    forward(ids: Tensor, tokens: Tensor, positions: Tensor, at?: Tensor): Forward
    backward(saved: Saved, dOutput: Tensor): { tokens: Tensor; positions: Tensor }
  }
  layerNorm: {
    /** x [N, D], gain [D], bias [D] -> [N, D]; epsilon 1e-5. */
    forward(x: Tensor, gain: Tensor, bias: Tensor): Forward
    backward(saved: Saved, dOutput: Tensor): { x: Tensor; gain: Tensor; bias: Tensor }
  }
  linear: {
    /** x [N, In], weight [In, Out], bias [Out] -> [N, Out]. The gradient of a residual is dOutput itself. */
    forward(x: Tensor, weight: Tensor, bias: Tensor, options?: LinearOptions): Forward
    backward(saved: Saved, dOutput: Tensor): { x: Tensor; weight: Tensor; bias: Tensor }
  }
  attention: {
    /**
     * Causal self-attention, scale 1/√(D/H), straight from packed q, k, v: qkv [N, 3D] -> [N, D]. With `segments`
     * [B, T] int32 a position attends to those of its own segment only.
     */
    forward(qkv: Tensor, shape: AttentionShape, segments?: Tensor): Forward
    backward(saved: Saved, dOutput: Tensor, shape: AttentionShape): { qkv: Tensor }
  }
  /** Tied head and divergence in one, chunk by chunk: hidden [M, D], table [V, D]; [M, V] is never whole. */
  head(hidden: Tensor, table: Tensor, targets: HeadTargets, gradients: boolean): HeadResult
  /** One AdamW update with global-norm clipping; returns new tensors and the norm before clipping, a scalar. */
  adamw(state: AdamWState, gradient: Tensor, options: AdamWOptions): AdamWState & { norm: Tensor }
}

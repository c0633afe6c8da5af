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

/** What the head compares the student with, one entry for each of its M rows. */
export interface HeadTargets {
  /** [M] int32: the recorded next tokens. */
  tokens: Tensor
  /** [M]: ∂(objective)/∂(divergence of this row); 0 measures a row without learning from it. */
  weights: Tensor
  /** [K, M] of 0 and 1: which rows are summed into which of the K span kinds. */
  kindMasks: Tensor
  /** The teacher's last hidden states and its tied head; null when the recorded text is the teacher. */
  teacher: { hidden: Tensor; table: Tensor } | null
  divergence: 'forward-kl' | 'cross-entropy'
  temperature: number
}

/** The columns of HeadResult.sums. */
export const HEAD_SUMS = ['divergence', 'kl', 'crossEntropy', 'teacherEntropy', 'agreement'] as const

export interface HeadResult {
  /** [K, 5]: HEAD_SUMS summed over each kind's rows, unweighted. */
  sums: Tensor
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
    /** ids [B, T] int32, tokens [V, D], positions [P ≥ T, D] -> [N, D]. */
    forward(ids: Tensor, tokens: Tensor, positions: Tensor): Forward
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
    /** Causal self-attention, scale 1/√(D/H), straight from packed q, k, v: qkv [N, 3D] -> [N, D]. */
    forward(qkv: Tensor, shape: AttentionShape): Forward
    backward(saved: Saved, dOutput: Tensor, shape: AttentionShape): { qkv: Tensor }
  }
  /** Tied head and divergence in one, chunk by chunk: hidden [M, D], table [V, D]; [M, V] is never whole. */
  head(hidden: Tensor, table: Tensor, targets: HeadTargets, gradients: boolean): HeadResult
  /** One AdamW update with global-norm clipping; returns new tensors and the norm before clipping, a scalar. */
  adamw(state: AdamWState, gradient: Tensor, options: AdamWOptions): AdamWState & { norm: Tensor }
}

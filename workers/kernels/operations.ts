/**
 * The operations a model is made of. Models are written once against this set (`models/gpt.ts`); which implementation
 * computes is chosen when the device is opened: `fused.ts` is our own WGSL, `reference.ts` is stock tfjs on any backend.
 * An operation's folder holds both, and the reference is the oracle of the fused one's tests.
 *
 * Letters: B rows, T positions per row, N = B·T, D width, H heads, V vocabulary, M predictions that the head is asked for.
 * Arrays are float32 unless said. What an operation returns is the caller's, to be freed or left to the scope it was made
 * in; what it makes on the way it frees itself.
 */

/** An array on the device. How it is kept there is the implementation's own affair. */
export interface Values {
  readonly shape: readonly number[]
}

/** What a forward keeps for its backward; nobody else's business, but the caller's to keep alive. */
export type Saved = readonly Values[]

export interface Forward {
  output: Values
  /** Arrays beside the output and the inputs that backward needs; they may be among those. */
  saved: Saved
}

/** Where the gradient of one parameter is added up, from batch to batch until the optimiser takes it. */
export interface Gradient {
  readonly shape: readonly number[]
}

/** One array of a model and its place in the flat vector that files and checkpoints hold. */
export interface Parameter {
  /** Hugging Face's name, e.g. `transformer.h.0.attn.c_attn.weight`. */
  name: string
  shape: number[]
  offset: number
  size: number
  /** Whether weight decay applies. */
  decays: boolean
}

/** A model's parameters by name. */
export type Weights = ReadonlyMap<string, Values>
export type Gradients = ReadonlyMap<string, Gradient>

/** [P] each, in the parameters' order. */
export interface TrainableValues {
  parameters: Float32Array
  firstMoment: Float32Array
  secondMoment: Float32Array
}

export interface AdamWOptions {
  /** Counted from 1. */
  step: number
  learningRate: number
  weightDecay: number
  /** Largest global norm; 0 means no clipping. */
  clipNorm: number
}

/** Parameters that learn, with their gradients and the optimiser's state. */
export interface Trainable {
  /** The parameters as they stand; call inside a scope. */
  weights(): Weights
  readonly gradients: Gradients
  /**
   * One AdamW update (Loshchilov and Hutter 2017, arXiv 1711.05101) with global-norm clipping, which uses the gradients
   * up: what is added afterwards counts from 0. A parameter to which nothing was added has gradient 0.
   *
   * @returns the gradient's norm before clipping, a scalar [1]
   */
  update(options: AdamWOptions): Values
  read(): Promise<TrainableValues>
  /** [P]: what has been added since the last update. */
  readGradient(): Promise<Float32Array>
  dispose(): void
}

/** Parameters that do not learn. */
export interface Frozen {
  readonly weights: Weights
  dispose(): void
}

/** Token ids as a batch brings them, row by row. */
export interface TokenRows {
  rows: number
  length: number
  /** [B·T] */
  ids: Int32Array
  /** [B·T]: which sequence of its row each position belongs to, neighbours side by side; without it a row is one. */
  segments?: Int32Array
  /** [B·T]: places in the learned or rotary positions; without it those of a row are 0 … T − 1. */
  positions?: Int32Array
}

/** Token rows on the device. */
export interface Rows {
  readonly rows: number
  readonly length: number
}

export interface LinearOptions {
  /** tanh GELU after the bias (Hendrycks and Gimpel 2016, arXiv 1606.08415), Hugging Face's `gelu_new`. */
  gelu?: boolean
  /** [N, Out]: g of SwiGLU (Shazeer 2020, arXiv 2002.05202): the output is silu(g) ⊙ (x·W + b). */
  gate?: Values
  /** [N, Out], added last. */
  residual?: Values
}

/** What came before a linear layer, so that its backward goes through that as well. */
export interface LinearInput {
  /** `x` is what GELU was applied to; it is applied anew rather than kept. */
  gelu?: boolean
  /** [N, In]: `x` is what silu(gate) was multiplied with. */
  gate?: Values
}

export interface Heads {
  /** Query heads, H. */
  heads: number
  /** Key and value heads, G, a divisor of H that defaults to H (Ainslie et al. 2023, arXiv 2305.13245). */
  keyHeads?: number
}

/** Keys and values of the positions that were read, for `attention.cached`; [B, capacity, G·S] each. */
export interface KeyValueCache {
  readonly rows: number
  readonly capacity: number
  dispose(): void
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
 * `head/reference.ts` and its `divergence.ts` have the formulas.
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
  /** Its last hidden states [N, D_teacher] and its tied head [V, D_teacher]. */
  | { kind: 'model'; hidden: Values; table: Values }
  /**
   * Log-probabilities (nats, of the undivided logits) of k different tokens for each of N positions: ids [N · k], −1
   * where a position has fewer, and values [N · k]. All other tokens are one outcome that holds the missing mass, the
   * tail. k = 1 with the recorded token is what is known where only the chosen token's probability was kept.
   */
  | { kind: 'stored'; k: number; ids: Int32Array; logProbabilities: Float32Array }

/**
 * The predictions that the head is asked for and what it compares them with; M entries each, which may be none, in
 * ordinary memory.
 */
export interface HeadTargets {
  /** Which of the N hidden states predicts; none twice. */
  positions: Int32Array
  /** The recorded next tokens. */
  tokens: Int32Array
  /** ∂(objective)/∂(divergence of this prediction); 0 measures it without learning from it. */
  weights: Float32Array
  /** Which of the K sums each counts in, 0 … K − 1. */
  terms: ArrayLike<number>
  /** K */
  termCount: number
  /** What each counts in its sum of divergences, 1 without. */
  tokenWeights?: Float32Array | null
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

/** Which gradients the head is asked for. */
export interface HeadGradients {
  /** Where that of the table is added; null for that of the hidden states alone. */
  table: Gradient | null
}

export interface HeadResult {
  /**
   * [K, 5]: HEAD_SUMS summed over each term's predictions, the divergence with their tokenWeights and all else plain. A
   * value that is not finite spoils the sum of its own term and no other.
   */
  sums: Values
  /** [M, 3]: HEAD_ROWS of each prediction; null when they were not asked for. */
  rows: Values | null
  /** Null when no gradient was asked for. */
  gradients: {
    /** [N, D]: 0 at positions that predict nothing. */
    hidden: Values
    /** [K]: Σ ‖∂objective/∂hidden state‖² over the positions of each term. */
    squares: Values
  } | null
}

/** How the next token is drawn. */
export interface Sampling {
  /** 0 takes the most likely token; otherwise samples from softmax(logits / temperature). */
  temperature: number
  /** Draws from the k most likely only; 0 means all. */
  topK?: number
  /**
   * Draws from the fewest most likely tokens whose probabilities reach this sum (Holtzman et al. 2019, arXiv
   * 1904.09751), at least one; 1 means all.
   */
  topP?: number
  /** Ids that may be drawn are those below, where the model's vocabulary is padded beyond its tokenizer's. */
  vocabularySize?: number
}

/** Bytes on the device. */
export interface DeviceMemory {
  /** In arrays that are in use. */
  liveBytes: number
  /** Most that ever was, since `resetPeak`. */
  peakBytes: number
  /** Held from the device, in use or to be used again. */
  pooledBytes: number
}

/** What some work takes, found without doing it. */
export interface Rehearsal {
  /** Most bytes in use at a time. */
  peakBytes: number
  /** Largest array that one kernel binds. */
  largestBindingBytes: number
  dispatches: number
  submits: number
  /** Compiles what the work needs, not in the way of anything; hears how many of its pipelines are there. */
  compile(progress?: (done: number, of: number) => void): Promise<void>
}

export interface Operations {
  /** The implementation's name, shown on the page. */
  readonly name: 'reference' | 'fused'

  /** Float32Array -> float32, Int32Array -> int32. */
  upload(values: Float32Array | Int32Array, shape: readonly number[]): Values
  /** Copies in ordinary memory, all in one transfer; integers as numbers, exact below 2^24. */
  read(...arrays: Values[]): Promise<Float32Array[]>
  free(...arrays: (Values | null | undefined)[]): void
  /** Frees what is made inside and is not returned: an array, or arrays and plain objects of them. */
  scope<T>(work: () => T): T
  memory(): DeviceMemory
  resetPeak(): void
  /** Gives what is held and not in use back to the device; what comes next has other sizes. */
  trim(): void
  /**
   * Runs `work` with operations that do nothing but keep count. Null where nothing is known beforehand, as in the
   * reference.
   *
   * @throws LabError `student-too-large` when the device could not hold one of its arrays
   */
  rehearse(work: (dry: Operations) => void): Rehearsal | null

  /** @param initial asked once, for the values to begin with; moments that it leaves out begin at 0 */
  trainable(
    parameters: readonly Parameter[],
    initial: () => Pick<TrainableValues, 'parameters'> & Partial<TrainableValues>,
  ): Trainable
  /** @param half whether 16 bits a value are enough; not heeded where it saves nothing */
  frozen(parameters: readonly Parameter[], values: () => Float32Array, half?: boolean): Frozen

  /**
   * Inside a scope.
   *
   * @param learns whether an embedding's gradient is to be worked out of them; it is, unless this is false
   */
  rows(tokens: TokenRows, learns?: boolean): Rows
  embedding: {
    /** tokens [V, D], positions [P ≥ T, D] or none -> [N, D]. */
    forward(rows: Rows, tokens: Values, positions: Values | null): Values
    backward(rows: Rows, dOutput: Values, into: { tokens: Gradient; positions: Gradient | null }): void
  }
  layerNorm: {
    /** x [N, D], gain [D], bias [D] -> [N, D]; epsilon 1e-5 (Ba et al. 2016, arXiv 1607.06450). */
    forward(x: Values, gain: Values, bias: Values): Forward
    /** @param added [N, D], added to the gradient of x, which is returned */
    backward(
      saved: Saved,
      dOutput: Values,
      into: { gain: Gradient; bias: Gradient },
      added?: Values | null,
    ): Values
  }
  rmsNorm: {
    /** x [N, D], gain [D] -> [N, D]; epsilon 1e-5 (Zhang and Sennrich 2019, arXiv 1910.07467). */
    forward(x: Values, gain: Values): Forward
    backward(saved: Saved, dOutput: Values, into: { gain: Gradient }, added?: Values | null): Values
  }
  linear: {
    /**
     * x [N, In], weight [In, Out], bias [Out] or none -> [N, Out].
     *
     * @returns `affine` is x·W + b where GELU or a gate came after it, else null
     */
    forward(
      x: Values,
      weight: Values,
      bias: Values | null,
      options?: LinearOptions,
    ): { output: Values; affine: Values | null }
    /**
     * @param x [N, In] the layer's input, or what it was made of as `input` says
     * @param dOutput [N, Out] the gradient of x·W + b; that of a residual is the same
     * @returns the gradient of x [N, In], and of the gate where there is one
     */
    backward(
      x: Values,
      weight: Values,
      dOutput: Values,
      into: { weight: Gradient; bias: Gradient | null },
      input?: LinearInput,
    ): { x: Values; gate: Values | null }
  }
  rotary: {
    /**
     * Turns queries and keys of packed projections qkv [N, (H + 2G)·S] by their places (Su et al. 2021, arXiv
     * 2104.09864), halves paired as in Hugging Face's LLaMA.
     *
     * @param base θ, 10000 in most models
     */
    forward(qkv: Values, rows: Rows, heads: Heads, base: number): Values
    backward(dOutput: Values, rows: Rows, heads: Heads, base: number): Values
  }
  attention: {
    /**
     * Causal self-attention, scale 1/√S, straight from packed projections: qkv [N, (H + 2G)·S] -> [N, H·S], queries
     * first, then keys, then values. A position attends to those of its own segment only.
     */
    forward(qkv: Values, rows: Rows, heads: Heads): Forward
    /** @returns the gradient of qkv */
    backward(saved: Saved, dOutput: Values, rows: Rows, heads: Heads): Values
    /** @param keyWidth G·S */
    cache(rows: number, capacity: number, keyWidth: number): KeyValueCache
    /**
     * Attention of new positions to those in the cache and to each other: row b has `lengths[b]` positions there, and
     * its T new ones are put behind them. Those that are mere padding may be overwritten by a later call that counts
     * them out. Segments are not heeded.
     *
     * @param places [B] which row of the cache each row is, all different; without it row b is b
     * @throws RangeError when a row would not fit
     */
    cached(
      qkv: Values,
      cache: KeyValueCache,
      rows: Rows,
      heads: Heads,
      lengths: Int32Array,
      places?: Int32Array,
    ): Values
  }
  /**
   * Tied head and divergence in one, chunk by chunk: hidden [N, D], table [V, D]; the logits [M, V] are never whole.
   *
   * @throws RangeError for a divergence that lacks its parameter, or a temperature without logits to divide
   */
  head(hidden: Values, table: Values, targets: HeadTargets, gradients: HeadGradients | null): HeadResult
  /** Logits [M, V] at some of the hidden states [N, D]; unlike the head's they are whole. */
  logits(hidden: Values, table: Values, positions: Int32Array): Values
  /**
   * Log-probabilities at some of the hidden states: of given tokens [M], and the k largest [M, k] with their ids [M, k]
   * int32, the largest first, among the ids below `vocabularySize`; the softmax is over all V.
   */
  likeliest(
    hidden: Values,
    table: Values,
    request: { positions: Int32Array; tokens: Int32Array; k: number; vocabularySize: number },
  ): { written: Values; ids: Values; logProbabilities: Values }
  /**
   * Draws a token for each row of logits [M, V]. Temperature 0: the largest logit below vocabularySize, the lowest id
   * among equals. Otherwise, with p = softmax(logits / temperature) over the ids below vocabularySize: put in order by
   * logit, the largest first and equals by id, the first topK are kept; of these the fewest from the front whose sum of p
   * reaches topP · (sum of p over the topK), as Hugging Face does one after the other. With w = p of what is kept, and
   * none elsewhere, the draw is the lowest id v for which Σ_{u ≤ v} w_u > draw · Σ w, the sum running in order of ids;
   * where rounding leaves none, the last id that has w > 0.
   *
   * @param draws [M] uniform in [0, 1), one for each row; not heeded at temperature 0
   * @returns [M] int32
   */
  sample(logits: Values, sampling: Sampling, draws: Float32Array): Values
}

/**
 * What a run takes on GPUs, by formulas: nothing here was measured. Each formula is told where it is shown
 * (`CLUSTER_DEFINITIONS`).
 *
 * P parameters of the student, P_t of a model that teaches beside it, N GPUs, L layers of width D, V vocabulary, T tokens
 * a row.
 */

/** The shape of a student and the rows that it is trained on. */
export interface Workload {
  layers: number
  width: number
  vocabularySize: number
  /** T; also the positions that the student knows. */
  contextLength: number
  steps: number
  /** Rows of an optimiser step, over all GPUs and micro-batches. */
  batchRows: number
  accumulate: number
  recompute: boolean
  /** P_t; 0 where no model runs beside the student. */
  teacherParameters: number
}

/** A GPU as its maker describes it. */
export interface Gpu {
  name: string
  memoryBytes: number
  /** Operations a second with bfloat16, dense (without sparsity), as published. */
  peak: number
}

const GB = 1e9
const TERA = 1e12

/** Sizes of memory and dense bfloat16 peaks from the makers' data sheets. */
export const GPUS: readonly Gpu[] = [
  { name: 'NVIDIA L4, 24 GB', memoryBytes: 24 * GB, peak: 121 * TERA },
  { name: 'NVIDIA A10, 24 GB', memoryBytes: 24 * GB, peak: 125 * TERA },
  { name: 'NVIDIA RTX 4090, 24 GB', memoryBytes: 24 * GB, peak: 165 * TERA },
  { name: 'NVIDIA L40S, 48 GB', memoryBytes: 48 * GB, peak: 362 * TERA },
  { name: 'NVIDIA A100, 40 GB', memoryBytes: 40 * GB, peak: 312 * TERA },
  { name: 'NVIDIA A100, 80 GB', memoryBytes: 80 * GB, peak: 312 * TERA },
  { name: 'NVIDIA H100 SXM, 80 GB', memoryBytes: 80 * GB, peak: 989 * TERA },
  { name: 'NVIDIA H200, 141 GB', memoryBytes: 141 * GB, peak: 989 * TERA },
  { name: 'NVIDIA B200, 180 GB', memoryBytes: 180 * GB, peak: 2250 * TERA },
  { name: 'AMD MI300X, 192 GB', memoryBytes: 192 * GB, peak: 1307 * TERA },
]

/** Shapes of published models, each under the size that it is known by; all with GPT-2's vocabulary. */
export const KNOWN_SHAPES = [
  { name: '124M', of: 'GPT-2', layers: 12, width: 768 },
  { name: '350M', of: 'GPT-2 medium', layers: 24, width: 1024 },
  { name: '1.3B', of: 'GPT-3 XL', layers: 24, width: 2048 },
  { name: '7B', of: 'GPT-3 6.7B', layers: 32, width: 4096 },
] as const
export const GPT2_VOCABULARY = 50_257

/** float32: weights, gradients and the two moments of AdamW. */
const STATE_BYTES = 4 + 4 + 4 + 4
const HALF_BYTES = 2
const FLOAT_BYTES = 4
/**
 * Values of width D that a block keeps of each token for its way back: the inputs of its two norms, what comes out of
 * them, queries, keys and values, what attention gives, and 4 + 4 before and after GELU (Korthikanti et al. 2022, arXiv
 * 2205.05198, section 4.1, without dropout and without scores, which fused attention does not keep).
 */
const KEPT_VALUES = 2 + 2 + 3 + 1 + 8
/** Logits that exist at a time in one array (scale/sad_scale/head.py). */
const CHUNK_LOGITS = 2 ** 27
/** Arrays of logits alive together: the student's, in float32 as well, its softmax, the gradient; and three of a teacher's. */
const CHUNK_ARRAYS = { own: 4, teacher: 3 }
/** What is taken for granted to be free: the rest is the driver's, the communication's, and lost between arrays. */
const USABLE_SHARE = 0.9

/** P of the lab's GPT, its head tied to its table: V·D + T·D + L·(12 D² + 13 D) + 2 D. */
export function parametersOf({
  layers,
  width,
  vocabularySize,
  contextLength,
}: Pick<Workload, 'layers' | 'width' | 'vocabularySize' | 'contextLength'>): number {
  return (vocabularySize + contextLength) * width + layers * blockParameters(width) + 2 * width
}

/** Of one layer: its projections with their biases, and its two norms. */
function blockParameters(width: number): number {
  return 12 * width * width + 13 * width
}

/** Bytes that one of the GPUs holds at the peak of a step. */
export interface GpuMemory {
  /** Master weights, gradients and moments; where they are shared out, this GPU's part and what is put together of it. */
  state: number
  /** The teacher's parameters, whole on every GPU. */
  teacher: number
  activations: number
  /** A chunk of logits and what is computed from it. */
  logits: number
  total: number
}

/**
 * Memory of each of `gpus` GPUs.
 *
 * @param shard whether the student's state is shared out (FSDP) rather than whole on each (DDP)
 */
export function memoryPerGpu(work: Workload, gpus: number, shard: boolean): GpuMemory {
  const { layers, width, vocabularySize, contextLength, teacherParameters } = work
  const parameters = parametersOf(work)
  // Put together for its turn: the largest group of parameters, while the next one is on its way.
  const gathered = 2 * HALF_BYTES * Math.max(blockParameters(width), (vocabularySize + contextLength) * width)
  const state = shard && gpus > 1 ? (STATE_BYTES * parameters) / gpus + gathered : STATE_BYTES * parameters
  const tokens = rowsPerGpu(work, gpus) * contextLength
  // The stream between blocks is in float32, what is inside of one in bfloat16.
  const inside = KEPT_VALUES * HALF_BYTES
  const perToken = work.recompute ? layers * FLOAT_BYTES + inside : layers * inside
  const activations = tokens * width * perToken
  const arrays = CHUNK_ARRAYS.own + (teacherParameters > 0 ? CHUNK_ARRAYS.teacher : 0)
  const logits = arrays * FLOAT_BYTES * Math.min(tokens * vocabularySize, CHUNK_LOGITS)
  const teacher = HALF_BYTES * teacherParameters
  return { state, teacher, activations, logits, total: state + teacher + activations + logits }
}

/** Rows of a micro-batch that the busiest GPU has. */
export function rowsPerGpu({ batchRows, accumulate }: Workload, gpus: number): number {
  return Math.ceil(batchRows / accumulate / gpus)
}

/** GPUs that have no row in a micro-batch, since there are fewer rows than GPUs. */
export function idleGpus({ batchRows, accumulate }: Workload, gpus: number): number {
  return Math.max(0, gpus - batchRows / accumulate)
}

/** Operations of a whole run: 6·P a token to train, a third more where layers are computed anew, 2·P_t to ask a teacher. */
export function operationsOf(work: Workload): number {
  const tokens = work.steps * work.batchRows * work.contextLength
  const training = 6 * parametersOf(work) * (work.recompute ? 4 / 3 : 1)
  return tokens * (training + 2 * work.teacherParameters)
}

/**
 * Milliseconds of a run.
 *
 * @param share of the peak that is reached, 0 … 1
 */
export function runMs(work: Workload, gpu: Gpu, gpus: number, share: number): number {
  const busy = gpus - idleGpus(work, gpus)
  return (1000 * operationsOf(work)) / (busy * gpu.peak * share)
}

/** Whether a GPU holds what is asked of it. */
export function fits(memory: GpuMemory, gpu: Gpu): boolean {
  return memory.total <= USABLE_SHARE * gpu.memoryBytes
}

/** How the numbers come about, for whoever looks at them. */
export const CLUSTER_DEFINITIONS = {
  parameters: {
    name: 'Parameters',
    formula: 'P = (V + T)·D + L·(12·D² + 13·D) + 2·D',
    note: 'of a GPT of L layers and width D with a tied head. The sizes below the recipe’s own have the shapes of GPT-2 and GPT-3 and GPT-2’s vocabulary of 50,257; rows, steps and teacher are the recipe’s.',
  },
  memory: {
    name: 'Memory a GPU, whole',
    formula: '16·P + 2·P_teacher + activations + logits',
    note: 'bytes: float32 weights, gradients and two moments, 4 each; a teacher beside the student in bfloat16. Activations: 32 bytes per token, layer and width, or with recompute 4 and one layer’s 32. Logits: 4 arrays in float32, 7 with a teacher, of at most 2²⁷ each.',
  },
  sharded: {
    name: 'Memory a GPU, shared out',
    formula: '16·P ÷ GPUs + two layers in bfloat16 + 2·P_teacher + activations + logits',
    note: 'bytes: with --shard each GPU keeps its part of the state and puts one layer after the other together (FSDP).',
  },
  time: {
    name: 'Time',
    formula: 'tokens · (6·P + 2·P_teacher) ÷ (GPUs · peak · share)',
    note: 'tokens = steps · batch rows · context length; 8·P in place of 6·P with recompute. The peak is the published one for dense bfloat16. Evaluations, the reading of data and what the student writes are not in it.',
  },
} as const

import { z } from 'zod'
import { ARMS, NORMALISERS, ORDERS, SPANS } from './arms.ts'
import { DIVERGENCES } from './kernels/operations.ts'
import { ReadingSchema } from './trajectories/reading.ts'

// The page's Content-Security-Policy forbids eval; zod would otherwise probe for it.
z.config({ jitless: true })

const count = z.int().min(1)
const weight = z.number().min(0).finite()
const fraction = z.number().gt(0).lt(1)

/** The worlds that a student can act in while it trains, `ENVIRONMENT_NAMES`, for those who are to load none. */
export const WORLDS = ['household', 'wiki', 'shop'] as const
/** What a trajectory weighs: 1, its reward clipped to [0, 1], or whether it succeeded. */
const TRAJECTORY_WEIGHTS = ['none', 'reward', 'success'] as const

/** The keys of a recipe with their bounds and defaults; what contradicts what is in `contradictions.ts`. */
export const RecipeFields = z.strictObject({
  version: z.literal(1).default(1),
  /** Seeds the weights, the split, and the order of rows. */
  seed: z.int().min(0).max(4294967295).default(1),
  /** Optimiser steps. */
  steps: count.max(1_000_000).default(400),
  /** Rows per optimiser step. */
  batchRows: count.max(1024).default(8),
  /** Micro-batches that the rows of a step are computed in: it saves memory and leaves the gradient as it is. */
  accumulate: count.max(1024).default(1),
  /**
   * Keeps of each of the student's layers its input alone and computes the layer anew on the way back: it saves memory,
   * takes about a third longer and leaves the gradient as it is.
   */
  recompute: z.boolean().default(false),
  /** Steps between two evaluations on held-out trajectories. */
  evaluateEvery: count.default(50),
  /** What an evaluation measures beside the held-out rows. */
  evaluate: z
    .strictObject({
      /** Held-out steps whose reasoning the student writes by itself, for CoT match; slow where the device is. */
      cotSamples: z.int().min(0).max(256).default(0),
      /** Tokens of each such reasoning at most. */
      cotTokens: count.max(1024).default(64),
      /**
       * Lets the student act in a world, greedily, after every `evaluateEvery` steps and at the end: episodes of the world's
       * validation split, the same ones in every run, whatever its seed.
       */
      rollouts: z
        .strictObject({
          environment: z.enum(WORLDS),
          episodes: count.max(256).default(12),
          /** Tokens of each turn at most. */
          turnTokens: count.max(1024).default(160),
        })
        .optional(),
    })
    .prefault({}),
  reading: ReadingSchema.prefault({}),
  data: z
    .strictObject({
      /** Tokens per row. */
      contextLength: z.int().min(16).max(4096).default(256),
      /** Share of trajectories kept out of training. */
      heldOut: z.number().min(0).max(0.9).default(0.1),
      /** Puts several windows into one row, each as if it were alone: fewer positions are padding. */
      packing: z.boolean().default(false),
    })
    .prefault({}),
  tokenizer: z
    .discriminatedUnion('kind', [
      /** A byte-level BPE trained on the loaded trajectories. */
      z.strictObject({
        kind: z.literal('train-bpe'),
        vocabularySize: z.int().min(257).max(65536).default(1024),
      }),
      /** The tokenizer that came with the teacher model. */
      z.strictObject({ kind: z.literal('teacher') }),
    ])
    .prefault({ kind: 'train-bpe' }),
  student: z
    .strictObject({
      kind: z.literal('gpt').default('gpt'),
      layers: count.max(96).default(2),
      width: count.max(8192).default(64),
      heads: count.max(128).default(4),
    })
    .refine((student) => student.width % student.heads === 0, {
      path: ['width'],
      error: ({ input }) => {
        const { width, heads } = input as { width: number; heads: number }
        return `must be a multiple of student.heads (${width} is no multiple of ${heads})`
      },
    })
    .prefault({}),
  teacher: z
    .discriminatedUnion('kind', [
      /** The recorded tokens themselves: a teacher that is certain of what it wrote. */
      z.strictObject({ kind: z.literal('text') }),
      /**
       * A student folder of the lab: its path on the command line, its name in the page. With `tokenizer.kind`
       * "teacher" it runs beside the student; with another tokenizer its log-probabilities are captured before the run,
       * the `k` likeliest of each token (16 where none is given), and aligned to the student's tokens. With
       * `halfPrecision` its parameters are kept in 16 bits where that saves memory, and what it says is rounded as much.
       */
      z.strictObject({
        kind: z.literal('model'),
        source: z.string().min(1),
        k: count.max(65536).optional(),
        halfPrecision: z.boolean().default(false),
      }),
      /**
       * Log-probabilities that are there before the run: those that came with the trajectories for the source
       * "trajectories", else a capture, by its path on the command line and its name in the page.
       */
      z.strictObject({ kind: z.literal('stored'), source: z.string().min(1) }),
    ])
    .default({ kind: 'text' }),
  objective: z
    .strictObject({
      arm: z.enum(ARMS).default('sad'),
      divergence: z.enum(DIVERGENCES).optional(),
      /** β of jsd. */
      beta: fraction.optional(),
      /** α of skew-kl. */
      alpha: fraction.optional(),
      /** Share of cross-entropy with the recorded token, mixed into the divergence. */
      hardShare: z.number().min(0).max(1).default(0),
      /** τ: divides both logits. */
      temperature: z.number().min(0.05).max(100).default(1),
      /** Multiplies the divergence by τ². */
      temperatureSquared: z.boolean().default(true),
      lambda: z
        .strictObject({ reason: weight.optional(), act: weight.optional(), observation: weight.optional() })
        .prefault({}),
      normaliser: z.enum(NORMALISERS).optional(),
      spans: z.enum(SPANS).optional(),
      /** What trajectories and steps count in training, beside the λ of their spans' kinds. */
      weights: z
        .strictObject({
          trajectory: z.enum(TRAJECTORY_WEIGHTS).default('none'),
          /** γ: a step counts γ times what the one after it does. */
          stepDecay: z.number().gt(0).max(1).default(1),
        })
        .prefault({}),
      /** Tokens of each thought that are supervised, from its first on; all where it is left out. */
      thoughtCap: count.optional(),
    })
    .prefault({}),
  /** Rows that the student goes on writing itself, at step borders of real trajectories, for the teacher to score. */
  onPolicy: z
    .strictObject({
      /** Share of the rows of each step; 0 trains on what is recorded alone. */
      share: z.number().min(0).max(1).optional(),
      /** Tokens that the student writes to a row at most. */
      maxTokens: count.max(4096).default(64),
      /** 0 writes the most likely token; otherwise it draws from softmax(logits / temperature). */
      temperature: z.number().min(0).max(10).default(1),
    })
    .prefault({}),
  curriculum: z
    .strictObject({
      order: z.enum(ORDERS).optional(),
      alpha: weight.default(1),
      beta: weight.default(1),
      gamma: weight.default(1),
      pacing: z.enum(['linear', 'root', 'step']).default('linear'),
    })
    .prefault({}),
  optimiser: z
    .strictObject({
      kind: z.literal('adamw').default('adamw'),
      learningRate: z.number().positive().max(10).default(0.001),
      weightDecay: weight.max(1).default(0.01),
      /** Largest global gradient norm; 0 switches clipping off. */
      clipNorm: weight.default(1),
      warmupSteps: z.int().min(0).default(20),
      schedule: z.enum(['cosine', 'linear', 'constant']).default('cosine'),
    })
    .prefault({}),
})

/** A recipe whose fields are sound, before its arm has filled in what it left out. */
export type ParsedRecipe = z.output<typeof RecipeFields>

import type {
  HeadTargets,
  Operations,
  TokenRows,
  Trainable,
  Weights,
} from '../../../workers/kernels/operations.ts'
import { gptForward, gptGradient, TABLE } from '../../../workers/models/gpt.ts'
import type { GptConfig } from '../../../workers/models/parameters.ts'

/**
 * One forward and backward pass over a batch.
 *
 * @param targets of the head, asked for inside a scope
 * @returns the head's sums; the gradient is left where the optimiser finds it
 */
export async function pass(
  operations: Operations,
  config: GptConfig,
  trainable: Trainable,
  tokens: TokenRows,
  targets: () => HeadTargets,
  recompute = false,
): Promise<Float32Array> {
  const { gradients } = trainable
  const sums = operations.scope(() => {
    const weights = trainable.weights()
    const rows = operations.rows(tokens)
    return gptGradient(
      operations,
      config,
      weights,
      rows,
      gradients,
      (hidden) => {
        const into = { table: gradients.get(TABLE)! }
        const result = operations.head(hidden, weights.get(TABLE)!, targets(), into)
        return { gradient: result.gradients!.hidden, kept: result.sums }
      },
      recompute,
    )
  })
  const [values] = await operations.read(sums)
  operations.free(sums)
  return values!
}

/** Targets at every position of a batch, one term for all. */
export function targetsEverywhere(
  tokens: ArrayLike<number>,
  weights: ArrayLike<number>,
  rest: Pick<HeadTargets, 'teacher' | 'divergence'>,
): HeadTargets {
  return {
    positions: Int32Array.from({ length: tokens.length }, (_, at) => at),
    tokens: Int32Array.from(tokens),
    weights: Float32Array.from(weights),
    tokenWeights: Float32Array.from(weights),
    terms: new Uint8Array(tokens.length),
    termCount: 1,
    ...rest,
  }
}

/** Logits [N, V] at every position of a batch. */
export async function logitsOf(
  operations: Operations,
  config: GptConfig,
  weights: () => Weights,
  tokens: TokenRows,
): Promise<Float32Array> {
  const positions = Int32Array.from({ length: tokens.rows * tokens.length }, (_, at) => at)
  const logits = operations.scope(() => {
    const model = weights()
    const hidden = gptForward(operations, config, model, operations.rows(tokens))
    return operations.logits(hidden, model.get(TABLE)!, positions)
  })
  const [values] = await operations.read(logits)
  operations.free(logits)
  return values!
}

/** Largest difference, relative to the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0
  let scale = 1e-12
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!))
    scale = Math.max(scale, Math.abs(expected[i]!))
  }
  return difference / scale
}

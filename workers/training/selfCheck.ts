import { KIND_CODES } from '../dataset/row.ts'
import type { Operations } from '../kernels/operations.ts'
import { gptGradient, TABLE } from '../models/gpt.ts'
import { type GptConfig, gptParameters, initialParameters } from '../models/parameters.ts'
import { spanLoss } from '../objective/spanLoss.ts'
import { superviseBatch } from '../objective/weights.ts'
import { parseRecipe } from '../recipe.ts'

const CONFIG: GptConfig = { vocabularySize: 23, contextLength: 11, layers: 2, width: 12, heads: 3 }

/**
 * What the step below gives in float64 (tests/golden/selfCheck.py: the same step in PyTorch): both losses, the gradient
 * norm, and the norm of the parameters after the update.
 */
const KNOWN = {
  reason: 3.610571118,
  act: 3.190507973,
  gradientNorm: 4.312515198,
  parameterNorm: 11.444535422,
}

/** Beyond this relative error a device is not to be trusted; float32 devices stay below 1e-5. */
export const LARGEST_SELF_CHECK_ERROR = 1e-3

/**
 * Takes one whole training step of a tiny student whose result is known: forward, span loss, backward, AdamW. A
 * backend that is broken on this machine is found out here rather than in somebody's results.
 *
 * @returns the largest relative error; NaN counts as infinite
 */
export async function selfCheck(operations: Operations): Promise<number> {
  const specs = gptParameters(CONFIG)
  const rows = 2
  const length = 11
  const ids = Int32Array.from({ length: rows * length }, (_, i) => (i * 7 + 3) % CONFIG.vocabularySize)
  const kinds = Uint8Array.from({ length: rows * length }, (_, i) => {
    const t = i % length
    return t < 3 ? KIND_CODES.prompt : t < 7 ? KIND_CODES.reason : KIND_CODES.act
  })
  const objective = parseRecipe({}).objective
  const supervised = superviseBatch({ rows, length, ids, kinds, tokens: rows * length }, objective)
  // Eight times GPT-2's start, so that attention is far from even and its gradient counts.
  const start = () => initialParameters(specs, 7).map((value) => (value === 1 ? 1 : 8 * value))
  const trainable = operations.trainable(
    specs.map((spec) => ({ ...spec, decays: true })),
    () => ({ parameters: start() }),
  )
  try {
    const { gradients } = trainable
    const measured = operations.scope(() => {
      const weights = trainable.weights()
      const table = weights.get(TABLE)!
      const read = operations.rows({ rows, length, ids })
      const sums = gptGradient(operations, CONFIG, weights, read, gradients, (hidden) => {
        const into = { table: gradients.get(TABLE)! }
        const loss = spanLoss(operations, hidden, table, supervised, null, objective, into)
        return { gradient: loss.gradients!.hidden, kept: loss.sums }
      })
      const norm = trainable.update({ step: 1, learningRate: 0.01, weightDecay: 1, clipNorm: 1 })
      return [sums, norm]
    })
    const [sums, norm] = await operations.read(...measured)
    operations.free(...measured)
    const { parameters } = await trainable.read()
    return worstError({
      reason: sums![0]! * supervised.scales.reason,
      act: sums![5]! * supervised.scales.act,
      gradientNorm: norm![0]!,
      parameterNorm: Math.sqrt(parameters.reduce((sum, value) => sum + value * value, 0)),
    })
  } finally {
    trainable.dispose()
  }
}

function worstError(found: typeof KNOWN): number {
  const errors = (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).map((key) =>
    Math.abs(found[key] / KNOWN[key] - 1),
  )
  const worst = Math.max(...errors)
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst
}

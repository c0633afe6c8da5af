import { KIND_CODES } from '../dataset/row.ts'
import type { Operations, Trainable, Values } from '../kernels/operations.ts'
import { gptGradient, TABLE } from '../models/gpt.ts'
import { type GptConfig, gptParameters, initialParameters } from '../models/parameters.ts'
import { spanLoss } from '../objective/spanLoss.ts'
import { type SupervisedRows, superviseBatch } from '../objective/weights.ts'
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

const ROWS = 2
const LENGTH = 11

/**
 * Takes one whole training step of a tiny student whose result is known: forward, span loss, backward, AdamW. A
 * backend that is broken on this machine is found out here rather than in somebody's results.
 *
 * @returns the largest relative error; NaN counts as infinite
 */
export async function selfCheck(operations: Operations): Promise<number> {
  const supervised = supervise()
  // The kernels are compiled side by side, which takes a fraction of the time that one after the other does.
  await operations.rehearse((dry) => takeStep(dry, studentOn(dry), supervised))?.compile()
  const trainable = studentOn(operations)
  try {
    const measured = takeStep(operations, trainable, supervised)
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

function supervise(): SupervisedRows {
  const kinds = Uint8Array.from({ length: ROWS * LENGTH }, (_, i) => {
    const t = i % LENGTH
    return t < 3 ? KIND_CODES.prompt : t < 7 ? KIND_CODES.reason : KIND_CODES.act
  })
  const batch = { rows: ROWS, length: LENGTH, ids: tokenIds(), kinds, tokens: ROWS * LENGTH }
  return superviseBatch(batch, parseRecipe({}).objective)
}

function tokenIds(): Int32Array {
  return Int32Array.from({ length: ROWS * LENGTH }, (_, i) => (i * 7 + 3) % CONFIG.vocabularySize)
}

function studentOn(operations: Operations): Trainable {
  const specs = gptParameters(CONFIG)
  // Eight times GPT-2's start, so that attention is far from even and its gradient counts.
  return operations.trainable(
    specs.map((spec) => ({ ...spec, decays: true })),
    () => ({ parameters: initialParameters(specs, 7).map((value) => (value === 1 ? 1 : 8 * value)) }),
  )
}

/** The head's sums and the gradient's norm. */
function takeStep(operations: Operations, trainable: Trainable, supervised: SupervisedRows): Values[] {
  const { gradients } = trainable
  const { objective } = parseRecipe({})
  return operations.scope(() => {
    const weights = trainable.weights()
    const table = weights.get(TABLE)!
    const read = operations.rows({ rows: ROWS, length: LENGTH, ids: tokenIds() })
    const sums = gptGradient(operations, CONFIG, weights, read, gradients, (hidden) => {
      const into = { table: gradients.get(TABLE)! }
      const loss = spanLoss(operations, hidden, table, supervised, null, objective, into)
      return { gradient: loss.gradients!.hidden, kept: loss.sums }
    })
    const norm = trainable.update({ step: 1, learningRate: 0.01, weightDecay: 1, clipNorm: 1 })
    return [sums, norm]
  })
}

function worstError(found: typeof KNOWN): number {
  const errors = (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).map((key) =>
    Math.abs(found[key] / KNOWN[key] - 1),
  )
  const worst = Math.max(...errors)
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst
}

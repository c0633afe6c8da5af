import { KIND_CODES } from '../dataset/row.ts'
import { tf } from '../device/tensorflow.ts'
import type { Operations } from '../kernels/operations.ts'
import { gptBackward, gptForward } from '../models/gpt.ts'
import {
  type GptConfig,
  gptParameters,
  initialParameters,
  joinGradients,
  splitParameters,
} from '../models/parameters.ts'
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
  const measured = tf.tidy(() => {
    // Eight times GPT-2's start, so that attention is far from even and its gradient counts.
    const start = initialParameters(specs, 7).map((value) => (value === 1 ? 1 : 8 * value))
    const parameters = tf.tensor1d(start)
    const weights = splitParameters(parameters, specs)
    const forward = gptForward(operations, CONFIG, weights, tf.tensor2d(ids, [rows, length], 'int32'))
    const table = weights.get('transformer.wte.weight')!
    const loss = spanLoss(operations, forward.hidden, table, supervised, null, objective, true)
    const { hidden, table: dTable } = loss.gradients!
    const gradient = joinGradients(gptBackward(operations, CONFIG, forward, rows, hidden, dTable), specs)
    const state = {
      parameters,
      firstMoment: tf.zerosLike(parameters),
      secondMoment: tf.zerosLike(parameters),
    }
    const updated = operations.adamw(state, gradient, {
      step: 1,
      learningRate: 0.01,
      weightDecay: 1,
      decayMask: tf.onesLike(parameters),
      clipNorm: 1,
    })
    const norm = tf.sqrt(tf.sum(tf.square(updated.parameters)))
    return tf.concat([tf.reshape(loss.sums, [-1]), tf.reshape(updated.norm, [1]), tf.reshape(norm, [1])])
  })
  const values = await measured.data()
  measured.dispose()
  const found = {
    reason: values[0]! * supervised.scales.reason,
    act: values[5]! * supervised.scales.act,
    gradientNorm: values[15]!,
    parameterNorm: values[16]!,
  }
  const errors = (Object.keys(KNOWN) as (keyof typeof KNOWN)[]).map((key) =>
    Math.abs(found[key] / KNOWN[key] - 1),
  )
  const worst = Math.max(...errors)
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst
}

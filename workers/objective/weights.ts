import { type Batch, KIND_CODES, PADDING } from '../dataset/row.ts'
import type { Recipe } from '../recipe.ts'

/** The kinds with a loss of their own, in the order of every K-row below. */
export const TERMS = ['reason', 'act', 'observation'] as const
export type Term = (typeof TERMS)[number]

/** The predictions of a batch that the head is asked about, and what each counts. M entries. */
export interface SupervisedRows {
  /** [M] index into the batch's N = rows · length positions: the hidden state at t, which predicts t + 1. */
  positions: Int32Array
  /** [M] the recorded token at t + 1. */
  tokens: Int32Array
  /** [M] factor of this token's divergence in the objective. */
  weights: Float32Array
  /** [M] index into TERMS. */
  terms: Uint8Array
  /** Tokens per term. */
  counts: Record<Term, number>
  /** What one term's summed divergence is multiplied with to be the term before its λ. */
  scales: Record<Term, number>
}

type Objective = Pick<Recipe['objective'], 'lambda' | 'normaliser'>

/**
 * Masks and weights of one optimiser step (DESIGN.md, "The objective"). Position t predicts token t + 1, so the shift
 * comes first and the mask is that of the token predicted.
 *
 * With N_k tokens of term k in the step and λ_k its weight, a token of term k counts
 * - `span-mean`: λ_k / N_k, each kind by its own mean;
 * - `token-mean`: λ_k / Σ_j N_j over the terms with λ_j > 0, one mean over all supervised tokens;
 * - `weight-sum`: λ_k / Σ_j λ_j N_j;
 * - `sum`: λ_k.
 *
 * Tokens of kind `other` after the prompt are treated as observations: written by neither the model nor a person.
 * Reason and act tokens are always listed, so that they are measured even where λ is 0; observations only where
 * λ_observation > 0. A term without tokens adds 0.
 */
export function superviseBatch(batch: Batch, objective: Objective): SupervisedRows {
  const positions: number[] = []
  const terms: number[] = []
  const counts: Record<Term, number> = { reason: 0, act: 0, observation: 0 }
  for (let row = 0; row < batch.rows; row++) {
    for (let t = 0; t + 1 < batch.length; t++) {
      const at = row * batch.length + t
      const term = termOf(batch.kinds[at + 1]!)
      if (term === undefined || (term === 'observation' && objective.lambda.observation === 0)) continue
      positions.push(at)
      terms.push(TERMS.indexOf(term))
      counts[term]++
    }
  }
  const scales = termScales(objective, counts)
  return {
    positions: Int32Array.from(positions),
    tokens: Int32Array.from(positions, (at) => batch.ids[at + 1]!),
    weights: Float32Array.from(terms, (term) => objective.lambda[TERMS[term]!] * scales[TERMS[term]!]),
    terms: Uint8Array.from(terms),
    counts,
    scales,
  }
}

function termOf(kind: number): Term | undefined {
  switch (kind) {
    case KIND_CODES.reason:
      return 'reason'
    case KIND_CODES.act:
      return 'act'
    case KIND_CODES.observation:
    case KIND_CODES.other:
      return 'observation'
    case KIND_CODES.prompt:
    case PADDING:
      return undefined
    default:
      throw new RangeError(`unknown kind code ${kind}`)
  }
}

/** The factor of each term's summed divergence under a normaliser; 0 for a term without tokens. */
export function termScales(
  { lambda, normaliser }: Objective,
  counts: Record<Term, number>,
): Record<Term, number> {
  const total = (value: (term: Term) => number) => TERMS.reduce((sum, term) => sum + value(term), 0)
  const scale = (term: Term): number => {
    if (counts[term] === 0) return 0
    if (normaliser === 'sum') return 1
    if (normaliser === 'span-mean') return 1 / counts[term]
    const tokens =
      normaliser === 'token-mean'
        ? total((other) => (lambda[other] > 0 ? counts[other] : 0))
        : total((other) => lambda[other] * counts[other])
    return tokens > 0 ? 1 / tokens : 0
  }
  return { reason: scale('reason'), act: scale('act'), observation: scale('observation') }
}

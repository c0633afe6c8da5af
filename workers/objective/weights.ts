import { type Batch, KIND_CODES, PADDING } from '../dataset/row.ts'
import { Random } from '../random.ts'
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
  /** [M] what each token counts beside its kind's λ, the normaliser left out; null where that is 1 each. */
  tokenWeights: Float32Array | null
  /** [M] index into TERMS. */
  terms: Uint8Array
  /** Tokens per term, of this batch. */
  counts: Record<Term, number>
  /** What one term's summed divergence is multiplied with to be the term before its λ. */
  scales: Record<Term, number>
}

type Objective = Pick<Recipe['objective'], 'lambda' | 'normaliser'>

interface StepOptions {
  /** Weights per term of the whole optimiser step, where the batch is a part of it (`tallyTerms`). */
  stepTotals?: Record<Term, number>
  /** Deals each row's reason and act labels anew among its reason and act tokens, by this seed and the row's own ids. */
  shuffleSeed?: number
}

/**
 * Masks and weights of one optimiser step (DESIGN.md, "The objective"). Position t predicts token t + 1, so the shift
 * comes first and the mask is that of the token predicted.
 *
 * With w_t the token's own weight (`Batch.weights`, 1 without), N_k the sum of those of term k in the step (their number
 * where all are 1) and λ_k the term's weight, a token of term k counts
 * - `span-mean`: λ_k w_t / N_k, each kind by its own mean;
 * - `token-mean`: λ_k w_t / Σ_j N_j over the terms with λ_j > 0, one mean over all supervised tokens;
 * - `weight-sum`: λ_k w_t / Σ_j λ_j N_j;
 * - `sum`: λ_k w_t.
 * So all means are weighted means: only under `sum` does it matter how large the tokens' weights are altogether. A token
 * whose own weight is 0 is neither trained on nor measured nor counted.
 *
 * N_k is that of the whole step: of a step in several micro-batches each is told that of all, so that where the step is
 * cut changes no weight.
 *
 * Tokens of kind `other` after the prompt are treated as observations: written by neither the model nor a person.
 * Reason and act tokens are always listed, so that they are measured even where λ is 0; observations only where
 * λ_observation > 0. A term without tokens adds 0.
 */
export function superviseBatch(
  batch: Batch,
  objective: Objective,
  { stepTotals, shuffleSeed }: StepOptions = {},
): SupervisedRows {
  const { positions, terms } = predictions(batch, objective, shuffleSeed)
  const { counts, totals } = tally(batch, positions, terms)
  const scales = termScales(objective, stepTotals ?? totals)
  const own = batch.weights && Float32Array.from(positions, (at) => batch.weights![at + 1]!)
  return {
    positions: Int32Array.from(positions),
    tokens: Int32Array.from(positions, (at) => batch.ids[at + 1]!),
    weights: Float32Array.from(terms, (index, i) => {
      const term = TERMS[index]!
      return objective.lambda[term] * scales[term] * (own?.[i] ?? 1)
    }),
    tokenWeights: own ?? null,
    terms: Uint8Array.from(terms),
    counts,
    scales,
  }
}

/** What `superviseBatch` lists for a batch, before it is cut into micro-batches. */
export interface Tally {
  /** Tokens per term. */
  counts: Record<Term, number>
  /** The sum of their own weights: N_k of the normalisers. */
  totals: Record<Term, number>
}

export function tallyTerms(batch: Batch, objective: Objective, shuffleSeed?: number): Tally {
  const { positions, terms } = predictions(batch, objective, shuffleSeed)
  return tally(batch, positions, terms)
}

function predictions(batch: Batch, objective: Objective, shuffleSeed: number | undefined) {
  const positions: number[] = []
  const terms: number[] = []
  for (let row = 0; row < batch.rows; row++) {
    const predicted = predictionsOf(batch, row, objective)
    if (shuffleSeed !== undefined) shuffleLabels(predicted.terms, rowSeed(batch, row, shuffleSeed))
    positions.push(...predicted.positions)
    terms.push(...predicted.terms)
  }
  return { positions, terms }
}

/** What one row's positions are asked to predict, as far as it is listed. */
function predictionsOf(
  { kinds, weights, segments, length }: Batch,
  row: number,
  { lambda }: Objective,
): { positions: number[]; terms: number[] } {
  const positions: number[] = []
  const terms: number[] = []
  for (let t = 0; t + 1 < length; t++) {
    const at = row * length + t
    const term = termOf(kinds[at + 1]!)
    if (term === undefined || (term === 'observation' && lambda.observation === 0)) continue
    if (weights?.[at + 1] === 0) continue
    // The first token of a window is context: nothing before it predicts it.
    if (segments && segments[at] !== segments[at + 1]) continue
    positions.push(at)
    terms.push(TERMS.indexOf(term))
  }
  return { positions, terms }
}

function tally({ weights }: Batch, positions: readonly number[], terms: readonly number[]): Tally {
  const counts: Record<Term, number> = { reason: 0, act: 0, observation: 0 }
  const totals = { ...counts }
  for (const [i, term] of terms.entries()) {
    counts[TERMS[term]!]++
    totals[TERMS[term]!] += weights ? weights[positions[i]! + 1]! : 1
  }
  return { counts, totals }
}

/** The same numbers for a row in whatever batch it comes. */
function rowSeed({ ids, kinds, length }: Batch, row: number, seed: number): Random {
  const start = row * length
  let end = start + length
  while (end > start && kinds[end - 1] === PADDING) end--
  return new Random(seed).fork(`spans ${ids.subarray(start, end).join()}`)
}

function shuffleLabels(terms: number[], random: Random): void {
  const observation = TERMS.indexOf('observation')
  const places = terms.flatMap((term, i) => (term === observation ? [] : [i]))
  const labels = random.shuffle(places.map((i) => terms[i]!))
  for (const [n, i] of places.entries()) terms[i] = labels[n]!
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
  totals: Record<Term, number>,
): Record<Term, number> {
  const total = (value: (term: Term) => number) => TERMS.reduce((sum, term) => sum + value(term), 0)
  const scale = (term: Term): number => {
    if (totals[term] === 0) return 0
    if (normaliser === 'sum') return 1
    if (normaliser === 'span-mean') return 1 / totals[term]
    const tokens =
      normaliser === 'token-mean'
        ? total((other) => (lambda[other] > 0 ? totals[other] : 0))
        : total((other) => lambda[other] * totals[other])
    return tokens > 0 ? 1 / tokens : 0
  }
  return { reason: scale('reason'), act: scale('act'), observation: scale('observation') }
}

import { LabError } from '../errors.ts'
import type { Recipe } from '../recipe.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { SPAN_KINDS, type SpanKind, type TrajectorySet } from '../trajectories/trajectory.ts'
import { difficultyOf, orderRows } from './curriculum.ts'
import { labelTokens } from './label.ts'
import { packRows } from './pack.ts'
import { type DatasetReport, KIND_CODES, type Row } from './row.ts'
import { splitHeldOut } from './split.ts'
import { outcomeOf, tokenWeights } from './tokenWeights.ts'
import { isSupervised, noCut, windowRows } from './window.ts'

/** Everything a run trains on and is measured on. */
export interface Dataset {
  /** In curriculum order. */
  train: Row[]
  /** The same side by side in rows of batches, where several may share one; else each window is a row. */
  packs?: Row[][]
  /** In the order of the trajectories. */
  heldOut: Row[]
  /** T of every batch: the longest row rounded up to a multiple of 32, at most the recipe's contextLength. */
  rowLength: number
  /** Fills rows up to rowLength. */
  endOfTextId: number
  report: DatasetReport
}

/** Batches of one shape keep the GPU's buffers in use; a multiple of 32 suits its workgroups. */
const LENGTH_STEP = 32

/**
 * Trajectories to training and held-out rows, a function of its arguments alone. In the report `truncatedSteps`, `cut` and
 * `shortenedPrompts` count both splits; the other counts that do not say so are of training rows. Held-out rows are
 * measured as they are, all tokens with weight 1, so that runs with other weights can be compared.
 *
 * @param entropies mean teacher entropy on act tokens by trajectory, nats, for the third term of C(τ); 0 where absent
 * @throws LabError `no-training-rows` when no training row holds a token that the objective weighs
 */
export function buildDataset(
  trajectories: TrajectorySet,
  tokenizer: Tokenizer,
  recipe: Recipe,
  entropies: readonly number[] = [],
): Dataset {
  const split = splitHeldOut(trajectories.length, recipe.data.heldOut, recipe.seed)
  let truncatedSteps = 0
  const cut = noCut()
  let shortenedPrompts = 0
  let cappedTokens = 0
  let unknownOutcomes = 0
  const rowsOf = (indices: number[], weigh: boolean): Row[] =>
    indices.flatMap((index) => {
      const trajectory = trajectories.at(index)!
      const labelled = labelTokens(trajectory, index, tokenizer)
      const difficulty = difficultyOf(labelled, recipe.curriculum, entropies[index] ?? 0)
      const windows = windowRows(labelled, recipe.data.contextLength, difficulty)
      truncatedSteps += windows.truncatedSteps
      for (const kind of SPAN_KINDS) {
        cut[kind].spans += windows.cut[kind].spans
        cut[kind].tokens += windows.cut[kind].tokens
      }
      shortenedPrompts += windows.shortenedPrompts
      if (!weigh) return windows.rows
      const { weights, capped } = tokenWeights(trajectory, labelled, recipe.objective)
      const by = recipe.objective.weights.trajectory
      if (by !== 'none' && outcomeOf(trajectory, by) === undefined) unknownOutcomes++
      return windows.rows.map((row) => {
        for (const [t, place] of row.places.entries()) {
          if (row.kinds[t] === KIND_CODES.reason) cappedTokens += capped?.[place] ?? 0
        }
        return weights ? { ...row, weights: Float32Array.from(row.places, (place) => weights[place]!) } : row
      })
    })
  const weighed = rowsOf(split.train, true)
  const inPlay = weighed.filter((row) => !weighsNothing(row))
  const train = orderRows(inPlay, recipe.curriculum.order, recipe.seed)
  const heldOut = rowsOf(split.heldOut, false)
  if (inPlay.length === 0 && weighed.length > 0) refuseOutcomes(split.train.length, unknownOutcomes, recipe)
  refuseUnusable(train, trajectories.length, split.train.length, recipe)

  const packs = recipe.data.packing ? packRows(train, recipe.data.contextLength) : undefined
  const lengths = [...(packs ?? train.map((row) => [row])), ...heldOut.map((row) => [row])].map(tokensOf)
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
  const rowLength = Math.min(recipe.data.contextLength, Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP)
  const packedRows = packs?.length ?? train.length
  return {
    train,
    packs,
    heldOut,
    rowLength,
    endOfTextId: tokenizer.endOfTextId,
    report: {
      trajectories: trajectories.length,
      heldOutTrajectories: split.heldOut.length,
      rows: train.length,
      packedRows,
      fill: tokensOf(train) / (packedRows * rowLength),
      heldOutRows: heldOut.length,
      mixedRows: train.filter(
        ({ kinds }) => kinds.includes(KIND_CODES.reason) && kinds.includes(KIND_CODES.act),
      ).length,
      tokens: countKinds(train),
      emptyMaskRows: train.filter(
        ({ kinds, weights }) => !kinds.some((kind, t) => isSupervised(kind) && weights?.[t] !== 0),
      ).length,
      weightlessRows: weighed.length - train.length,
      unknownOutcomes,
      cappedTokens,
      truncatedSteps,
      cut,
      shortenedPrompts,
    },
  }
}

function tokensOf(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + row.ids.length, 0)
}

function countKinds(rows: readonly Row[]): Record<SpanKind, number> {
  const byCode = new Array<number>(SPAN_KINDS.length).fill(0)
  for (const { kinds } of rows) for (const kind of kinds) byCode[kind]!++
  return Object.fromEntries(SPAN_KINDS.map((kind) => [kind, byCode[KIND_CODES[kind]]!])) as Record<
    SpanKind,
    number
  >
}

/** Whether no token behind the prompt counts anything. */
function weighsNothing({ kinds, weights }: Row): boolean {
  return weights !== undefined && kinds.every((kind, t) => kind === KIND_CODES.prompt || weights[t] === 0)
}

/** Says why all training rows weigh 0, which only the outcomes of trajectories can make them. */
function refuseOutcomes(forTraining: number, unknown: number, recipe: Recipe): never {
  throw new LabError(
    'no-training-rows',
    `objective.weights.trajectory is "${recipe.objective.weights.trajectory}" and each of the ${forTraining} training trajectories weighs 0 (of ${unknown} the file does not tell how they ended), so there is nothing to train on; choose "none", or load trajectories that succeeded.`,
  )
}

function refuseUnusable(train: readonly Row[], loaded: number, forTraining: number, recipe: Recipe): void {
  if (loaded === 0) {
    throw new LabError(
      'no-training-rows',
      'No trajectories are loaded; add files or the demo before training.',
    )
  }
  const { lambda } = recipe.objective
  const weighed = new Set<number>()
  if (lambda.reason > 0) weighed.add(KIND_CODES.reason)
  if (lambda.act > 0) weighed.add(KIND_CODES.act)
  if (lambda.observation > 0) weighed.add(KIND_CODES.observation).add(KIND_CODES.other)
  if (weighed.size === 0) {
    throw new LabError(
      'no-training-rows',
      'Every weight in objective.lambda is 0, so no token is trained on; raise that of reason or act.',
    )
  }
  // The first token of a row is context: nothing before it predicts it.
  if (
    train.some(({ kinds, weights }) =>
      kinds.some((kind, t) => t > 0 && weighed.has(kind) && weights?.[t] !== 0),
    )
  )
    return
  const names = SPAN_KINDS.filter((kind) => kind !== 'other' && weighed.has(KIND_CODES[kind])).join(' or ')
  throw new LabError(
    'no-training-rows',
    `None of the ${forTraining} training trajectories has a ${names} token in a row of ${recipe.data.contextLength} tokens, so there is nothing to train on; look at their spans, or raise data.contextLength.`,
  )
}

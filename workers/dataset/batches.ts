import { Random } from '../random.ts'
import type { Recipe } from '../recipe.ts'
import { shareInPlay } from './curriculum.ts'
import type { Dataset } from './dataset.ts'
import { PADDING, type PlacedBatch, type Row } from './row.ts'

/**
 * The batch of an optimiser step: a function of dataset, recipe and step alone, so that a stopped run goes on with
 * exactly the batches it would have had.
 *
 * Rows come from a deck that holds every row in play once, drawn at random without putting back. A row that comes into
 * play joins the deck at once; an empty deck is filled with all rows in play. So within a pass every row in play
 * is seen once, and while there are more rows than draws each row in play is equally likely.
 *
 * @param step counted from 0
 * @returns [recipe.batchRows, dataset.rowLength]
 */
export function batchAt(dataset: Dataset, step: number, recipe: Recipe): PlacedBatch {
  const all = dataset.packs ?? dataset.train
  const rows = drawnAt(dataset, step, recipe).map((index) => all[index]!)
  return padRows(rows, recipe.batchRows, dataset.rowLength, dataset.endOfTextId)
}

/** The rows of `batchAt`, where they are not packed. */
export function rowsAt(dataset: Dataset, step: number, recipe: Recipe): Row[] {
  return drawnAt(dataset, step, recipe).map((index) => dataset.train[index]!)
}

/** Held-out rows that an evaluation measures: enough for a steady curve, few enough to cost less than the training. */
export const MOST_MEASURED_ROWS = 128

/**
 * The held-out rows that every evaluation of a run measures: of more than MOST_MEASURED_ROWS that many, evenly spread,
 * always the same ones, so that the points of a curve can be compared.
 */
export function measuredRows({ heldOut }: Dataset): Row[] {
  const count = Math.min(heldOut.length, MOST_MEASURED_ROWS)
  return Array.from({ length: count }, (_, i) => heldOut[Math.floor((i * heldOut.length) / count)]!)
}

/**
 * `measuredRows` in batches of the shape of the training batches; the last one is filled up with rows of nothing but
 * padding.
 */
export function heldOutBatches(dataset: Dataset, recipe: Recipe): PlacedBatch[] {
  const measured = measuredRows(dataset)
  const batches: PlacedBatch[] = []
  for (let start = 0; start < measured.length; start += recipe.batchRows) {
    const rows = measured.slice(start, start + recipe.batchRows)
    batches.push(padRows(rows, recipe.batchRows, dataset.rowLength, dataset.endOfTextId))
  }
  return batches
}

/**
 * Rows as one batch of a given shape; what is missing on the right and below is PADDING.
 *
 * @param rows at most batchRows, each at most `length` tokens; one made of several windows has them side by side
 * @param paddingId id at padded positions. Attention is causal and PADDING is never supervised, so it changes no number
 *   that is measured; batches take end-of-text.
 */
export function padRows(
  rows: readonly (Row | readonly Row[])[],
  batchRows: number,
  length: number,
  paddingId = 0,
): PlacedBatch {
  const ids = new Int32Array(batchRows * length).fill(paddingId)
  const kinds = new Uint8Array(batchRows * length).fill(PADDING)
  const trajectories = new Int32Array(batchRows * length).fill(-1)
  const places = new Int32Array(batchRows * length).fill(-1)
  const steps = new Int32Array(batchRows * length).fill(-1)
  const weighted = rows.some((row) => windowsOf(row).some(({ weights }) => weights))
  const weights = weighted ? new Float32Array(batchRows * length).fill(1) : undefined
  const segments = rows.some(Array.isArray) ? new Int32Array(batchRows * length).fill(-1) : undefined
  let tokens = 0
  for (const [r, row] of rows.entries()) {
    let at = r * length
    for (const [segment, window] of windowsOf(row).entries()) {
      const end = at + window.ids.length
      ids.set(window.ids, at)
      kinds.set(window.kinds, at)
      trajectories.fill(window.trajectory, at, end)
      places.set(window.places, at)
      steps.set(window.steps, at)
      if (window.weights) weights!.set(window.weights, at)
      segments?.fill(segment, at, end)
      tokens += window.ids.length
      at = end
    }
  }
  return { rows: batchRows, length, ids, kinds, tokens, trajectories, places, steps, weights, segments }
}

function windowsOf(row: Row | readonly Row[]): readonly Row[] {
  return 'ids' in row ? [row] : row
}

/** A batch as micro-batches of equally many rows, in order. */
export function splitBatch(batch: PlacedBatch, parts: number): PlacedBatch[] {
  const rows = batch.rows / parts
  const size = rows * batch.length
  return Array.from({ length: parts }, (_, part) => {
    const cut = [part * size, (part + 1) * size] as const
    const kinds = batch.kinds.subarray(...cut)
    return {
      rows,
      length: batch.length,
      ids: batch.ids.subarray(...cut),
      kinds,
      tokens: kinds.reduce((count, kind) => (kind === PADDING ? count : count + 1), 0),
      trajectories: batch.trajectories.subarray(...cut),
      places: batch.places.subarray(...cut),
      steps: batch.steps.subarray(...cut),
      weights: batch.weights?.subarray(...cut),
      segments: batch.segments?.subarray(...cut),
    }
  })
}

/** The deck as it lies before a step, kept so that the next step need not be dealt from the beginning. */
interface Deck {
  /** The switches that it was dealt under. */
  key: string
  /** The step whose rows come next. */
  step: number
  random: Random
  /** Rows in play that this pass has not seen. */
  unseen: number[]
  inPlay: number
}

const decks = new WeakMap<Dataset, Deck>()

/** Indices of the rows of a step, in dataset.packs where rows are packed, else in dataset.train. */
export function drawnAt(dataset: Dataset, step: number, recipe: Recipe): number[] {
  const { seed, steps, batchRows, curriculum } = recipe
  const key = [seed, steps, batchRows, curriculum.order, curriculum.pacing].join()
  let deck = decks.get(dataset)
  if (!deck || deck.key !== key || deck.step > step) {
    deck = { key, step: 0, random: new Random(seed).fork('batches'), unseen: [], inPlay: 0 }
    decks.set(dataset, deck)
  }
  let drawn: number[] = []
  while (deck.step <= step) drawn = deal(deck, (dataset.packs ?? dataset.train).length, recipe)
  return drawn
}

function deal(deck: Deck, rows: number, recipe: Recipe): number[] {
  const inPlay = rowsInPlay(rows, shareInPlay(deck.step, recipe), recipe.batchRows)
  while (deck.inPlay < inPlay) deck.unseen.push(deck.inPlay++)
  const drawn: number[] = []
  while (drawn.length < recipe.batchRows) {
    if (deck.unseen.length === 0) deck.unseen = Array.from({ length: deck.inPlay }, (_, index) => index)
    const at = deck.random.below(deck.unseen.length)
    const last = deck.unseen.pop()!
    drawn.push(at < deck.unseen.length ? deck.unseen[at]! : last)
    if (at < deck.unseen.length) deck.unseen[at] = last
  }
  deck.step++
  return drawn
}

/**
 * Rows in play out of all: the share, rounded up, but no fewer than fill a batch, as a batch of repeated rows teaches
 * less for the same work.
 */
export function rowsInPlay(rows: number, share: number, batchRows: number): number {
  // The small number keeps 0.6 · 5 = 3.0000000000000004 from becoming four rows.
  return Math.min(rows, Math.max(batchRows, Math.ceil(share * rows - 1e-9)))
}

import { measuredRows } from '../dataset/batches.ts'
import type { Dataset } from '../dataset/dataset.ts'
import { writeAll } from '../models/generate.ts'
import type { TextModel } from '../models/textModel.ts'
import type { StepMetrics } from '../objective/metrics.ts'
import { NEAR_MATCH, normalisedPlan, tokenF1 } from '../objective/reasoningMatch.ts'
import { Random } from '../random.ts'
import type { Recipe } from '../recipe.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Span, TrajectorySet } from '../trajectories/trajectory.ts'
import { bordersOf, type StepBorder, stepBorder } from './stepBorders.ts'

export type CotMetrics = Pick<StepMetrics, 'cotSamples' | 'cotMatch' | 'cotNearMatch' | 'cotF1'>

export const NO_REASONINGS: CotMetrics = { cotSamples: 0, cotMatch: null, cotNearMatch: null, cotF1: null }

/** Steps that are looked at for each that is wanted; where fewer are readable, the sample is smaller. */
const TRIES_PER_SAMPLE = 8

interface Sample {
  border: StepBorder
  /** What the recorded step reasons, without its marker. */
  reference: string
}

/** Held-out steps whose reasoning the student writes by itself, the same ones at every evaluation of a run. */
export class ReasoningSamples {
  private readonly samples: Sample[] = []

  /** Takes `evaluate.cotSamples` steps that begin with a reasoning, by the recipe's seed, or as many as there are. */
  constructor(
    dataset: Dataset,
    trajectories: TrajectorySet,
    private readonly tokenizer: Tokenizer,
    private readonly recipe: Recipe,
  ) {
    const { evaluate, seed, reading } = recipe
    if (evaluate.cotSamples === 0) return
    const places = measuredRows(dataset).flatMap((row) => bordersOf(row).map((at) => ({ row, at })))
    const tried = new Random(seed).fork('reasonings').shuffle(places)
    for (const { row, at } of tried.slice(0, TRIES_PER_SAMPLE * evaluate.cotSamples)) {
      const border = stepBorder(row, at, trajectories, tokenizer, reading)
      const first = border?.recorded[0]
      if (border === null || first?.kind !== 'reason') continue
      const { text } = trajectories.at(row.trajectory)!
      const from = tokenizer.encode(text).starts[row.places[at]!]!
      const reference = text.slice(from + first.contentStart, from + first.contentEnd)
      this.samples.push({ border, reference })
      if (this.samples.length === evaluate.cotSamples) return
    }
  }

  /**
   * @param goesOn asked before every token; while it waits nothing is computed, and false ends the measurement
   * @returns `NO_REASONINGS` where it was ended, or there is nothing to sample
   */
  async measure(model: TextModel, goesOn: () => Promise<boolean>): Promise<CotMetrics> {
    if (this.samples.length === 0) return NO_REASONINGS
    const { tokenizer, recipe } = this
    const written = await writeAll(
      model,
      this.samples.map(({ border }) => border.row.ids.subarray(0, border.at)),
      {
        maxTokens: recipe.evaluate.cotTokens,
        temperature: 0,
        random: () => new Random(recipe.seed),
        endOfTextId: tokenizer.endOfTextId,
        vocabularySize: tokenizer.vocabularySize,
        done: (sample, ids) => this.isOver(this.samples[sample]!, ids),
        goesOn,
      },
    )
    if (written === null) return NO_REASONINGS
    let exact = 0
    let near = 0
    let shared = 0
    for (const [i, { border, reference }] of this.samples.entries()) {
      const text = tokenizer.decode(written[i]!)
      const reasoning = reasoningIn(text, border.read(text))
      const f1 = reasoning === null ? 0 : tokenF1(reasoning, reference)
      if (reasoning !== null && normalisedPlan(reasoning) === normalisedPlan(reference)) exact++
      if (f1 >= NEAR_MATCH) near++
      shared += f1
    }
    const count = this.samples.length
    return { cotSamples: count, cotMatch: exact / count, cotNearMatch: near / count, cotF1: shared / count }
  }

  /** Whether something follows the reasoning; looked at where a line ends. */
  private isOver({ border }: Sample, ids: readonly number[]): boolean {
    if (!this.tokenizer.decode(ids.slice(-1)).includes('\n')) return false
    const spans = border.read(this.tokenizer.decode(ids))
    return spans !== null && spans.length > 1
  }
}

/** The content of the reasoning that a text begins with; null where it begins with none. */
function reasoningIn(text: string, spans: Span[] | null): string | null {
  const first = spans?.[0]
  return first?.kind === 'reason' ? text.slice(first.contentStart, first.contentEnd) : null
}

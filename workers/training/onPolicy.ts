import { KIND_CODES, type Row } from '../dataset/row.ts'
import { writeAll } from '../models/generate.ts'
import type { TextModel } from '../models/textModel.ts'
import type { OnPolicyMetrics } from '../objective/metrics.ts'
import { Random } from '../random.ts'
import type { Recipe } from '../recipe.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Span, TrajectorySet } from '../trajectories/trajectory.ts'
import { bordersOf, type StepBorder, stepBorder } from './stepBorders.ts'

/** Borders of a row that are looked at for one whose step can be read. */
const TRIES_PER_ROW = 4

/** A row that the student is to continue. */
interface Start {
  /** Its place among the rows of the step. */
  index: number
  border: StepBorder
}

export interface OnPolicyStep {
  rows: Row[]
  metrics: OnPolicyMetrics
}

/**
 * Lets the student write a share of the rows of an optimiser step: each goes on from the beginning of one of its own
 * steps, at the true history, up to the end of that step (GKD, Agarwal et al. 2023, arXiv 2306.13649, at step borders).
 * What it writes is read by the rules that read the trajectory; its thoughts and acts are supervised, and nothing else
 * of such a row. A step that does not read as one is not trained on.
 */
export class OnPolicy {
  constructor(
    private readonly trajectories: TrajectorySet,
    private readonly tokenizer: Tokenizer,
    private readonly recipe: Recipe,
    /** Tokens of a row at most. */
    private readonly rowLength: number,
  ) {}

  /**
   * A function of its arguments and the recipe's seed alone.
   *
   * @param rows of the step, as they are drawn
   * @param step counted from 0
   * @param goesOn asked before every token: waits while it should not go on, and says false when all is to end
   * @returns null when it was ended
   */
  async write(
    rows: readonly Row[],
    step: number,
    model: TextModel,
    goesOn: () => Promise<boolean>,
  ): Promise<OnPolicyStep | null> {
    const { onPolicy } = this.recipe
    const random = new Random(this.recipe.seed).fork(`on-policy ${step}`)
    const starts = this.startsIn(rows, random)
    const written = await writeAll(
      model,
      starts.map(({ border }) => border.row.ids.subarray(0, border.at)),
      {
        maxTokens: onPolicy.maxTokens,
        temperature: onPolicy.temperature,
        random: (start) => random.fork(`row ${starts[start]!.index}`),
        room: starts.map(({ border }) => this.rowLength - border.at),
        endOfTextId: this.tokenizer.endOfTextId,
        vocabularySize: this.tokenizer.vocabularySize,
        done: (start, ids) => this.isOver(starts[start]!.border, ids),
        goesOn,
      },
    )
    if (written === null) return null
    const all = [...rows]
    let tokens = 0
    let parsed = 0
    for (const [i, { index, border }] of starts.entries()) {
      const kinds = this.kindsOf(written[i]!, border)
      if (kinds) parsed++
      tokens += written[i]!.length
      all[index] = continued(border, written[i]!, kinds)
    }
    const share = starts.length > 0 ? parsed / starts.length : null
    return { rows: all, metrics: { rows: starts.length, tokens, parsed: share } }
  }

  /** Which rows are continued, and where; a row whose steps cannot be read stays as it is. */
  private startsIn(rows: readonly Row[], random: Random): Start[] {
    const wished = this.recipe.onPolicy.share * rows.length
    // What is left over of a whole row is drawn, so that small shares come about as well.
    const count = Math.floor(wished) + (random.next() < wished % 1 ? 1 : 0)
    const chosen = random.shuffle(rows.map((_, index) => index)).slice(0, count)
    return chosen.flatMap((index) => {
      const row = rows[index]!
      for (const at of random.shuffle(bordersOf(row)).slice(0, TRIES_PER_ROW)) {
        const border = stepBorder(row, at, this.trajectories, this.tokenizer, this.recipe.reading)
        if (border) return [{ index, border }]
      }
      return []
    })
  }

  /** Whether somebody else's turn has come; looked at where a line ends. */
  private isOver(border: StepBorder, ids: readonly number[]): boolean {
    if (!this.tokenizer.decode(ids.slice(-1)).includes('\n')) return false
    const spans = border.read(this.tokenizer.decode(ids))
    return spans !== null && ownSpans(spans).length < spans.length
  }

  /** KIND_CODES of what was written; null where it is no step. */
  private kindsOf(ids: readonly number[], border: StepBorder): Uint8Array | null {
    const text = this.tokenizer.decode(ids)
    // Bytes that are no text have no place in it.
    const spans = text.includes('\ufffd') ? null : border.read(text)
    if (spans === null) return null
    const own = ownSpans(spans)
    const kinds = new Uint8Array(ids.length).fill(KIND_CODES.prompt)
    let start = 0
    for (const [t, id] of ids.entries()) {
      const end = this.tokenizer.decode(ids.slice(0, t + 1)).length
      const ink = start + text.slice(start, end).search(/\S|$/)
      const anchor = ink < end ? ink : start
      const whole = own.length === spans.length
      const span =
        id === this.tokenizer.endOfTextId
          ? whole && own.at(-1)
          : own.find((one) => anchor >= one.start && anchor < one.end)
      if (span) kinds[t] = KIND_CODES[span.kind]
      start = end
    }
    return kinds
  }
}

/** The thoughts and acts before anybody answers. */
function ownSpans(spans: readonly Span[]): Span[] {
  const answered = spans.findIndex(({ kind }) => kind !== 'reason' && kind !== 'act')
  return spans.slice(0, answered < 0 ? spans.length : answered)
}

/** The history up to a border and what was written behind it, of which alone anything is supervised. */
function continued({ row, at }: StepBorder, written: readonly number[], kinds: Uint8Array | null): Row {
  const length = at + written.length
  const ids = new Int32Array(length)
  ids.set(row.ids.subarray(0, at))
  ids.set(written, at)
  const allKinds = new Uint8Array(length).fill(KIND_CODES.prompt)
  if (kinds) allKinds.set(kinds, at)
  const steps = new Int32Array(length).fill(row.steps[at]!)
  steps.set(row.steps.subarray(0, at))
  // Its tokens are none of the trajectory's.
  const places = new Int32Array(length).fill(-1)
  places.set(row.places.subarray(0, at))
  const weights = row.weights && new Float32Array(length).fill(row.weights[at]!)
  return { ...row, ids, kinds: allKinds, steps, places, weights }
}

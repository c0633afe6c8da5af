import type { Recipe } from '../recipe.ts'
import { shareInPlay } from './curriculum.ts'
import { KIND_CODES, type Row } from './row.ts'

/** Steps at which the pacing is told; more than a small chart has room for would show nothing more. */
const POINTS = 64
/** Bars of the distribution. */
const BARS = 16

/** What a curriculum does with the rows, in few enough numbers to draw. */
export interface CurriculumView {
  order: Recipe['curriculum']['order']
  /** Steps of the whole run. */
  steps: number
  /** The share of the sorted rows in play, at steps spread over the run. */
  pacing: { step: number; share: number }[]
  /** Windows by C(τ) of their trajectory, in bars of equal width; one bar where all are equally difficult. */
  difficulty: { from: number; to: number; rows: number }[]
  /**
   * The teacher's entropy on act tokens, nats, its mean over the training trajectories whose rows hold such tokens; null
   * where it is not measured, or not yet.
   */
  entropy: number | null
}

/**
 * @param train the training rows as they are sorted
 * @param entropies by trajectory, where they were measured; 0 in their place is in the rows' difficulty otherwise
 */
export function curriculumView(
  train: readonly Row[],
  { steps, curriculum }: Pick<Recipe, 'steps' | 'curriculum'>,
  entropies: readonly number[] | null,
): CurriculumView {
  const at = Array.from({ length: POINTS }, (_, i) => Math.round((i * (steps - 1)) / (POINTS - 1)))
  const acting = train.filter(({ kinds }) => kinds.includes(KIND_CODES.act))
  const measured = [...new Set(acting.map(({ trajectory }) => trajectory))]
  const total = measured.reduce((sum, trajectory) => sum + (entropies?.[trajectory] ?? 0), 0)
  return {
    order: curriculum.order,
    steps,
    pacing: [...new Set(at)].map((step) => ({ step, share: shareInPlay(step, { steps, curriculum }) })),
    difficulty: distribution(train.map(({ difficulty }) => difficulty)),
    entropy: entropies && measured.length > 0 ? total / measured.length : null,
  }
}

function distribution(values: readonly number[]): CurriculumView['difficulty'] {
  if (values.length === 0) return []
  const least = values.reduce((a, b) => Math.min(a, b))
  const most = values.reduce((a, b) => Math.max(a, b))
  if (least === most) return [{ from: least, to: most, rows: values.length }]
  const width = (most - least) / BARS
  const bars = Array.from({ length: BARS }, (_, i) => ({
    from: least + i * width,
    to: i === BARS - 1 ? most : least + (i + 1) * width,
    rows: 0,
  }))
  for (const value of values) bars[Math.min(BARS - 1, Math.floor((value - least) / width))]!.rows++
  return bars
}

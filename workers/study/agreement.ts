import { quantile, RESAMPLES, ratio } from '../evaluation/statistics.ts'
import { Random } from '../random.ts'
import { type EnvironmentName, Groups, type Setting } from './groups.ts'
import { sharesOf } from './measures.ts'
import { rankCorrelation } from './paired.ts'
import type { CellResult, CurvePoint } from './result.ts'
import type { Study } from './study.ts'

/** Agreement with the teacher on held-out trajectories, mean over the seeds that are done. */
export interface AgreementCurve extends Setting {
  arm: string
  seeds: number
  /** At the steps that every seed has. */
  points: CurvePoint[]
}

/** A finished cell: how well it agrees with its teacher, and how well it does. */
export interface CellPoint extends Setting {
  arm: string
  seed: number
  parameters: number
  /** Share of its test episodes; null where there is none. */
  success: number | null
  /** At its last evaluation; null where there was none. */
  reason: number | null
  act: number | null
}

/** How agreement and success go together over the cells of a world, −1 … 1 by rank. */
export interface Correlation {
  environment: EnvironmentName
  kind: 'reason' | 'act'
  cells: number
  rank: number | null
  /** 95 % interval by the percentile bootstrap over cells. */
  low: number | null
  high: number | null
}

export function curvesOf(study: Study, results: readonly CellResult[]): AgreementCurve[] {
  return new Groups(study, results).all().map(({ cells, ...group }): AgreementCurve => {
    const curves = cells.map(({ curve }) => new Map(curve.map((point) => [point.step, point])))
    const steps = [...curves[0]!.keys()].filter((step) => curves.every((curve) => curve.has(step)))
    const mean = (step: number, key: keyof CurvePoint) =>
      curves.reduce((sum, curve) => sum + curve.get(step)![key], 0) / curves.length
    const points = steps.map((step) => ({
      step,
      reason: mean(step, 'reason'),
      act: mean(step, 'act'),
      loss: mean(step, 'loss'),
    }))
    return { ...group, seeds: cells.length, points }
  })
}

export function pointsOf(study: Study, results: readonly CellResult[]): CellPoint[] {
  return new Groups(study, results).all().flatMap(({ cells, ...group }) =>
    cells.map((result): CellPoint => {
      const last = result.curve.at(-1)
      return {
        ...group,
        seed: result.cell.seed,
        parameters: result.parameters,
        success: ratio(sharesOf(result, 'success')),
        reason: last?.reason ?? null,
        act: last?.act ?? null,
      }
    }),
  )
}

/** For each world that has points, and both kinds. */
export function correlationsOf(points: readonly CellPoint[]): Correlation[] {
  const worlds = [...new Set(points.map(({ environment }) => environment))]
  return worlds.flatMap((environment) =>
    (['reason', 'act'] as const).map((kind): Correlation => {
      const known = points.flatMap((point): [number, number][] =>
        point.environment === environment && point[kind] !== null && point.success !== null
          ? [[point[kind], point.success]]
          : [],
      )
      const random = new Random(1).fork(`correlation ${environment} ${kind}`)
      const rank = rankCorrelation(known)
      const again: number[] = []
      for (let i = 0; rank !== null && i < RESAMPLES / 4; i++) {
        const drawn = rankCorrelation(known.map(() => random.pick(known)))
        if (drawn !== null) again.push(drawn)
      }
      again.sort((a, b) => a - b)
      const at = (q: number) => (again.length > 0 ? quantile(again, q) : null)
      return { environment, kind, cells: known.length, rank, low: at(0.025), high: at(0.975) }
    }),
  )
}

import { candidatesOf } from './cells.ts'
import type { CellResult } from './result.ts'
import type { RecipePatch, Study, StudyWorld } from './study.ts'

/** How a candidate did on the validation split, mean over its seeds. */
export interface Candidate {
  patch: RecipePatch
  success: number
}

export interface Choice {
  environment: StudyWorld['environment']
  arm: string
  /** Its place among the candidates. */
  chosen: number
  candidates: Candidate[]
}

/**
 * Which candidate an arm is run with in a world: the one with the highest mean success on the validation split, of several
 * the first.
 *
 * @returns null while a candidate is not yet measured, or where there is nothing to choose
 */
export function choiceOf(
  study: Study,
  environment: StudyWorld['environment'],
  arm: string,
  results: readonly CellResult[],
): Choice | null {
  const patches = study.arms[arm]?.choose
  if (!patches) return null
  const known = new Map(results.map((result) => [result.cell.id, result]))
  const cells = candidatesOf(study).filter((cell) => cell.environment === environment && cell.arm === arm)
  const candidates: Candidate[] = []
  for (const [i, patch] of patches.entries()) {
    const measured = cells.filter(({ candidate }) => candidate === i).map(({ id }) => known.get(id))
    if (measured.length === 0 || measured.includes(undefined)) return null
    const successes = measured.map((result) =>
      average(result!.episodes.map(({ shares }) => shares.success?.[0] ?? 0)),
    )
    candidates.push({ patch, success: average(successes) })
  }
  const best = Math.max(...candidates.map(({ success }) => success))
  const chosen = candidates.findIndex(({ success }) => success === best)
  return { environment, arm, chosen, candidates }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

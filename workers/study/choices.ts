import { estimates } from '../evaluation/metrics.ts'
import type { Estimate } from '../evaluation/statistics.ts'
import { candidatesOf } from './cells.ts'
import { choiceOf } from './choosing.ts'
import type { EnvironmentName } from './groups.ts'
import type { CellResult } from './result.ts'
import type { RecipePatch, Study } from './study.ts'

/** What was chosen for an arm on the validation split of a world. */
export interface Choice {
  environment: EnvironmentName
  arm: string
  candidates: {
    /** What it lays over the arm's recipe. */
    recipe: RecipePatch
    seeds: number
    planned: number
    /** Over validation episodes. */
    success: Estimate
  }[]
  /** Which of them the arm is run with; null until all are done. */
  chosen: number | null
}

/** Every choice of a study as far as its cells are done. */
export function choicesOf(study: Study, results: readonly CellResult[]): Choice[] {
  const cells = candidatesOf(study)
  const keys = [...new Set(cells.map(({ environment, arm }) => `${environment} ${arm}`))]
  return keys.map((key): Choice => {
    const own = cells.filter(({ environment, arm }) => `${environment} ${arm}` === key)
    const { environment, arm } = own[0]!
    const candidates = study.arms[arm]!.choose!.map((recipe, i): Choice['candidates'][number] => {
      const ids = own.filter(({ candidate }) => candidate === i).map(({ id }) => id)
      const done = results.filter(({ cell }) => cell.split === 'validation' && ids.includes(cell.id))
      const episodes = done.map((result) => result.episodes)
      const success = estimates(episodes, ['success'], 1).success!
      return { recipe, seeds: done.length, planned: ids.length, success }
    })
    return {
      environment,
      arm,
      candidates,
      chosen: choiceOf(study, environment, arm, results)?.chosen ?? null,
    }
  })
}

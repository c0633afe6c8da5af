import type { CellResult } from './result.ts'
import type { Study, StudyWorld } from './study.ts'

export type EnvironmentName = StudyWorld['environment']

/** What a student was trained in, on and as; arms are compared within one. */
export interface Setting {
  environment: EnvironmentName
  amount: string
  student: string
}

/** Cells that differ in nothing but the seed of training. */
export interface Group extends Setting {
  arm: string
  /** In the order of the study's seeds; at least one. */
  cells: CellResult[]
}

/** Finished cells of the test split, by setting and arm. */
export class Groups {
  private readonly groups = new Map<string, Group>()

  constructor(
    private readonly study: Study,
    results: readonly CellResult[],
  ) {
    const seeds = new Map(study.seeds.map((seed, i) => [seed, i]))
    const tested = results
      .filter(({ cell }) => cell.split === 'test' && seeds.has(cell.seed))
      .sort((a, b) => seeds.get(a.cell.seed)! - seeds.get(b.cell.seed)!)
    for (const result of tested) {
      const { environment, amount, student, arm } = result.cell
      const key = keyOf(result.cell, arm)
      const group = this.groups.get(key) ?? { environment, amount, student, arm, cells: [] }
      group.cells.push(result)
      this.groups.set(key, group)
    }
  }

  get(setting: Setting, arm: string): Group | null {
    return this.groups.get(keyOf(setting, arm)) ?? null
  }

  /** All of them, in the order of the study, whatever the order of the results. */
  all(): Group[] {
    return settingsOf(this.study)
      .flatMap(({ setting, arms }) => arms.map((arm) => this.get(setting, arm)))
      .filter((group) => group !== null)
  }
}

function keyOf({ environment, amount, student }: Setting, arm: string): string {
  return [environment, amount, student, arm].join(' ')
}

/** The worlds of a block, in the order of the study. */
export function worldsOf(study: Study, block: Study['blocks'][number]): EnvironmentName[] {
  const { worlds } = block
  const all = study.worlds.map(({ environment }) => environment)
  return worlds ? all.filter((environment) => worlds.includes(environment)) : all
}

/** Every setting of a study with the arms that are run in it, in the order of its blocks; each once. */
export function settingsOf(study: Study): { setting: Setting; arms: string[] }[] {
  const settings = new Map<string, { setting: Setting; arms: Set<string> }>()
  for (const { environment } of study.worlds) {
    for (const block of study.blocks) {
      if (!worldsOf(study, block).includes(environment)) continue
      for (const amount of block.amounts) {
        for (const student of block.students) {
          const setting = { environment, amount, student }
          const key = keyOf(setting, '')
          const known = settings.get(key) ?? { setting, arms: new Set() }
          for (const arm of block.arms) known.arms.add(arm)
          settings.set(key, known)
        }
      }
    }
  }
  return [...settings.values()].map(({ setting, arms }) => ({ setting, arms: [...arms] }))
}

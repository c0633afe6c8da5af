import type { Study, StudyWorld } from './study.ts'

/** One student to be trained and measured. */
export interface StudyCell {
  /** Unique in a study, and a file name. */
  id: string
  environment: StudyWorld['environment']
  amount: string
  student: string
  arm: string
  /** Of training. */
  seed: number
  /** Which of an arm's candidates it is; left out of cells that are not there to choose by. */
  candidate?: number
  /** Whose episodes it is measured on. */
  split: 'test' | 'validation'
}

/** The cells that a study's tables are made of: block by block, world by world, each cell once. */
export function cellsOf(study: Study): StudyCell[] {
  const cells = new Map<string, StudyCell>()
  for (const block of study.blocks) {
    for (const environment of environmentsOf(study, block.worlds)) {
      for (const amount of block.amounts) {
        for (const student of block.students) {
          for (const arm of block.arms) {
            for (const seed of study.seeds) {
              const id = `${environment}-${amount}-${student}-${arm}-seed${seed}`
              const cell: StudyCell = { id, environment, amount, student, arm, seed, split: 'test' }
              // What has the same id and is another is refused with the study.
              cells.set(keyOf(cell), cell)
            }
          }
        }
      }
    }
  }
  return [...cells.values()]
}

/** The cells by which arms with candidates are chosen, once for each world in which such an arm is run. */
export function candidatesOf(study: Study): StudyCell[] {
  const { student, amount, seeds } = study.choosing
  return armsToChoose(study).flatMap(({ environment, arm }) =>
    study.arms[arm]!.choose!.flatMap((_, candidate) =>
      seeds.map((seed): StudyCell => {
        const id = `${environment}-choose-${arm}-${candidate}-seed${seed}`
        return { id, environment, amount, student, arm, seed, candidate, split: 'validation' }
      }),
    ),
  )
}

/** What is to be done for the cells that are wanted, in the order in which it is: by world, candidates first, then by seed. */
export function cellsWanted(study: Study, wanted: (cell: StudyCell) => boolean): StudyCell[] {
  const cells = cellsOf(study).filter(wanted)
  const needed = new Set(cells.map(({ environment, arm }) => `${environment} ${arm}`))
  const candidates = candidatesOf(study).filter(
    (cell) => wanted(cell) || needed.has(`${cell.environment} ${cell.arm}`),
  )
  const bySeed = [...cells].sort((a, b) => study.seeds.indexOf(a.seed) - study.seeds.indexOf(b.seed))
  return study.worlds.flatMap(({ environment }) =>
    [...candidates, ...bySeed].filter((cell) => cell.environment === environment),
  )
}

function armsToChoose(study: Study): { environment: StudyWorld['environment']; arm: string }[] {
  const wanted = new Map<string, { environment: StudyWorld['environment']; arm: string }>()
  for (const { worlds, arms } of study.blocks) {
    for (const environment of environmentsOf(study, worlds)) {
      for (const arm of arms) {
        if (study.arms[arm]?.choose) wanted.set(`${environment} ${arm}`, { environment, arm })
      }
    }
  }
  return [...wanted.values()]
}

function environmentsOf(study: Study, names?: readonly string[]): StudyWorld['environment'][] {
  const all = study.worlds.map(({ environment }) => environment)
  return names ? all.filter((environment) => names.includes(environment)) : all
}

function keyOf({ environment, amount, student, arm, seed }: StudyCell): string {
  return [environment, amount, student, arm, seed].join(' ')
}

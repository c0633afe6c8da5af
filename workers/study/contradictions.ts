import type { Issue } from '../issues.ts'
import { recipeIssues } from '../recipe.ts'
import { candidatesOf, cellsOf, type StudyCell } from './cells.ts'
import { type Layer, layersOf, recipeOf } from './recipes.ts'
import type { RecipePatch, Study } from './study.ts'

/** Keys of a recipe that a study decides itself. */
const OWN_KEYS = { seed: 'seeds', student: 'students' } as const

/** What in a study contradicts what, each a sentence that is shown beside its key. */
export function contradictionsOf(study: Study): Issue[] {
  // Cells are only made of names that are there.
  const issues = [...ofNames(study), ...ofSeeds(study), ...ofPatches(study)]
  return issues.length > 0 ? issues : [...ofIds(study), ...ofRecipes(study)]
}

function ofNames(study: Study): Issue[] {
  const { amounts, students, arms, choosing } = study
  const worlds = study.worlds.map(({ environment }) => environment)
  const issues = worlds.flatMap((environment, i) =>
    worlds.indexOf(environment) === i
      ? []
      : [{ path: `worlds.${i}.environment`, message: `is "${environment}" once more: name each world once` }],
  )
  const ask = (path: string, names: readonly string[], of: string, known: readonly string[]) => {
    for (const name of names) {
      if (known.includes(name)) continue
      issues.push({
        path,
        message: `names "${name}", which ${of} does not have (${known.join(', ') || 'nothing'})`,
      })
    }
  }
  for (const [key, value] of Object.entries({ amounts, students, arms })) {
    if (Object.keys(value).length === 0) issues.push({ path: key, message: 'must have at least one' })
  }
  for (const [i, block] of study.blocks.entries()) {
    ask(`blocks.${i}.arms`, block.arms, 'arms', Object.keys(arms))
    ask(`blocks.${i}.students`, block.students, 'students', Object.keys(students))
    ask(`blocks.${i}.amounts`, block.amounts, 'amounts', Object.keys(amounts))
    ask(`blocks.${i}.worlds`, block.worlds ?? [], 'worlds', worlds)
  }
  ask('choosing.student', [choosing.student], 'students', Object.keys(students))
  ask('choosing.amount', [choosing.amount], 'amounts', Object.keys(amounts))
  return issues
}

function ofSeeds({ seeds, choosing, testing }: Study): Issue[] {
  const issues: Issue[] = []
  for (const [path, list] of [
    ['seeds', seeds],
    ['choosing.seeds', choosing.seeds],
  ] as const) {
    const again = list.find((seed, i) => list.indexOf(seed) !== i)
    if (again !== undefined) issues.push({ path, message: `has ${again} twice: name each seed once` })
  }
  if (choosing.seeds.includes(testing.seed)) {
    issues.push({
      path: 'choosing.seeds',
      message: `has ${testing.seed}, which is testing.seed: choose by other seeds than are tested by`,
    })
  }
  if (testing.historyEpisodes > testing.episodes) {
    issues.push({
      path: 'testing.historyEpisodes',
      message: `must be at most testing.episodes (it is ${testing.historyEpisodes} of ${testing.episodes})`,
    })
  }
  return issues
}

function ofPatches(study: Study): Issue[] {
  const patches: Layer[] = [
    { path: 'recipe', patch: study.recipe },
    ...study.worlds.map(({ recipe = {} }, i) => ({ path: `worlds.${i}.recipe`, patch: recipe })),
    ...Object.entries(study.arms).flatMap(([name, { recipe, choose = [] }]) => [
      { path: `arms.${name}.recipe`, patch: recipe },
      ...choose.map((patch, i) => ({ path: `arms.${name}.choose.${i}`, patch })),
    ]),
  ]
  return patches.flatMap(({ path, patch }) =>
    Object.entries(OWN_KEYS)
      .filter(([key]) => Object.hasOwn(patch, key))
      .map(([key, place]) => ({
        path: `${path}.${key}`,
        message: `must be left out: the study gives it in ${place}`,
      })),
  )
}

function ofIds(study: Study): Issue[] {
  const known = new Map<string, StudyCell>()
  const issues: Issue[] = []
  for (const cell of [...candidatesOf(study), ...cellsOf(study)]) {
    const { id, amount, student, arm } = cell
    const other = known.get(id)
    known.set(id, cell)
    if (other === undefined) continue
    const message = `would be cell ${id} with the student "${student}" and the arm "${arm}" as with "${other.student}" and "${other.arm}": rename one of them`
    issues.push({ path: `amounts.${amount}`, message })
  }
  return issues.slice(0, 1)
}

/** Every recipe that is trained, its issues told where the study says what is wrong with it. */
function ofRecipes(study: Study): Issue[] {
  const issues = new Map<string, Issue>()
  const checked = new Set<string>()
  for (const cell of [...candidatesOf(study), ...cellsOf(study)]) {
    // Seeds do not matter to it.
    const choices = cell.candidate === undefined ? (study.arms[cell.arm]!.choose ?? [{}]).keys() : [undefined]
    for (const choice of choices) {
      const chosen = study.arms[cell.arm]!.choose ? choice : undefined
      const recipe = recipeOf(study, { ...cell, seed: 1 }, undefined, chosen)
      const key = JSON.stringify(recipe)
      if (checked.has(key)) continue
      checked.add(key)
      for (const { path, message } of recipeIssues(recipe)) {
        const issue = placed(layersOf(study, cell, chosen), cell, path, message)
        issues.set(issue.path, issue)
      }
    }
  }
  return [...issues.values()]
}

/** An issue of a recipe at the layer that says its key last; of a key that none says, at the cell's arm. */
function placed(layers: readonly Layer[], { arm }: StudyCell, path: string, message: string): Issue {
  const layer = layers.findLast(({ patch }) => says(patch, path.split('.')))
  if (layer === undefined) {
    return { path: `arms.${arm}.recipe`, message: `makes a recipe whose ${path} ${message}` }
  }
  const { path: place } = layer
  // A student's sizes are the layer itself.
  if (place.startsWith('students.'))
    return { path: place, message: `makes a recipe whose ${path} ${message}` }
  return { path: `${place}.${path}`, message }
}

function says(patch: RecipePatch, keys: readonly string[]): boolean {
  let value: unknown = patch
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false
    value = (value as Record<string, unknown>)[key]
  }
  return true
}

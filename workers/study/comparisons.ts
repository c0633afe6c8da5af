import { isRecord } from '../isRecord.ts'
import { Random } from '../random.ts'
import type { Recipe } from '../recipe.ts'
import { type EnvironmentName, type Group, Groups, type Setting, settingsOf } from './groups.ts'
import { COMPARED, type ComparedName, sharesOf } from './measures.ts'
import { type Difference, holm, type Pair, pairedDifference, signFlipP } from './paired.ts'
import type { CellResult } from './result.ts'
import type { Study } from './study.ts'
import { type Memory, traceOf } from './tables.ts'

/** Two arms with the same seeds, trajectories and students, on the same test episodes. */
export interface Comparison {
  /** Null for all worlds together. */
  environment: EnvironmentName | null
  amount: string
  student: string
  /** Differences are arm − other. */
  arm: string
  other: string
  /** Keys of their recipes that are not the same, e.g. `objective.lambda.observation`. */
  differIn: string[]
  /** Of training, those that both have; over all worlds, in all of them together. */
  seeds: number
  planned: number
  /** Seeds in which `arm` reaches the goal more often, and in which `other` does. */
  ahead: number
  behind: number
  differences: Record<ComparedName, Difference>
  /** Of the success; null for a single seed. Corrected for all comparisons of its table, that is of the same setting. */
  p: number | null
  correctedP: number | null
}

/** The arm that all others are compared with: what the study is about, else the first. */
export const REFERENCE = 'sad'

/**
 * In each setting the reference against every other arm, and two others where they differ in one key of their recipes
 * alone, which tells what that key does. Arms of which no seed is done in common are left out. Then, where there are several
 * worlds, the same over all worlds that have both.
 */
export function comparisonsOf(
  study: Study,
  results: readonly CellResult[],
  memory: Memory = new Map(),
): Comparison[] {
  const groups = new Groups(study, results)
  const matches = settingsOf(study).flatMap(({ setting, arms }) => matchesOf(groups, setting, arms))
  const single = matches.map((match) => compared(study, [match], match.environment, memory))
  return [...corrected(single), ...corrected(overWorlds(study, matches, memory))]
}

/** Two arms in one setting, with the seeds that both have. */
interface Match extends Setting {
  arm: string
  other: string
  differIn: string[]
  cells: [arm: CellResult, other: CellResult][]
}

function matchesOf(groups: Groups, setting: Setting, arms: readonly string[]): Match[] {
  const reference = arms.includes(REFERENCE) ? REFERENCE : arms[0]!
  const rest = arms.filter((arm) => arm !== reference)
  const pairs = [
    ...rest.map((other) => [reference, other] as const),
    ...rest.flatMap((arm, i) => rest.slice(i + 1).map((other) => [arm, other] as const)),
  ]
  return pairs.flatMap(([arm, other]) => {
    const [one, two] = [groups.get(setting, arm), groups.get(setting, other)]
    if (!one || !two) return []
    const differIn = differencesIn(one.cells[0]!.recipe, two.cells[0]!.recipe)
    if (arm !== reference && differIn.length !== 1) return []
    const cells = pairsOf(one, two)
    return cells.length > 0 ? [{ ...setting, arm, other, differIn, cells }] : []
  })
}

/** Cells of the same seed that played the same episodes. */
function pairsOf(one: Group, two: Group): [CellResult, CellResult][] {
  return one.cells.flatMap((cell) => {
    const other = two.cells.find(({ cell: { seed } }) => seed === cell.cell.seed)
    return other && other.episodes.length === cell.episodes.length ? [[cell, other] as const] : []
  }) as [CellResult, CellResult][]
}

/** The keys of two recipes whose values are not the same; seed and the arm's name say nothing. */
export function differencesIn(one: Recipe, two: Recipe): string[] {
  const keys: string[] = []
  const walk = (a: unknown, b: unknown, path: string) => {
    if (isRecord(a) && isRecord(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        walk(a[key], b[key], path === '' ? key : `${path}.${key}`)
      }
    } else if (JSON.stringify(a) !== JSON.stringify(b)) keys.push(path)
  }
  walk(one, two, '')
  return keys.filter((key) => key !== 'seed' && key !== 'objective.arm').sort()
}

function overWorlds(study: Study, matches: readonly Match[], memory: Memory): Comparison[] {
  if (study.worlds.length < 2) return []
  const alike = new Map<string, Match[]>()
  for (const match of matches) {
    const { amount, student, arm, other } = match
    const key = [amount, student, arm, other].join(' ')
    alike.set(key, [...(alike.get(key) ?? []), match])
  }
  return [...alike.values()]
    .filter((worlds) => worlds.length > 1)
    .map((worlds) => compared(study, worlds, null, memory))
}

/** @param worlds matches of the same arms, a world each; at least one */
function compared(
  study: Study,
  worlds: readonly Match[],
  environment: EnvironmentName | null,
  memory: Memory,
): Comparison {
  const { amount, student, arm, other } = worlds[0]!
  const key = `pair ${worlds.flatMap(({ cells }) => cells.flat().map(traceOf)).join(' ')}`
  const differences =
    (memory.get(key) as Comparison['differences'] | undefined) ??
    differencesOf(worlds.map(({ cells }) => cells))
  memory.set(key, differences)
  const bySeed = differences.success.ofPairs
  return {
    environment,
    amount,
    student,
    arm,
    other,
    differIn: [...new Set(worlds.flatMap(({ differIn }) => differIn))].sort(),
    seeds: worlds.reduce((sum, { cells }) => sum + cells.length, 0),
    planned: study.seeds.length * worlds.length,
    ahead: bySeed.filter((difference) => difference > 0).length,
    behind: bySeed.filter((difference) => difference < 0).length,
    differences,
    p: signFlipP(bySeed, new Random(1).fork('signs')),
    correctedP: null,
  }
}

function differencesOf(worlds: readonly Match['cells'][]): Comparison['differences'] {
  const of = (measure: ComparedName) => {
    const pairs = worlds.map((cells) => {
      const all = cells.map(
        ([one, two]): Pair => ({ first: sharesOf(one, measure), second: sharesOf(two, measure) }),
      )
      const { length } = all[0]!.first
      return all.filter(({ first, second }) => first.length === length && second.length === length)
    })
    return pairedDifference(pairs)
  }
  return Object.fromEntries(COMPARED.map((measure) => [measure, of(measure)])) as Comparison['differences']
}

/** Holm's correction among the comparisons of each setting. */
function corrected(comparisons: readonly Comparison[]): Comparison[] {
  const alike = ({ environment, amount, student }: Comparison) => `${environment} ${amount} ${student}`
  const settings = [...new Set(comparisons.map(alike))]
  return settings.flatMap((setting) => {
    const family = comparisons.filter((comparison) => alike(comparison) === setting)
    const ps = holm(family.map(({ p }) => p))
    return family.map((comparison, i) => ({ ...comparison, correctedP: ps[i]! }))
  })
}

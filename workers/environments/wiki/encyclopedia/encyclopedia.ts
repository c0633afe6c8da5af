import { Random } from '../../../random.ts'
import { SPLITS, type Split } from '../../environment.ts'
import { Library, type Page } from '../library.ts'
import type { Entry } from './entry.ts'
import { type Entries, Facts } from './facts.ts'
import { Names } from './names.ts'
import { writePage } from './pageText.ts'
import { KINDS, type Kind } from './relation.ts'

/** Entries of each kind: [train, validation, test]. */
const COUNTS: Record<Kind, readonly [number, number, number]> = {
  country: [26, 6, 6],
  river: [100, 20, 20],
  town: [250, 54, 54],
  person: [448, 96, 96],
  university: [50, 10, 10],
  company: [90, 24, 24],
  book: [154, 33, 33],
  band: [90, 20, 20],
  film: [170, 36, 36],
  club: [90, 20, 20],
  species: [100, 20, 20],
  painting: [110, 24, 24],
}

/** An invented encyclopedia. */
export interface Encyclopedia {
  /** Every page, whatever its split: an agent may read them all. */
  library: Library
  /** What questions of a split may touch, by kind. */
  entries: Readonly<Record<Split, Entries>>
}

/**
 * Invents an encyclopedia: the same seed gives the same pages. Each split is a world of its own whose facts name no
 * entry of another, so a chain of facts never leaves it.
 */
export function inventEncyclopedia(seed: number): Encyclopedia {
  return invent(seed, SPLITS, [])
}

/**
 * Invents an encyclopedia of train entries alone, to learn from beside the first: nothing in it is called as an entry of
 * the first's other splits, of which nobody is to have read.
 */
export function inventForTraining(seed: number, { entries }: Encyclopedia): Encyclopedia {
  const unseen = [entries.validation, entries.test].flatMap((kinds) => Object.values(kinds).flat())
  return invent(
    seed,
    ['train'],
    unseen.map(({ name }) => name),
  )
}

function invent(seed: number, splits: readonly Split[], avoided: readonly string[]): Encyclopedia {
  const random = new Random(seed)
  const names = new Names(random.fork('names'), avoided)
  const entries = Object.fromEntries(
    SPLITS.map((split, i) => [
      split,
      splits.includes(split) ? inventSplit(split, i, names, random.fork(split)) : NO_ENTRIES,
    ]),
  ) as Record<Split, Entries>
  const words = random.fork('pages')
  const pages: Page[] = []
  for (const split of SPLITS) {
    for (const kind of KINDS) for (const entry of entries[split][kind]) pages.push(writePage(entry, words))
  }
  return { library: new Library(pages), entries }
}

const NO_ENTRIES = Object.fromEntries(KINDS.map((kind) => [kind, []])) as unknown as Entries

function inventSplit(split: Split, place: number, names: Names, random: Random): Entries {
  const entries = Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      Array.from({ length: COUNTS[kind][place]! }, (): Entry => {
        const name = names.next(kind)
        return { kind, name, title: name, split, facts: new Map() }
      }),
    ]),
  ) as unknown as Entries
  new Facts(entries, random).invent()
  return entries
}

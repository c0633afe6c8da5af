import { PEOPLE } from './people.ts'
import { PLACES } from './places.ts'
import { type Comparison, KINDS, type Kind, type Relation } from './relation.ts'
import { WORKS } from './works.ts'

const DESCRIBED = [...PLACES, ...PEOPLE, ...WORKS]

/** Everything that the encyclopedia can say. */
export const RELATIONS: readonly Relation[] = DESCRIBED.map(({ relation }) => relation)
export const COMPARISONS: readonly Comparison[] = DESCRIBED.flatMap(({ comparisons }) => comparisons)

/** First sentences of kinds that have no relation which opens a page. */
export const OPENINGS: Partial<Record<Kind, string>> = {
  country: '{S} is a country.',
  university: '{S} is a university.',
  species: '{S} is a species.',
}

export function relationsOf(kind: Kind): readonly Relation[] {
  return BY_KIND.get(kind) ?? []
}

const BY_KIND = new Map(KINDS.map((kind) => [kind, RELATIONS.filter(({ of }) => of === kind)]))

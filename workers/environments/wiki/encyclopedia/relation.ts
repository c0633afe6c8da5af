/** What the invented encyclopedia can say about its entries, and ask. */

/** Kinds of entries; the name is the noun that questions put before a title. */
export const KINDS = [
  'country',
  'river',
  'town',
  'person',
  'university',
  'company',
  'book',
  'band',
  'film',
  'club',
  'species',
  'painting',
] as const
export type Kind = (typeof KINDS)[number]

export type ValueKind = Kind | 'year' | 'number' | 'word'

/**
 * Something that every entry of a kind has one of, at most. In its sentences {S} is what a page calls its subject, {V}
 * the value; in its questions and phrases {X} is an entry or a phrase for one.
 */
export interface Relation {
  /** Kind and name, e.g. "film director". */
  id: string
  of: Kind
  to: ValueKind
  /** As a thought names it: "the director". */
  noun: string
  /** How a page may say it, with a word of the sentence that somebody would look up. */
  says: readonly (readonly [sentence: string, keyword: string])[]
  /** Questions with the value as their answer. */
  asks: readonly string[]
  /** Noun phrases for the value, where it is an entry. */
  phrases: readonly string[]
  /** The first sentence of its page says it. */
  opens: boolean
}

/** A question about two entries of a kind; {A} and {B} are entries or phrases for them. */
export interface Comparison {
  relation: Relation
  ask: string
  /** Which of the two is the answer; `same` is answered by yes or no. */
  wins: 'more' | 'less' | 'same'
  /** As a thought says it of the winner: "1921 is {word} 1954". */
  word: string
}

interface Parts {
  noun?: string
  says: Relation['says']
  asks: readonly string[]
  phrases?: readonly string[]
  opens?: boolean
  /** "Which is longer, {A} or {B}?" and the like. */
  more?: readonly [ask: string, word: string]
  less?: readonly [ask: string, word: string]
  same?: string
}

/** A relation with the comparisons that can be made by it. */
export interface Described {
  relation: Relation
  comparisons: Comparison[]
}

/** A line of the tables. @param name unique among the relations of its kind; thoughts use it where `noun` is left out */
export function relation(of: Kind, name: string, to: ValueKind, parts: Parts): Described {
  const { noun = name, says, asks, phrases = [], opens = false } = parts
  const described: Relation = { id: `${of} ${name}`, of, to, noun, says, asks, phrases, opens }
  const comparisons: Comparison[] = []
  for (const wins of ['more', 'less'] as const) {
    const [ask, word] = parts[wins] ?? []
    if (ask && word) comparisons.push({ relation: described, ask, wins, word })
  }
  if (parts.same)
    comparisons.push({ relation: described, ask: parts.same, wins: 'same', word: 'the same as' })
  return { relation: described, comparisons }
}

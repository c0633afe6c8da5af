/** Questions as words and as what they ask: written from facts, read back by the expert, who is given words only. */
import type { Random } from '../../random.ts'
import { type Comparison, KINDS, type Kind, type Relation } from './encyclopedia/relation.ts'
import { COMPARISONS, RELATIONS } from './encyclopedia/relations.ts'

/** An entry by its name, or whatever stands in a relation to another phrase. */
export type Phrase = { kind: Kind; name: string } | { kind: Kind; relation: Relation; of: Phrase }

export type Ask =
  | { type: 'bridge'; relation: Relation; of: Phrase }
  | { type: 'comparison'; comparison: Comparison; a: Phrase; b: Phrase }

/** @param random chooses among wordings */
export function writeQuestion(ask: Ask, random: Random): string {
  if (ask.type === 'bridge') {
    return random.pick(ask.relation.asks).replace('{X}', () => writePhrase(ask.of, random))
  }
  const { comparison, a, b } = ask
  return comparison.ask
    .replace('{A}', () => writePhrase(a, random))
    .replace('{B}', () => writePhrase(b, random))
}

function writePhrase(phrase: Phrase, random: Random): string {
  if ('relation' in phrase) {
    return random.pick(phrase.relation.phrases).replace('{X}', () => writePhrase(phrase.of, random))
  }
  return phrase.kind === 'person' ? phrase.name : `the ${phrase.kind} ${phrase.name}`
}

/** What a question asks; null for one that none of the encyclopedia's wordings fits. */
export function readQuestion(question: string): Ask | null {
  for (const comparison of COMPARISONS) {
    const { of } = comparison.relation
    for (const [first, second] of betweenParts(question, comparison.ask)) {
      const a = readPhrase(first)
      const b = readPhrase(second)
      if (a?.kind === of && b?.kind === of) return { type: 'comparison', comparison, a, b }
    }
  }
  for (const { pattern, relation } of ASK_PATTERNS) {
    const of = readPhrase(pattern.exec(question)?.[1] ?? '')
    if (of?.kind === relation.of) return { type: 'bridge', relation, of }
  }
  return null
}

function readPhrase(text: string): Phrase | null {
  for (const { pattern, relation } of PHRASE_PATTERNS) {
    const inner = pattern.exec(text)?.[1]
    const of = inner === undefined ? null : readPhrase(inner)
    // Several kinds share a wording; what is inside tells them apart.
    if (of?.kind === relation.of) return { kind: relation.to as Kind, relation, of }
  }
  const named = NAMED.exec(text)
  if (named) return { kind: named[1] as Kind, name: named[2]! }
  return PERSON.test(text) ? { kind: 'person', name: text } : null
}

const NAMED = new RegExp(`^the (${KINDS.filter((kind) => kind !== 'person').join('|')}) ([A-Z].*)$`)
const PERSON = /^[A-Z][a-z]+ [A-Z][a-z]+$/

/** A wording as a pattern whose groups are what stands in its places. */
function pattern(wording: string): RegExp {
  const escaped = wording.replace(/[.?]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\{[XAB]\}/g, '(.+)')}$`)
}

const ASK_PATTERNS = RELATIONS.flatMap((relation) =>
  relation.asks.map((ask) => ({ pattern: pattern(ask), relation })),
)
const PHRASE_PATTERNS = RELATIONS.flatMap((relation) =>
  relation.phrases.map((phrase) => ({ pattern: pattern(phrase), relation })),
)

/** What stands for {A} and {B}: names may hold the "and" between them, so there can be several ways to read it. */
function* betweenParts(question: string, ask: string): Generator<[string, string]> {
  const [before, middle, after] = ask.split(/\{[AB]\}/) as [string, string, string]
  if (!question.startsWith(before) || !question.endsWith(after)) return
  const both = question.slice(before.length, question.length - after.length)
  for (let at = both.indexOf(middle); at >= 0; at = both.indexOf(middle, at + 1)) {
    yield [both.slice(0, at), both.slice(at + middle.length)]
  }
}

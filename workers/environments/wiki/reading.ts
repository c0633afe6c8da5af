/** Reads facts out of what the world answered: the expert's eyes. */
import type { Kind, Relation } from './encyclopedia/relation.ts'
import { OPENINGS, relationsOf } from './encyclopedia/relations.ts'

const NAME = '[A-Z][A-Za-z ]*'
const VALUES: Record<'year' | 'number' | 'word', string> = {
  year: '\\d{3,4}',
  number: '\\d+',
  word: '[a-z][a-z ]*',
}
const patterns = new Map<string, RegExp[]>()

/** The value of a relation that one of these sentences says, or null. @param text sentences, one blank between them */
export function readFact(relation: Relation, text: string): string | null {
  for (const sentence of text.split(/(?<=\.) /)) {
    for (const pattern of patternsOf(relation)) {
      const value = pattern.exec(sentence)?.[1]
      if (value !== undefined) return value
    }
  }
  return null
}

/** What a page is about, from its first sentence; null where no page of that kind begins so. */
export function subjectOf(kind: Kind, text: string): string | null {
  const openings = relationsOf(kind).filter(({ opens }) => opens)
  const sentences = openings.flatMap(({ says }) => says.map(([sentence]) => sentence))
  if (OPENINGS[kind]) sentences.push(OPENINGS[kind])
  const first = text.split(/(?<=\.) /, 1)[0]!
  for (const sentence of sentences) {
    const subject = sentencePattern(sentence, NAME, '.+', true).exec(first)?.[1]
    if (subject !== undefined) return subject
  }
  return null
}

function patternsOf(relation: Relation): RegExp[] {
  let known = patterns.get(relation.id)
  if (known === undefined) {
    const { to, says } = relation
    const value = to === 'year' || to === 'number' || to === 'word' ? VALUES[to] : NAME
    known = says.map(([sentence]) => sentencePattern(sentence, NAME, value, false))
    patterns.set(relation.id, known)
  }
  return known
}

/** A sentence's pattern whose one group is its subject or its value. */
function sentencePattern(sentence: string, subject: string, value: string, wantsSubject: boolean): RegExp {
  const group = (pattern: string, wanted: boolean) => (wanted ? `(${pattern})` : `(?:${pattern})`)
  const escaped = sentence
    .replaceAll('.', '\\.')
    .replace('{S}', () => group(subject, wantsSubject))
    .replace('{V}', () => group(value, !wantsSubject))
  return new RegExp(`^${escaped}$`)
}

import { LabError } from '../errors.ts'
import type { Tokenizer } from './tokenizer.ts'

/** The parts of a tokenizer.json that decide which ids a text has. */
interface Vocabulary {
  model?: { vocab?: Record<string, number>; merges?: unknown[] }
  added_tokens?: { content: string }[]
}

/**
 * Whether every text has the same ids in both: equal ids for equal tokens, the same merges, the same end-of-text. Special
 * tokens beyond that never stand for text, so that two widths of one family, one with more of them than the other, are
 * the same vocabulary. How wide a model is padded beyond its tokenizer is not the tokenizer's to know.
 */
export function sameVocabulary(a: Tokenizer, b: Tokenizer): boolean {
  if (a === b) return true
  if (a.endOfTextId !== b.endOfTextId) return false
  const [ours, theirs] = [a.toJSON() as Vocabulary, b.toJSON() as Vocabulary]
  if (JSON.stringify(ours.model?.merges) !== JSON.stringify(theirs.model?.merges)) return false
  const [tokens, others] = [ordinaryTokens(ours), ordinaryTokens(theirs)]
  return tokens.size === others.size && [...tokens].every(([name, id]) => others.get(name) === id)
}

/**
 * Refuses to let one model read the ids of another's vocabulary.
 *
 * @param what says whose ids they are and who would read them, e.g. `The student of ./out`
 * @throws LabError `tokenizer-mismatch`
 */
export function requireSameVocabulary(student: Tokenizer, teacher: Tokenizer, what: string): void {
  if (sameVocabulary(student, teacher)) return
  throw new LabError(
    'tokenizer-mismatch',
    `${what}: ids of the student's vocabulary (${student.vocabularySize}) mean other tokens in the teacher's (${teacher.vocabularySize}); set tokenizer.kind to "train-bpe" to have the two aligned, or take the teacher that the student's tokenizer came from.`,
  )
}

function ordinaryTokens({ model, added_tokens }: Vocabulary): Map<string, number> {
  const tokens = new Map(Object.entries(model?.vocab ?? {}))
  for (const { content } of added_tokens ?? []) tokens.delete(content)
  return tokens
}

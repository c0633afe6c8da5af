/**
 * HotpotQA's measures of an answer, as its official script works them out (hotpotqa/hotpot, hotpot_evaluate_v1.py;
 * Yang et al. 2018, arXiv 1809.09600).
 */

/** Python's `string.punctuation`, which is ASCII only. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu
/** Answers that share words with others only by accident, so that nothing but the whole counts. */
const WHOLE = new Set(['yes', 'no', 'noanswer'])

/** Lower case, without punctuation and articles, one blank between words. */
export function normaliseAnswer(answer: string): string {
  return answer
    .toLowerCase()
    .replace(PUNCTUATION, '')
    .replace(ARTICLES, ' ')
    .split(/\s+/)
    .filter(Boolean)
    .join(' ')
}

/** Whether two answers are the same after normalisation. */
export function exactMatch(answer: string, gold: string): boolean {
  return normaliseAnswer(answer) === normaliseAnswer(gold)
}

/** Harmonic mean of precision and recall over the words of the normalised answers, 0 … 1. */
export function answerF1(answer: string, gold: string): number {
  const given = normaliseAnswer(answer)
  const wanted = normaliseAnswer(gold)
  if (given !== wanted && (WHOLE.has(given) || WHOLE.has(wanted))) return 0
  const words = given.split(' ').filter(Boolean)
  const left = new Map<string, number>()
  for (const word of wanted.split(' ').filter(Boolean)) left.set(word, (left.get(word) ?? 0) + 1)
  const wantedWords = [...left.values()].reduce((sum, count) => sum + count, 0)
  let same = 0
  for (const word of words) {
    const count = left.get(word) ?? 0
    if (count === 0) continue
    left.set(word, count - 1)
    same++
  }
  return same === 0 ? 0 : (2 * same) / (words.length + wantedWords)
}

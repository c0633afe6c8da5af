/**
 * HotpotQA's measures of an answer, as its official script works them out (hotpotqa/hotpot, hotpot_evaluate_v1.py;
 * Yang et al. 2018, arXiv 1809.09600).
 */
import { sharedWordsF1 } from '../../sharedWords.ts'

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
  return sharedWordsF1(wordsOf(given), wordsOf(wanted))
}

function wordsOf(normalised: string): string[] {
  return normalised.split(' ').filter(Boolean)
}

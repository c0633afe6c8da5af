/** How two reasonings of one step are compared (definitions in `definitions.ts`). */
import { sharedWordsF1 } from '../sharedWords.ts'

/** Least token-F1 that counts as a near match. */
export const NEAR_MATCH = 0.8

const NUMBER_WORDS = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'],
  ...['twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen', 'twenty'],
]
const NUMBER_WORD = new RegExp(`(?<![\\p{L}\\p{N}])(?:${NUMBER_WORDS.join('|')})(?![\\p{L}\\p{N}])`, 'gu')
/** `1,200` and `2.50`; never the digits of `3.1.4` or of a name such as `b12`. */
const NUMBER = /(?<![\p{L}\p{N}.,])\d{1,30}(?:,\d{3}){0,10}(?:\.\d{1,30})?(?![\p{L}\p{N}]|[.,]\d)/gu
const WORD = /\d+(?:\.\d+)+|[\p{L}\p{N}]+/gu

/**
 * A reasoning without what does not change its plan: in lower case (Unicode NFKC), each run of white space one blank,
 * numbers as plain digits (`1,200` → `1200`, `2.50` → `2.5`, `007` → `7`, `two` → `2`; words up to twenty).
 */
export function normalisedPlan(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(NUMBER_WORD, (word) => String(NUMBER_WORDS.indexOf(word)))
    .replace(NUMBER, plainNumber)
    .replace(/\s+/gu, ' ')
    .trim()
}

function plainNumber(number: string): string {
  const [whole, decimals = ''] = number.replaceAll(',', '').split('.') as [string, string?]
  const digits = whole.replace(/^0+(?=\d)/, '')
  const rest = decimals.replace(/0+$/, '')
  return rest === '' ? digits : `${digits}.${rest}`
}

/** F1 of the words (runs of letters and digits) that two normalised reasonings share, counted with repetition; 0 … 1. */
export function tokenF1(written: string, reference: string): number {
  const [ours, theirs] = [wordsOf(written), wordsOf(reference)]
  // Neither says anything: they say the same.
  if (ours.length === 0 && theirs.length === 0) return 1
  return sharedWordsF1(ours, theirs)
}

function wordsOf(text: string): string[] {
  return normalisedPlan(text).match(WORD) ?? []
}

import { describe, expect, it } from 'vitest'
import { answerF1, exactMatch, normaliseAnswer } from '../../../workers/environments/wiki/scoring.ts'

/** Answer, gold answer, normalised answer, exact match and F1, worked out by HotpotQA's official script. */
const VECTORS: [string, string, string, boolean, number][] = [
  ['The Beatles', 'beatles', 'beatles', true, 1],
  ['1,800 to 7,000 ft', '1,800 to 7,000 feet', '1800 to 7000 ft', false, 0.75],
  ['yes', 'Yes.', 'yes', true, 1],
  ['yes', 'yes it is', 'yes', false, 0],
  ['no answer', 'no', 'no answer', false, 0],
  ['noanswer', 'no', 'noanswer', false, 0],
  ['No, it is not', 'no', 'no it is not', false, 0],
  ['Barack  Obama\t', 'barack obama', 'barack obama', true, 1],
  ['an apple a day', 'apple day', 'apple day', true, 1],
  ['théâtre', 'the theatre', 'théâtre', false, 0],
  ['Café The', 'cafe', 'café', false, 0],
  ['the the a', 'an', '', true, 0],
  ['U.S.', 'us', 'us', true, 1],
  ['Richard Nixon', 'President Richard M. Nixon', 'richard nixon', false, 0.6666666666666666],
  ['a b b c', 'b b b d', 'b b c', false, 0.5714285714285715],
  ["O'Neill", 'o neill', 'oneill', false, 0],
  ['Anthem', 'the anthem', 'anthem', true, 1],
  ["Zoë's “house”", 'zoës house', 'zoës “house”', false, 0.5],
  ['the_end', 'end', 'theend', false, 0],
  ['Theé', 'é', 'theé', false, 0],
  ['', '', '', true, 0],
  ['x', '', 'x', false, 0],
]

describe('the score of an answer', () => {
  it.each(VECTORS)(
    '%j against %j is as the official script has it',
    (answer, gold, normalised, match, f1) => {
      expect(normaliseAnswer(answer)).toBe(normalised)
      expect(exactMatch(answer, gold)).toBe(match)
      expect(answerF1(answer, gold)).toBeCloseTo(f1, 12)
    },
  )
})

import type { LabelledTokens } from '../dataset/row.ts'
import { isSupervised } from '../dataset/window.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { ORIGINS, type TokenTargets } from './targets.ts'

const decoder = new TextDecoder()

/**
 * Lets the text teach where turns end. Files list the words of a turn and not the line end or end-of-text that close
 * it here; a student that never learned these would not stop. It is the white space and end-of-text without a target at
 * the end of a span, behind a token with one.
 */
export function teachStops(targets: TokenTargets, labelled: LabelledTokens, tokenizer: Tokenizer): void {
  const { ids, kinds, steps } = labelled
  const { k, origins } = targets
  const closes = (id: number) => {
    const bytes = tokenizer.bytesOf(id)
    return bytes === null || decoder.decode(bytes).trim() === ''
  }
  for (let start = 0, end = 0; start < ids.length; start = end) {
    while (end < ids.length && kinds[end] === kinds[start] && steps[end] === steps[start]) end++
    if (!isSupervised(kinds[start]!)) continue
    let first = end
    while (first > start && origins[first - 1] === ORIGINS.none && closes(ids[first - 1]!)) first--
    if (first === start || origins[first - 1] === ORIGINS.none) continue
    for (let t = first; t < end; t++) {
      targets.ids[t * k] = ids[t]!
      targets.logProbabilities[t * k] = 0
      origins[t] = ORIGINS.stop
    }
  }
}

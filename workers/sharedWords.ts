/**
 * Harmonic mean of precision and recall over the words that two lists share, counted with repetition: twice the shared
 * ones by those of both. 0 … 1; 0 where nothing is shared.
 */
export function sharedWordsF1(ours: readonly string[], theirs: readonly string[]): number {
  const left = new Map<string, number>()
  for (const word of theirs) left.set(word, (left.get(word) ?? 0) + 1)
  let shared = 0
  for (const word of ours) {
    const count = left.get(word) ?? 0
    if (count === 0) continue
    left.set(word, count - 1)
    shared++
  }
  return shared === 0 ? 0 : (2 * shared) / (ours.length + theirs.length)
}

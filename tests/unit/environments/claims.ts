import { expect } from 'vitest'

/** One kind of sentence that an expert may think, and whether it is so. */
export interface Claim<Moment> {
  name: string
  pattern: RegExp
  isTrue: (match: string[], moment: Moment) => boolean
}

/** Splits a thought into sentences that each match one claim, checks them, and gives the claims' names. */
export function checkClaims<Moment>(
  claims: readonly Claim<Moment>[],
  thought: string,
  moment: Moment,
): string[] {
  const names: string[] = []
  for (let sentences = thought.split(/(?<=\.) /); sentences.length > 0; ) {
    let length = sentences.length
    let claim: Claim<Moment> | undefined
    // The longest run of sentences that is one claim.
    for (; length > 0; length--) {
      const text = sentences.slice(0, length).join(' ')
      claim = claims.find(({ pattern }) => pattern.test(text))
      if (!claim) continue
      const isTrue = claim.isTrue([...claim.pattern.exec(text)!], moment)
      expect(isTrue, `${claim.name}: "${text}" in "${thought}"`).toBe(true)
      names.push(claim.name)
      break
    }
    expect(claim, `no claim matches "${sentences.join(' ')}"`).toBeDefined()
    sentences = sentences.slice(length)
  }
  return names
}

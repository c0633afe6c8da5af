import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'

const mergesOf = (texts: string[], vocabularySize: number) =>
  (trainBpe(texts, vocabularySize).toJSON() as { model: { merges: string[] } }).model.merges

describe('trainBpe', () => {
  it('merges the most frequent pair first, as worked out by hand', () => {
    // Pieces: "low" ×5, " lower" ×2. Pairs: l-o 7, o-w 7, w-e 2, e-r 2, Ġ-l 2. "l" has the smaller id, so l-o goes
    // first; then lo-w 7; then of the four pairs seen twice: (e, r), (low, e), (Ġ, low); e < Ġ < low as ids.
    // Then (Ġ, low) 2 and (low, er) 2: Ġ has the smaller id. Then (Ġlow, er) 2.
    const text = `${'low!'.repeat(5).replaceAll('!', '\n')}x lower\nx lower`
    expect(mergesOf([text], 1024).slice(0, 2)).toEqual(['l o', 'lo w'])
    expect(mergesOf([text], 1024).filter((merge) => !merge.includes('Ċ') && !merge.includes('x'))).toEqual([
      'l o',
      'lo w',
      'e r',
      'Ġ low',
      'Ġlow er',
    ])
  })

  it('breaks ties by the smaller left id, then the smaller right id', () => {
    expect(mergesOf(['bd', 'bd', 'bc', 'bc', 'ad', 'ad'], 260)).toEqual(['a d', 'b c', 'b d'])
  })

  it('never merges over the border of two pieces', () => {
    expect(mergesOf(['a1'.repeat(20)], 300)).toEqual([])
  })

  it('merges runs of one letter left to right', () => {
    // "aaaa" ×2: a-a counted three times a word; then aa-aa.
    expect(mergesOf(['aaaa', 'aaaa'], 300)).toEqual(['a a', 'aa aa'])
    const tokenizer = trainBpe(['aaaa', 'aaaa'], 300)
    expect([...tokenizer.encode('aaaaaaa').ids].map((id) => tokenizer.decode([id]))).toEqual([
      'aaaa',
      'aa',
      'a',
    ])
  })

  it('has 256 bytes in the order of GPT-2, then the merges, then end-of-text', () => {
    const tokenizer = trainBpe(['abab', 'abab'], 258)
    expect(tokenizer.vocabularySize).toBe(258)
    expect(tokenizer.endOfTextId).toBe(257)
    expect([...tokenizer.encode('!\n ').ids]).toEqual([0, 198, 220])
    expect(tokenizer.decode([256])).toBe('ab')
    expect(tokenizer.decode([257])).toBe('')
  })

  it('stops early when no pair stands twice, and says the size it reached', () => {
    expect(trainBpe([], 1024).vocabularySize).toBe(257)
    expect(trainBpe(['abc'], 1024).vocabularySize).toBe(257)
    expect(trainBpe(['abc', 'abc'], 1024).vocabularySize).toBe(259)
  })

  it('gives the same tokenizer for the same text, whatever was tokenised before', () => {
    const text = 'the cat sat on the mat, then the other cat sat on the other mat\n'.repeat(3)
    const first = JSON.stringify(trainBpe([text], 300).toJSON())
    trainBpe(['something else altogether '.repeat(9)], 400).encode('between the two')
    expect(JSON.stringify(trainBpe([text], 300).toJSON())).toBe(first)
    expect(JSON.stringify(trainBpe([text.slice(0, 64), text.slice(64)], 300).toJSON())).toBe(first)
  })

  it('reports progress that rises to 1', () => {
    const shares: number[] = []
    const words = Array.from({ length: 400 }, (_, i) => `w${i.toString(36).replace(/\d/g, 'q')}z `).join('')
    trainBpe([words, words], 600, (share) => shares.push(share))
    expect(shares.length).toBeGreaterThan(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(shares.at(-1)).toBe(1)
  })

  it('refuses a vocabulary without room for the bytes', () => {
    expect(() => trainBpe(['abc'], 256)).toThrow(LabError)
    expect(() => trainBpe(['abc'], Number.NaN)).toThrow(/at least 257 ids/)
  })
})

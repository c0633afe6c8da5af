import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { describe, expect, it } from 'vitest'
import { tokenizerFromJSON } from '../../../workers/tokenizer/json.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import golden from '../../golden/tokenizer.json' with { type: 'json' }

interface TokenizerFile {
  model: { vocab: Record<string, number>; merges: (string | [string, string])[] }
}

const file = golden.tokenizer as unknown as TokenizerFile
const spelled = (merges: TokenizerFile['model']['merges']) =>
  merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')))

/** Code point offsets, as Hugging Face counts, to UTF-16 offsets. */
const utf16Offsets = (text: string) => {
  const offsets = [0]
  for (const character of text) offsets.push(offsets.at(-1)! + character.length)
  return offsets
}

describe('against the Rust tokenizers (tests/golden/tokenizer.py)', () => {
  const trained = trainBpe([golden.text], 639)
  const loaded = tokenizerFromJSON(golden.tokenizer, 'tokenizer.json')

  it('trains the very merges and ids that the Rust trainer finds, and stops where it stops', () => {
    const ours = trained.toJSON() as TokenizerFile
    expect(spelled(ours.model.merges)).toEqual(spelled(file.model.merges))
    const { '<|endoftext|>': endOfText, ...vocabulary } = ours.model.vocab
    expect(vocabulary).toEqual(file.model.vocab)
    expect(endOfText).toBe(golden.vocabularySize - 1)
    expect(trained.vocabularySize).toBe(golden.vocabularySize)
  })

  it.each(golden.cases.map((example) => [JSON.stringify(example.text).slice(0, 40), example] as const))(
    'gives the ids and offsets that Rust gives for %s',
    (_, { text, ids, offsets }) => {
      const toUtf16 = utf16Offsets(text)
      for (const tokenizer of [trained, loaded]) {
        const encoding = tokenizer.encode(text)
        expect([...encoding.ids]).toEqual(ids)
        expect([...encoding.starts]).toEqual(offsets.map(([start]) => toUtf16[start!]))
        expect([...encoding.ends]).toEqual(offsets.map(([, end]) => toUtf16[end!]))
        expect(tokenizer.decode(ids)).toBe(text)
      }
    },
  )
})

describe('against @huggingface/tokenizers, which loads what the lab writes', () => {
  const ours = trainBpe([golden.text], 400)
  const theirs = new HuggingFaceTokenizer(ours.toJSON() as object, { clean_up_tokenization_spaces: false })
  // It splits by JavaScript's \s, which differs from the Rust library on these two characters.
  const texts = golden.cases
    .map(({ text }) => text)
    .filter((text) => text !== '' && !/[\u0085\ufeff]/.test(text))

  it('gives the same ids for words, code, whitespace, contractions, many scripts and emoji', () => {
    expect(texts.length).toBeGreaterThan(15)
    for (const text of texts) {
      expect([...ours.encode(text).ids], text).toEqual(theirs.encode(text).ids)
    }
  })

  it('decodes our ids to the same text', () => {
    for (const text of texts) expect(theirs.decode([...ours.encode(text).ids])).toBe(text)
  })

  it('knows our end-of-text as a special token', () => {
    expect(theirs.encode('OK.<|endoftext|>').ids.at(-1)).toBe(ours.endOfTextId)
    expect(theirs.decode([ours.endOfTextId, ...ours.encode('OK.').ids], { skip_special_tokens: true })).toBe(
      'OK.',
    )
  })
})

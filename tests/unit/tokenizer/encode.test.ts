import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LabError } from '../../../workers/errors.ts'
import { splitPieces } from '../../../workers/tokenizer/byte-level.ts'
import { tokenizerFromJSON } from '../../../workers/tokenizer/json.ts'
import type { Tokenizer } from '../../../workers/tokenizer/tokenizer.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'

const TEXT = [
  'You are in a kitchen. You see a cabinet 1, a drawer 2 and a sink 1.\n',
  "> think: I'll look for the mug in cabinet 1, then clean it in the sink.\nOK.\n",
  'Thought 1: the 日本語 word, the café and the emoji 😀😀 stand here.\n',
].join('')
const trained = trainBpe([TEXT.repeat(3)], 420)
const bytesOnly = trainBpe([], 257)

/** Any well-formed text, with the letters, blanks and emoji that merges know made likely. */
const wellFormed = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(...TEXT.split(/(?<= )/), ' ', '\n\n', '\t', '😀', '日', '\u00a0', '\ufeff', '\u0085'),
    )
    .map((parts) => parts.join('')),
)

const tokensOf = (tokenizer: Tokenizer, text: string) =>
  [...tokenizer.encode(text).ids].map((id) => tokenizer.decode([id]))

describe('splitPieces', () => {
  it('splits as GPT-2 does: contractions, words with their space, numbers, signs, and blanks', () => {
    expect([...splitPieces("I'll  go to   b12\n\n > x?! don't\t")]).toEqual([
      'I',
      "'ll",
      ' ',
      ' go',
      ' to',
      '  ',
      ' b',
      '12',
      '\n\n',
      ' >',
      ' x',
      '?!',
      ' don',
      "'t",
      '\t',
    ])
  })

  it('can be used twice at a time', () => {
    const outer = splitPieces('one two three')
    expect(outer.next().value).toBe('one')
    expect([...splitPieces('a b')]).toEqual(['a', ' b'])
    expect([...outer]).toEqual([' two', ' three'])
  })
})

describe('encode and decode', () => {
  it('gives the text back for any well-formed text', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        expect(trained.decode(trained.encode(text).ids)).toBe(text)
        expect(bytesOnly.decode(bytesOnly.encode(text).ids)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it('gives offsets that rise, cover the text without a gap, and hold their anchor', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          wellFormed,
          fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        ),
        (text) => {
          for (const tokenizer of [trained, bytesOnly]) {
            const { ids, starts, ends, anchors } = tokenizer.encode(text)
            let covered = 0
            for (let i = 0; i < ids.length; i++) {
              expect(starts[i]).toBeLessThanOrEqual(covered)
              expect(ends[i]).toBeGreaterThan(starts[i]!)
              expect(ends[i]).toBeGreaterThanOrEqual(covered)
              covered = ends[i]!
              expect(anchors[i]).toBeGreaterThanOrEqual(starts[i]!)
              expect(anchors[i]).toBeLessThan(ends[i]!)
              if (i > 0) {
                expect(starts[i]).toBeGreaterThanOrEqual(starts[i - 1]!)
                expect(anchors[i]).toBeGreaterThanOrEqual(anchors[i - 1]!)
              }
              const touched = text.slice(starts[i], ends[i])
              const firstInk = touched.search(/\P{White_Space}/u)
              expect(anchors[i]).toBe(starts[i]! + Math.max(firstInk, 0))
            }
            expect(covered).toBe(text.length)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('places every byte of a character that was split at that character', () => {
    const { starts, ends, anchors } = bytesOnly.encode('a😀é')
    expect([...starts]).toEqual([0, 1, 1, 1, 1, 3, 3])
    expect([...ends]).toEqual([1, 3, 3, 3, 3, 4, 4])
    expect([...anchors]).toEqual([0, 1, 1, 1, 1, 3, 3])
  })

  it('anchors a token at its first character that is not white space', () => {
    const at = (text: string, token: string) => {
      const encoding = trained.encode(text)
      return encoding.anchors[tokensOf(trained, text).indexOf(token)]
    }
    expect(tokensOf(trained, 'x the mug')).toEqual(['x', ' the', ' mug'])
    expect(at('x the mug', ' the')).toBe(2)
    expect(at('x the mug', ' mug')).toBe(6)
    expect(at('x \n', '\n')).toBe(2)
  })

  it('replaces half a surrogate pair by U+FFFD and keeps the offsets right', () => {
    const { ids, starts, ends } = bytesOnly.encode('a\ud800b')
    expect(bytesOnly.decode(ids)).toBe('a\ufffdb')
    expect([...starts]).toEqual([0, 1, 1, 1, 2])
    expect([...ends]).toEqual([1, 2, 2, 2, 3])
  })

  it('decodes incomplete and invalid bytes to U+FFFD, as TextDecoder does', () => {
    const ids = bytesOnly.encode('😀é').ids
    expect(bytesOnly.decode(ids.subarray(0, 3))).toBe('\ufffd')
    expect(bytesOnly.decode([...ids.subarray(1, 3), ...bytesOnly.encode('a').ids])).toBe('\ufffd\ufffda')
  })

  it('keeps a byte order mark at the front', () => {
    expect(trained.decode(trained.encode('\ufeffthe').ids)).toBe('\ufeffthe')
  })

  it('takes a spelled-out special token for ordinary text', () => {
    const { ids } = trained.encode('mug<|endoftext|>')
    expect(ids).not.toContain(trained.endOfTextId)
    expect(trained.decode(ids)).toBe('mug<|endoftext|>')
    expect(trained.decode([...ids, trained.endOfTextId])).toBe('mug<|endoftext|>')
  })

  it('encodes a piece longer than any cache or naive loop could bear', () => {
    const text = 'cabinet'.repeat(30_000)
    const { ids, ends } = trained.encode(text)
    expect(trained.decode(ids)).toBe(text)
    expect(ends.at(-1)).toBe(text.length)
    expect(ids.length).toBeLessThan(text.length / 1.5)
  })

  it('gives the same ids from the cache as at first sight', () => {
    const fresh = tokenizerFromJSON(trained.toJSON(), 'tokenizer.json')
    expect(trained.encode(TEXT + TEXT)).toEqual(fresh.encode(TEXT + TEXT))
  })

  it('says so when an id is outside the vocabulary', () => {
    expect(() => trained.decode([0, 70_000])).toThrow(/Token id 70000 is outside/)
  })
})

describe('a tokenizer that was written and read', () => {
  it('is the same', () => {
    const read = tokenizerFromJSON(JSON.parse(JSON.stringify(trained.toJSON())), 'tokenizer.json')
    expect(JSON.stringify(read.toJSON())).toBe(JSON.stringify(trained.toJSON()))
  })
})

describe('tokenizerFromJSON', () => {
  type Draft = Record<string, never> & {
    model: Record<string, unknown> & { vocab: Record<string, unknown>; merges: unknown[] }
    added_tokens: Record<string, unknown>[]
    pre_tokenizer: Record<string, unknown>
  } & Record<string, unknown>
  const changed = (change: (draft: Draft) => void) => {
    const draft = structuredClone(trained.toJSON()) as Draft
    change(draft)
    return draft
  }

  it('reads merges written as pairs and files without a model type, as older and newer libraries write them', () => {
    const read = tokenizerFromJSON(
      changed((draft) => {
        delete draft.model.type
        draft.model.merges = draft.model.merges.map((merge) => (merge as string).split(' '))
        draft.model.continuing_subword_prefix = ''
        draft.model.end_of_word_suffix = ''
        delete draft.pre_tokenizer.use_regex
        delete draft.model.vocab['<|endoftext|>']
      }),
      'gpt2/tokenizer.json',
    )
    expect(read.toJSON()).toEqual(trained.toJSON())
  })

  it('gives further special tokens their ids, which no text encodes to', () => {
    const read = tokenizerFromJSON(
      changed((draft) => {
        draft.added_tokens.push({ id: trained.vocabularySize, content: '<|turn|>', special: true })
      }),
      'tokenizer.json',
    )
    expect(read.vocabularySize).toBe(trained.vocabularySize + 1)
    expect(read.endOfTextId).toBe(trained.endOfTextId)
    expect([...read.encode('<|turn|>').ids]).toEqual([...trained.encode('<|turn|>').ids])
    expect(read.decode([trained.vocabularySize])).toBe('')
    expect(read.toJSON()).not.toEqual(trained.toJSON())
  })

  it.each<[string, unknown, RegExp]>([
    ['something that is no object', [], /not a tokenizer\.json/],
    ['a file without a model', {}, /"model" is missing/],
    [
      'a Unigram model',
      changed((d) => {
        d.model = { type: 'Unigram', vocab: [] } as never
      }),
      /"Unigram" without "vocab" and "merges"/,
    ],
    [
      'a WordPiece model',
      changed((d) => {
        d.model.type = 'WordPiece'
      }),
      /model type "WordPiece" is unsupported/,
    ],
    [
      'a suffix at the end of words',
      changed((d) => {
        d.model.end_of_word_suffix = '</w>'
      }),
      /model\.end_of_word_suffix "<\/w>"/,
    ],
    [
      'merges that are ignored',
      changed((d) => {
        d.model.ignore_merges = true
      }),
      /model\.ignore_merges/,
    ],
    [
      'byte fallback',
      changed((d) => {
        d.model.byte_fallback = true
      }),
      /model\.byte_fallback/,
    ],
    [
      'a normaliser',
      changed((d) => {
        Object.assign(d, { normalizer: { type: 'NFC' } })
      }),
      /normalizer "NFC"/,
    ],
    [
      'another pre-tokenizer',
      changed((d) => {
        d.pre_tokenizer = { type: 'Metaspace' }
      }),
      /pre-tokenizer "Metaspace"/,
    ],
    [
      'a prefix space',
      changed((d) => {
        d.pre_tokenizer.add_prefix_space = true
      }),
      /add_prefix_space must be false/,
    ],
    [
      'no split by regular expression',
      changed((d) => {
        d.pre_tokenizer.use_regex = false
      }),
      /use_regex must be true/,
    ],
    [
      'another decoder',
      changed((d) => {
        Object.assign(d, { decoder: null })
      }),
      /decoder null is unsupported/,
    ],
    [
      'a template that adds tokens',
      changed((d) => {
        Object.assign(d, { post_processor: { type: 'TemplateProcessing' } })
      }),
      /"TemplateProcessing"/,
    ],
    [
      'an added token that is not special',
      changed((d) => {
        d.added_tokens.push({ id: trained.vocabularySize, content: 'mug', special: false })
      }),
      /"mug" is not special/,
    ],
    [
      'no end-of-text',
      changed((d) => {
        d.added_tokens = []
      }),
      /"<\|endoftext\|>" is missing/,
    ],
    [
      'a missing byte',
      changed((d) => {
        d.model.vocab.ab = d.model.vocab['!']
        delete d.model.vocab['!']
      }),
      /no token for the byte 33/,
    ],
    [
      'a hole in the ids',
      changed((d) => {
        d.model.vocab['!'] = 9999
      }),
      /"!" has the id 9999/,
    ],
    [
      'an id given twice',
      changed((d) => {
        d.model.vocab['!'] = 1
      }),
      /belongs to two tokens/,
    ],
    [
      'a token that is not byte-level',
      changed((d) => {
        d.model.vocab.日 = trained.vocabularySize
      }),
      /not spelled in byte-level/,
    ],
    [
      'a merge of unknown tokens',
      changed((d) => {
        d.model.merges.push('zz qq')
      }),
      /names a token that is not in "vocab"/,
    ],
    [
      'a merge of three',
      changed((d) => {
        d.model.merges.push('a b c')
      }),
      /neither "a b" nor/,
    ],
  ])('refuses %s and names it', (_, json, message) => {
    let thrown: unknown
    try {
      tokenizerFromJSON(json, 'teacher/tokenizer.json')
    } catch (error) {
      thrown = error
    }
    expect((thrown as LabError).code).toBe('invalid-student')
    expect((thrown as LabError).message).toMatch(message)
    expect((thrown as LabError).message).toMatch(/^teacher\/tokenizer\.json: /)
  })
})

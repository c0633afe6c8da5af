import { beforeAll, describe, expect, test } from 'vitest'
import { tokenizerFromJSON } from '../../workers/tokenizer/json.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { sameVocabulary } from '../../workers/tokenizer/vocabulary.ts'
import { contentHash } from '../../workers/trajectories/contentHash.ts'
import golden from '../golden/tokenizer.json' with { type: 'json' }
import { household } from '../unit/household.ts'
import { ask } from './ask.ts'

const HALF = '\ud83d'
const ODD = [
  '',
  ' ',
  'a',
  "it's we'll I'm they've 'S 'll",
  'tabs\t\tand  blanks   \n\n  at ends  ',
  '\u0085\ufeff\u00a0\u2003\u3000x\u001c\u001d y',
  '123 ½ ² Ⅳ 四 ٣٤ x9',
  '中文一二三 日本語 한국어',
  'e\u0301 क्षि ไทย עברית العربية',
  '👩‍👩‍👧‍👦🏳️‍🌈😀 ok 😀😀',
  `${HALF} lone ${HALF}${HALF}\ude00 and \ude00`,
  `\ude00${HALF}`,
  'nul \0 and \u0001 and \u007f',
  '<|endoftext|> is text <|endoftext|>',
  'a'.repeat(5000),
  'ab'.repeat(3000),
  ' '.repeat(3000),
  '\n'.repeat(999),
  '😀'.repeat(700),
  '﷽'.repeat(300),
  '\u{10ffff}\u{e000}\ufffd\uffff',
]
const trajectories = household(12).map(({ text }) => text)
const texts = [...ODD, golden.text, ...golden.cases.map(({ text }) => text), ...trajectories]
const tokenizer = trainBpe([...trajectories, golden.text, ...ODD, '😀 ab 😀 '.repeat(50)], 1500)

/** UTF-16 offsets as offsets in code points. */
function inCodePoints(text: string, offsets: Int32Array): number[] {
  const places = new Map<number, number>()
  let at = 0
  for (const [place, character] of [...text].entries()) {
    places.set(at, place)
    at += character.length
  }
  return Array.from(offsets, (offset) => places.get(offset)!)
}

const json = tokenizer.toJSON() as Record<string, unknown> & {
  model: { vocab: Record<string, number>; merges: string[] }
  added_tokens: Record<string, unknown>[]
}
const change = (edit: (copy: typeof json) => void) => {
  const copy = structuredClone(json)
  edit(copy)
  return copy
}

const REFUSED: [string, unknown][] = [
  ['a list', []],
  ['null', null],
  ['no model', {}],
  ['another model', { model: { type: 'Unigram' } }],
  ['a model of no type', { model: {} }],
  ['a model type', change((copy) => Object.assign(copy.model, { type: 'WordPiece' }))],
  ['dropout', change((copy) => Object.assign(copy.model, { dropout: 0.1 }))],
  ['byte fallback', change((copy) => Object.assign(copy.model, { byte_fallback: true }))],
  ['a normalizer', change((copy) => Object.assign(copy, { normalizer: { type: 'NFC' } }))],
  ['a normalizer of no type', change((copy) => Object.assign(copy, { normalizer: [1, 'a', { b: null }] }))],
  ['no pre-tokenizer', change((copy) => Object.assign(copy, { pre_tokenizer: null }))],
  [
    'a prefix space',
    change((copy) => Object.assign(copy.pre_tokenizer as object, { add_prefix_space: true })),
  ],
  ['no expression', change((copy) => Object.assign(copy.pre_tokenizer as object, { use_regex: false }))],
  ['another decoder', change((copy) => Object.assign(copy, { decoder: { type: 'WordPiece' } }))],
  ['another post-processor', change((copy) => Object.assign(copy, { post_processor: { type: 'Template' } }))],
  ['an added token without id', change((copy) => copy.added_tokens.push({ content: 'x' }))],
  ['an added token that is text', change((copy) => copy.added_tokens.push({ content: 'x"\n', id: 9 }))],
  ['no end of text', change((copy) => copy.added_tokens.pop())],
  ['two ids of a special', change((copy) => copy.added_tokens.push({ content: 'a', id: 9, special: true }))],
  [
    'a special that is a byte',
    change((copy) => copy.added_tokens.push({ content: 'a', id: json.model.vocab.a, special: true })),
  ],
  ['a hole', change((copy) => Object.assign(copy.model.vocab, { zzzzzz: 7777 }))],
  ['an id that is none', change((copy) => Object.assign(copy.model.vocab, { a: -1 }))],
  ['an id that is text', change((copy) => Object.assign(copy.model.vocab, { a: '1' }))],
  ['an id twice', change((copy) => Object.assign(copy.model.vocab, { a: json.model.vocab.b }))],
  [
    'a token of no bytes',
    change(
      (copy) => delete copy.model.vocab.a && Object.assign(copy.model.vocab, { 中: json.model.vocab.a }),
    ),
  ],
  [
    'an empty token',
    change(
      (copy) => delete copy.model.vocab.a && Object.assign(copy.model.vocab, { '': json.model.vocab.a }),
    ),
  ],
  ['a merge of one', change((copy) => copy.model.merges.push('ab'))],
  ['a merge of three', change((copy) => copy.model.merges.push(['a', 'b', 'c'] as never))],
  ['a merge to nothing', change((copy) => copy.model.merges.push('~ \u0100'))],
]

/** Ids that need not be a text. */
const anyIds = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 40 }, (_, j) => (i * 7919 + j * j * 104729) % tokenizer.vocabularySize),
)

const VOCABULARIES: [string, unknown][] = [
  ['itself', json],
  [
    'merges as pairs',
    change((copy) =>
      Object.assign(copy.model, { merges: json.model.merges.map((merge) => merge.split(' ')) }),
    ),
  ],
  [
    'one special more',
    change((copy) =>
      copy.added_tokens.push({ content: '<pad>', id: tokenizer.vocabularySize, special: true }),
    ),
  ],
  ['a smaller one', trainBpe(trajectories, 700).toJSON()],
  [
    'two tokens changed about',
    change((copy) => Object.assign(copy.model.vocab, { a: json.model.vocab.b, b: json.model.vocab.a })),
  ],
]

interface Told {
  encodings: { ids: number[]; starts: number[]; anchors: number[] }[]
  decoded: string[]
  hashes: string[]
  json: unknown
  refusals: string[]
  same: boolean[]
  size: [number, number]
  outside: string
  classes: string
}

describe('the tokenizer in Python', () => {
  let told: Told

  beforeAll(async () => {
    told = await ask<Told>(
      `import unicodedata
from sad_scale.byte_level import WHITE_SPACE
from sad_scale.errors import ScaleError
from sad_scale.tokenizer import same_vocabulary, tokenizer_from_json
from sad_scale.trajectories import Trajectory
tokenizer = tokenizer_from_json(asked["json"], "t.json")
def refusal(do):
    try:
        do()
    except ScaleError as error:
        return str(error)
def hash_of(text):
    return Trajectory("", 0, "", "", [], text, None, None, None, False, {}).content_hash()
def class_of(code):
    category = unicodedata.category(chr(code))
    if chr(code) in WHITE_SPACE:
        return "S"
    return {"Cn": "?", "L": "L", "N": "N"}.get(category if category == "Cn" else category[0], "-")
answer({
    "encodings": [vars(tokenizer.encode(text)) for text in asked["texts"]],
    "decoded": [tokenizer.decode(ids) for ids in asked["ids"]],
    "hashes": [hash_of(text) for text in asked["texts"]],
    "json": tokenizer.to_json(),
    "refusals": [refusal(lambda: tokenizer_from_json(json, "t.json")) for json in asked["refused"]],
    "same": [same_vocabulary(tokenizer, tokenizer_from_json(json, "t.json")) for json in asked["vocabularies"]],
    "size": [tokenizer.vocabulary_size, tokenizer.end_of_text_id],
    "outside": refusal(lambda: tokenizer.decode([tokenizer.vocabulary_size])),
    "classes": "".join(map(class_of, range(0x110000))),
})`,
      {
        json,
        texts,
        ids: anyIds,
        refused: REFUSED.map(([, file]) => file),
        vocabularies: VOCABULARIES.map(([, file]) => file),
      },
    )
  }, 300_000)

  test.each(texts.map((text, i) => [JSON.stringify(text).slice(0, 30), text, i] as const))(
    'gives the ids and offsets of the lab for %s',
    (_, text, i) => {
      const { ids, starts, anchors } = tokenizer.encode(text)
      expect(told.encodings[i]).toEqual({
        ids: [...ids],
        starts: inCodePoints(text, starts),
        anchors: inCodePoints(text, anchors),
      })
    },
  )

  test('gives the text of ids that the lab gives, bytes that are no text included', () => {
    expect(told.decoded).toEqual(anyIds.map((ids) => tokenizer.decode(ids)))
    expect(told.decoded.join('')).toContain('\ufffd')
  })

  test('keys texts as the lab does', () => {
    expect(told.hashes).toEqual(texts.map(contentHash))
  })

  test('writes the file that the lab writes', () => {
    expect(JSON.stringify(told.json)).toBe(JSON.stringify(json))
    expect(told.size).toEqual([tokenizer.vocabularySize, tokenizer.endOfTextId])
  })

  test('tells ids outside of the vocabulary as the lab does', () => {
    expect(() => tokenizer.decode([tokenizer.vocabularySize])).toThrow(told.outside)
  })

  test.each(REFUSED.map(([name, file], i) => [name, file, i] as const))(
    'refuses %s as the lab does',
    (_, file, i) => {
      let refusal = ''
      try {
        tokenizerFromJSON(file, 't.json')
      } catch (error) {
        refusal = (error as Error).message
      }
      expect(refusal).not.toBe('')
      expect(told.refusals[i]).toBe(refusal)
    },
  )

  test.each(VOCABULARIES.map(([name, file], i) => [name, file, i] as const))(
    'compares itself with %s',
    (_, file, i) => {
      expect(told.same[i]).toBe(sameVocabulary(tokenizer, tokenizerFromJSON(file, 't.json')))
    },
  )

  test('takes for letters, numbers and white space what JavaScript does, of all characters that its Unicode knows', () => {
    const different: string[] = []
    for (let code = 0; code < 0x110000; code++) {
      // Half a pair is a character of its own here, as in the split.
      const character = String.fromCodePoint(code)
      const own = /\p{White_Space}/u.test(character)
        ? 'S'
        : /\p{L}/u.test(character)
          ? 'L'
          : /\p{N}/u.test(character)
            ? 'N'
            : '-'
      const theirs = told.classes[code]
      if (theirs !== '?' && theirs !== own) different.push(`${code.toString(16)}: ${own} ${theirs}`)
    }
    expect(different).toEqual([])
  })
})

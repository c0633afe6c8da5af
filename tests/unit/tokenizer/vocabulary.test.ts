import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { tokenizerFromJSON } from '../../../workers/tokenizer/json.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { requireSameVocabulary, sameVocabulary } from '../../../workers/tokenizer/vocabulary.ts'

const trained = trainBpe(['take the lamp, take the mug'.repeat(3)], 270)

interface File {
  added_tokens: { id: number; content: string; special: boolean }[]
  model: { vocab: Record<string, number>; merges: string[] }
}

function changed(change: (file: File) => void) {
  const file = structuredClone(trained.toJSON()) as File
  change(file)
  return tokenizerFromJSON(file, 'changed')
}

describe('the same vocabulary', () => {
  it('is found in a tokenizer and its own file', () => {
    expect(sameVocabulary(trained, trained)).toBe(true)
    expect(
      sameVocabulary(
        trained,
        changed(() => {}),
      ),
    ).toBe(true)
  })

  it('is found where one of a family has more special tokens than the other', () => {
    const wider = changed(({ added_tokens }) => {
      added_tokens.push({ id: trained.vocabularySize, content: '<|reserved|>', special: true })
    })
    expect(wider.vocabularySize).toBe(trained.vocabularySize + 1)
    expect(sameVocabulary(trained, wider)).toBe(true)
    expect(sameVocabulary(wider, trained)).toBe(true)
  })

  it('is not found where the ids belong to other tokens', () => {
    const swapped = changed(({ model: { vocab } }) => {
      ;[vocab.a, vocab.b] = [vocab.b!, vocab.a!]
    })
    expect(swapped.vocabularySize).toBe(trained.vocabularySize)
    expect(sameVocabulary(trained, swapped)).toBe(false)
  })

  it('is not found where texts are cut otherwise or end otherwise', () => {
    const reordered = changed(({ model }) => {
      model.merges.reverse()
    })
    expect(sameVocabulary(trained, reordered)).toBe(false)
    expect(sameVocabulary(trained, trainBpe(['of other words, of other lamps'.repeat(3)], 270))).toBe(false)
    expect(sameVocabulary(trained, trainBpe([], 257))).toBe(false)
  })

  it('is asked for by name where ids cross from one model to another', () => {
    expect(() => requireSameVocabulary(trained, trained, 'x')).not.toThrow()
    const refuse = () => requireSameVocabulary(trained, trainBpe([], 257), 'The teacher "big"')
    expect(refuse).toThrow(LabError)
    expect(refuse).toThrow(/^The teacher "big": ids of the student's vocabulary \(270\) mean other tokens/)
  })
})

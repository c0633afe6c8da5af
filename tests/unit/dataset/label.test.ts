import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelTokens } from '../../../workers/dataset/label.ts'
import { KIND_CODES } from '../../../workers/dataset/row.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { SPAN_KINDS, type SpanKind } from '../../../workers/trajectories/trajectory.ts'
import { characters, letters, trajectoryOf } from './fixtures.ts'

const bpe = trainBpe([' go to the sink\n'.repeat(5), ' the mug is in the sink. '.repeat(5)], 300)

describe('labelTokens', () => {
  it('gives each token the kind and step of the span it stands in', () => {
    const { ids, kinds, steps, trajectory } = labelTokens(
      trajectoryOf([
        ['prompt', 'ab', -1],
        ['reason', 'c', 0],
        ['act', 'de', 0],
        ['observation', 'f', 0],
        ['act', 'g', 1],
      ]),
      5,
      characters,
    )
    expect(trajectory).toBe(5)
    expect(letters(kinds)).toBe('ppraaoaa')
    expect([...steps]).toEqual([-1, -1, 0, 0, 0, 0, 1, 1])
    expect(ids.at(-1)).toBe(characters.endOfTextId)
  })

  it('gives a token that reaches over a border to the span where its ink begins', () => {
    // " the" begins with the blank that ends the prompt, but its letters are the thought.
    const trajectory = trajectoryOf([
      ['prompt', 'x ', -1],
      ['reason', 'the sink', 0],
      ['act', ' go', 0],
    ])
    const { ids, kinds } = labelTokens(trajectory, 0, bpe)
    const tokens = Array.from(ids, (id) => bpe.decode([id]))
    expect(tokens).toEqual(['x', ' the', ' sink', ' go', ''])
    expect(letters(kinds)).toBe('prraa')
  })

  it.each<[string, SpanKind, number, string]>([
    ['an act', 'act', 3, 'a'],
    ['a thought', 'reason', 3, 'r'],
    ['an observation', 'observation', 3, 'x'],
    ['a prompt', 'prompt', -1, 'x'],
  ])(
    'ends the text, after %s, with an end-of-text of the right kind and the same step',
    (_, kind, step, letter) => {
      const { kinds, steps } = labelTokens(trajectoryOf([[kind, 'zz', step]]), 0, characters)
      expect(letters(kinds.subarray(-1))).toBe(letter)
      expect(steps.at(-1)).toBe(step)
    },
  )

  it('does not teach to stop where an unfinished trajectory breaks off', () => {
    const { kinds } = labelTokens(trajectoryOf([['reason', 'zz', 0]], ['unfinished']), 0, characters)
    expect(letters(kinds)).toBe('rrx')
  })

  it('decodes to the text, with the kind of the character at every token’s anchor, for any spans', () => {
    const part = fc.tuple(
      fc.constantFrom(...SPAN_KINDS),
      fc.oneof(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.constantFrom(' ', '\n', ' go', ' to the', '😀', ' sink\n'),
      ),
      fc.nat(5),
    )
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const trajectory = trajectoryOf(parts)
        const { ids, kinds, steps } = labelTokens(trajectory, 0, bpe)
        expect(bpe.decode(ids)).toBe(trajectory.text)
        const { anchors } = bpe.encode(trajectory.text)
        for (const [t, anchor] of anchors.entries()) {
          const span = trajectory.spans.find(({ start, end }) => start <= anchor && anchor < end)!
          expect(kinds[t]).toBe(KIND_CODES[span.kind])
          expect(steps[t]).toBe(span.step)
        }
      }),
    )
  })
})

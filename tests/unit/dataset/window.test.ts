import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSupervised, windowRows } from '../../../workers/dataset/window.ts'
import { labelled, letters } from './fixtures.ts'

const cut = (text: string, contextLength: number) => {
  const { rows, cut, ...counts } = windowRows(labelled(text), contextLength)
  const lost = Object.entries(cut).filter(([, { spans, tokens }]) => spans + tokens > 0)
  return { rows: rows.map(({ kinds }) => letters(kinds)), ...counts, cut: Object.fromEntries(lost) }
}
const nothingLost = { truncatedSteps: 0, shortenedPrompts: 0, cut: {} }

describe('windowRows', () => {
  it('keeps a trajectory that fits in one row as it is', () => {
    expect(cut('ppo|rao|ra', 8)).toEqual({ rows: ['pporaora'], ...nothingLost })
    const { rows } = windowRows(labelled('pp|rao|ra'), 16, 12.5)
    expect([...rows[0]!.ids]).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect([...rows[0]!.steps]).toEqual([-1, -1, 0, 0, 0, 1, 1])
    expect(rows[0]).toMatchObject({ trajectory: 7, difficulty: 12.5 })
  })

  it('keeps even a prompt longer than half the context when all of it fits', () => {
    expect(cut('pppppp|ra', 8)).toEqual({ rows: ['ppppppra'], ...nothingLost })
  })

  it('cuts at the borders of steps and repeats the prompt in front', () => {
    expect(cut('pp|rao|rao|rao|ra', 8)).toEqual({ rows: ['ppraorao', 'ppraora'], ...nothingLost })
    const { rows } = windowRows(labelled('pp|rao|rao|rao|ra'), 8)
    expect([...rows[1]!.ids]).toEqual([0, 1, 8, 9, 10, 11, 12])
    expect([...rows[1]!.steps]).toEqual([-1, -1, 2, 2, 2, 3, 3])
    expect([...rows[1]!.places]).toEqual([0, 1, 8, 9, 10, 11, 12])
  })

  it('makes the repeated prompt plain context, so that an observation in it counts once', () => {
    expect(cut('po|rrao|rrao', 6).rows).toEqual(['porrao', 'pprrao'])
  })

  it('shortens a long prompt from its front and no further than it must', () => {
    // Room is half of 8; one step of 3 fits, and the prompt takes the five places left.
    const { rows, shortenedPrompts } = windowRows(labelled('pppppp|rao|rao'), 8)
    expect(rows.map(({ ids }) => [...ids])).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4, 5, 9, 10, 11],
    ])
    expect(shortenedPrompts).toBe(2)
  })

  it('cuts a step that alone exceeds the room from its end, and counts it', () => {
    expect(cut('pp|raooooooooo|ra', 8)).toEqual({
      rows: ['ppraoooo', 'ppra'],
      truncatedSteps: 1,
      shortenedPrompts: 0,
      cut: { observation: { spans: 1, tokens: 5 } },
    })
  })

  it('keeps the thought and the act of a long step whose answer comes first', () => {
    expect(cut('pp|oooooooorra', 8)).toMatchObject({
      rows: ['ppooorra'],
      truncatedSteps: 1,
      cut: { observation: { spans: 1, tokens: 5 } },
    })
  })

  it('counts the spans of which tokens are lost and the tokens, by kind, that no row could hold', () => {
    expect(cut('pp|rrrrrrrraa', 8)).toEqual({
      rows: ['pprrrrrr'],
      truncatedSteps: 1,
      shortenedPrompts: 0,
      cut: { reason: { spans: 1, tokens: 2 }, act: { spans: 1, tokens: 2 } },
    })
    // Of the second observation nothing is left, of the first act half.
    expect(cut('pp|rraaaaaaoorrrr', 8)).toMatchObject({
      rows: ['pprraaaa'],
      cut: {
        act: { spans: 1, tokens: 2 },
        observation: { spans: 1, tokens: 2 },
        reason: { spans: 1, tokens: 4 },
      },
    })
    expect(cut('pp|orrrrrrrraa', 8).rows).toEqual(['pprrrrrr'])
  })

  it('begins a later row with the token before it where there is no prompt', () => {
    const { rows } = windowRows(labelled('|rrao|rrao|rr'), 6)
    expect(rows.map(({ ids }) => [...ids])).toEqual([
      [0, 1, 2, 3],
      [3, 4, 5, 6, 7],
      [7, 8, 9],
    ])
    expect(letters(rows[1]!.kinds)).toBe('prrao')
  })

  it('has no rows for a trajectory without a step', () => {
    expect(cut('pppoo', 8)).toEqual({ rows: [], ...nothingLost })
  })

  it('puts every reason and act token into exactly one row, or counts it as truncated', () => {
    const step = fc.string({ unit: fc.constantFrom('r', 'a', 'o', 'x'), minLength: 1, maxLength: 30 })
    const text = fc
      .tuple(
        fc.string({ unit: fc.constantFrom('p', 'o', 'x'), maxLength: 40 }),
        fc.array(step, { maxLength: 8 }),
      )
      .map(([prompt, steps]) => [prompt, ...steps].join('|'))
    fc.assert(
      fc.property(text, fc.integer({ min: 16, max: 48 }), (text, contextLength) => {
        const whole = labelled(text)
        const { rows, truncatedSteps, cut, shortenedPrompts } = windowRows(whole, contextLength)
        const prompt = whole.steps.filter((step) => step === -1).length
        const seen = new Map<number, number>()
        let shortened = 0
        for (const { ids, kinds, steps } of rows) {
          expect(ids.length).toBeGreaterThanOrEqual(2)
          expect(ids.length).toBeLessThanOrEqual(contextLength)
          expect(kinds.length).toBe(ids.length)
          expect(steps.length).toBe(ids.length)
          const context = steps.filter((step) => step === -1).length
          if (prompt > 0) {
            // The end of the prompt, as much as fits: all of it, or else a full row and at least half of it prompt.
            expect([...ids.subarray(0, context)]).toEqual(
              Array.from({ length: context }, (_, i) => prompt - context + i),
            )
            if (context < prompt) {
              shortened++
              expect(ids.length).toBe(contextLength)
              expect(context).toBeGreaterThanOrEqual(Math.floor(contextLength / 2))
            }
          }
          // The body is one stretch of the trajectory with its own kinds and steps.
          for (let t = context; t < ids.length; t++) {
            if (t > context) expect(ids[t]).toBe(ids[t - 1]! + 1)
            expect(kinds[t]).toBe(whole.kinds[ids[t]!])
            expect(steps[t]).toBe(whole.steps[ids[t]!])
          }
          for (const [t, kind] of kinds.entries()) {
            if (isSupervised(kind)) seen.set(ids[t]!, (seen.get(ids[t]!) ?? 0) + 1)
          }
        }
        expect(shortenedPrompts).toBe(shortened)
        for (const times of seen.values()) expect(times).toBe(1)
        const lost = cut.reason.tokens + cut.act.tokens
        expect(seen.size + lost).toBe(whole.kinds.filter(isSupervised).length)
        expect(Object.values(cut).some(({ spans }) => spans > 0)).toBe(truncatedSteps > 0)
        if (truncatedSteps === 0) {
          const bodies = rows.flatMap(({ ids, steps }) => [...ids].filter((_, t) => steps[t] !== -1))
          expect(bodies).toEqual(Array.from({ length: whole.ids.length - prompt }, (_, i) => prompt + i))
        }
      }),
      { numRuns: 500 },
    )
  })
})

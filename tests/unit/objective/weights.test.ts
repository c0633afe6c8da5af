import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Batch, KIND_CODES, PADDING } from '../../../workers/dataset/row.ts'
import { superviseBatch, TERMS, termScales } from '../../../workers/objective/weights.ts'
import { NORMALISERS, parseRecipe } from '../../../workers/recipe.ts'

const { prompt, reason, act, observation, other } = KIND_CODES

function batchOf(...rows: number[][]): Batch {
  const length = Math.max(...rows.map((row) => row.length))
  const kinds = rows.flatMap((row) => [...row, ...Array<number>(length - row.length).fill(PADDING)])
  return {
    rows: rows.length,
    length,
    ids: Int32Array.from(kinds, (_, i) => 100 + i),
    kinds: Uint8Array.from(kinds),
    tokens: rows.reduce((sum, row) => sum + row.length, 0),
  }
}

const ONE = { reason: 1, act: 1, observation: 0 }

/** The objective of DESIGN.md's vector: reason tokens cost 1, 2 and 3 nats, the act token 4. */
function vector(normaliser: (typeof NORMALISERS)[number], lambda = ONE): number {
  const batch = batchOf([prompt!, reason!, reason!, reason!, act!])
  const { weights } = superviseBatch(batch, { normaliser, lambda })
  return weights.reduce((sum, weight, i) => sum + weight * [1, 2, 3, 4][i]!, 0)
}

/** Reason tokens that cost 1, 2 and 3 nats with weights 1, 0.5 and 0.25, and an act token of 4 nats with 0.5. */
function weighted(normaliser: (typeof NORMALISERS)[number], lambda = ONE, factor = 1) {
  const batch = batchOf([prompt!, reason!, reason!, reason!, act!])
  batch.weights = Float32Array.of(1, 1, 0.5, 0.25, 0.5).map((weight) => factor * weight)
  const rows = superviseBatch(batch, { normaliser, lambda })
  return { rows, loss: rows.weights.reduce((sum, weight, i) => sum + weight * [1, 2, 3, 4][i]!, 0) }
}

describe('tokens with weights of their own', () => {
  it('make each normaliser a weighted one: 2.75 nats of 1.75 reason, 2 nats of 0.5 act', () => {
    const lambda = { reason: 1, act: 2, observation: 0 }
    expect(weighted('sum').loss).toBeCloseTo(4.75, 6)
    expect(weighted('span-mean').loss).toBeCloseTo(2.75 / 1.75 + 4, 6)
    expect(weighted('token-mean').loss).toBeCloseTo(4.75 / 2.25, 6)
    expect(weighted('weight-sum', lambda).loss).toBeCloseTo(6.75 / 2.75, 6)
  })

  it('change nothing by their common size, but under `sum`', () => {
    for (const normaliser of NORMALISERS) {
      const size = normaliser === 'sum' ? 0.5 : 1
      expect(weighted(normaliser, ONE, 0.5).loss).toBeCloseTo(size * weighted(normaliser).loss, 6)
    }
  })

  it('are counted as tokens as long as they weigh anything', () => {
    expect(weighted('span-mean').rows.counts).toEqual({ reason: 3, act: 1, observation: 0 })
    expect(Array.from(weighted('span-mean').rows.tokenWeights!)).toEqual([1, 0.5, 0.25, 0.5])
    const none = weighted('span-mean', ONE, 0).rows
    expect(none.counts).toEqual({ reason: 0, act: 0, observation: 0 })
    expect(none.positions).toHaveLength(0)
  })
})

describe('the objective’s weights', () => {
  it('give 2.5 by token mean, 2 + 4 by span means and 10 by sum for NLL [1, 2, 3] and [4]', () => {
    expect(vector('token-mean')).toBeCloseTo(2.5, 6)
    expect(vector('span-mean')).toBeCloseTo(6, 6)
    expect(vector('sum')).toBeCloseTo(10, 6)
  })

  it('divide by the sum of λ under weight-sum: reason 1, act 1.5 gives 12 / 4.5', () => {
    expect(vector('weight-sum', { reason: 1, act: 1.5, observation: 0 })).toBeCloseTo(12 / 4.5, 6)
  })

  it('shift before they mask: position t is weighted by the kind of token t + 1', () => {
    const batch = batchOf([prompt!, reason!, act!, observation!])
    const rows = superviseBatch(batch, { normaliser: 'sum', lambda: ONE })
    expect(Array.from(rows.positions)).toEqual([0, 1])
    expect(Array.from(rows.tokens)).toEqual([101, 102])
    expect(Array.from(rows.terms, (term) => TERMS[term])).toEqual(['reason', 'act'])
  })

  it('never reach from the end of one row into the next', () => {
    const batch = batchOf([prompt!, act!], [reason!, act!])
    expect(Array.from(superviseBatch(batch, { normaliser: 'sum', lambda: ONE }).positions)).toEqual([0, 2])
  })

  it('leave prompts and padding out, and observations unless λ asks for them', () => {
    const batch = batchOf([prompt!, prompt!, observation!, other!, act!], [prompt!, act!])
    expect(superviseBatch(batch, { normaliser: 'sum', lambda: ONE }).counts).toEqual({
      reason: 0,
      act: 2,
      observation: 0,
    })
    const all = superviseBatch(batch, { normaliser: 'sum', lambda: { ...ONE, observation: 1 } })
    expect(all.counts).toEqual({ reason: 0, act: 2, observation: 2 })
  })

  it('are 0 for a term without tokens, and never infinite', () => {
    for (const normaliser of NORMALISERS) {
      const scales = termScales({ normaliser, lambda: ONE }, { reason: 0, act: 0, observation: 0 })
      expect(Object.values(scales).every(Number.isFinite)).toBe(true)
    }
    expect(
      superviseBatch(batchOf([prompt!, prompt!]), { normaliser: 'span-mean', lambda: ONE }).weights,
    ).toHaveLength(0)
  })

  it('keep measuring a span whose λ is 0', () => {
    const batch = batchOf([prompt!, reason!, act!])
    const rows = superviseBatch(batch, {
      normaliser: 'span-mean',
      lambda: { reason: 0, act: 1, observation: 0 },
    })
    expect(Array.from(rows.weights)).toEqual([0, 1])
    expect(rows.scales.reason).toBe(1)
  })

  it('make `sad` at λ 1 with a token mean the masked token distillation, token by token', () => {
    const kind = fc.constantFrom(prompt!, reason!, act!, observation!, other!)
    fc.assert(
      fc.property(
        fc.array(fc.array(kind, { minLength: 2, maxLength: 20 }), { minLength: 1, maxLength: 4 }),
        (rows) => {
          const batch = batchOf(...rows)
          const { objective } = parseRecipe({ objective: { arm: 'sad', normaliser: 'token-mean' } })
          const sad = superviseBatch(batch, objective)
          const supervised = sad.counts.reason + sad.counts.act
          expect(sad.weights.every((weight) => weight === Math.fround(1 / supervised))).toBe(true)
        },
      ),
    )
  })
})

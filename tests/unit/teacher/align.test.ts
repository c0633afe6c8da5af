import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignTokens, type ScoredToken } from '../../../workers/teacher/align.ts'
import { ORIGINS, type TokenTargets } from '../../../workers/teacher/targets.ts'

/** The entries of one token as probabilities by id. */
function entries({ k, ids, logProbabilities }: TokenTargets, t: number): Record<number, number> {
  const found: Record<number, number> = {}
  for (let e = t * k; e < (t + 1) * k; e++) if (ids[e]! >= 0) found[ids[e]!] = Math.exp(logProbabilities[e]!)
  return found
}

const close = (expected: Record<number, number>) =>
  Object.fromEntries(Object.entries(expected).map(([id, p]) => [id, expect.closeTo(p, 6)]))

const scored = (start: number, end: number, p: number, others: [number[], number][] = []): ScoredToken => ({
  start,
  end,
  logprob: Math.log(p),
  others: others.map(([ids, q]) => ({ ids, logprob: Math.log(q) })),
})

describe('one teacher token and one student token', () => {
  it('take the alternatives over, those of several student tokens by their first', () => {
    const targets = alignTokens({ ids: [7], ends: [3] }, [
      scored(0, 3, 0.5, [
        [[8], 0.2],
        [[7, 9], 0.1],
        [[5, 6], 0.05],
        [[], 0.05],
      ]),
    ])
    expect(entries(targets, 0)).toEqual(close({ 7: 0.6, 8: 0.2, 5: 0.05 }))
    expect([...targets.origins]).toEqual([ORIGINS.listed])
  })

  it('have the written token alone where no other is listed', () => {
    const targets = alignTokens({ ids: [7], ends: [3] }, [scored(0, 3, 0.25)])
    expect(entries(targets, 0)).toEqual(close({ 7: 0.25 }))
    expect([...targets.origins]).toEqual([ORIGINS.chosen])
  })
})

describe('a teacher token over several student tokens', () => {
  it('is dealt out by the chain rule', () => {
    // Written "ab c" as [1][2][3]; others begin as [1][2], as [1], or otherwise.
    const targets = alignTokens({ ids: [1, 2, 3], ends: [1, 2, 4] }, [
      scored(0, 4, 0.4, [
        [[1, 2, 4], 0.1],
        [[1, 5], 0.2],
        [[1], 0.1],
        [[6], 0.05],
      ]),
    ])
    expect(entries(targets, 0)).toEqual(close({ 1: 0.8, 6: 0.05 }))
    // Of the 0.8 that begin with [1], 0.1 end there: what the teacher would write then is in the tail.
    expect(entries(targets, 1)).toEqual(close({ 2: 0.5 / 0.8, 5: 0.2 / 0.8 }))
    expect(entries(targets, 2)).toEqual(close({ 3: 0.8, 4: 0.2 }))
  })
})

describe('several teacher tokens', () => {
  it('in one student token give the product of their probabilities', () => {
    const targets = alignTokens({ ids: [9], ends: [4] }, [scored(0, 1, 0.5, [[[3], 0.5]]), scored(1, 4, 0.5)])
    expect(entries(targets, 0)).toEqual(close({ 9: 0.25 }))
    expect([...targets.origins]).toEqual([ORIGINS.chosen])
  })

  it('that cross student tokens are interpolated between their own borders', () => {
    // Teacher 0-4-8, student 0-2-8: half of the first token's logarithm falls on the first two bytes.
    const targets = alignTokens({ ids: [1, 2], ends: [2, 8] }, [scored(0, 4, 0.25), scored(4, 8, 0.5)])
    expect(entries(targets, 0)).toEqual(close({ 1: 0.5 }))
    expect(entries(targets, 1)).toEqual(close({ 2: 0.25 }))
  })

  it('of one character are one, as nobody can tell them apart', () => {
    const targets = alignTokens({ ids: [1, 2], ends: [3, 4] }, [
      scored(0, 4, 0.5, [[[5], 0.5]]),
      scored(0, 4, 0.5, [[[6], 0.5]]),
    ])
    const joint = entries(targets, 0)[1]! * entries(targets, 1)[2]!
    expect(joint).toBeCloseTo(0.25, 6)
  })
})

describe('a stretch without log-probabilities', () => {
  it('gives no target to a token that reaches into it', () => {
    const targets = alignTokens({ ids: [1, 2, 3, 4], ends: [2, 4, 6, 8] }, [
      scored(0, 2, 0.5),
      scored(2, 3, 0.5),
      scored(6, 8, 0.5),
    ])
    expect([...targets.origins]).toEqual([ORIGINS.chosen, ORIGINS.none, ORIGINS.none, ORIGINS.chosen])
    expect(entries(targets, 1)).toEqual({})
  })

  it('may be all there is', () => {
    expect([...alignTokens({ ids: [1], ends: [2] }, []).origins]).toEqual([ORIGINS.none])
    expect(alignTokens({ ids: [], ends: [] }, []).origins).toHaveLength(0)
  })
})

/** Bytes, the borders of two tokenisations of them, and what the teacher has to say of its own. */
const texts = fc
  .record({
    length: fc.integer({ min: 1, max: 24 }),
    cuts: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 24 }),
    scores: fc.infiniteStream(
      fc.tuple(
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.array(
          fc.tuple(fc.array(fc.nat(3), { maxLength: 3 }), fc.double({ min: 0, max: 1, noNaN: true })),
          {
            maxLength: 4,
          },
        ),
      ),
    ),
  })
  .map(({ length, cuts, scores }) => {
    const borders = (own: boolean) => {
      const inside = cuts.filter(([, ours]) => ours === own).map(([at]) => at % length)
      return [...new Set([...inside, length])].filter((at) => at > 0).sort((a, b) => a - b)
    }
    const ends = borders(true)
    const ids = ends.map((end) => 100 + end)
    let start = 0
    const teacher = borders(false).map((end) => {
      const [weight, others] = scores.next().value as [number, [number[], number][]]
      const total = others.reduce((sum, [, other]) => sum + other, weight)
      const token = scored(
        start,
        end,
        weight / total,
        others.map(([ids, other]): [number[], number] => [ids, other / total]),
      )
      start = end
      return token
    })
    return { student: { ids, ends }, teacher }
  })

describe('whatever the borders', () => {
  it('the probabilities of a token add up to 1 at most', () => {
    fc.assert(
      fc.property(texts, ({ student, teacher }) => {
        const targets = alignTokens(student, teacher)
        for (const t of student.ids.keys()) {
          const sum = Object.values(entries(targets, t)).reduce((total, p) => total + p, 0)
          expect(sum).toBeLessThanOrEqual(1 + 1e-5)
        }
      }),
    )
  })

  it('the probability of all that was written stays what it was', () => {
    fc.assert(
      fc.property(texts, ({ student, teacher }) => {
        const targets = alignTokens(student, teacher)
        const before = teacher.reduce((sum, { logprob }) => sum + logprob, 0)
        const after = student.ids.reduce((sum, id, t) => sum + Math.log(entries(targets, t)[id]!), 0)
        expect(after).toBeCloseTo(before, 3)
      }),
    )
  })

  it('equal ones give back what the teacher listed', () => {
    fc.assert(
      fc.property(texts, ({ teacher }) => {
        const student = { ids: teacher.map(({ end }) => 100 + end), ends: teacher.map(({ end }) => end) }
        const single = teacher.map((token) => ({
          ...token,
          others: token.others.map(({ logprob }, i) => ({ ids: [i], logprob })),
        }))
        const targets = alignTokens(student, single)
        for (const [t, { logprob, others }] of single.entries()) {
          const listed: Record<number, number> = { [student.ids[t]!]: Math.exp(logprob) }
          for (const { ids, logprob } of others) listed[ids[0]!] = Math.exp(logprob)
          expect(entries(targets, t)).toEqual(close(listed))
        }
      }),
    )
  })
})

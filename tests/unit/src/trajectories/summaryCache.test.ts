import { describe, expect, test } from 'vitest'
import { SummaryCache } from '../../../../src/trajectories/summaryCache.ts'
import type { TrajectorySummary } from '../../../../workers/protocol.ts'

/** A worker whose answers wait until they are let go. */
function worker({ gone = [] as number[] } = {}) {
  const questions: { ids: number[]; answer: () => Promise<void> }[] = []
  const fetch = (ids: Int32Array) =>
    new Promise<TrajectorySummary[]>((resolve) => {
      questions.push({
        ids: [...ids],
        answer: async () => {
          const known = [...ids].filter((id) => !gone.includes(id))
          resolve(known.map((id) => ({ id, title: `task ${id}` }) as TrajectorySummary))
          await new Promise((settled) => setTimeout(settled))
        },
      })
    })
  return { fetch, questions }
}

const ids = (...values: number[]) => Int32Array.from(values)

describe('the summaries of the rows in sight', () => {
  test('are asked for once', async () => {
    const { fetch, questions } = worker()
    const cache = new SummaryCache(fetch)
    cache.want(ids(1, 2), 1)
    await questions[0]!.answer()
    cache.want(ids(1, 2), 1)
    expect(questions).toHaveLength(1)
    expect(cache.get(2)?.title).toBe('task 2')
  })

  test('are asked for one question at a time, what has been scrolled past left out', async () => {
    const { fetch, questions } = worker()
    const cache = new SummaryCache(fetch)
    cache.want(ids(1), 1)
    cache.want(ids(2), 1)
    cache.want(ids(3), 1)
    expect(questions.map((question) => question.ids)).toEqual([[1]])
    await questions[0]!.answer()
    expect(questions.map((question) => question.ids)).toEqual([[1], [3]])
  })

  test('stay as they were until newer ones arrive', async () => {
    const { fetch, questions } = worker()
    const cache = new SummaryCache(fetch)
    cache.want(ids(1), 1)
    await questions[0]!.answer()
    const before = cache.get(1)
    cache.want(ids(1), 2)
    expect(cache.get(1)).toBe(before)
    const { revision } = cache
    await questions[1]!.answer()
    expect(cache.get(1)).not.toBe(before)
    expect(cache.revision).toBeGreaterThan(revision)
  })

  test('of a trajectory that is gone are not asked for again', async () => {
    const { fetch, questions } = worker({ gone: [1] })
    const cache = new SummaryCache(fetch)
    cache.want(ids(1), 1)
    await questions[0]!.answer()
    cache.want(ids(1), 2)
    expect(questions).toHaveLength(1)
    expect(cache.get(1)).toBeUndefined()
  })

  test('are kept up to a bound, the newest', async () => {
    const { fetch, questions } = worker()
    const cache = new SummaryCache(fetch, 2)
    for (const [at, id] of [1, 2, 3].entries()) {
      cache.want(ids(id), 1)
      await questions[at]!.answer()
    }
    expect([1, 2, 3].map((id) => cache.get(id)?.id)).toEqual([undefined, 2, 3])
  })

  test('may fail to come without an end to the asking', async () => {
    let asked = 0
    const cache = new SummaryCache(() => {
      asked++
      return asked === 1 ? Promise.reject(new Error('gone')) : Promise.resolve([])
    })
    cache.want(ids(1), 1)
    await new Promise((settled) => setTimeout(settled))
    cache.want(ids(1), 1)
    await new Promise((settled) => setTimeout(settled))
    expect(asked).toBe(2)
  })
})

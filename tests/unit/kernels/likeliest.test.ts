import { beforeAll, describe, expect, it } from 'vitest'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import { fusedLikeliest } from '../../../workers/kernels/likeliest/fused.ts'
import type { Operations } from '../../../workers/kernels/operations.ts'
import { draw, drawIds, expectSame, openFused, type Work } from './compare.ts'

let fused: Operations
let runner: TfjsRunner

beforeAll(async () => {
  const opened = await openFused()
  fused = opened.operations
  runner = opened.runner
})

interface Case {
  count: number
  width: number
  vocabulary: number
  k: number
  /** Tokens of the tokenizer, all of the vocabulary without. */
  among?: number
  /** Logits are whole numbers up to this, so that many are the same. */
  ties?: number
}

const work =
  ({ count, width, vocabulary, k, among = vocabulary, ties }: Case): Work =>
  (operations) => {
    const total = count + 5
    const round = (values: Float32Array) => (ties ? values.map((value) => Math.round(ties * value)) : values)
    const hidden = operations.upload(round(draw(total * width, 1)), [total, width])
    const table = operations.upload(round(draw(vocabulary * width, 2)), [vocabulary, width])
    const positions = drawIds(count, total, 3)
    const tokens = drawIds(count, among, 4)
    return operations.likeliest(hidden, table, { positions, tokens, k, vocabularySize: among })
  }

describe('the likeliest tokens', () => {
  it.each([
    { count: 7, width: 10, vocabulary: 513, k: 16 },
    { count: 65, width: 7, vocabulary: 513, k: 1, among: 500 },
    { count: 3, width: 8, vocabulary: 2, k: 2 },
    { count: 1, width: 4, vocabulary: 17, k: 3, among: 5 },
    { count: 3, width: 5, vocabulary: 50257, k: 16, among: 50000 },
  ])('are those of the reference: %o', async (one) => {
    await expectSame(fused, work(one))
  })

  it('are taken by id where they are equally likely', async () => {
    const one = { count: 9, width: 2, vocabulary: 130, k: 40, ties: 1 }
    await expectSame(fused, work(one))
    const { ids, logProbabilities } = await work(one)(fused)
    const [found, values] = await fused.read(ids as never, logProbabilities as never)
    for (let i = 1; i < found!.length; i++) {
      if (i % one.k === 0) continue
      const [before, after] = [values![i - 1]!, values![i]!]
      expect(before > after || (before === after && found![i - 1]! < found![i]!)).toBe(true)
    }
  })

  it('may be all there are, in order', async () => {
    await expectSame(fused, work({ count: 2, width: 6, vocabulary: 130, k: 130, ties: 3 }))
  })

  it('are found in chunks as in one', async () => {
    const chunked = { ...fused, likeliest: fusedLikeliest(runner, 16 * 4 * 576) }
    await expectSame(chunked, work({ count: 37, width: 10, vocabulary: 513, k: 5 }))
  })

  it('are none of no positions', async () => {
    const { written, ids } = fused.likeliest(
      fused.upload(draw(8, 1), [2, 4]),
      fused.upload(draw(12, 2), [3, 4]),
      { positions: new Int32Array(), tokens: new Int32Array(), k: 2, vocabularySize: 3 },
    )
    expect(written.shape).toEqual([0])
    expect(ids.shape).toEqual([0, 2])
  })

  it('are not more than there are tokens', () => {
    expect(() => work({ count: 1, width: 4, vocabulary: 8, k: 6, among: 5 })(fused)).toThrow(
      'there are no 6 likeliest of 5 tokens',
    )
  })

  it('are not numbers where the logits are none, and their ids are still ids', async () => {
    const hidden = fused.upload(new Float32Array(4).fill(Number.NaN), [1, 4])
    const table = fused.upload(draw(12, 2), [3, 4])
    const request = { positions: Int32Array.of(0), tokens: Int32Array.of(1), k: 2, vocabularySize: 3 }
    const { written, ids, logProbabilities } = fused.likeliest(hidden, table, request)
    const [own, found, values] = await fused.read(written, ids, logProbabilities)
    expect(own![0]).toBeNaN()
    expect(values!.every(Number.isNaN)).toBe(true)
    expect(found!.every((id) => id >= 0 && id < 3)).toBe(true)
  })
})

describe('logits at some positions', () => {
  it.each([
    [1, 8, 2],
    [7, 7, 513],
    [65, 10, 65],
  ])(
    'are those of the reference: %i positions, width %i, vocabulary %i',
    async (count, width, vocabulary) => {
      await expectSame(fused, (operations) => {
        const hidden = operations.upload(draw(70 * width, 1), [70, width])
        const table = operations.upload(draw(vocabulary * width, 2), [vocabulary, width])
        return { logits: operations.logits(hidden, table, drawIds(count, 70, 3)) }
      })
    },
  )
})

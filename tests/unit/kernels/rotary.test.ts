import { beforeAll, describe, expect, it } from 'vitest'
import type { Operations, TokenRows } from '../../../workers/kernels/operations.ts'
import { draw, expectSame, openFused, relativeError } from './compare.ts'

describe('fused rotary positions', () => {
  let operations: Operations

  beforeAll(async () => {
    ;({ operations } = await openFused())
  })

  const tokens = (rows: number, length: number, positions?: Int32Array): TokenRows => {
    const ids = new Int32Array(rows * length)
    return positions ? { rows, length, ids, positions } : { rows, length, ids }
  }

  it.each([
    [2, 7, 2, 2, 8],
    [1, 65, 2, 2, 16],
    [2, 5, 6, 2, 20],
    [1, 3, 4, 1, 2],
    [1, 9, 1, 1, 128],
    [1, 1031, 2, 1, 14],
  ])(
    'turn %i rows of %i, %i heads and %i of keys of size %i',
    async (rows, length, heads, keyHeads, size) => {
      const width = (heads + 2 * keyHeads) * size
      await expectSame(operations, (each) => {
        const known = each.rows(tokens(rows, length))
        const qkv = each.upload(draw(rows * length * width, 3), [rows * length, width])
        const given = { heads, keyHeads }
        return {
          forward: each.rotary.forward(qkv, known, given, 10000),
          backward: each.rotary.backward(qkv, known, given, 500),
        }
      })
    },
  )

  it('take the places that rows bring, also far ones', async () => {
    const places = Int32Array.of(0, 1, 2, 0, 1, 700, 3, 2047)
    await expectSame(operations, (each) => {
      const known = each.rows(tokens(2, 4, places))
      const qkv = each.upload(draw(8 * 48, 4), [8, 48])
      return { output: each.rotary.forward(qkv, known, { heads: 2 }, 10000) }
    })
  })

  it('turn back what they turned, and leave the values alone', async () => {
    const values = draw(6 * 48, 5)
    const [there, back] = await operations.scope(() => {
      const known = operations.rows(tokens(2, 3))
      const qkv = operations.upload(values, [6, 48])
      const turned = operations.rotary.forward(qkv, known, { heads: 2 }, 10000)
      return operations.read(turned, operations.rotary.backward(turned, known, { heads: 2 }, 10000))
    })
    expect(relativeError(back!, values)).toBeLessThan(1e-6)
    const last = (all: Float32Array) => all.filter((_, i) => i % 48 >= 32)
    expect(last(there!)).toEqual(last(values))
  })

  it('say so when heads have no halves', () => {
    const turn = () =>
      operations.scope(() => {
        const qkv = operations.upload(draw(2 * 9, 1), [2, 9])
        return operations.rotary.forward(qkv, operations.rows(tokens(1, 2)), { heads: 1 }, 10000)
      })
    expect(turn).toThrow('heads of 3 have no halves to pair')
  })
})

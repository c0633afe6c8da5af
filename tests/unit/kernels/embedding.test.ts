import { beforeAll, describe, expect, it } from 'vitest'
import { planScatter } from '../../../workers/kernels/embedding/scatter.ts'
import { fusedOperations } from '../../../workers/kernels/fused.ts'
import type { Limits } from '../../../workers/kernels/gpu/runner.ts'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import type { Operations, Parameter, TokenRows } from '../../../workers/kernels/operations.ts'
import { draw, drawIds, expectSame, gradientOf, openFused, type Work } from './compare.ts'

let fused: Operations
let runner: TfjsRunner

beforeAll(async () => {
  ;({ operations: fused, runner } = await openFused())
})

function withLimits(smaller: Partial<Limits>): Operations {
  const limited = Object.create(runner, { limits: { value: { ...runner.limits, ...smaller } } }) as TfjsRunner
  return fusedOperations(limited, async () => {})
}

interface Case {
  rows: number
  length: number
  width: number
  vocabulary: number
  /** Rows of the position table; 0 for none. */
  capacity: number
  placed?: boolean
  /** Every id is this one. */
  only?: number | undefined
}

const CASES: Case[] = [
  { rows: 1, length: 1, width: 1, vocabulary: 2, capacity: 1 },
  { rows: 7, length: 1, width: 7, vocabulary: 513, capacity: 3 },
  { rows: 1, length: 65, width: 12, vocabulary: 50257, capacity: 65 },
  { rows: 5, length: 13, width: 12, vocabulary: 513, capacity: 20, placed: true },
  { rows: 4, length: 64, width: 64, vocabulary: 2, capacity: 64 },
  { rows: 4, length: 64, width: 7, vocabulary: 513, capacity: 64, placed: true, only: 512 },
  { rows: 2, length: 33, width: 768, vocabulary: 65, capacity: 33 },
  { rows: 8, length: 32, width: 64, vocabulary: 65, capacity: 0 },
  { rows: 40, length: 3, width: 5, vocabulary: 33, capacity: 0, placed: true },
]

function tokenRows({ rows, length, vocabulary, capacity, placed, only }: Case): TokenRows {
  const count = rows * length
  return {
    rows,
    length,
    ids: only === undefined ? drawIds(count, vocabulary, 1) : new Int32Array(count).fill(only),
    ...(placed && { positions: drawIds(count, capacity || 9, 2) }),
  }
}

/** Two backward passes into the same gradients. */
function embedding(shape: Case): Work {
  return async (operations) => {
    const { width, vocabulary, capacity } = shape
    const rows = operations.rows(tokenRows(shape))
    const table = operations.upload(draw(vocabulary * width, 1), [vocabulary, width])
    const places = capacity ? operations.upload(draw(capacity * width, 2), [capacity, width]) : null
    const tokens = gradientOf(operations, [vocabulary, width])
    const positions = capacity ? gradientOf(operations, [capacity, width]) : null
    const into = { tokens: tokens.gradient, positions: positions?.gradient ?? null }
    const output = operations.embedding.forward(rows, table, places)
    const dOutput = operations.upload(draw(shape.rows * shape.length * width, 3), [...output.shape])
    operations.embedding.backward(rows, dOutput, into)
    const dTokens = await tokens.read()
    const dPositions = (await positions?.read()) ?? new Float32Array()
    operations.embedding.backward(rows, dOutput, into)
    return { output, dTokens, dPositions, twice: await tokens.read() }
  }
}

describe('the embedding', () => {
  it.each(CASES)('is the reference’s, value and gradients: %o', (shape) =>
    expectSame(fused, embedding(shape)),
  )

  it('goes through a table in parts where a device binds no more', async () => {
    const small = withLimits({ bindingBytes: 128 * 64 * 4, groups: 30 })
    await expectSame(small, embedding({ rows: 2, length: 65, width: 12, vocabulary: 1500, capacity: 65 }))
    const other = { rows: 1, length: 99, width: 7, vocabulary: 4001, capacity: 65, placed: true }
    for (const only of [undefined, 5, 4000]) await expectSame(small, embedding({ ...other, only }))
  })

  it('gives the same bits whichever rows share a batch’s order', async () => {
    const shape = CASES[4]!
    const results = []
    for (let time = 0; time < 2; time++) results.push((await embedding(shape)(fused)).dTokens)
    expect(results[0]).toEqual(results[1])
  })

  it.each([12, 6, 7])('reads tables of half precision, %d wide', async (width) => {
    const parameters: Parameter[] = [
      { name: 'tokens', shape: [33, width], offset: 0, size: 33 * width, decays: true },
      { name: 'positions', shape: [20, width], offset: 33 * width, size: 20 * width, decays: true },
    ]
    // Whole 256ths below 1 are kept as they are.
    const values = draw(53 * width, 1).map((value) => Math.round(256 * value) / 256)
    const tokens = tokenRows({ rows: 3, length: 5, width, vocabulary: 33, capacity: 20, placed: true })
    const results: Float32Array[] = []
    for (const half of [false, true]) {
      const { weights, dispose } = fused.frozen(parameters, () => values, half)
      const output = fused.scope(() =>
        fused.embedding.forward(fused.rows(tokens), weights.get('tokens')!, weights.get('positions')!),
      )
      results.push(...(await fused.read(output)))
      fused.free(output)
      dispose()
    }
    expect(results[0]!.some((value) => value !== 0)).toBe(true)
    expect(results[1]).toEqual(results[0])
  })

  it('refuses ids and positions that its tables do not have', () => {
    fused.scope(() => {
      const table = fused.upload(draw(12, 1), [3, 4])
      const rowsOf = (ids: number[], positions?: number[]) =>
        fused.rows({
          rows: 1,
          length: ids.length,
          ids: Int32Array.from(ids),
          ...(positions && { positions: Int32Array.from(positions) }),
        })
      expect(() => fused.embedding.forward(rowsOf([0, 3]), table, null)).toThrow(
        'token 3 is not one of 0 to 2',
      )
      expect(() => fused.embedding.forward(rowsOf([0, -1]), table, null)).toThrow('token -1 is')
      expect(() => fused.embedding.forward(rowsOf([0, 0, 0, 0]), table, table)).toThrow('position 3 is')
      expect(() => fused.embedding.forward(rowsOf([0, 1], [0, 5]), table, table)).toThrow('position 5 is')
      expect(() => rowsOf([0, 1], [0])).toThrow('1 rows of 2 tokens came with 1 positions')
    })
  })

  it('puts on the device what a gradient needs only where rows are learned from', () => {
    fused.scope(() => {
      const tokens = tokenRows(CASES[3]!)
      const bytesOf = (learns?: boolean) => {
        const before = fused.memory().liveBytes
        fused.rows(tokens, learns)
        return fused.memory().liveBytes - before
      }
      expect(bytesOf(false)).toBeLessThan(bytesOf() / 2)
      expect(bytesOf(true)).toBe(bytesOf())
      const into = { tokens: gradientOf(fused, [513, 12]).gradient, positions: null }
      const dOutput = fused.upload(draw(65 * 12, 1), [65, 12])
      expect(() => fused.embedding.backward(fused.rows(tokens, false), dOutput, into)).toThrow(
        'these rows were made for a forward pass only',
      )
    })
  })

  it('frees all that it makes on the way', () => {
    fused.scope(() => {
      const rows = fused.rows(tokenRows(CASES[3]!))
      const [tokens, positions] = [
        gradientOf(fused, [513, 12]).gradient,
        gradientOf(fused, [20, 12]).gradient,
      ]
      const dOutput = fused.upload(draw(65 * 12, 1), [65, 12])
      const before = fused.memory().liveBytes
      fused.embedding.backward(rows, dOutput, { tokens, positions })
      expect(fused.memory().liveBytes).toBe(before)
    })
  })
})

describe('the plan of a scatter', () => {
  it.each([
    [1, 1],
    [64, 1],
    [65, 1],
    [1000, 3],
    [1000, 2000],
  ])('holds each of %d rows of %d ids once', (count, below) => {
    const ids = drawIds(count, below, 7)
    const plan = planScatter(ids)
    expect([...plan.order].sort((a, b) => a - b)).toEqual([...ids.keys()])
    let at = 0
    let partials = 0
    for (let part = 0; part < plan.partCount; part++) {
      const [id, begin, end, sum] = plan.parts.subarray(4 * part, 4 * part + 4) as unknown as number[]
      expect(begin).toBe(at)
      expect(end! - begin!).toBeLessThanOrEqual(32)
      for (const row of plan.order.subarray(begin, end)) expect(ids[row]).toBe(id)
      if (sum! >= 0) expect(sum).toBe(partials++)
      at = end!
    }
    expect(at).toBe(count)
    expect(partials).toBeLessThanOrEqual(plan.partialCount)
    expect(4 * plan.sumCount).toBeLessThanOrEqual(plan.sums.length)
  })
})

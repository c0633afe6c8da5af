import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Limits } from '../../../workers/kernels/gpu/runner.ts'
import type { TfjsRunner } from '../../../workers/kernels/gpu/tfjsRunner.ts'
import type { Operations, TokenRows } from '../../../workers/kernels/operations.ts'
import { draw, expectSame, openFused, relativeError } from './compare.ts'

interface Case {
  rows: number
  length: number
  heads: number
  keyHeads?: number
  size: number
  /** Lengths of the segments, the same in every row; they are numbered downwards, as any order will do. */
  segments?: number[]
  scale?: number
}

function tokensOf({ rows, length, segments }: Case): TokenRows {
  const ids = new Int32Array(rows * length)
  if (!segments) return { rows, length, ids }
  const row = segments.flatMap((count, i) => Array<number>(count).fill(segments.length - i))
  return {
    rows,
    length,
    ids,
    segments: Int32Array.from({ length: rows * length }, (_, n) => row[n % length]!),
  }
}

/** Forward and backward of one case, as `expectSame` wants them. */
function work(operations: Operations, of: Case) {
  const { rows: count, length, heads, keyHeads = heads, size, scale = 1 } = of
  const width = (heads + 2 * keyHeads) * size
  const rows = operations.rows(tokensOf(of))
  const qkv = operations.upload(draw(count * length * width, 1, scale), [count * length, width])
  const dOutput = operations.upload(draw(count * length * heads * size, 2), [count * length, heads * size])
  const { output, saved } = operations.attention.forward(qkv, rows, { heads, keyHeads })
  return { output, dQkv: operations.attention.backward(saved, dOutput, rows, { heads, keyHeads }) }
}

const CASES = {
  'one position': { rows: 2, length: 1, heads: 2, size: 8 },
  'seven positions': { rows: 2, length: 7, heads: 2, size: 16 },
  '65 positions': { rows: 2, length: 65, heads: 2, size: 16 },
  'heads of 64': { rows: 1, length: 65, heads: 1, size: 64 },
  'heads of 80': { rows: 1, length: 33, heads: 1, size: 80 },
  'heads of 128': { rows: 1, length: 37, heads: 1, size: 128 },
  'heads of 13, no multiple of four': { rows: 1, length: 35, heads: 3, size: 13 },
  'heads of one value': { rows: 1, length: 9, heads: 2, size: 1 },
  'heads that share keys': { rows: 2, length: 41, heads: 6, keyHeads: 2, size: 8 },
  'rows of several segments': { rows: 2, length: 65, heads: 2, size: 16, segments: [1, 2, 30, 9, 23] },
  'segments and shared keys': {
    rows: 2,
    length: 66,
    heads: 4,
    keyHeads: 2,
    size: 40,
    segments: [17, 16, 33],
  },
} satisfies Record<string, Case>
type CaseName = keyof typeof CASES

/** Ways to compute it, and what each is tried with; emulated GPUs are slow to compile tiles, small ones least. */
const WAYS: [string, Partial<Limits>, CaseName[]][] = [
  ['by row, as on emulated GPUs', { software: true }, Object.keys(CASES) as CaseName[]],
  ['in tiles, as on a GPU', { software: false, workgroupBytes: 32768 }, ['rows of several segments']],
  ['in small tiles of longer heads', { software: false, workgroupBytes: 6200 }, ['segments and shared keys']],
  ['in tiles of 16 KiB', { software: false, workgroupBytes: 16384 }, ['heads of 128']],
  [
    'in small tiles',
    { software: false, workgroupBytes: 3072 },
    [
      'one position',
      'seven positions',
      '65 positions',
      'heads of 13, no multiple of four',
      'heads of one value',
      'heads that share keys',
      'rows of several segments',
    ],
  ],
]

describe.each(WAYS)('fused attention %s', (_, limits, cases) => {
  let operations: Operations
  let runner: TfjsRunner

  beforeAll(async () => {
    ;({ operations, runner } = await openFused(limits))
  })

  it.each(cases)('gives the reference its values and gradients: %s', async (name) => {
    await expectSame(operations, (each) => work(each, CASES[name]))
  })

  it('stays finite and right with scores around 80', async () => {
    const of = { ...CASES[cases.at(-1)!], scale: 7 }
    await expectSame(operations, (each) => work(each, of), 2e-5)
  })

  it('gives the same bits twice and keeps nothing but its result', async () => {
    const of = CASES[cases.at(-1)!]
    const before = runner.memory().liveBytes
    const once = () => runner.scope(() => operations.read(work(operations, of).dQkv))
    const [[first], [second]] = [await once(), await once()]
    expect(second).toEqual(first)
    expect(runner.memory().liveBytes).toBe(before)
  })
})

it.each([
  ['by row', 1031, WAYS[0]![1]],
  ['in small tiles', 263, WAYS.at(-1)![1]],
])(
  'fused attention %s gives the reference its values and gradients over %i positions',
  async (_, length, limits) => {
    const { operations } = await openFused(limits)
    await expectSame(operations, (each) => work(each, { rows: 1, length, heads: 1, size: 8 }))
  },
)

describe('fused attention with a cache', () => {
  let operations: Operations
  let runner: TfjsRunner

  beforeAll(async () => {
    ;({ operations, runner } = await openFused())
  })
  afterAll(() => expect(runner.memory().liveBytes).toBe(0))

  const emptyRows = (rows: number, length: number): TokenRows => ({
    rows,
    length,
    ids: new Int32Array(rows * length),
  })

  /** Reads positions of a [B, T, width] array: for each row b those from begins[b], `count` of them. */
  function cut(all: Float32Array, total: number, width: number, begins: ArrayLike<number>, count: number) {
    return Float32Array.from({ length: begins.length * count * width }, (_, i) => {
      const row = Math.floor(i / (count * width))
      const place = begins[row]! + (Math.floor(i / width) % count)
      return place < total ? all[(row * total + place) * width + (i % width)]! : 0
    })
  }

  it.each([
    ['heads of 16', { heads: 2, size: 16 }],
    ['heads of 13 that share keys', { heads: 4, keyHeads: 2, size: 13 }],
    ['heads of 128', { heads: 1, size: 128 }],
    ['heads of 64 that share keys', { heads: 3, keyHeads: 1, size: 64 }],
  ])(
    'equals attention without one, after a prefill of rows of different lengths: %s',
    async (_name, { heads, keyHeads = heads, size }: Omit<Case, 'rows' | 'length'>) => {
      const [rows, length, prefill, steps] = [3, 14, 9, 5]
      const lengths = Int32Array.of(9, 4, 1)
      const width = (heads + 2 * keyHeads) * size
      const values = draw(rows * length * width, 5)
      const given = { heads, keyHeads }
      const [whole] = await operations.scope(() => {
        const qkv = operations.upload(values, [rows * length, width])
        return operations.read(
          operations.attention.forward(qkv, operations.rows(emptyRows(rows, length)), given).output,
        )
      })
      const cache = operations.attention.cache(rows, length, keyHeads * size)
      const step = async (begins: Int32Array, count: number) => {
        const [output] = await operations.scope(() => {
          const part = cut(values, length, width, begins, count)
          const qkv = operations.upload(part, [rows * count, width])
          const known = operations.rows(emptyRows(rows, count))
          return operations.read(operations.attention.cached(qkv, cache, known, given, begins))
        })
        return output!
      }
      const first = await step(new Int32Array(rows), prefill)
      const expected = cut(whole!, length, heads * size, new Int32Array(rows), prefill)
      expect(relativeError(first, expected)).toBeLessThan(1e-5)
      for (let i = 0; i < steps; i++) {
        const begins = lengths.map((own) => own + i)
        const output = await step(begins, 1)
        expect(relativeError(output, cut(whole!, length, heads * size, begins, 1))).toBeLessThan(1e-5)
      }
      cache.dispose()
    },
  )

  it('equals the reference token by token, in some rows of the cache and in another order', async () => {
    const [rows, width] = [4, 3 * 2 * 8]
    await expectSame(operations, async (each) => {
      const cache = each.attention.cache(rows, 6, 2 * 8)
      const results: Record<string, Float32Array> = {}
      const step = async (
        name: string,
        seed: number,
        lengths: number[],
        length: number,
        places?: number[],
      ) => {
        const [output] = await each.scope(() => {
          const qkv = each.upload(draw(lengths.length * length * width, seed), [
            lengths.length * length,
            width,
          ])
          const known = each.rows(emptyRows(lengths.length, length))
          const where = places && Int32Array.from(places)
          return each.read(
            each.attention.cached(qkv, cache, known, { heads: 2 }, Int32Array.from(lengths), where),
          )
        })
        results[name] = output!
      }
      await step('prefill', 1, [0, 0, 0, 0], 3)
      await step('all', 2, [3, 1, 2, 3], 1)
      await step('some', 3, [3, 4], 1, [2, 0])
      await step('one', 4, [2], 2, [1])
      cache.dispose()
      return results
    })
  })

  it('sums over more keys than a workgroup holds at a time', async () => {
    const [rows, known, size] = [2, 300, 16]
    await expectSame(operations, async (each) => {
      const cache = each.attention.cache(rows, 301, size)
      const given = { heads: 2, keyHeads: 1 }
      const all = await each.scope(async () => {
        // Later keys are larger, so that a later block has the largest score.
        const values = draw(rows * known * 4 * size, 7).map(
          (value, i) => value * (1 + (Math.floor(i / (4 * size)) % known) / 100),
        )
        const prompt = each.upload(values, [rows * known, 4 * size])
        const first = each.attention.cached(
          prompt,
          cache,
          each.rows(emptyRows(rows, known)),
          given,
          new Int32Array(rows),
        )
        each.free(first)
        const next = each.upload(draw(rows * 4 * size, 8), [rows, 4 * size])
        const lengths = Int32Array.of(300, 257)
        return each.read(each.attention.cached(next, cache, each.rows(emptyRows(rows, 1)), given, lengths))
      })
      cache.dispose()
      return { output: all[0]! }
    })
  })

  it('says so when a row would not fit', () => {
    const cache = operations.attention.cache(1, 4, 8)
    const tooMany = () =>
      operations.scope(() => {
        const qkv = operations.upload(draw(2 * 24, 1), [2, 24])
        const rows = operations.rows(emptyRows(1, 2))
        return operations.attention.cached(qkv, cache, rows, { heads: 1 }, Int32Array.of(3))
      })
    expect(tooMany).toThrow('5 positions are more than a cache of 4 holds')
    cache.dispose()
  })
})

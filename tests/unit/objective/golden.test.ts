import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Batch, KIND_CODES, PADDING } from '../../../workers/dataset/row.ts'
import type { Divergence, HeadTeacher, Operations } from '../../../workers/kernels/operations.ts'
import { spanLoss, spanMetrics } from '../../../workers/objective/spanLoss.ts'
import { superviseBatch } from '../../../workers/objective/weights.ts'
import { type NORMALISERS, parseRecipe, type Recipe } from '../../../workers/recipe.ts'
import { ENGINES, openEngine } from '../backends.ts'

let operations: Operations

interface BatchCase {
  normaliser: (typeof NORMALISERS)[number]
  divergence: Divergence
  teacher: 'model' | 'text'
  value: number
  gradient: number[]
}

const golden = JSON.parse(readFileSync('tests/golden/objective.json', 'utf8')).batch as {
  rows: number
  length: number
  vocabulary: number
  kinds: string[]
  ids: number[]
  logits: number[]
  teacherLogits: number[]
  weights: Recipe['objective']['lambda']
  cases: BatchCase[]
}

const CODES: Record<string, number> = {
  p: KIND_CODES.prompt,
  r: KIND_CODES.reason,
  a: KIND_CODES.act,
  o: KIND_CODES.observation,
  x: KIND_CODES.other,
  _: PADDING,
}

function batchOf(kinds: string[]): Batch {
  const { rows, length, ids } = golden
  const codes = kinds.flatMap((row) => [...row].map((letter) => CODES[letter]!))
  return {
    rows,
    length,
    ids: Int32Array.from(ids),
    kinds: Uint8Array.from(codes),
    tokens: codes.filter((code) => code !== PADDING).length,
  }
}

function objectiveOf({ divergence: { name, ...rest }, normaliser }: BatchCase): Recipe['objective'] {
  const { objective } = parseRecipe({})
  return { ...objective, ...rest, divergence: name, normaliser, lambda: golden.weights }
}

/** Loss and gradient by logits [N, V]: where the head is the identity, hidden states are the logits. */
async function lossAndGradient(one: BatchCase, kinds: string[]) {
  const objective = objectiveOf(one)
  const supervised = superviseBatch(batchOf(kinds), objective)
  const size = [golden.rows * golden.length, golden.vocabulary] as [number, number]
  const result = operations.scope(() => {
    const identity = Float32Array.from({ length: golden.vocabulary ** 2 }, (_, i) =>
      Number(i % (golden.vocabulary + 1) === 0),
    )
    const table = operations.upload(identity, [golden.vocabulary, golden.vocabulary])
    const upload = (values: number[]) => operations.upload(Float32Array.from(values), size)
    const teacher: HeadTeacher | null =
      one.teacher === 'model' ? { kind: 'model', hidden: upload(golden.teacherLogits), table } : null
    const into = { table: null }
    const loss = spanLoss(operations, upload(golden.logits), table, supervised, teacher, objective, into)
    return [loss.sums, loss.gradients!.squares, loss.gradients!.hidden]
  })
  const [values, norms, gradients] = await operations.read(...result)
  operations.free(...result)
  const { loss } = spanMetrics(values!, norms!, supervised.counts, supervised.scales, objective.lambda)
  return { loss, gradient: Array.from(gradients!) }
}

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(async () => {
    operations = await openEngine(engine)
  })

  const rounding = engine === 'webgpu' || engine === 'fused' ? 2e-6 : 6e-7
  it.each(
    golden.cases.map((one) => {
      const { name, temperature, temperatureSquared, ...rest } = one.divergence
      const squared = temperatureSquared ? '' : ' without τ²'
      return [
        `${name} at τ ${temperature}${squared} ${JSON.stringify(rest)}, ${one.normaliser}, ${one.teacher}`,
        one,
      ] as const
    }),
  )('gives the objective of a batch and its gradient as PyTorch does: %s', async (_, one) => {
    const { loss, gradient } = await lossAndGradient(one, golden.kinds)
    expect(Math.abs(loss - one.value)).toBeLessThan(1e-5 * Math.abs(one.value) + rounding)
    const largest = Math.max(...one.gradient.map(Math.abs))
    for (const [i, value] of one.gradient.entries()) {
      expect(Math.abs(gradient[i]! - value)).toBeLessThan(1e-5 * largest + rounding)
    }
  })
})

describe('a batch whose mask is empty', () => {
  beforeAll(async () => {
    operations = await openEngine('cpu')
  })

  it.each(golden.cases)(
    'adds 0 to the objective and to every gradient: $divergence.name, $normaliser, $teacher',
    async (one) => {
      const { loss, gradient } = await lossAndGradient(one, ['pppppppp', 'pppppp__', '________'])
      expect(loss).toBe(0)
      expect(gradient.every((value) => value === 0)).toBe(true)
    },
  )
})

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { splitBatch } from '../../../workers/dataset/batches.ts'
import { KIND_CODES, PADDING, type PlacedBatch } from '../../../workers/dataset/row.ts'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
import type { HeadTeacher } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { spanLoss } from '../../../workers/objective/spanLoss.ts'
import { superviseBatch, TERMS, tallyTerms } from '../../../workers/objective/weights.ts'
import { Random } from '../../../workers/random.ts'
import { NORMALISERS, parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { openForTest } from '../backends.ts'

const V = 9
const D = 6

/** Rows of random kinds, each with its hidden states, so that a row can be moved with all that belongs to it. */
interface Example {
  batch: PlacedBatch
  /** [N · D] */
  hidden: Float32Array
  /** [N · D] */
  teacher: Float32Array
}

function exampleOf(rows: number, length: number, seed: number): Example {
  const random = new Random(seed)
  const { prompt, reason, act, observation, other } = KIND_CODES
  const kinds = Uint8Array.from({ length: rows * length }, () =>
    random.pick([prompt!, reason!, reason!, reason!, act!, observation!, other!, PADDING]),
  )
  const draw = () => Float32Array.from({ length: rows * length * D }, () => 2 * random.next() - 1)
  return {
    batch: {
      rows,
      length,
      ids: Int32Array.from({ length: rows * length }, () => random.below(V)),
      kinds,
      tokens: kinds.filter((kind) => kind !== PADDING).length,
      trajectories: Int32Array.from({ length: rows * length }, (_, at) => Math.floor(at / length)),
      places: Int32Array.from({ length: rows * length }, (_, at) => at % length),
      steps: new Int32Array(rows * length),
    },
    hidden: draw(),
    teacher: draw(),
  }
}

/** The same in every test. */
function tables(): { student: Tensor; teacher: Tensor } {
  const random = new Random(5)
  const draw = () =>
    tf.tensor2d(
      Float32Array.from({ length: V * D }, () => 2 * random.next() - 1),
      [V, D],
    )
  return { student: draw(), teacher: draw() }
}

interface Outcome {
  loss: number
  hidden: Float32Array
  table: Float32Array
}

/** The objective of a step in so many micro-batches, with its gradients by hidden states and head. */
async function objectiveOf(example: Example, input: RecipeInput, micro = 1): Promise<Outcome> {
  const { objective, seed } = parseRecipe({
    teacher: { kind: 'model', source: 't' },
    tokenizer: { kind: 'teacher' },
    ...input,
  })
  const stepTotals = tallyTerms(example.batch, objective).totals
  const shuffleSeed = objective.spans === 'shuffled' ? seed : undefined
  const outcome: Outcome = {
    loss: 0,
    hidden: new Float32Array(example.hidden.length),
    table: new Float32Array(V * D),
  }
  let at = 0
  for (const part of splitBatch(example.batch, micro)) {
    const size = part.rows * part.length * D
    const rows = superviseBatch(part, objective, { stepTotals, shuffleSeed })
    const slot = reference.trainable(
      [{ name: 'table', shape: [V, D], offset: 0, size: V * D, decays: true }],
      () => ({ parameters: new Float32Array(V * D) }),
    )
    const results = reference.scope(() => {
      const { student, teacher } = tables()
      const cut = (values: Float32Array) =>
        reference.upload(values.slice(at, at + size), [part.rows * part.length, D])
      const model: HeadTeacher = { kind: 'model', hidden: cut(example.teacher), table: teacher }
      const into = { table: slot.gradients.get('table')! }
      const result = spanLoss(reference, cut(example.hidden), student, rows, model, objective, into)
      return [result.sums, result.gradients!.hidden]
    })
    const [values, dHidden] = await reference.read(...results)
    const dTable = await slot.readGradient()
    reference.free(...results)
    slot.dispose()
    for (const [k, term] of TERMS.entries()) {
      outcome.loss += objective.lambda[term] * rows.scales[term] * values![k * 5]!
    }
    outcome.hidden.set(dHidden!, at)
    for (const [i, value] of dTable.entries()) outcome.table[i]! += value
    at += size
  }
  return outcome
}

function expectSame(actual: Outcome, expected: Outcome): void {
  expect(Math.abs(actual.loss - expected.loss)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected.loss)))
  for (const key of ['hidden', 'table'] as const) {
    const scale = Math.max(1e-3, ...expected[key].map(Math.abs))
    const worst = Math.max(...expected[key].map((value, i) => Math.abs(value - actual[key][i]!)))
    expect(worst / scale, key).toBeLessThan(1e-6)
  }
}

/** Plain forward-KL distillation of all but prompt and observations, written anew with tfjs' own tape. */
function maskedTokenDistillation({ batch, hidden, teacher }: Example): Promise<Outcome> {
  const n = batch.rows * batch.length
  const supervised = Array.from({ length: n }, (_, at) => {
    const next = (at + 1) % batch.length === 0 ? PADDING : batch.kinds[at + 1]!
    return next === KIND_CODES.reason || next === KIND_CODES.act ? 1 : 0
  })
  const results = tf.tidy(() => {
    const both = tables()
    const logP = tf.logSoftmax(tf.matMul(tf.tensor2d(teacher, [n, D]), tf.transpose(both.teacher)))
    const mask = tf.tensor1d(supervised)
    const mean = (h: Tensor, table: Tensor) => {
      const logQ = tf.logSoftmax(tf.matMul(h, tf.transpose(table)))
      const kl = tf.sum(tf.mul(tf.exp(logP), tf.sub(logP, logQ)), -1)
      return tf.div(tf.sum(tf.mul(mask, kl)), tf.sum(mask)) as tf.Scalar
    }
    const states = tf.tensor2d(hidden, [n, D])
    const [dHidden, dTable] = tf.grads(mean)([states, both.student]) as [Tensor, Tensor]
    return { loss: mean(states, both.student), hidden: dHidden, table: dTable }
  })
  return Promise.all([results.loss.data(), results.hidden.data(), results.table.data()]).then(
    ([loss, dHidden, dTable]) => {
      tf.dispose(results)
      return { loss: loss[0]!, hidden: dHidden as Float32Array, table: dTable as Float32Array }
    },
  )
}

describe('the objective', () => {
  beforeAll(() => openForTest('cpu'))

  const seeds = fc.integer({ min: 0, max: 1e6 })

  it('at λ 1 with a token mean is forward-KL token distillation with the observations masked', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const example = exampleOf(3, 12, seed)
        const sad = await objectiveOf(example, { objective: { arm: 'sad', normaliser: 'token-mean' } })
        const plain = await maskedTokenDistillation(example)
        expectSame(sad, plain)
        expectSame(await objectiveOf(example, { objective: { arm: 'token-kd-masked' } }), plain)
      }),
      { numRuns: 20 },
    )
  })

  const arms: RecipeInput['objective'][] = [
    ...NORMALISERS.map((normaliser) => ({ normaliser, lambda: { reason: 1, act: 2.5, observation: 0.25 } })),
    { arm: 'reverse-kl' },
    { arm: 'spans-shuffled', lambda: { reason: 1, act: 3 } },
    { divergence: 'jsd', hardShare: 0.25 },
  ]

  it.each(arms)(
    'is the same in micro-batches of 1 × 8, 2 × 4, 4 × 2 and 8 × 1 rows: %j',
    async (objective) => {
      const example = exampleOf(8, 10, 11)
      const whole = await objectiveOf(example, { objective })
      expect(Math.abs(whole.loss)).toBeGreaterThan(0.01)
      for (const micro of [2, 4, 8]) expectSame(await objectiveOf(example, { objective }, micro), whole)
    },
  )

  it.each(arms)('does not depend on the order of the rows: %j', async (objective) => {
    const example = exampleOf(5, 10, 12)
    const order = [3, 0, 4, 2, 1]
    const moved = <T extends Float32Array | Int32Array | Uint8Array>(values: T): T => {
      const copy = values.slice() as T
      const size = values.length / order.length
      for (const [to, from] of order.entries())
        copy.set(values.subarray(from * size, (from + 1) * size), to * size)
      return copy
    }
    const { batch, hidden, teacher } = example
    const permuted: Example = {
      batch: { ...batch, ids: moved(batch.ids), kinds: moved(batch.kinds) },
      hidden: moved(hidden),
      teacher: moved(teacher),
    }
    const one = await objectiveOf(example, { objective })
    const other = await objectiveOf(permuted, { objective })
    expectSame(other, { ...one, hidden: moved(one.hidden) })
  })
})

describe('shuffled spans', () => {
  const { objective } = parseRecipe({ objective: { arm: 'spans-shuffled' } })
  const shuffled = (example: Example, seed: number) =>
    superviseBatch(example.batch, objective, { shuffleSeed: seed })

  it('keep each row’s number of reason and of act tokens, and every observation in its place', () => {
    const everything = { ...objective, lambda: { reason: 1, act: 1, observation: 1 } }
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { batch } = exampleOf(4, 16, seed)
        const before = superviseBatch(batch, everything)
        const after = superviseBatch(batch, everything, { shuffleSeed: seed })
        expect(after.positions).toEqual(before.positions)
        expect(after.counts).toEqual(before.counts)
        const observation = TERMS.indexOf('observation')
        const perRow = (terms: Uint8Array) =>
          Array.from({ length: 4 }, (_, row) =>
            [0, 1, 2].map(
              (term) =>
                terms.filter((t, i) => t === term && Math.floor(before.positions[i]! / 16) === row).length,
            ),
          )
        expect(perRow(after.terms)).toEqual(perRow(before.terms))
        for (const [i, term] of before.terms.entries()) {
          expect(after.terms[i] === observation).toBe(term === observation)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('lie elsewhere than the labels, by seed, and the same for a row whatever stands beside it', () => {
    const example = exampleOf(4, 40, 3)
    const labelled = superviseBatch(example.batch, objective)
    expect(shuffled(example, 1).terms).not.toEqual(labelled.terms)
    expect(shuffled(example, 1).terms).toEqual(shuffled(example, 1).terms)
    expect(shuffled(example, 2).terms).not.toEqual(shuffled(example, 1).terms)
    const parts = splitBatch(example.batch, 4).map((batch) => shuffled({ ...example, batch }, 1))
    expect(parts.flatMap(({ terms }) => [...terms])).toEqual([...shuffled(example, 1).terms])
  })
})

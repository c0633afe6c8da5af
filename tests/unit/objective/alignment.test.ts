import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { KIND_CODES, type PlacedBatch } from '../../../workers/dataset/row.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import { Calibration } from '../../../workers/objective/calibration.ts'
import {
  ON_POLICY_DEFINITIONS,
  RUN_DEFINITIONS,
  SPAN_DEFINITIONS,
  STEP_DEFINITIONS,
} from '../../../workers/objective/definitions.ts'
import { normalisedPlan, tokenF1 } from '../../../workers/objective/reasoningMatch.ts'
import { spanLoss } from '../../../workers/objective/spanLoss.ts'
import { superviseBatch } from '../../../workers/objective/weights.ts'
import { parseRecipe } from '../../../workers/recipe.ts'
import { HeldOutNumbers } from '../../../workers/training/heldOut.ts'
import { openForTest } from '../backends.ts'

describe('the expected calibration error', () => {
  const errorOf = (predictions: readonly (readonly [number, boolean])[]) => {
    const calibration = new Calibration()
    for (const [confidence, correct] of predictions) calibration.add(confidence, correct)
    return calibration.error
  }

  it('is the gap between confidence and accuracy, bin by bin', () => {
    expect(errorOf([])).toBeNull()
    expect(errorOf([[1, true]])).toBe(0)
    expect(errorOf([[1, false]])).toBe(1)
    // Bin (0.5, 0.6]: confidence 0.6, accuracy ½; bin (0.8, 0.9]: confidence 0.85, accuracy 1.
    const two = [
      [0.6, true],
      [0.6, false],
      [0.85, true],
      [0.85, true],
    ] as const
    expect(errorOf(two)).toBeCloseTo(0.5 * 0.1 + 0.5 * 0.15, 12)
  })

  it('is what one gets by sorting predictions into bins and averaging each', () => {
    const predictions = fc.array(fc.tuple(fc.double({ min: 0.001, max: 1, noNaN: true }), fc.boolean()), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(predictions, (all) => {
        let expected = 0
        for (let bin = 0; bin < 10; bin++) {
          const own = all.filter(([c]) => c * 10 > bin && c * 10 <= bin + 1)
          if (own.length === 0) continue
          const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length
          const accuracy = mean(own.map(([, correct]) => Number(correct)))
          expected += (own.length / all.length) * Math.abs(accuracy - mean(own.map(([c]) => c)))
        }
        expect(errorOf(all)).toBeCloseTo(expected, 9)
      }),
    )
  })
})

describe('a reasoning', () => {
  it('is the same plan whatever its case, blanks and way of writing numbers', () => {
    expect(normalisedPlan('  First I  check\n CABINET 01, then two shelves. ')).toBe(
      'first i check cabinet 1, then 2 shelves.',
    )
    expect(normalisedPlan('it costs 1,200.50 dollars')).toBe('it costs 1200.5 dollars')
    expect(normalisedPlan('version 3.1.4 of b12, someone')).toBe('version 3.1.4 of b12, someone')
    expect(normalisedPlan('cabinet 1')).not.toBe(normalisedPlan('cabinet 2'))
  })

  it('shares words with another as SQuAD’s F1 counts them', () => {
    expect(tokenF1('go to the desk', 'Go to the desk!')).toBe(1)
    // Shared: the, desk; 3 and 4 words.
    expect(tokenF1('the desk now', 'the the old desk')).toBeCloseTo(4 / 7, 12)
    expect(tokenF1('', 'desk')).toBe(0)
    expect(tokenF1('...', '')).toBe(1)
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c')),
        fc.array(fc.constantFrom('a', 'b', 'd')),
        (x, y) => {
          const count = (words: string[], word: string) => words.filter((other) => other === word).length
          const shared = ['a', 'b'].reduce((sum, w) => sum + Math.min(count(x, w), count(y, w)), 0)
          const [precision, recall] = [shared / x.length, shared / y.length]
          const expected =
            x.length + y.length === 0 ? 1 : shared === 0 ? 0 : (2 * precision * recall) / (precision + recall)
          expect(tokenF1(x.join(' '), y.join(' '))).toBeCloseTo(expected, 12)
        },
      ),
    )
  })
})

describe('of whole batches', () => {
  beforeAll(() => openForTest('cpu'))

  const { prompt, reason, act } = KIND_CODES
  // Two trajectories: of the first, steps 0 and 1; of the second, step 0. Position t predicts token t + 1.
  const batch: PlacedBatch = {
    rows: 2,
    length: 6,
    ids: Int32Array.from([0, 1, 2, 1, 2, 0, 0, 1, 1, 2, 0, 0]),
    kinds: Uint8Array.from([prompt, reason, reason, act, act, act, prompt, reason, act, act, prompt, prompt]),
    steps: Int32Array.from([-1, 0, 0, 0, 1, 1, -1, 0, 0, 0, -1, -1]),
    trajectories: Int32Array.from([7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3]),
    places: Int32Array.from([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]),
    tokens: 12,
  }
  /** Logits [12, 3] by position; where the head is the identity, hidden states are the logits. */
  const logits = [
    ...[
      [0, 3, 0],
      [0, 0, 2],
      [1, 2, 0],
      [0, 0, 4],
      [2, 0, 1],
      [0, 0, 0],
    ],
    ...[
      [5, 0, 0],
      [0, 1, 0],
      [0, 3, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  ]

  async function measured(lambda = { reason: 1, act: 2 }) {
    const { objective } = parseRecipe({ objective: { lambda } })
    const rows = superviseBatch(batch, objective)
    const result = reference.scope(() => {
      const table = reference.upload(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), [3, 3])
      const hidden = reference.upload(Float32Array.from(logits.flat()), [12, 3])
      const loss = spanLoss(reference, hidden, table, rows, null, objective, { table: null }, true)
      return [loss.sums, loss.gradients!.squares, loss.rows!]
    })
    const [sums, squares, rowWise] = await reference.read(...result)
    reference.free(...result)
    const numbers = new HeldOutNumbers()
    numbers.add(batch, rows, { sums: sums!, squares: squares!, rows: rowWise! })
    return numbers.metrics(rows.counts, rows.scales, objective.lambda)
  }

  it('a step matches where the likeliest token is the right one at each of its tokens', async () => {
    const { steps } = await measured()
    // Acts: 7/0 [1 ✓], 7/1 [2 ✓, 0 ✓], 3/0 [1 ✓, 2 ✗]; reasonings: 7/0 [1 ✓, 2 ✓], 3/0 [1 ✗].
    expect(steps).toMatchObject({
      actions: 3,
      reasonings: 2,
      reasonMatch: 0.5,
      cotSamples: 0,
      cotMatch: null,
    })
    expect(steps.actionMatch).toBeCloseTo(2 / 3, 12)
  })

  it('calibration compares the likeliest token’s probability with how often it is the recorded one', async () => {
    const { act: acts } = await measured()
    // Of the five act tokens, at positions 2, 3, 4, 7 and 8: the last is wrong, none shares a bin with the last.
    const confidence = [2, 3, 4, 7, 8].map((at) => {
      const row = logits[at]!
      return Math.max(...row.map(Math.exp)) / row.reduce((sum, z) => sum + Math.exp(z), 0)
    })
    const bins = new Map<number, { gap: number }>()
    for (const [i, c] of confidence.entries()) {
      const bin = bins.get(Math.ceil(c * 10)) ?? { gap: 0 }
      bin.gap += (i < 4 ? 1 : 0) - c
      bins.set(Math.ceil(c * 10), bin)
    }
    const expected = [...bins.values()].reduce((sum, { gap }) => sum + Math.abs(gap) / 5, 0)
    expect(acts.calibrationError).toBeCloseTo(expected, 5)
  })

  it('a term’s share of the gradient is that of the norm at the hidden states that predict its tokens', async () => {
    const metrics = await measured()
    // With the text as teacher: λ/n · (softmax − one-hot) at each position.
    const norm = (positions: number[], weight: number) =>
      Math.sqrt(
        positions.reduce((sum, at) => {
          const total = logits[at]!.reduce((s, z) => s + Math.exp(z), 0)
          const token = batch.ids[at + 1]
          return (
            sum +
            logits[at]!.reduce(
              (s, z, v) => s + (weight * (Math.exp(z) / total - Number(v === token))) ** 2,
              0,
            )
          )
        }, 0),
      )
    const [reasons, acts] = [norm([0, 1, 6], 1 / 3), norm([2, 3, 4, 7, 8], 2 / 5)]
    expect(metrics.reason.gradientShare).toBeCloseTo(reasons / (reasons + acts), 5)
    expect(metrics.act.gradientShare).toBeCloseTo(acts / (reasons + acts), 5)
    expect(metrics.observation.gradientShare).toBe(0)
    expect((await measured({ reason: 0, act: 1 })).act.gradientShare).toBe(1)
  })
})

describe('a definition', () => {
  it('has a name of its own and says formula, unit and source of every number', () => {
    const all = [
      ...Object.values(SPAN_DEFINITIONS),
      ...Object.values(STEP_DEFINITIONS),
      ...Object.values(RUN_DEFINITIONS),
      ...Object.values(ON_POLICY_DEFINITIONS),
    ]
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
    for (const definition of all) {
      expect(Object.values(definition).every((text) => text.length > 3)).toBe(true)
    }
  })
})

import { describe, expect, it } from 'vitest'
import { type LambdaMark, MOST_MARKS, markWords, withMark } from '../../../../src/training/lambdaMarks.ts'
import type { MetricsLine } from '../../../../workers/protocol.ts'

const line = (step: number, act: number, split: MetricsLine['split'] = 'train') =>
  ({ step, split, lambda: { reason: 1, act, observation: 0 } }) as MetricsLine

describe('the marks of a changed λ', () => {
  it('are set at the first training step with the new weights, and nowhere else', () => {
    const lines = [line(1, 1), line(2, 1), line(3, 2), line(3, 4, 'held-out'), line(4, 2), line(5, 1)]
    let marks: readonly LambdaMark[] = []
    let before: MetricsLine | undefined
    for (const one of lines) {
      marks = withMark(marks, before, one)
      if (one.split === 'train') before = one
    }
    expect(marks.map(({ step, lambda }) => [step, lambda.act])).toEqual([
      [3, 2],
      [5, 1],
    ])
    expect(markWords(marks[0]!)).toBe('λ changed at step 3: reason 1, act 2, observation 0')
  })

  it('are no more than can be told apart, the newest', () => {
    let marks: readonly LambdaMark[] = []
    for (let step = 2; step < 200; step++) marks = withMark(marks, line(step - 1, step - 1), line(step, step))
    expect(marks).toHaveLength(MOST_MARKS)
    expect(marks.at(-1)!.step).toBe(199)
  })
})

import { describe, expect, it } from 'vitest'
import { chartRows, SpanSeries } from '../../../../src/training/spanSeries.ts'
import { MOST_POINTS } from '../../../../src/training/thinnedPoints.ts'
import type { MetricsLine, SpanMetrics } from '../../../../workers/protocol.ts'

const span = (value: number, tokens = 4): SpanMetrics => ({
  loss: value,
  kl: value,
  crossEntropy: value,
  teacherEntropy: value,
  agreement: value,
  gradientShare: value,
  calibrationError: null,
  tokens,
})
const line = (step: number, rest: Partial<MetricsLine> = {}): MetricsLine => ({
  step,
  split: 'train',
  loss: 1,
  lambda: { reason: 1, act: 1, observation: 0 },
  reason: span(step),
  act: span(2 * step),
  observation: span(0, 0),
  elapsedMs: 0,
  ...rest,
})

describe('a series of metrics', () => {
  it('has no value where a kind had no token or the number was not measured', () => {
    const series = new SpanSeries()
    series.add(line(1))
    expect(series.values('gradientShare')).toEqual([
      { step: 1, values: { reason: 1, act: 2, observation: null } },
    ])
    const nothing = { reason: null, act: null, observation: null }
    expect(series.values('calibrationError')).toEqual([{ step: 1, values: nothing }])
    expect(series.values('stepMatch')).toEqual([{ step: 1, values: nothing }])
  })

  it('draws whole acts and whole reasonings under their kinds, held-out only', () => {
    const heldOut = new SpanSeries()
    const steps = {
      actions: 4,
      actionMatch: 0.25,
      reasonings: 0,
      reasonMatch: null,
      cotSamples: 0,
      cotMatch: null,
      cotNearMatch: null,
      cotF1: null,
    }
    heldOut.add(line(2, { split: 'held-out', steps }))
    expect(chartRows(new SpanSeries(), heldOut, 'stepMatch')).toMatchObject([
      { step: 2, act: null, actHeldOut: 0.25, reasonHeldOut: null },
    ])
  })

  it('merges neighbours into their mean over the lines that have the number', () => {
    const series = new SpanSeries()
    for (let step = 1; step <= MOST_POINTS + 1; step++) {
      series.add(line(step, { reason: { ...span(step), calibrationError: step % 2 ? 0.5 : null } }))
    }
    expect(series.length).toBeLessThan(MOST_POINTS)
    expect(series.values('loss')[0]).toEqual({ step: 2, values: { reason: 1.5, act: 3, observation: null } })
    expect(series.values('calibrationError')[0]!.values.reason).toBe(0.5)
  })
})

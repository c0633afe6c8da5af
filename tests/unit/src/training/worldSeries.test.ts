import { describe, expect, it } from 'vitest'
import { metricsLog } from '../../../../src/training/metricsLog.ts'
import { MOST_POINTS } from '../../../../src/training/thinnedPoints.ts'
import { WorldSeries } from '../../../../src/training/worldSeries.ts'
import type { MetricsLine, SpanMetrics, WorldMetrics } from '../../../../workers/protocol.ts'

const world = (success: number, reward = success): WorldMetrics => ({
  environment: 'shop',
  episodes: 12,
  success,
  reward,
  steps: 9.5,
  invalidActions: 0.5,
  malformedTurns: 0,
  stoppedAtCap: 0.25,
})
const span = (tokens: number): SpanMetrics => ({
  loss: 1,
  kl: 1,
  crossEntropy: 1,
  teacherEntropy: 0,
  agreement: 0.5,
  gradientShare: 0.5,
  calibrationError: null,
  tokens,
})
const heldOut = (step: number, tokens: number, acted?: WorldMetrics): MetricsLine => ({
  step,
  split: 'held-out',
  loss: 1,
  lambda: { reason: 1, act: 1, observation: 0 },
  reason: span(tokens),
  act: span(tokens),
  observation: span(0),
  world: acted,
  elapsedMs: 0,
})

describe('what a student did in its world', () => {
  it('is drawn by step, with the reward where that is another number than the success', () => {
    const series = new WorldSeries()
    series.add(20, world(0.25))
    expect(series.rewardDiffers).toBe(false)
    series.add(40, world(0.25, 0.5))
    expect(series.rewardDiffers).toBe(true)
    expect(series.rows()).toEqual([
      { step: 20, success: 0.25, reward: 0.25 },
      { step: 40, success: 0.25, reward: 0.5 },
    ])
  })

  it('is merged into means where there would be too many points', () => {
    const series = new WorldSeries()
    for (let step = 1; step <= MOST_POINTS + 1; step++) series.add(step, world(step % 2, 0.5))
    expect(series.rows().length).toBeLessThan(MOST_POINTS)
    expect(series.rows()[0]).toEqual({ step: 2, success: 0.5, reward: 0.5 })
  })
})

describe('the log of a run', () => {
  it('keeps what was done in a world apart from held-out rows that there are none of', () => {
    metricsLog.append([heldOut(0, 4), heldOut(5, 4, world(0.25)), heldOut(10, 0, world(0.5, 0.75))], true)
    expect(metricsLog.newest.world).toEqual(world(0.5, 0.75))
    expect(metricsLog.world!.rows().map(({ step }) => step)).toEqual([5, 10])
    expect(metricsLog.newest.heldOut!.step).toBe(5)
    expect(metricsLog.heldOut.length).toBe(2)
    metricsLog.append([heldOut(0, 4)], true)
    expect(metricsLog.world).toBeNull()
    expect(metricsLog.newest.world).toBeUndefined()
  })
})

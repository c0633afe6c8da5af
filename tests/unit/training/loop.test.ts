import { describe, expect, it } from 'vitest'
import type { MetricsLine } from '../../../workers/objective/metrics.ts'
import { type LoopState, type LoopTrainer, TrainingLoop } from '../../../workers/training/loop.ts'
import type { Checkpoint } from '../../../workers/training/trainer.ts'

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A trainer whose steps take `stepMs` of the thread and whose reads come back after `readMs`. */
class SlowToRead implements LoopTrainer {
  step = 0
  unread = 0
  reads: number[] = []
  inFlight = 0
  mostInFlight = 0
  /** Steps that were taken while a read was on its way. */
  overlapping = 0
  failAt = Number.POSITIVE_INFINITY

  constructor(
    private readonly stepMs: number,
    private readonly readMs: number,
  ) {}

  async prepareStep() {
    return true
  }

  takeStep() {
    if (this.inFlight > 0) this.overlapping++
    const until = performance.now() + this.stepMs
    while (performance.now() < until);
    this.step++
    this.unread++
  }

  async read() {
    const count = this.unread
    this.unread = 0
    if (count === 0) return []
    const last = this.step
    this.reads.push(count)
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight)
    await wait(this.readMs)
    this.inFlight--
    if (last >= this.failAt) throw new Error('the loss is not finite')
    return Array.from({ length: count }, (_, i) => ({
      ...({} as MetricsLine),
      step: last - count + 1 + i,
      batchTokens: 10,
    }))
  }

  async evaluate() {
    return null
  }

  async checkpoint() {
    return { step: this.step } as Checkpoint
  }
}

async function train(trainer: SlowToRead, steps: number, evaluateEvery = steps) {
  const lines: MetricsLine[] = []
  const states: LoopState[] = []
  const checkpoints: number[] = []
  const loop = new TrainingLoop(trainer, steps, evaluateEvery, {
    state: (state) => states.push(state),
    metrics: (more) => lines.push(...more),
    activity: () => {},
    checkpoint: ({ step }) => checkpoints.push(step),
  })
  const error = await loop.run().then(
    () => undefined,
    (reason: Error) => reason,
  )
  return { lines, states, checkpoints, error }
}

describe('the training loop', () => {
  it('does not wait for reads that take a tenth of a second, as in Firefox', async () => {
    const steps = 600
    const trainer = new SlowToRead(2, 100)
    const { lines } = await train(trainer, steps)
    // Where each read is waited for, no step is; and each read has as many steps as are taken meanwhile.
    expect(trainer.overlapping).toBeGreaterThan(steps / 2)
    expect(trainer.reads.length).toBeLessThan(steps / 4)
    expect(lines.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1))
    expect(trainer.mostInFlight).toBe(1)
  })

  it('reads a slow device after every step or two, so that charts move', async () => {
    const trainer = new SlowToRead(60, 5)
    await train(trainer, 8)
    expect(Math.max(...trainer.reads)).toBeLessThanOrEqual(2)
  })

  it('has read all steps before it measures, saves or ends', async () => {
    const trainer = new SlowToRead(1, 20)
    const { checkpoints, states, lines } = await train(trainer, 25, 10)
    expect(checkpoints).toEqual([10, 20, 25, 25])
    expect(lines.at(-1)!.step).toBe(25)
    expect(states).toEqual(['finished'])
  })

  it('ends with what a read on its way has found wrong', async () => {
    const trainer = new SlowToRead(2, 30)
    trainer.failAt = 40
    const { error, states } = await train(trainer, 5000)
    expect(error?.message).toBe('the loss is not finite')
    expect(states).toEqual(['failed'])
    expect(trainer.step).toBeLessThan(500)
  })

  it('leaves evaluations and checkpoints out of its clock', async () => {
    class SlowToMeasure extends SlowToRead {
      override async evaluate() {
        await wait(150)
        return null
      }
    }
    const began = performance.now()
    const { lines } = await train(new SlowToMeasure(2, 1), 30, 10)
    // Four evaluations, before the first step and after every tenth.
    expect(lines.at(-1)!.elapsedMs).toBeLessThan(performance.now() - began - 3.5 * 150)
  })
})

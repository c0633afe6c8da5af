import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { type Tensor, tf } from '../../../workers/device/tensorflow.ts'
import { LabError } from '../../../workers/errors.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { MetricsLine } from '../../../workers/objective/metrics.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { outlook } from '../../../workers/training/outlook.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { Run, type TrainedStudent } from '../../../workers/training/run.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'
import { withTrainable } from '../watching.ts'

const SMALL: RecipeInput = {
  steps: 24,
  batchRows: 4,
  evaluateEvery: 12,
  data: { contextLength: 96, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 320 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { learningRate: 0.01, warmupSteps: 2 },
}

let device: Device
let trajectories: Trajectory[]

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(12)
})

function materialOf(input: RecipeInput, teacher: TrainedStudent | null = null): RunMaterial {
  const recipe = parseRecipe(input)
  const folder = teacher && {
    config: teacher.config,
    parameters: teacher.checkpoint.parameters,
    tokenizer: teacher.tokenizer.toJSON(),
  }
  return { recipe, trajectories, teacher: folder, tokenizer: tokenizerFor(recipe, trajectories, folder) }
}

interface Outcome {
  run: Run
  metrics: MetricsLine[]
  states: string[]
  message?: string
}

/** Runs a recipe to its end; `during` hears every metrics line with the run in hand. */
async function runToEnd(
  material: RunMaterial,
  during: (line: MetricsLine, run: Run) => void = () => {},
  from?: TrainedStudent,
): Promise<Outcome> {
  const outcome: Outcome = { run: null as never, metrics: [], states: [] }
  outcome.run = new Run(material, {
    state: (state, message) => {
      outcome.states.push(state)
      outcome.message = message ?? outcome.message
    },
    metrics: (lines) => {
      outcome.metrics.push(...lines)
      for (const line of lines) during(line, outcome.run)
    },
  })
  const { end } = await outcome.run.start(device, reference, from?.checkpoint)
  await end
  return outcome
}

const trained = (outcome: Outcome) => outcome.metrics.filter((line) => line.split === 'train')
const numbers = ({ elapsedMs, tokensPerSecond, ...line }: MetricsLine) => line

describe('a run', () => {
  it('makes both span losses fall and both agreements rise on rows it has not seen', async () => {
    const { metrics, states } = await runToEnd(materialOf({ ...SMALL, steps: 60 }))
    const heldOut = metrics.filter((line) => line.split === 'held-out')
    const [first, last] = [heldOut[0]!, heldOut.at(-1)!]
    for (const span of ['reason', 'act'] as const) {
      expect(last[span].loss).toBeLessThan(0.7 * first[span].loss)
      expect(last[span].agreement).toBeGreaterThan(first[span].agreement + 0.1)
    }
    expect(states).toEqual(['running', 'finished'])
  })

  it('gives the same numbers for the same seed, and others for another', async () => {
    const one = await runToEnd(materialOf(SMALL))
    const two = await runToEnd(materialOf(SMALL))
    expect(two.metrics.map(numbers)).toEqual(one.metrics.map(numbers))
    const other = await runToEnd(materialOf({ ...SMALL, seed: 2 }))
    expect(trained(other)[5]!.loss).not.toBe(trained(one)[5]!.loss)
  })

  it('goes on after a stop exactly as if it had not been stopped', async () => {
    const whole = await runToEnd(materialOf(SMALL))
    const half = await runToEnd(materialOf(SMALL), (line, run) => {
      if (line.step === 7) run.stop()
    })
    expect(half.states.at(-1)).toBe('stopped')
    const { student } = half.run
    const rest = await runToEnd(materialOf(SMALL), () => {}, student!)
    const stoppedAt = student!.checkpoint.step
    expect(stoppedAt).toBeLessThan(24)
    expect(trained(rest).map(numbers)).toEqual(trained(whole).slice(stoppedAt).map(numbers))
    expect(rest.run.student!.checkpoint.parameters).toEqual(whole.run.student!.checkpoint.parameters)
  })

  it('stands still while paused, takes one step when asked, and then goes on to the same end', async () => {
    const whole = await runToEnd(materialOf(SMALL))
    const seen: number[] = []
    const paused = await runToEnd(materialOf(SMALL), (line, run) => {
      if (line.split !== 'train') return
      seen.push(line.step)
      if (line.step === 3) {
        run.pause()
        setTimeout(() => {
          const before = run.step
          expect(run.student!.checkpoint.step).toBe(before)
          run.stepOnce()
          setTimeout(() => {
            expect(run.step).toBe(before + 1)
            run.resume()
          }, 300)
        }, 300)
      }
    })
    expect(seen).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
    expect(paused.states).toEqual(['running', 'paused', 'running', 'finished'])
    expect(trained(paused).map(numbers)).toEqual(trained(whole).map(numbers))
  })

  it('ends with a sentence and the student of its last checkpoint when the device is lost', async () => {
    const lost = await runToEnd(materialOf(SMALL), (line, run) => {
      if (line.split === 'train' && line.step >= 18)
        run.fail(new LabError('device-lost', 'The GPU device was lost.'))
    })
    expect(lost.states.at(-1)).toBe('failed')
    expect(lost.message).toBe('The GPU device was lost. The student of step 12 is kept.')
    expect(lost.run.student!.checkpoint.step).toBe(12)
  })

  it('ends with a sentence when the loss is no longer a number, keeping the last finite student', async () => {
    const wild = {
      ...SMALL,
      optimiser: { learningRate: 10, clipNorm: 0, warmupSteps: 12, schedule: 'constant' as const },
    }
    const material = materialOf(wild)
    const poisoned = withTrainable((trainable) => {
      let isPoisoned = false
      return {
        update: (options) => {
          isPoisoned = options.step >= 15
          return trainable.update(options)
        },
        weights: () => {
          const weights = trainable.weights()
          if (!isPoisoned) return weights
          return new Map(
            Array.from(weights, ([name, values]) => [name, tf.mul(values as Tensor, Number.NaN)]),
          )
        },
      }
    })
    const outcome: Outcome = { run: null as never, metrics: [], states: [] }
    outcome.run = new Run(material, {
      state: (state, message) => {
        outcome.states.push(state)
        outcome.message = message
      },
      metrics: () => {},
    })
    const { end } = await outcome.run.start(device, poisoned)
    await end
    expect(outcome.states.at(-1)).toBe('failed')
    expect(outcome.message).toMatch(
      /^The loss is no longer a finite number at step 16, first in the student’s logits at reason and act tokens: lower optimiser.learningRate.*The student of step 12 is kept/,
    )
    expect(outcome.run.student!.checkpoint.parameters.every(Number.isFinite)).toBe(true)
  })

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors
    await runToEnd(materialOf(SMALL))
    expect(tf.memory().numTensors).toBe(before)
  })

  it('holds no more tensors after twenty steps than after two', async () => {
    // When held-out rows are measured, the numbers of all steps have been read and given back.
    const counts: number[] = []
    await runToEnd(materialOf({ ...SMALL, evaluateEvery: 2 }), (line) => {
      if (line.split === 'held-out') counts.push(tf.memory().numTensors)
    })
    expect(counts.length).toBeGreaterThan(10)
    expect(new Set(counts.slice(1)).size).toBe(1)
  })

  it('refuses a student that the device cannot hold before it allocates anything, with the number', async () => {
    const before = tf.memory().numTensors
    const material = materialOf({ ...SMALL, student: { layers: 48, width: 4096, heads: 32 } })
    await expect(prepareRun(material, device, reference)).rejects.toThrow(
      /^This student of 9,\d{3},\d{3},\d{3} parameters needs about 3\d\d GiB to train, but CPU .* has 2.00 GiB at most: choose fewer layers/,
    )
    expect(outlook(material, { device, operations: reference }).refusal).toContain('parameters')
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('a model teacher', () => {
  it('teaches a student that comes to agree with it, and is told apart from the text', async () => {
    const teacher = await runToEnd(materialOf({ ...SMALL, steps: 60 }))
    const input: RecipeInput = {
      ...SMALL,
      steps: 60,
      seed: 9,
      tokenizer: { kind: 'teacher' },
      teacher: { kind: 'model', source: 'teacher' },
    }
    const student = await runToEnd(materialOf(input, teacher.run.student))
    const heldOut = student.metrics.filter((line) => line.split === 'held-out')
    const [first, last] = [heldOut[0]!, heldOut.at(-1)!]
    for (const span of ['reason', 'act'] as const) {
      expect(last[span].kl).toBeLessThan(0.5 * first[span].kl)
      expect(last[span].agreement).toBeGreaterThan(first[span].agreement + 0.15)
      expect(last[span].teacherEntropy).toBeGreaterThan(0.1)
      expect(last[span].crossEntropy).toBeGreaterThan(last[span].kl)
    }
  })

  it('that is the student itself has divergence 0 and agreement 1', async () => {
    const teacher = await runToEnd(materialOf(SMALL))
    const { student } = teacher.run
    const recipe = {
      ...SMALL,
      tokenizer: { kind: 'teacher' as const },
      teacher: { kind: 'model' as const, source: 'self' },
    }
    const prepared = await prepareRun(materialOf(recipe, student), device, reference, {
      ...student!.checkpoint,
      step: 0,
    })
    const line = (await prepared.trainer.evaluate())!
    prepared.dispose()
    expect(Math.abs(line.reason.kl) + Math.abs(line.act.kl)).toBeLessThan(1e-5)
    expect(line.reason.agreement).toBe(1)
    expect(line.act.agreement).toBe(1)
  })

  it('that cannot read rows as long as the recipe’s is refused with both numbers', async () => {
    const teacher = await runToEnd(materialOf({ ...SMALL, data: { contextLength: 64 }, steps: 2 }))
    const recipe = {
      ...SMALL,
      data: { contextLength: 160 },
      tokenizer: { kind: 'teacher' as const },
      teacher: { kind: 'model' as const, source: 't' },
    }
    await expect(prepareRun(materialOf(recipe, teacher.run.student), device, reference)).rejects.toThrow(
      'The teacher reads 64 tokens at most and the rows have 160: set data.contextLength to 64 or less.',
    )
  })
})

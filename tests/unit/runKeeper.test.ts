import { beforeAll, describe, expect, it } from 'vitest'
import { LabError } from '../../workers/errors.ts'
import { reference } from '../../workers/kernels/reference.ts'
import type { MetricsLine } from '../../workers/objective/metrics.ts'
import type { RunStatus } from '../../workers/protocol.ts'
import { parseRecipe } from '../../workers/recipe.ts'
import { RunKeeper } from '../../workers/runKeeper.ts'
import { type RunMaterial, tokenizerFor } from '../../workers/training/material.ts'
import type { CheckedDevice } from '../../workers/training/openChecked.ts'
import { openForTest } from './backends.ts'
import { household } from './household.ts'

let opened: CheckedDevice
let material: RunMaterial

beforeAll(async () => {
  opened = { device: await openForTest('wasm'), operations: reference, selfCheckError: 0 }
  const recipe = parseRecipe({
    steps: 20,
    evaluateEvery: 6,
    batchRows: 2,
    data: { contextLength: 64 },
    tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
    student: { layers: 1, width: 16, heads: 2 },
  })
  const trajectories = household(6)
  const tokenizer = tokenizerFor(recipe, trajectories, null)
  material = { recipe, trajectories, teacher: null, tokenizer }
})

const LOST = new LabError('device-lost', 'The GPU device was lost: the driver was reset.')
const losses = (lines: MetricsLine[]) => lines.map(({ step, split, loss }) => ({ step, split, loss }))

/** Trains to the end; `loses` says at which training lines the device goes away. */
async function train(loses: (line: MetricsLine, recoveries: number) => boolean, reopens = true) {
  const states: RunStatus[] = []
  let recoveries = 0
  let over = () => {}
  const end = new Promise<void>((resolve) => {
    over = resolve
  })
  const keeper = new RunKeeper(() => opened.operations.memory(), {
    status: (status) => {
      if (states.at(-1)?.state !== status.state || states.at(-1)?.message !== status.message)
        states.push(status)
      if (status.state === 'finished' || status.state === 'failed') over()
    },
    metrics: (lines) => {
      const line = lines.find((one) => one.split === 'train' && loses(one, recoveries))
      if (!line) return
      recoveries++
      // As the lab does when its device fails.
      queueMicrotask(() => {
        keeper.fail(LOST)
        void keeper.ended.then(() => (reopens ? keeper.recover(opened) : keeper.giveUp()))
      })
    },
  })
  await keeper.begin(20, async () => ({ material, opened: () => opened }))
  await end
  return { keeper, states, recoveries }
}

describe('a run whose device is lost', () => {
  it('goes on from its last checkpoint and ends as if nothing had happened', async () => {
    const whole = await train(() => false)
    const broken = await train(({ step }, recoveries) => recoveries === 0 && step >= 15)
    expect(broken.recoveries).toBe(1)
    expect(losses(broken.keeper.metrics)).toEqual(losses(whole.keeper.metrics))
    expect(broken.keeper.trained().checkpoint).toEqual(whole.keeper.trained().checkpoint)
    const messages = broken.states.map(({ message }) => message)
    expect(messages).toContain(`${LOST.message} It is opened again.`)
    expect(broken.keeper.status.notice).toMatch(
      /The GPU device was lost.* It went on from step (12|18) on CPU/,
    )
    expect(whole.keeper.status.notice).toBeUndefined()
    expect(broken.states.every(({ state }) => state !== 'failed')).toBe(true)
  })

  it('begins anew where it had no checkpoint yet', async () => {
    const whole = await train(() => false)
    const broken = await train(({ step }, recoveries) => recoveries === 0 && step >= 2 && step < 5)
    expect(broken.recoveries).toBe(1)
    expect(losses(broken.keeper.metrics)).toEqual(losses(whole.keeper.metrics))
  })

  it('fails with its student kept when the device is lost again and again', async () => {
    const { keeper, recoveries } = await train(({ step }) => step >= 8)
    expect(recoveries).toBe(4)
    expect(keeper.status.state).toBe('failed')
    const { step } = keeper.trained().checkpoint
    expect(step).toBeGreaterThanOrEqual(6)
    expect(keeper.status.message).toBe(`${LOST.message} The student of step ${step} is kept.`)
  })

  it('fails with a sentence and its student when no other device can be opened', async () => {
    const { keeper } = await train(({ step }, recoveries) => recoveries === 0 && step >= 8, false)
    const { step } = keeper.trained().checkpoint
    expect(step).toBeGreaterThanOrEqual(6)
    expect(keeper.status).toMatchObject({
      state: 'failed',
      message: `${LOST.message} No backend could be opened to go on. The student of step ${step} is kept.`,
    })
  })
})

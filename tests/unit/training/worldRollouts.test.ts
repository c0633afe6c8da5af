import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import type { Environment } from '../../../workers/environments/environment.ts'
import { ENVIRONMENT_NAMES, environmentNamed } from '../../../workers/environments/index.ts'
import type { Student } from '../../../workers/evaluation/converse.ts'
import { evaluate } from '../../../workers/evaluation/evaluation.ts'
import { DEFAULT_TURN_TOKENS, episodesOf } from '../../../workers/evaluation/rollouts.ts'
import { openStudent } from '../../../workers/evaluation/student.ts'
import type { Operations } from '../../../workers/kernels/operations.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { MetricsLine } from '../../../workers/objective/metrics.ts'
import { parseRecipe, type RecipeInput, WORLDS } from '../../../workers/recipe.ts'
import { readCheckpoint, writeCheckpoint } from '../../../workers/training/checkpointFile.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { metricsJsonl } from '../../../workers/training/metricsFile.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { Run, type TrainedStudent } from '../../../workers/training/run.ts'
import { WorldRollouts } from '../../../workers/training/worldRollouts.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openEngine, openForTest } from '../backends.ts'
import { household } from '../household.ts'

/** Turns are short, as a student that has learnt for so few steps writes each to its end. */
const ROLLOUTS = { environment: 'wiki', episodes: 2, turnTokens: 6 } as const
const SMALL: RecipeInput = {
  steps: 6,
  batchRows: 2,
  evaluateEvery: 3,
  evaluate: { rollouts: ROLLOUTS },
  data: { contextLength: 256, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 400 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { learningRate: 0.02, warmupSteps: 2 },
}

let device: Device
let trajectories: Trajectory[]

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = household(12)
})

function materialOf(input: RecipeInput): RunMaterial {
  const recipe = parseRecipe(input)
  return { recipe, trajectories, teacher: null, tokenizer: tokenizerFor(recipe, trajectories, null) }
}

interface During {
  activity?: (what: string, run: Run) => void
  checkpoint?: (student: TrainedStudent) => void
  from?: TrainedStudent
}

async function runToEnd(material: RunMaterial, { activity, checkpoint, from }: During = {}) {
  const metrics: MetricsLine[] = []
  const states: string[] = []
  const run: Run = new Run(material, {
    state: (state) => states.push(state),
    metrics: (lines) => metrics.push(...lines),
    activity: (what) => what && activity?.(what, run),
    checkpoint,
  })
  const { end } = await run.start(device, reference, from?.checkpoint)
  await end
  const heldOut = metrics.filter(({ split }) => split === 'held-out')
  return { run, metrics, states, heldOut, worlds: heldOut.map(({ step, world }) => ({ step, world })) }
}

const PLAN = { split: 'validation', temperature: 0, maxTurnTokens: ROLLOUTS.turnTokens } as const

/** What `lab evaluate` prints of these metrics. */
async function means(student: Student, environment: Environment, episodes: number = ROLLOUTS.episodes) {
  const plan = { environment, ...PLAN, seeds: [1], episodes, historyEpisodes: 0 }
  const { all } = (await evaluate(student, plan))!.episodes
  const names = ['success', 'reward', 'steps', 'invalidActions', 'malformedTurns', 'stoppedAtCap'] as const
  return Object.fromEntries(names.map((name) => [name, all[name]!.mean]))
}

/** A run after its first step, with its student as it can act. */
async function afterOneStep(input: RecipeInput = SMALL, operations: Operations = reference) {
  const material = materialOf(input)
  const prepared = await prepareRun(material, device, operations)
  prepared.trainer.takeStep()
  await prepared.trainer.read()
  const { config, checkpoint } = {
    config: prepared.trainer.config,
    checkpoint: await prepared.trainer.checkpoint(),
  }
  const folder = { config, parameters: checkpoint.parameters, tokenizer: material.tokenizer.toJSON() }
  return { prepared, student: openStudent(operations, folder, 'student') }
}

/** A world that takes whatever is written, turn by turn, for an action or for none, and ends as it likes. */
function untrue(environment: Environment): Environment {
  let started = 0
  return {
    ...environment,
    stepCap: 6,
    script: {
      ...environment.script,
      read: (written, turn, ended) => {
        if (!ended) return null
        return turn % 3 === 2
          ? { kind: 'malformed', text: written, end: written.length }
          : { kind: 'act', reasoning: null, action: written, end: written.length }
      },
    },
    episode(...asked) {
      const episode = environment.episode(...asked)
      return {
        ...episode,
        start: () => {
          const place = started++ % 5
          let acts = 0
          return {
            act: () => ({ observation: 'So.', done: ++acts > place, valid: acts % 2 === 1 }),
            score: place % 2 === 1 ? { success: true, reward: 1 } : { success: false, reward: 0.25 },
            view: () => ({ kind: 'household' }),
          }
        },
      }
    },
  }
}

const numbers = ({ elapsedMs, tokensPerSecond, ...line }: MetricsLine) => line

/** Minutes, as a machine that emulates its GPU may do other things as well. */
const LONG = 300_000

describe('acting in a world while training', { timeout: LONG }, () => {
  it('is measured after every evaluateEvery steps and at the end, as `lab evaluate` measures the same student', async () => {
    const students: TrainedStudent[] = []
    const rollouts = { ...ROLLOUTS, environment: 'household' } as const
    const material = materialOf({ ...SMALL, steps: 3, evaluateEvery: 2, evaluate: { rollouts } })
    const { worlds } = await runToEnd(material, { checkpoint: (student) => students.push(student) })
    expect(worlds.map(({ step, world }) => [step, world !== undefined])).toEqual([
      [0, false],
      [2, true],
      [3, true],
    ])
    const environment = await environmentNamed('household')
    for (const { step, world } of worlds.slice(1)) {
      const { config, checkpoint, tokenizer } = students.find((student) => student.checkpoint.step === step)!
      const folder = { config, parameters: checkpoint.parameters, tokenizer: tokenizer.toJSON() }
      const student = openStudent(reference, folder, 'student')
      expect(world).toEqual({ environment: 'household', episodes: 2, ...(await means(student, environment)) })
      student.dispose()
    }
  })

  it('has the means of `lab evaluate` of episodes of every kind', async () => {
    const { prepared, student } = await afterOneStep()
    const environment = untrue(await environmentNamed('household'))
    const plan = { environment, ...PLAN, seed: 1, episodes: 5 }
    const { tokenizer, model } = student
    const world = await new WorldRollouts(plan, tokenizer, 'household').measure(model)
    expect(world).toEqual({
      environment: 'household',
      episodes: 5,
      ...(await means(student, environment, 5)),
    })
    expect(world).toMatchObject({ success: 2 / 5, reward: (2 + 3 * 0.25) / 5, stoppedAtCap: 1 / 5 })
    expect(new Set(Object.values(world!)).size).toBe(8)
    prepared.dispose()
  })

  it('changes nothing else of the run, and without the key no line tells of a world', async () => {
    const without = await runToEnd(materialOf({ ...SMALL, evaluate: {} }))
    const acted = await runToEnd(materialOf(SMALL))
    expect(metricsJsonl(without.metrics)).not.toContain('world')
    const others = acted.metrics.map(({ world, ...line }) => numbers(line))
    expect(others).toEqual(without.metrics.map(numbers))
    expect(JSON.stringify(materialOf({ ...SMALL, evaluate: {} }).recipe)).not.toContain('rollouts')
  })

  it('goes on after a stop and a checkpoint file as if there had been none', async () => {
    const whole = await runToEnd(materialOf(SMALL))
    let first: TrainedStudent | undefined
    await runToEnd(materialOf(SMALL), {
      checkpoint: (student) => {
        first ??= student
      },
    })
    const { checkpoint } = first!
    expect(checkpoint.step).toBe(3)
    const read = readCheckpoint(writeCheckpoint(checkpoint), checkpoint.parameters.length, 'c')
    const rest = await runToEnd(materialOf(SMALL), { from: { ...first!, checkpoint: read } })
    const after = whole.metrics.filter(({ step }) => step > 3)
    expect(rest.metrics.map(numbers)).toEqual(after.map(numbers))
    expect(rest.worlds.at(-1)!.world).toBeDefined()
  })

  it('works where nothing is held out: the line then tells of the world alone', async () => {
    const { heldOut } = await runToEnd(materialOf({ ...SMALL, data: { contextLength: 256, heldOut: 0 } }))
    expect(heldOut.map(({ step }) => step)).toEqual([3, 6])
    for (const line of heldOut) {
      expect(line.world!.episodes).toBe(2)
      expect(line).toMatchObject({ loss: 0, reason: { tokens: 0 }, act: { tokens: 0 } })
      expect(line.steps).toMatchObject({ actions: 0, actionMatch: null, cotSamples: 0 })
    }
  })

  it.each([0.2, 0])(
    'waits while the run is paused, ends at once when it is stopped, and leaves no tensor behind (%s held out)',
    async (heldOut) => {
      const material = materialOf({
        ...SMALL,
        evaluate: { rollouts: { environment: 'household', episodes: 8 } },
        data: { contextLength: 256, heldOut },
      })
      const before = tf.memory().numTensors
      let pausedFor = 0
      let stopped = 0
      const told: string[] = []
      const outcome = await runToEnd(material, {
        activity: (what, run) => {
          if (!what.startsWith('Acting')) return
          told.push(what)
          run.pause()
          const since = performance.now()
          setTimeout(() => {
            pausedFor = performance.now() - since
            stopped = performance.now()
            run.stop()
          }, 200)
        },
      })
      expect(pausedFor).toBeGreaterThan(190)
      expect(performance.now() - stopped).toBeLessThan(1000)
      expect(told).toEqual(['Acting in the household: 0 of 8 episodes are over.'])
      expect(outcome.states).toEqual(['running', 'paused', 'stopped'])
      expect(outcome.heldOut.map(({ step }) => step)).toEqual(heldOut > 0 ? [0, 3] : [])
      for (const line of outcome.heldOut) expect(line.world).toBeUndefined()
      expect(outcome.run.student!.checkpoint.step).toBe(3)
      expect(tf.memory().numTensors).toBe(before)
    },
  )

  it('is refused before the run where the context is too short for the longest task, and in no shorter one', async () => {
    const environment = await environmentNamed('household')
    const { tokenizer } = materialOf(SMALL)
    const rollouts = { ...ROLLOUTS, environment: 'household' } as const
    const plan = { environment, split: 'validation', seed: 1, episodes: 2 } as const
    const lengths = episodesOf(plan).map(({ prompt }) => tokenizer.encode(prompt).ids.length)
    const longest = Math.max(...lengths)
    const withContext = (contextLength: number) =>
      materialOf({ ...SMALL, steps: 3, data: { contextLength, heldOut: 0 }, evaluate: { rollouts } })
    let states = 0
    const run = new Run(withContext(2 * longest - 1), { state: () => states++, metrics: () => {} })
    await expect(run.start(device, reference)).rejects.toThrow(
      `evaluate.rollouts: the longest task of the household has ${longest} tokens, and may take up half of the student’s context: set data.contextLength (${2 * longest - 1}) to ${2 * longest} or more, or leave evaluate.rollouts out.`,
    )
    expect(states).toBe(0)
    const { worlds } = await runToEnd(withContext(2 * longest))
    expect(worlds[0]!.world!.episodes).toBe(2)
  })

  it('knows every world, and cuts turns where `lab evaluate` does', () => {
    expect(WORLDS).toEqual(ENVIRONMENT_NAMES)
    for (const environment of WORLDS) {
      const { evaluate } = parseRecipe({ evaluate: { rollouts: { environment } } })
      expect(evaluate.rollouts).toEqual({ environment, episodes: 12, turnTokens: DEFAULT_TURN_TOKENS })
    }
  })

  it.each(['wiki', 'shop'] as const)('is measured in the %s as well', async (environment) => {
    const { prepared, student } = await afterOneStep({
      ...SMALL,
      data: { contextLength: 400, heldOut: 0 },
      evaluate: { rollouts: { ...ROLLOUTS, environment } },
    })
    const world = (await prepared.trainer.evaluate())!.world
    prepared.dispose()
    student.dispose()
    const { stepCap } = await environmentNamed(environment)
    expect(world).toMatchObject({ environment, episodes: 2, success: 0, steps: stepCap, stoppedAtCap: 1 })
  })

  it('is the same between steps of the fused kernels as of the student that they leave', async () => {
    const fused = await openEngine('fused')
    try {
      const { prepared, student } = await afterOneStep(SMALL, fused)
      const { world } = (await prepared.trainer.evaluate())!
      expect(world).toEqual({
        environment: 'wiki',
        episodes: 2,
        ...(await means(student, await environmentNamed('wiki'))),
      })
      prepared.trainer.takeStep()
      expect((await prepared.trainer.read())[0]!.loss).toBeGreaterThan(0)
      prepared.dispose()
      student.dispose()
    } finally {
      await tf.setBackend('wasm')
    }
  })
})

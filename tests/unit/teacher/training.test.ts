import { beforeAll, describe, expect, it } from 'vitest'
import type { Device } from '../../../workers/device/device.ts'
import { tf } from '../../../workers/device/tensorflow.ts'
import { LabError } from '../../../workers/errors.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import type { MetricsLine } from '../../../workers/objective/metrics.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import type { Capture } from '../../../workers/teacher/capture.ts'
import { captureTeacher } from '../../../workers/teacher/captureTeacher.ts'
import { MemoryFile } from '../../../workers/teacher/memoryFile.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { type RunMaterial, tokenizerFor } from '../../../workers/training/material.ts'
import { outlook } from '../../../workers/training/outlook.ts'
import { prepareRun } from '../../../workers/training/prepare.ts'
import { Run } from '../../../workers/training/run.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { openForTest } from '../backends.ts'
import { trajectoryOf } from '../dataset/fixtures.ts'

const SMALL: RecipeInput = {
  steps: 4,
  batchRows: 2,
  evaluateEvery: 4,
  // Whole trajectories in a row, so that the teacher reads the same before each token either way.
  data: { contextLength: 96, heldOut: 0.25 },
  tokenizer: { kind: 'teacher' },
  student: { layers: 1, width: 8, heads: 2 },
  optimiser: { learningRate: 0.01, warmupSteps: 0 },
}

let device: Device
let trajectories: Trajectory[]
let folder: StudentFolder
/** All of the teacher's vocabulary, and the four likeliest. */
let full: Capture
let four: Capture

beforeAll(async () => {
  device = await openForTest('wasm')
  trajectories = ['lamp', 'mug', 'book', 'plate'].map((thing, i) =>
    trajectoryOf([
      ['prompt', `You look for the ${thing}.\n`, -1],
      ['reason', `Thought: the ${thing} may be on shelf ${i}.\n`, 0],
      ['act', `Action: go to shelf ${i}\n`, 0],
      ['observation', `On shelf ${i} there is a ${thing}.\n`, 0],
      ['reason', `Thought: I take the ${thing}.\n`, 1],
      ['act', `Action: take the ${thing}\n`, 1],
    ]),
  )
  const tokenizer = trainBpe(
    trajectories.map(({ text }) => text),
    300,
  )
  const config = { vocabularySize: 300, contextLength: 96, layers: 1, width: 8, heads: 2 }
  const parameters = initialParameters(gptParameters(config), 1).map((value) => 10 * value)
  folder = { config, parameters, tokenizer: tokenizer.toJSON() }
  const request = { trajectories, teacher: folder, name: 'big' }
  full = await captureTeacher(reference, { ...request, k: 300, file: new MemoryFile() })
  four = await captureTeacher(reference, { ...request, k: 4, file: new MemoryFile() })
})

function materialOf(input: RecipeInput, capture?: Capture, loaded = trajectories): RunMaterial {
  const recipe = parseRecipe({ ...SMALL, ...input })
  const teacher = recipe.teacher.kind === 'model' ? folder : null
  const tokenizer = tokenizerFor(recipe, loaded, teacher, capture)
  return { recipe, trajectories: loaded, teacher, capture, tokenizer }
}

async function metricsOf(material: RunMaterial): Promise<MetricsLine[]> {
  const lines: MetricsLine[] = []
  const before = tf.memory().numTensors
  const run = new Run(material, {
    state: (state, message) => {
      if (state === 'failed') throw new Error(message)
    },
    metrics: (added) => lines.push(...added),
  })
  const { end } = await run.start(device, reference)
  await end
  expect(tf.memory().numTensors).toBe(before)
  return lines
}

const BESIDE: RecipeInput = { teacher: { kind: 'model', source: 'big' } }
const STORED: RecipeInput = { teacher: { kind: 'stored', source: 'big' } }

describe('training on a capture', () => {
  it.each(['forward-kl', 'reverse-kl', 'jsd'] as const)(
    'of all the vocabulary equals training beside the model, to the rounding of float16: %s',
    async (divergence) => {
      const objective = { divergence }
      const beside = await metricsOf(materialOf({ ...BESIDE, objective }))
      const stored = await metricsOf(materialOf({ ...STORED, objective }, full))
      expect(stored.map(({ step }) => step)).toEqual(beside.map(({ step }) => step))
      for (const [i, line] of stored.entries()) {
        const other = beside[i]!
        expect(line.act.tokens).toBe(other.act.tokens)
        expect(line.reason.loss).toBeCloseTo(other.reason.loss, 3)
        expect(line.act.loss).toBeCloseTo(other.act.loss, 3)
        expect(line.act.kl).toBeCloseTo(other.act.kl, 3)
        expect(line.act.teacherEntropy).toBeCloseTo(other.act.teacherEntropy, 2)
        if (line.gradientNorm) expect(line.gradientNorm / other.gradientNorm!).toBeCloseTo(1, 2)
      }
    },
  )

  it('of the likeliest tokens bounds KL and entropy from below, and counts the same tokens', async () => {
    const beside = (await metricsOf(materialOf(BESIDE)))[0]!
    const stored = (await metricsOf(materialOf(STORED, four)))[0]!
    expect(stored.act.tokens).toBe(beside.act.tokens)
    expect(stored.act.crossEntropy).toBeCloseTo(beside.act.crossEntropy, 4)
    expect(stored.act.kl).toBeLessThan(beside.act.kl)
    expect(stored.act.kl).toBeGreaterThan(0)
    expect(stored.act.teacherEntropy).toBeLessThan(beside.act.teacherEntropy)
  })

  it('is refused where the trajectories are others, and counts those that are', () => {
    const others = trajectories.map((one) => ({ ...one, text: one.text.replace('You', 'We ') }))
    expect(() => outlook(materialOf(STORED, four, others), null)).toThrow(LabError)
    expect(() => outlook(materialOf(STORED, four, others), null)).toThrow(
      'None of the 4 loaded trajectories is in the capture "big": load those that it was made of, or capture the teacher anew.',
    )
    const { report } = outlook(materialOf(STORED, four, [...others, trajectories[0]!]), null).teacher!
    expect(report).toMatchObject({ trajectories: 1, missing: 4, k: 5 })
  })
})

describe('a model with another tokenizer', () => {
  const OTHER: RecipeInput = { ...BESIDE, tokenizer: { kind: 'train-bpe', vocabularySize: 270 } }

  it('is captured before the run, aligned and learned from', async () => {
    const material = materialOf({ ...OTHER, steps: 12, objective: { divergence: 'forward-kl' } })
    const { teacher } = outlook(material, null)
    expect(teacher!.capture).toEqual({ k: 16, bytesPerToken: 68 })
    expect(teacher!.report.aligned).toBe(teacher!.report.tokens)
    const lines = await metricsOf(material)
    const train = lines.filter(({ split }) => split === 'train')
    expect(train.every(({ act }) => act.tokens > 0 && act.kl > 0 && act.teacherEntropy > 0)).toBe(true)
    const heldOut = lines.filter(({ split }) => split === 'held-out')
    expect(heldOut.at(-1)!.act.kl).toBeLessThan(heldOut[0]!.act.kl)
  })

  it('can be stopped while it is captured', async () => {
    const before = tf.memory().numTensors
    const many = Array.from({ length: 300 }, (_, i) => {
      const one = trajectories[i % 4]!
      return { ...one, text: `${one.text.slice(0, -4)}${String(i).padStart(3)}\n` }
    })
    let heard = 0
    const run = new Run(materialOf(OTHER, undefined, many), {
      state: () => {},
      metrics: () => {},
      activity: () => {
        if (++heard === 1) run.stop()
      },
    })
    await expect(run.start(device, reference)).rejects.toThrow('The run was stopped before its first step.')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(tf.memory().numTensors).toBe(before)
    expect(heard).toBeLessThan(300)
  })

  it('never reads ids of a student whose vocabulary only has the same size', async () => {
    const material = materialOf(BESIDE)
    const stranger = trainBpe(['quite other words than those of the household'.repeat(9)], 300)
    await expect(prepareRun({ ...material, tokenizer: stranger }, device, reference)).rejects.toThrow(
      /^big: ids of the student's vocabulary \(\d+\) mean other tokens in the teacher's \(300\)/,
    )
    await expect(
      prepareRun({ ...materialOf(STORED, four), tokenizer: stranger }, device, reference),
    ).rejects.toThrow(/^big: ids of the student's vocabulary/)
  })
})

describe('log-probabilities in the files', () => {
  const FILES: RecipeInput = {
    teacher: { kind: 'stored', source: 'trajectories' },
    tokenizer: { kind: 'train-bpe', vocabularySize: 270 },
  }

  /** Words with one log-probability each, over the reason and act spans of a trajectory. */
  function scored(trajectory: Trajectory, until = 1): Trajectory {
    const logprobs = trajectory.spans
      .filter(({ kind }) => kind === 'reason' || kind === 'act')
      .flatMap(({ start, end }) =>
        Array.from(trajectory.text.slice(start, end).matchAll(/\s*\S+/g), (word) => ({
          start: start + word.index,
          end: start + word.index + word[0].length,
          logprob: -0.5,
          top: [
            { token: word[0], logprob: -0.5 },
            { token: ' zebra', logprob: -2 },
          ],
        })),
      )
    return { ...trajectory, logprobs: logprobs.slice(0, Math.ceil(until * logprobs.length)) }
  }

  it('train the student, and only where they are', async () => {
    const all = materialOf(
      FILES,
      undefined,
      trajectories.map((one) => scored(one)),
    )
    const { report } = outlook(all, null).teacher!
    expect(report).toMatchObject({ trajectories: 4, missing: 0, stoppedEarly: 0 })
    expect(report.aligned / report.tokens).toBeGreaterThan(0.95)
    const half = materialOf(
      FILES,
      undefined,
      trajectories.map((one) => scored(one, 0.5)),
    )
    const part = outlook(half, null).teacher!.report
    expect(part.stoppedEarly).toBe(4)
    const [whole, fewer] = [await metricsOf(all), await metricsOf(half)]
    expect(fewer[0]!.reason.tokens).toBeLessThan(whole[0]!.reason.tokens)
    expect(fewer[0]!.reason.tokens).toBeGreaterThan(0)
    expect(whole.at(-1)!.reason.kl).toBeLessThan(whole[0]!.reason.kl)
  })

  it('are refused where there are none, or none that could be trained on', async () => {
    expect(() => outlook(materialOf(FILES), null)).toThrow(
      'None of the 4 loaded trajectories brought log-probabilities of its reason or act tokens: load some that did, or choose another teacher.',
    )
    const acts = trajectories.map((one) => {
      const run = scored(one)
      const isReason = (at: number) =>
        one.spans.some(({ kind, start, end }) => kind === 'reason' && at >= start && at < end)
      return { ...run, logprobs: run.logprobs!.filter(({ start }) => isReason(start)) }
    })
    const material = materialOf({ ...FILES, objective: { arm: 'act-only' } }, undefined, acts)
    await expect(prepareRun(material, device, reference)).rejects.toThrow(
      /^The stored log-probabilities reach no token that objective\.lambda weighs in the \d+ training rows/,
    )
  })
})

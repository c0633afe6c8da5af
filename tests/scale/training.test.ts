import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../../workers/device/device.ts'
import { ARMS, type RecipeInput } from '../../workers/recipe.ts'
import type { RunMaterial } from '../../workers/training/material.ts'
import { openForTest } from '../unit/backends.ts'
import {
  distance,
  labRun,
  materialOf,
  ScaleFolder,
  type ScaleRun,
  shapeOf,
  type Told,
  trainAll,
  worstOf,
} from './runs.ts'

/** Twenty steps of the lab and of scale on one rank, from the same seed, rows and recipe. */

const MODEL = { kind: 'model', source: 'big' } as const
const BESIDE: RecipeInput = { tokenizer: { kind: 'teacher' }, teacher: MODEL }
const FILES: RecipeInput = { teacher: { kind: 'stored', source: 'trajectories' } }

/** Together: every arm but one, every divergence, normaliser and teacher, and every other switch at least once. */
const RECIPES: [string, RecipeInput][] = [
  ['sad', {}],
  ['sad-paper, hard first', { objective: { arm: 'sad-paper' }, curriculum: { order: 'hard-first' } }],
  [
    'sad-hard in micro-batches',
    { objective: { arm: 'sad-hard' }, accumulate: 2, optimiser: { schedule: 'linear', warmupSteps: 0 } },
  ],
  [
    'token-kd, packed',
    {
      objective: { arm: 'token-kd' },
      data: { contextLength: 128, heldOut: 0.2, packing: true },
      batchRows: 2,
      accumulate: 2,
    },
  ],
  [
    'token-kd-masked beside a model, at a temperature',
    { ...BESIDE, objective: { arm: 'token-kd-masked', temperature: 2, hardShare: 0.3 } },
  ],
  [
    'imitation, without a held-out row',
    { objective: { arm: 'imitation' }, data: { contextLength: 64, heldOut: 0 } },
  ],
  [
    'reason-only beside a model, by its entropy',
    {
      ...BESIDE,
      objective: {
        arm: 'reason-only',
        divergence: 'jsd',
        beta: 0.3,
        temperature: 0.5,
        temperatureSquared: false,
      },
      curriculum: { alpha: 0, beta: 0, gamma: 1, pacing: 'root' },
      optimiser: { schedule: 'constant', clipNorm: 0, weightDecay: 0.2 },
    },
  ],
  [
    'act-only by what came with the trajectories, by their entropy',
    {
      ...FILES,
      objective: { arm: 'act-only', divergence: 'skew-kl', alpha: 0.2, lambda: { observation: 0.5 } },
      curriculum: { gamma: 3, pacing: 'step' },
    },
  ],
  [
    'spans-shuffled, weighed by reward',
    { objective: { arm: 'spans-shuffled', weights: { trajectory: 'reward' } } },
  ],
  [
    'no-curriculum by a model that is captured first, weighed by λ',
    {
      teacher: { ...MODEL, k: 5 },
      objective: {
        arm: 'no-curriculum',
        divergence: 'total-variation',
        normaliser: 'weight-sum',
        lambda: { act: 2, observation: 0.25 },
        weights: { stepDecay: 0.8 },
        thoughtCap: 6,
      },
    },
  ],
  [
    'reverse-kl by a capture, weighed by success',
    {
      tokenizer: { kind: 'teacher' },
      teacher: { kind: 'stored', source: 'big' },
      objective: { arm: 'reverse-kl', hardShare: 0.4, weights: { trajectory: 'success' } },
      recompute: true,
    },
  ],
]

let device: Device
const folder = new ScaleFolder()
const materials = new Map<string, RunMaterial>()
const ofLab = new Map<string, Told>()

beforeAll(async () => {
  device = await openForTest('wasm')
  const runs: ScaleRun[] = []
  for (const [n, [name, input]] of RECIPES.entries()) {
    const material = await materialOf(input)
    materials.set(name, material)
    runs.push({ arguments: [await folder.pack(material, `${n}.zip`), ...folder.options(`${n}`)] })
  }
  const ours = trainAll(runs)
  for (const [name, material] of materials) ofLab.set(name, await labRun(material, device))
  const { status, stderr } = await ours
  expect(status, stderr).toBe(0)
}, 240_000)

afterAll(() => folder.remove())

describe('twenty steps of scale are those of the lab', () => {
  test.each(RECIPES.map(([name], n) => [name, n] as const))('%s', (name, n) => {
    const lab = ofLab.get(name)!
    const material = materials.get(name)!
    const scale = folder.outcome(`${n}`, material)
    const { error, at } = worstOf(scale.lines, lab.lines)
    expect(error, at).toBeLessThan(1e-4)
    expect(scale.checkpoint.step).toBe(20)
    expect(scale.checkpoint.lambda).toEqual(lab.checkpoint.lambda)
    const [ours, theirs] = [scale.checkpoint.parameters, lab.checkpoint.parameters]
    expect(distance(ours, theirs, shapeOf(material))).toBeLessThan(1e-4)
    const train = lab.lines.filter(({ split }) => split === 'train')
    expect(train).toHaveLength(20)
  })

  test('all arms are among them but the one that writes', () => {
    const arms = [...materials.values()].map(({ recipe }) => recipe.objective.arm)
    expect(new Set([...arms, 'on-policy'])).toEqual(new Set(ARMS))
  })
})

import { exec } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { householdTrajectories } from '../../workers/environments/household/demo.ts'
import type { GptConfig } from '../../workers/models/parameters.ts'
import { readSafetensors } from '../../workers/models/safetensors.ts'
import type { OnPolicyMetrics, StepMetrics } from '../../workers/objective/metrics.ts'
import type { RecipeInput } from '../../workers/recipe.ts'
import { writeCheckpoint } from '../../workers/training/checkpointFile.ts'
import { openForTest } from '../unit/backends.ts'
import { buildLab, type LabCommand } from './labCommand.ts'
import {
  distance,
  labRun,
  materialOf,
  type Numbers,
  ScaleFolder,
  SMALL,
  shapeOf,
  trainAll,
  worstOf,
} from './runs.ts'

/** Runs in which the lab's own command has a part: it packs them, goes on with them, and reads what a student writes. */

/** Its course does not depend on how long it is. */
const RECIPE = {
  ...SMALL,
  steps: 24,
  evaluateEvery: 8,
  batchRows: 5,
  curriculum: { order: 'random' },
  optimiser: { learningRate: 0.01, warmupSteps: 3, schedule: 'constant' },
} satisfies RecipeInput

/** What the student writes is trained on as well, and its reasonings are looked at. */
const WRITING = {
  steps: 6,
  evaluateEvery: 6,
  batchRows: 6,
  data: { contextLength: 64, heldOut: 0.3 },
  tokenizer: { kind: 'teacher' },
  teacher: { kind: 'model', source: 'big' },
  student: { layers: 1, width: 32, heads: 2 },
  objective: { arm: 'on-policy' },
  onPolicy: { share: 0.7, maxTokens: 26, temperature: 0.5 },
  evaluate: { cotSamples: 5, cotTokens: 24 },
  optimiser: { learningRate: 0.003, warmupSteps: 0, clipNorm: 0 },
} satisfies RecipeInput

/** Makes its student one whose steps can be read. */
const LEARNING = {
  ...WRITING,
  steps: 150,
  evaluateEvery: 150,
  objective: { arm: 'imitation' },
  onPolicy: {},
  evaluate: {},
  optimiser: { learningRate: 0.02, warmupSteps: 5 },
} satisfies RecipeInput

const folder = new ScaleFolder()
let command: LabCommand

/** A command of the lab, for a person who stands in the folder. */
async function lab(...args: string[]): Promise<void> {
  const env = { ...process.env, INIT_CWD: folder.path }
  await promisify(exec)(`${command.command} ${args.join(' ')}`, { env })
}

const train = (recipe: string, out: string, ...more: string[]) =>
  lab('train', 'household.json', '--recipe', recipe, '--out', out, '--backend', 'wasm', ...more)

function write(name: string, value: unknown): void {
  writeFileSync(folder.at(name), JSON.stringify(value))
}

function linesOf(out: string): Numbers[] {
  const text = folder.text(join(out, 'metrics.jsonl')).trimEnd()
  return text.split('\n').map((line) => JSON.parse(line))
}

/** The student's parameters and its shape. */
function studentOf(out: string): [Float32Array, GptConfig] {
  const file = readFileSync(folder.at(join(out, 'checkpoint.safetensors')))
  const { vocab_size, n_positions, n_layer, n_embd, n_head } = JSON.parse(
    folder.text(join(out, 'config.json')),
  )
  const shape = {
    vocabularySize: vocab_size,
    contextLength: n_positions,
    layers: n_layer,
    width: n_embd,
    heads: n_head,
  }
  return [readSafetensors(file, out).get('parameters')!.data, shape]
}

/** Holds a run to the lab's own, from its first line to its student. */
function expectWhole(out: string): void {
  const { error, at } = worstOf(linesOf(out), linesOf('whole'))
  expect(error, at).toBeLessThan(1e-4)
  const [[ours, shape], [theirs]] = [studentOf(out), studentOf('whole')]
  expect(distance(ours, theirs, shape)).toBeLessThan(1e-4)
}

beforeAll(async () => {
  ;[command] = await Promise.all([buildLab(), openForTest('wasm')])
  const household = householdTrajectories({ seed: 4, trajectories: 8 }).map(({ name, text }) => [name, text])
  write('household.json', Object.fromEntries(household))
  write('recipe.json', RECIPE)
  write('short.json', { ...RECIPE, steps: 8 })
  await lab('pack', 'household.json', '--recipe', 'recipe.json', '--out', 'RUN.zip')
  await folder.pack(await materialOf(LEARNING), 'learning.zip')
  await Promise.all([train('recipe.json', 'whole'), train('short.json', 'of-lab')])
  const { status, stderr } = await trainAll([
    { arguments: [folder.at('RUN.zip'), ...folder.options('of-scale')], stopAt: 11 },
    { arguments: [folder.at('RUN.zip'), ...folder.options('of-lab'), '--resume'] },
    { arguments: [folder.at('learning.zip'), ...folder.options('learning')] },
  ])
  expect(status, stderr).toBe(0)
  expect(stderr).toMatch(/Goes on from step 8 of 24/)
}, 300_000)

afterAll(() => {
  command?.remove()
  folder.remove()
})

test('the lab goes on with a run of scale that was stopped', async () => {
  expect(linesOf('of-scale').at(-1)!.step).toBe(11)
  await train('recipe.json', 'of-scale', '--resume')
  expectWhole('of-scale')
})

test('scale goes on with a run of the lab', () => expectWhole('of-lab'))

test('what a student writes is what it writes in the lab, and is trained on and measured alike', async () => {
  const material = await materialOf(WRITING)
  const learned = folder.outcome('learning', await materialOf(LEARNING)).checkpoint
  const empty = new Float32Array(learned.parameters.length)
  const start = { ...learned, step: 0, firstMoment: empty, secondMoment: empty }
  mkdirSync(folder.at('writing'))
  writeFileSync(folder.at('writing/checkpoint.safetensors'), writeCheckpoint(start))
  write('writing/recipe.json', material.recipe)
  const run = [await folder.pack(material, 'writing.zip'), ...folder.options('writing'), '--resume']
  const [{ status, stderr }, right] = await Promise.all([
    trainAll([{ arguments: [...run, '--lab', command.command] }]),
    openForTest('wasm').then((device) => labRun(material, device, start)),
  ])
  expect(status, stderr).toBe(0)
  const found = folder.outcome('writing', material)
  const { error, at } = worstOf(found.lines, right.lines)
  expect(error, at).toBeLessThan(1e-4)
  const [ours, theirs] = [found.checkpoint.parameters, right.checkpoint.parameters]
  expect(distance(ours, theirs, shapeOf(material))).toBeLessThan(1e-4)
  const written = found.lines.flatMap(({ onPolicy }) => (onPolicy ? [onPolicy as OnPolicyMetrics] : []))
  expect(written).toHaveLength(6)
  // Some of what it writes reads as a step and is trained on, and some does not.
  const parsed = written.reduce((sum, one) => sum + one.rows * (one.parsed ?? 0), 0)
  expect(parsed).toBeGreaterThan(4)
  expect(parsed).toBeLessThan(written.reduce((sum, { rows }) => sum + rows, 0))
  const measured = found.lines.flatMap(({ steps }) => (steps ? [steps as StepMetrics] : []))
  expect(measured.map(({ cotSamples }) => cotSamples)).toEqual([5, 5])
  expect(Math.max(...measured.map(({ cotF1 }) => cotF1!))).toBeGreaterThan(0)
}, 200_000)

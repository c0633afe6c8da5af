import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Device } from '../../workers/device/device.ts'
import { reference } from '../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../workers/models/folder.ts'
import {
  type GptConfig,
  gptParameters,
  initialParameters,
  parameterCount,
} from '../../workers/models/parameters.ts'
import type { MetricsLine } from '../../workers/objective/metrics.ts'
import { parseRecipe, type RecipeInput } from '../../workers/recipe.ts'
import type { Capture } from '../../workers/teacher/capture.ts'
import { captureTeacher } from '../../workers/teacher/captureTeacher.ts'
import { MemoryFile } from '../../workers/teacher/memoryFile.ts'
import { trainBpe } from '../../workers/tokenizer/train.ts'
import { readCheckpoint } from '../../workers/training/checkpointFile.ts'
import { type RunMaterial, tokenizerFor, vocabularyOf } from '../../workers/training/material.ts'
import { metricsRecord } from '../../workers/training/metricsFile.ts'
import { Run } from '../../workers/training/run.ts'
import type { Checkpoint } from '../../workers/training/trainer.ts'
import type { TokenLogprob, Trajectory } from '../../workers/trajectories/trajectory.ts'
import { packed } from '../unit/cluster/materials.ts'
import { household } from '../unit/household.ts'
import { launching, type Outcome, python } from './python.ts'

/** Runs that the lab and scale both take, so small that a test takes many. */

export const SMALL = {
  steps: 20,
  batchRows: 4,
  evaluateEvery: 10,
  data: { contextLength: 64, heldOut: 0.2 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 2, width: 16, heads: 2 },
  optimiser: { learningRate: 0.01, warmupSteps: 3 },
} satisfies RecipeInput

const texts = household(6).map(({ text }) => text)
/** A vocabulary of its own, and a model that has opinions, padded by some ids. */
const teacherTokenizer = trainBpe(texts, 320)
const teacherConfig = {
  vocabularySize: teacherTokenizer.vocabularySize + 2,
  contextLength: 64,
  layers: 1,
  width: 24,
  heads: 2,
}
const teacher: StudentFolder = {
  config: teacherConfig,
  parameters: initialParameters(gptParameters(teacherConfig), 5).map((value) => 8 * value),
  tokenizer: teacherTokenizer.toJSON(),
}

/** Household trajectories of which some failed, and most bring log-probabilities. */
export const trajectories: Trajectory[] = household(10).map((trajectory, index) => ({
  ...trajectory,
  success: index % 3 !== 1,
  reward: index % 4 === 3 ? 0.25 : 1,
  ...(index % 5 !== 2 && { logprobs: logprobsOf(trajectory.text, index) }),
}))

/** What a file would tell of a text: words, of which some have alternatives and some nothing. */
function logprobsOf(text: string, salt: number): TokenLogprob[] {
  return Array.from(text.matchAll(/\s*\w+|[^\w\s]+/g)).flatMap(({ 0: token, index: start }, n) => {
    if (n % 11 === 7) return []
    const logprob = -0.2 - ((n + salt) % 5) / 3
    const others = [' go', ' the', '\nI'].filter((other) => other !== token)
    const top = [{ token, logprob }, ...others.map((other, i) => ({ token: other, logprob: -2.5 - i }))]
    return [{ start, end: start + token.length, logprob, ...(n % 4 !== 0 && { top }) }]
  })
}

let capture: Capture | undefined

/** The teacher's capture of the trajectories, made once; a backend must be open. */
async function captured(): Promise<Capture> {
  const file = new MemoryFile()
  capture ??= await captureTeacher(reference, { trajectories, teacher, name: 'big', k: 6, half: false, file })
  return capture
}

/** What a run is made of, by the teacher that its recipe names. */
export async function materialOf(input: RecipeInput): Promise<RunMaterial> {
  const recipe = parseRecipe({ ...SMALL, ...input })
  const { kind } = recipe.teacher
  const model = kind === 'model' ? teacher : null
  const stored = kind === 'stored' && recipe.teacher.source !== 'trajectories' ? await captured() : null
  return {
    recipe,
    trajectories,
    teacher: model,
    capture: stored,
    tokenizer: tokenizerFor(recipe, trajectories, model, stored),
  }
}

/** The student's shape. */
export function shapeOf(material: RunMaterial): GptConfig {
  const { layers, width, heads } = material.recipe.student
  const { contextLength } = material.recipe.data
  return { vocabularySize: vocabularyOf(material), contextLength, layers, width, heads }
}

export type Numbers = Record<string, unknown>

/** What a run told and left. */
export interface Told {
  lines: Numbers[]
  checkpoint: Checkpoint
}

/** A run of the lab, to its end. */
export async function labRun(material: RunMaterial, device: Device, from?: Checkpoint): Promise<Told> {
  const lines: MetricsLine[] = []
  let problem: string | undefined
  const run = new Run(material, {
    state: (_, message) => {
      problem = message
    },
    metrics: (added) => lines.push(...added),
  })
  const { end } = await run.start(device, reference, from)
  await end
  if (problem) throw new Error(problem)
  return {
    lines: lines.map((line) => JSON.parse(JSON.stringify(metricsRecord(line)))),
    checkpoint: run.student!.checkpoint,
  }
}

/** A folder with RUN.zip and what scale makes of it. */
export class ScaleFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'scale-run-'))

  /** The path of a file or folder in it. */
  at(name: string): string {
    return join(this.path, name)
  }

  async pack(material: RunMaterial, name = 'RUN.zip'): Promise<string> {
    writeFileSync(this.at(name), await packed(material))
    return this.at(name)
  }

  /** The options that every run here has. */
  options(out: string): string[] {
    return ['--out', this.at(out), '--cache', this.at('cache'), '--device', 'cpu']
  }

  text(name: string): string {
    return readFileSync(this.at(name), 'utf8')
  }

  /** What scale wrote to a folder. */
  outcome(out: string, material: RunMaterial): Told {
    const lines = this.text(join(out, 'metrics.jsonl')).trimEnd().split('\n')
    const file = readFileSync(this.at(join(out, 'checkpoint.safetensors')))
    return {
      lines: lines.map((line) => JSON.parse(line)),
      checkpoint: readCheckpoint(file, parameterCount(gptParameters(shapeOf(material))), out),
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A run of `trainAll`, and what it is to suffer: `trainAll.py` tells it. */
export interface ScaleRun {
  arguments: string[]
  stopAt?: number
  kill?: { rank: number; step: number; once: string }
  wrong?: boolean
}

const SCRIPT = fileURLToPath(new URL('trainAll.py', import.meta.url))

/** Several runs of `sad_scale train` one after another on the same ranks, as Python and torchrun take long to begin. */
export async function trainAll(
  runs: ScaleRun[],
  { ranks = 1, options = [] as string[], env = {} as Record<string, string> } = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'scale-runs-'))
  const file = join(folder, 'runs.json')
  writeFileSync(file, JSON.stringify(runs))
  try {
    return await python([...(ranks > 1 ? launching(ranks, options) : []), SCRIPT, file], env)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The sentences of the runs that were expected to go wrong. */
export function wrongs({ stdout }: Outcome): string[] {
  const told = stdout.split('\n').filter((line) => line.startsWith('{"wrong"'))
  return told.map((line) => JSON.parse(line).wrong)
}

/** Of one run of many, not of what was computed. */
const MEASURED = ['tokensPerSecond', 'elapsedMs']

/** All that a line tells, by path; a number, a text or null each. */
function flat(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, path ? `${path}.${key}` : key))
}

/** The largest difference of numbers, relative to 1 or what is larger, and where it is; anything else must be equal. */
export function worstOf(found: Numbers[], right: Numbers[]): { error: number; at: string } {
  expect(found.map(({ step, split }) => `${step} ${split}`)).toEqual(
    right.map(({ step, split }) => `${step} ${split}`),
  )
  let worst = { error: 0, at: '' }
  for (const [i, line] of found.entries()) {
    const [ours, theirs] = [flat(line), flat(right[i])]
    // The order of the keys as well.
    expect(ours.map(([path]) => path)).toEqual(theirs.map(([path]) => path))
    for (const [n, [path, value]] of ours.entries()) {
      const other = theirs[n]![1]
      if (MEASURED.includes(path)) continue
      const at = `${line.split} step ${line.step}: ${path} ${value} and not ${other}`
      if (typeof value !== 'number' || typeof other !== 'number') expect(value, at).toEqual(other)
      else {
        const error = Math.abs(value - other) / Math.max(1, Math.abs(other))
        if (!(error <= worst.error)) worst = { error, at }
      }
    }
  }
  return worst
}

/**
 * The largest difference of two vectors of parameters or their moments, relative to the largest value. The biases of keys
 * are left out: their gradient is 0 in mathematics and rounding noise in numbers, of which Adam makes steps, and they
 * change no output (tests/golden/README.md).
 */
export function distance(found: Float32Array, right: Float32Array, config: GptConfig): number {
  expect(found.length).toBe(right.length)
  const noise = new Uint8Array(right.length)
  for (const { name, offset, size } of gptParameters(config)) {
    if (name.endsWith('attn.c_attn.bias')) noise.fill(1, offset + size / 3, offset + (2 * size) / 3)
  }
  let worst = 0
  let largest = 0
  for (let i = 0; i < right.length; i++) {
    if (!noise[i]) worst = Math.max(worst, Math.abs(found[i]! - right[i]!))
    largest = Math.max(largest, Math.abs(right[i]!))
  }
  return worst / largest
}

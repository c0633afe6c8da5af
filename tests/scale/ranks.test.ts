import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RecipeInput } from '../../workers/recipe.ts'
import type { RunMaterial } from '../../workers/training/material.ts'
import { openForTest } from '../unit/backends.ts'
import { type Outcome, torchrun } from './python.ts'
import {
  distance,
  materialOf,
  ScaleFolder,
  type ScaleRun,
  shapeOf,
  trainAll,
  worstOf,
  wrongs,
} from './runs.ts'

/** Several ranks of this machine, joined by gloo, give what one rank gives; and so does a run of which one rank dies. */

/** Rows that the ranks cannot share out evenly, nor put into equal micro-batches. */
const RUNS: Record<string, RecipeInput> = {
  'of the text': { batchRows: 7, objective: { arm: 'token-kd', weights: { stepDecay: 0.9 } } },
  'beside a model, in micro-batches': {
    tokenizer: { kind: 'teacher' },
    teacher: { kind: 'model', source: 'big' },
    batchRows: 6,
    accumulate: 3,
    objective: { divergence: 'jsd', spans: 'shuffled' },
    curriculum: { gamma: 2 },
  },
  'packed, fewer rows than ranks, by log-probabilities': {
    teacher: { kind: 'stored', source: 'trajectories' },
    data: { contextLength: 128, heldOut: 0.4, packing: true },
    batchRows: 3,
    objective: { arm: 'reverse-kl' },
  },
}
const names = Object.keys(RUNS)

const folder = new ScaleFolder()
const materials = new Map<string, RunMaterial>()
/** The runs on two ranks, and one of which a rank is killed. */
let two: Outcome

/** All runs on so many ranks, into folders of their own. */
function on(ranks: number): ScaleRun[] {
  return names.map((_, n) => ({
    arguments: [folder.at(`${n}.zip`), ...folder.options(`${ranks}-${n}`), '--resume'],
  }))
}

beforeAll(async () => {
  await openForTest('wasm')
  for (const [n, [name, input]] of Object.entries(RUNS).entries()) {
    materials.set(name, await materialOf(input))
    await folder.pack(materials.get(name)!, `${n}.zip`)
  }
  for (const ranks of [1, 4]) {
    const { status, stderr } = await trainAll(on(ranks), { ranks })
    expect(status, stderr).toBe(0)
  }
  // Begun anew by torchrun, as commands.ts has it: from the checkpoint of step 10, and from the ends of those before.
  const run = [folder.at('1.zip'), ...folder.options('killed'), '--resume']
  const kill = { rank: 1, step: 13, once: folder.at('died') }
  const sharded = [folder.at('1.zip'), ...folder.options('sharded'), '--resume', '--shard']
  const runs = [...on(2), { arguments: sharded, wrong: true }, { arguments: run, kill }]
  two = await trainAll(runs, { ranks: 2, options: ['--max_restarts=1'] })
}, 400_000)

afterAll(() => folder.remove())

test('a student that is sharded is the same, where PyTorch can shard, and is refused where it cannot', () => {
  const [refused] = wrongs(two)
  if (refused) {
    expect(refused).toMatch(
      /^--shard needs fully_shard, which PyTorch 1\..* does not have: install PyTorch 2\.6/,
    )
    return
  }
  const material = materials.get(names[1]!)!
  const [one, sharded] = ['1-1', 'sharded'].map((out) => folder.outcome(out, material))
  expect(worstOf(sharded!.lines, one!.lines).error).toBeLessThan(1e-5)
  const [ours, theirs] = [sharded!.checkpoint, one!.checkpoint]
  expect(distance(ours.parameters, theirs.parameters, shapeOf(material))).toBeLessThan(1e-5)
})

test('of two ranks that cannot begin one says why, and both end', async () => {
  writeFileSync(folder.at('cut.zip'), readFileSync(folder.at('0.zip')).subarray(0, -300))
  const { status, stderr } = await torchrun(2, ['train', folder.at('cut.zip'), ...folder.options('cut')])
  expect(status).not.toBe(0)
  expect(stderr.match(/^sad_scale train: .*$/gm)).toEqual([
    expect.stringMatching(/cut\.zip is no whole zip .*; copy it anew\.$/),
  ])
  expect(existsSync(folder.at('cut'))).toBe(false)
}, 200_000)

describe.each([2, 4])('%i ranks', (ranks) => {
  test.each(names.map((name, n) => [name, n] as const))('give what one gives: %s', (name, n) => {
    const material = materials.get(name)!
    const [one, many] = [1, ranks].map((count) => folder.outcome(`${count}-${n}`, material))
    const { error, at } = worstOf(many!.lines, one!.lines)
    expect(error, at).toBeLessThan(1e-5)
    const [ours, theirs] = [many!.checkpoint, one!.checkpoint]
    expect(distance(ours.parameters, theirs.parameters, shapeOf(material))).toBeLessThan(1e-5)
    expect(distance(ours.firstMoment, theirs.firstMoment, shapeOf(material))).toBeLessThan(1e-4)
    expect(many!.lines).toHaveLength(23)
  })
})

test('a run of which one rank is killed is restarted by torchrun and ends as if nothing had been', () => {
  expect(two.status, two.stderr).toBe(0)
  expect(existsSync(folder.at('died'))).toBe(true)
  expect(two.stderr).toMatch(/Goes on from step 10 of 20 on 2 ranks/)
  const [whole, resumed] = ['2-1', 'killed'].map((out) => folder.outcome(out, materials.get(names[1]!)!))
  expect(worstOf(resumed!.lines, whole!.lines).error).toBe(0)
  expect(resumed!.checkpoint).toEqual(whole!.checkpoint)
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openInPyTorch } from '../../cli/pytorch/model.ts'
import { environmentNamed } from '../../workers/environments/index.ts'
import type { Actor } from '../../workers/evaluation/actor.ts'
import { type Plan, rollOut } from '../../workers/evaluation/rollouts.ts'
import { type OpenedStudent, openStudent } from '../../workers/evaluation/student.ts'
import { reference } from '../../workers/kernels/reference.ts'
import { findPython } from '../setup/python.ts'
import { tinyFolder } from '../unit/evaluation/students.ts'

// A student is trained, and a process begins PyTorch.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

/** A student that PyTorch computes plays the very episodes that the lab's own engine plays with it. */

let own: OpenedStudent
let theirs: Actor

beforeAll(async () => {
  const python = findPython()
  if ('missing' in python) throw new Error(python.missing)
  const folder = await tinyFolder(352)
  own = openStudent(reference, folder, 'tiny')
  theirs = await openInPyTorch(folder, 'tiny')
})

afterAll(() => {
  own?.dispose()
  theirs?.student.dispose()
})

test('episodes are the lab’s to the letter, greedy and drawn, beyond the context and one after another', async () => {
  expect(theirs.computed.engine).toMatch(/^PyTorch \d/)
  const household = await environmentNamed('household')
  for (const [temperature, stepCap] of [
    [0, 6],
    [1, 25],
  ] as const) {
    const environment = { ...household, stepCap }
    const plan: Plan = { environment, split: 'test', seed: 1, episodes: 5, temperature, maxTurnTokens: 32 }
    const texts = async (student: OpenedStudent) => (await rollOut(student, plan))!.map(({ text }) => text)
    expect(await texts(theirs.student)).toEqual(await texts(own))
  }
})

test('a process that ends is told of in a sentence', async () => {
  const gone = await openInPyTorch(await tinyFolder(160), 'gone')
  gone.student.dispose()
  const cache = gone.student.model.open(1, 4)
  const one = new Int32Array([1])
  const pass = {
    length: 1,
    ids: one,
    lasts: new Int32Array(1),
    lengths: new Int32Array(1),
    places: new Int32Array(1),
    draws: new Float32Array(1),
  }
  await expect(cache.draw([pass], { temperature: 0 })).rejects.toThrow(
    /^PyTorch has ended while gone acted: /,
  )
})

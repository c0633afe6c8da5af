import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import type { Environment } from '../../../workers/environments/environment.ts'
import { environmentNamed } from '../../../workers/environments/index.ts'
import type { Student } from '../../../workers/evaluation/converse.ts'
import { evaluate } from '../../../workers/evaluation/evaluation.ts'
import { historyShares } from '../../../workers/evaluation/metrics.ts'
import { recordingOf } from '../../../workers/evaluation/reasoning.ts'
import type { Rollout } from '../../../workers/evaluation/rollout.ts'
import { expertRollouts, type Plan, rewrite, rollOut } from '../../../workers/evaluation/rollouts.ts'
import { openStudent } from '../../../workers/evaluation/student.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { openForTest } from '../backends.ts'
import { tinyFolder } from './students.ts'

let folder: StudentFolder
let student: Student
let household: Environment

beforeAll(async () => {
  folder = await tinyFolder(352)
  student = openStudent(reference, folder, 'tiny')
  household = await environmentNamed('household')
})

/** A short life, for a student that gets nowhere. */
const plan = (more: Partial<Plan> = {}): Plan => ({
  environment: { ...household, stepCap: 6 },
  split: 'test',
  seed: 1,
  episodes: 3,
  temperature: 1,
  maxTurnTokens: 32,
  ...more,
})

const told = (rollouts: Rollout[] | null) =>
  rollouts!.map(({ text, steps, turns }) => ({ text, steps, turns }))
const texts = (rollouts: Rollout[] | null) => rollouts!.map(({ text }) => text)

describe('episodes played by a student', () => {
  it('are each the same, however many are played beside it', async () => {
    for (const temperature of [0, 1]) {
      const many = await rollOut(student, plan({ temperature, episodes: 5 }))
      const few = await rollOut(student, plan({ temperature, episodes: 2 }))
      expect(told(few)).toEqual(told(many).slice(0, 2))
      const later = await rollOut(student, plan({ temperature, first: 3, episodes: 2 }))
      expect(told(later)).toEqual(told(many).slice(3))
    }
    const expert = await expertRollouts(plan({ episodes: 4 }))
    expect(texts(await expertRollouts(plan({ first: 2, episodes: 2 })))).toEqual(texts(expert).slice(2))
  })

  it('are the same for the same seed, and other tasks told otherwise for another', async () => {
    const first = await rollOut(student, plan())
    expect(told(await rollOut(student, plan()))).toEqual(told(first))
    const other = await rollOut(student, plan({ seed: 2 }))
    const tasks = (rollouts: Rollout[] | null) => rollouts!.map(({ episode }) => episode.prompt)
    expect(tasks(other)).not.toEqual(tasks(first))
    // Greedily, the seed draws the tasks alone.
    expect(texts(await rollOut(student, plan({ temperature: 0 })))).not.toEqual(texts(first))
  })

  it('hold turns of every kind of a student that can do little, each of them answered, all of them counted', async () => {
    const rollouts = (await rollOut(student, plan({ episodes: 8 })))!
    const turns = rollouts.flatMap((rollout) => rollout.turns)
    expect(new Set(turns.map(({ kind }) => kind))).toEqual(new Set(['act', 'thought', 'malformed']))
    for (const rollout of rollouts) {
      expect(rollout.text).toBe(
        rollout.episode.prompt + rollout.turns.map(({ text, answer }) => text + answer).join(''),
      )
      expect(rollout.steps).toBe(rollout.turns.filter(({ spent }) => spent).length)
      expect(rollout.isOver).toBe(true)
      for (const { tokens, answer } of rollout.turns) {
        expect(tokens).toBeGreaterThan(0)
        expect(tokens).toBeLessThanOrEqual(32)
        expect(answer.endsWith('\n')).toBe(true)
      }
    }
  })

  it('go on when they outgrow the context', async () => {
    const [rollout] = (await rollOut(
      student,
      plan({ environment: { ...household, stepCap: 25 }, episodes: 1 }),
    ))!
    expect(student.tokenizer.encode(rollout!.text).ids.length).toBeGreaterThan(
      1.5 * student.model.config.contextLength,
    )
    expect(rollout!.steps).toBe(25)
  })

  it('end together when they are not to go on, and leave nothing behind', async () => {
    const before = tf.memory().numTensors
    let asked = 0
    const over: number[] = []
    const watching = { goesOn: async () => ++asked < 30, progress: (count: number) => over.push(count) }
    expect(await rollOut(student, plan(), watching)).toBeNull()
    expect(asked).toBe(30)
    await rollOut(student, plan(), { progress: (count) => over.push(count) })
    expect(over).toEqual([1, 2, 3])
    expect(tf.memory().numTensors).toBe(before)
  })

  it('are refused in a sentence to a student whose context is too short for the task', async () => {
    const { tokenizer } = student
    const config = { ...student.model.config, contextLength: 64 }
    const parameters = initialParameters(gptParameters(config), 1)
    const short = openStudent(reference, { config, parameters, tokenizer: tokenizer.toJSON() }, 'short')
    await expect(rollOut(short, plan())).rejects.toThrow(
      /^The student reads 64 tokens at once, and the task ".*…" alone has \d+: it needs a context of at least \d+\.$/,
    )
    short.dispose()
  })

  it('are the same on the plainest backend', async () => {
    const rollouts = await rollOut(student, plan({ episodes: 1, temperature: 0 }))
    await openForTest('cpu')
    const plain = openStudent(reference, folder, 'plain')
    expect(texts(await rollOut(plain, plan({ episodes: 1, temperature: 0 })))).toEqual(texts(rollouts))
    plain.dispose()
    await openForTest('wasm')
  })
})

describe('the expert’s runs, written once more by a student', () => {
  it('ask it for every turn, at the expert’s history whatever it writes', async () => {
    const experts = (await expertRollouts({ ...plan(), environment: household, episodes: 3 }))!
    const rewritten = (await rewrite(student, plan(), experts.map(recordingOf)))!
    for (const [i, dialogue] of rewritten.entries()) {
      expect(dialogue.compared.map(({ reference: turn }) => turn)).toEqual(experts[i]!.turns)
      expect(dialogue.pieces).toEqual(experts[i]!.pieces)
    }
  })

  it('match in everything where the student itself was recorded', async () => {
    // Greedily it must write the same turn again at each history.
    const own = (await rollOut(student, plan({ temperature: 0, episodes: 6 })))!
    const rewritten = (await rewrite(student, plan(), own.map(recordingOf)))!
    const shares = rewritten.map((dialogue) => historyShares(dialogue, 'any').shares)
    for (const metric of ['cotMatch', 'actionMatch'] as const) {
      const total = (place: 0 | 1) => shares.reduce((sum, share) => sum + share[metric]![place], 0)
      expect(total(1)).toBeGreaterThan(0)
      expect(total(0)).toBe(total(1))
    }
  })

  it('match little where the student knows little', async () => {
    const { histories } = (await evaluate(student, { ...plan(), seeds: [1], historyEpisodes: 2 }))!
    expect(histories!.all.cotMatch!.of).toBeGreaterThan(4)
    expect(histories!.all.cotMatch).toMatchObject({ mean: 0 })
    expect(histories!.all.cotF1!.mean).toBeGreaterThan(0)
    expect(histories!.all.cotF1!.mean).toBeLessThan(0.5)
  })
})

describe('an evaluation', () => {
  it('measures every seed by its own episodes', async () => {
    const both = (await evaluate(student, { ...plan(), seeds: [1, 2], historyEpisodes: 0 }))!
    const [first, second] = both.rollouts
    expect(texts(first!)).toEqual(texts(await rollOut(student, plan({ seed: 1 }))))
    expect(texts(second!)).toEqual(texts(await rollOut(student, plan({ seed: 2 }))))
    expect(both.histories).toBeNull()
    expect(both.episodes.all.steps).toEqual({ mean: 6, low: 6, high: 6, of: 6 })
    expect(both.episodes.all.stoppedAtCap).toMatchObject({ mean: 1 })
    expect(Object.keys(both.episodes.byTaskType).length).toBe(3)
  })
})

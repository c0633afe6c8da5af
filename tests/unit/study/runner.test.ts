import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import type { StudyPorts } from '../../../workers/study/ports.ts'
import { readCellResult, readTeacherResult } from '../../../workers/study/result.ts'
import { runStudy } from '../../../workers/study/runner.ts'
import { parseStudy, type StudyInput } from '../../../workers/study/study.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { MemoryStore, portsOn, tinyTeacher, untrained } from './places.ts'

// On a busy machine a student takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const shipped: StudyInput = JSON.parse(readFileSync('studies/tiny.json', 'utf8'))

/** The shipped one, for students that only write until they must stop. */
const tiny = (change: Partial<StudyInput> = {}) =>
  parseStudy({ ...shipped, testing: { ...shipped.testing, turnTokens: 3 }, ...change })

/** A study that asks for next to nothing, for what is not about numbers. */
const quick = (change: Partial<StudyInput> = {}) =>
  tiny({
    arms: { sad: {}, imitation: {} },
    testing: { seed: 1, episodes: 1, historyEpisodes: 0, temperature: 0, turnTokens: 1 },
    ...change,
  })

const [CHOSEN, SAD] = ['household-choose-imitation-0-seed7', 'household-few-small-sad-seed1']

/** All of a result but how long it took. */
function numbers(store: MemoryStore, id: string): string {
  const text = store.files.get(`cells/${id}/result.json`)!
  return text.replaceAll(/"(seconds|elapsedMs|tokensPerSecond)":[\d.e-]+/g, '')
}

function copied({ files }: MemoryStore, wanted: (name: string) => boolean = () => true): MemoryStore {
  const store = new MemoryStore()
  for (const [name, text] of files) if (wanted(name)) store.files.set(name, text)
  return store
}

describe('a study', () => {
  let first: MemoryStore
  let ports: Awaited<ReturnType<typeof portsOn>>

  beforeAll(async () => {
    first = new MemoryStore()
    ports = await portsOn(first)
    expect(await runStudy(tiny(), ports)).toEqual({ state: 'finished', failed: [] })
  })

  it('trains and measures every cell, what is chosen by first, and seed by seed', () => {
    expect(first.cells()).toEqual([
      CHOSEN,
      'household-choose-imitation-1-seed7',
      SAD,
      'household-few-small-imitation-seed1',
      'household-few-small-sad-seed2',
      'household-few-small-imitation-seed2',
    ])
    const read = (id: string) => readCellResult(first.files.get(`cells/${id}/result.json`)!, id)
    const sad = read(SAD)
    expect(sad).toMatchObject({
      cell: { arm: 'sad', amount: 'few', student: 'small', seed: 1, split: 'test' },
      recipe: { seed: 1, steps: 4, data: { contextLength: 384 }, objective: { arm: 'sad' } },
      trainedBy: { program: 'lab', backend: 'wasm', engine: 'reference' },
      evaluatedBy: { backend: 'wasm' },
      trajectories: 6,
      training: { train: { step: 4, split: 'train' }, heldOut: { step: 4, split: 'held-out' } },
    })
    expect(sad.curve.map(({ step }) => step)).toEqual([0, 2, 4])
    expect(sad.episodes).toHaveLength(6)
    expect(sad.histories).toHaveLength(2)
    expect(sad.parameters).toBe(sad.teacherParameters)
    const lines = first.files.get(`cells/${SAD}/metrics.jsonl`)!.trim().split('\n')
    const supervised = lines
      .map((line) => JSON.parse(line))
      .filter(({ split }) => split === 'train')
      .map(({ reason, act }) => reason.tokens + act.tokens)
    expect(sad.trainTokens).toBe(supervised.reduce((sum, tokens) => sum + tokens, 0))
    // Chosen by validation episodes of which there are two, and without a comparison of reasoning.
    const candidate = read(CHOSEN)
    expect(candidate).toMatchObject({ cell: { candidate: 0, split: 'validation' }, histories: [] })
    expect(candidate.episodes).toHaveLength(2)
  })

  it('keeps what the students learn from, and what teacher and expert did on the test episodes', () => {
    const file = first.files.get('worlds/household/trajectories.jsonl')!
    const { trajectories } = readTrajectories('trajectories.jsonl', new TextEncoder().encode(file))
    expect(trajectories.map(({ success }) => success)).toEqual([true, true, true, true, true, true])
    const teacher = readTeacherResult(first.files.get('worlds/household/teacher.json')!, 'teacher.json')
    expect(teacher).toMatchObject({
      source: 'built-in:household',
      contextLength: 384,
      trajectories: { by: 'expert', played: 6, successes: 6, kept: 6 },
    })
    expect(teacher.expert.map(({ shares }) => shares.success)).toEqual(Array(6).fill([1, 1]))
    expect(teacher.episodes.map(({ taskType }) => taskType)).toEqual(
      teacher.expert.map(({ taskType }) => taskType),
    )
    expect(first.files.get('worlds/household/teacher.jsonl')!.trim().split('\n')).toHaveLength(2)
  })

  it('says where a student is more than a tenth of its teacher', () => {
    expect(ports.heard).toContainEqual({
      kind: 'notice',
      text: expect.stringMatching(
        /^The student "small" has 15856 parameters .* more than a tenth of its 15856\.$/,
      ),
    })
  })

  it('goes on where it was ended, does nothing twice, and comes to the same numbers', async () => {
    const store = new MemoryStore()
    const trained: string[] = []
    let asked = Number.POSITIVE_INFINITY
    const broken = await portsOn(store)
    const counted: StudyPorts = {
      ...broken,
      train: (job, watching) => {
        trained.push(job.id)
        // In the middle of the third.
        if (trained.length === 3) asked = 4
        return broken.train(job, watching)
      },
      goesOn: async () => asked-- > 0,
    }
    expect((await runStudy(tiny(), counted)).state).toBe('stopped')
    expect(store.cells()).toHaveLength(2)
    expect(store.claimed.size).toBe(0)
    asked = Number.POSITIVE_INFINITY
    expect((await runStudy(tiny(), counted)).state).toBe('finished')
    expect(trained).toHaveLength(7)
    expect(new Set(trained).size).toBe(6)
    for (const id of first.cells()) expect(numbers(store, id)).toBe(numbers(first, id))
    await runStudy(tiny(), { ...counted, teacher: async () => tinyTeacher(9) }).then(
      () => expect.unreachable(),
      ({ message }) => expect(message).toContain('as the teacher was another model'),
    )
    expect(trained).toHaveLength(7)
  })

  it('does the cells that are asked for, and takes those that were done elsewhere', async () => {
    const ours = copied(first, (name) => !name.startsWith('cells/'))
    const trained: string[] = []
    const here = await portsOn(ours)
    const counted: StudyPorts = {
      ...here,
      train: (job, watching) => {
        trained.push(job.id)
        return here.train(job, watching)
      },
    }
    await runStudy(tiny(), counted, { wanted: ({ id }) => id === SAD })
    expect(trained).toEqual([SAD])
    expect(numbers(ours, SAD)).toBe(numbers(first, SAD))
    for (const [name, text] of first.files) if (!ours.files.has(name)) ours.files.set(name, text)
    expect(await runStudy(tiny(), counted)).toEqual({ state: 'finished', failed: [] })
    expect(trained).toEqual([SAD])
  })

  const refused = async (study: StudyInput) =>
    runStudy(parseStudy(study), await portsOn(copied(first))).then(
      () => expect.unreachable(),
      (error: LabError) => error.message,
    )

  it('is refused where another was begun, in a sentence that says what differs', async () => {
    const study = tiny()
    expect(await refused({ ...study, recipe: { ...study.recipe, steps: 5 } })).toContain(
      `cells/${CHOSEN}/result.json is of another study, as its recipe was another (steps was 4 and is 5)`,
    )
    expect(await refused({ ...study, testing: { ...study.testing, episodes: 7 } })).toBe(
      'worlds/household is of another study, as testing.episodes was 6 and is 7: go on with the study as it was, or begin this one in a place of its own.',
    )
    expect(await refused({ ...study, trajectories: { ...study.trajectories, seed: 6 } })).toContain(
      'as trajectories.seed was 5 and is 6',
    )
    expect(await refused({ ...study, choosing: { ...study.choosing, episodes: 3 } })).toContain(
      'it was measured on other episodes',
    )
    expect(await refused({ ...study, amounts: { few: 5 } })).toContain('it learnt from other trajectories')
    const { arms } = study
    const other = { ...arms, sad: { recipe: { objective: { arm: 'sad-hard' as const } } } }
    expect(await refused({ ...study, arms: other })).toContain('(objective.arm was "sad" and is "sad-hard"')
  })

  it('may grow by arms, seeds and trajectories', async () => {
    const store = copied(first)
    const { arms, blocks, ...study } = tiny({ amounts: { few: 6, more: 8 } })
    const grown = parseStudy({
      ...study,
      arms: { ...arms, masked: { recipe: { objective: { arm: 'token-kd-masked' } } } },
      blocks: [...blocks, { arms: ['masked'], students: ['small'], amounts: ['more'] }],
    })
    const here = await portsOn(store)
    await runStudy(
      grown,
      { ...here, train: untrained },
      { wanted: ({ arm, seed }) => arm === 'masked' && seed === 1 },
    )
    expect(store.cells()).toHaveLength(7)
    expect(store.files.get('worlds/household/trajectories.jsonl')!.trim().split('\n')).toHaveLength(8)
    const teacher = readTeacherResult(store.files.get('worlds/household/teacher.json')!, 'teacher.json')
    expect(teacher.trajectories).toEqual({ by: 'expert', played: 8, successes: 8, kept: 8 })
  })

  it('says of a damaged result which it is', async () => {
    const store = copied(first)
    store.files.set(`cells/${SAD}/result.json`, '{"cell":')
    await expect(runStudy(tiny(), await portsOn(store))).rejects.toThrow(
      `cells/${SAD}/result.json is not valid JSON`,
    )
  })
})

describe('a study that several run at once', () => {
  it('leaves to others what they are at, and waits for it', async () => {
    const alone = new MemoryStore()
    await runStudy(quick(), { ...(await portsOn(alone)), train: untrained })
    const store = copied(alone, (name) => !name.startsWith('cells/'))
    const other = (await store.claim(`cells/${SAD}`))!
    const trained: string[] = []
    const train: StudyPorts['train'] = (job, watching) => {
      trained.push(job.id)
      return untrained(job, watching)
    }
    const running = runStudy(quick(), { ...(await portsOn(store)), train }, { patienceMs: 20 })
    setTimeout(async () => {
      await store.write(`cells/${SAD}/result.json`, alone.files.get(`cells/${SAD}/result.json`)!)
      await other.release()
    }, 500)
    expect((await running).state).toBe('finished')
    expect(trained).toHaveLength(3)
    expect(trained).not.toContain(SAD)
    expect(store.cells()).toHaveLength(4)
  })
})

describe('a study whose cells fail', () => {
  const failing = (fails: (id: string) => boolean) => {
    const train: StudyPorts['train'] = async (job, watching) => {
      if (fails(job.id)) throw new LabError('loss-not-finite', `${job.id} came to nothing.`)
      return untrained(job, watching)
    }
    return train
  }

  it('goes on with the others and tells of those', async () => {
    const store = new MemoryStore()
    const train = failing((id) => id === SAD)
    const end = await runStudy(quick(), { ...(await portsOn(store)), train })
    expect(end).toMatchObject({
      state: 'finished',
      failed: [{ cell: { id: SAD }, message: `${SAD} came to nothing.` }],
    })
    expect(store.cells()).toHaveLength(3)
  })

  it('does not run an arm that nothing was chosen for', async () => {
    const store = new MemoryStore()
    const arms = { sad: {}, imitation: { choose: [{}, { optimiser: { learningRate: 0.5 } }] } }
    const train = failing((id) => id.includes('choose-imitation-1'))
    const { failed } = await runStudy(quick({ arms }), { ...(await portsOn(store)), train })
    expect(failed.map(({ cell }) => cell.id)).toEqual([
      'household-choose-imitation-1-seed7',
      'household-few-small-imitation-seed1',
      'household-few-small-imitation-seed2',
    ])
    expect(failed[1]!.message).toContain('household-choose-imitation-1-seed7 failed')
  })

  it('ends after three in a row, as the fault is hardly theirs', async () => {
    const store = new MemoryStore()
    const train = failing(() => true)
    await expect(runStudy(quick(), { ...(await portsOn(store)), train })).rejects.toThrow('came to nothing')
    expect(store.claimed.size).toBe(0)
  })
})

describe('a study whose teacher reaches its goal too seldom', () => {
  it('says so', async () => {
    const study = quick({
      trajectories: { by: 'teacher', temperature: 0, onlySuccesses: true, seed: 1 },
      amounts: { few: 2 },
    })
    await expect(runStudy(study, await portsOn(new MemoryStore()))).rejects.toThrow(
      'Of 8 training tasks of the world "household" the teacher made 0 trajectories, and 2 are wanted',
    )
  })
})

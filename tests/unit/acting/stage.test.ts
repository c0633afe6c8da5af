import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActorId, EpisodeView } from '../../../workers/acting/acting.ts'
import { BUILT_IN_WORLDS } from '../../../workers/acting/builtInWorlds.ts'
import { Stage } from '../../../workers/acting/stage.ts'
import { environmentNamed } from '../../../workers/environments/index.ts'
import { LabError } from '../../../workers/errors.ts'
import { episodesOf, rollOut } from '../../../workers/evaluation/rollouts.ts'
import { openStudent } from '../../../workers/evaluation/student.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters } from '../../../workers/models/parameters.ts'
import { tokenizerFromJSON } from '../../../workers/tokenizer/json.ts'
import { tinyFolder } from '../evaluation/students.ts'

const STUDENT: ActorId = { kind: 'student' }
const TEACHER: ActorId = { kind: 'teacher', name: 'tutor' }
const EXPERT: ActorId = { kind: 'expert' }
const GREEDY = { temperature: 0, seed: 1 }
const silent = () => {}

let student: StudentFolder
let teacher: StudentFolder
let stage: Stage

beforeAll(async () => {
  student = await tinyFolder(384)
  teacher = { ...student, parameters: student.parameters.map((value) => value * 0.9) }
  stage = newStage()
}, 60_000)

afterAll(() => stage.leaveDevice())

function newStage(acting = student): Stage {
  return new Stage({
    operations: () => reference,
    student: () => acting,
    teacher: (name) => {
      if (name === 'tutor') return teacher
      throw new LabError('invalid-recipe', `The teacher "${name}" is not loaded.`)
    },
  })
}

const open = (world = 'household', seed = 3, taskType?: string) =>
  stage.openEpisode({ world, split: 'test', seed, taskType })

/** The expert's way to the end, or the first turns of it. */
async function watchExpert(view: EpisodeView, turns = Number.POSITIVE_INFINITY): Promise<EpisodeView> {
  let now = view
  for (let i = 0; i < turns && !now.over; i++) now = await stage.takeTurn(view.id, EXPERT, GREEDY, silent)
  return now
}

describe('the worlds that can be acted in', () => {
  it('are told before they are loaded as they are when they are', async () => {
    expect(await stage.worlds()).toEqual(BUILT_IN_WORLDS)
    for (const { name, ...told } of BUILT_IN_WORLDS) {
      const environment = await environmentNamed(name)
      expect(told).toMatchObject({
        environment: environment.name,
        title: environment.title,
        taskTypes: environment.taskTypes,
        stepCap: environment.stepCap,
      })
    }
  })

  it('are refused in a sentence where there is none of a name', async () => {
    await expect(open('garden')).rejects.toThrow(
      'There is no world named "garden": choose another, or open its file again.',
    )
    await expect(open('household', 0.5)).rejects.toThrow('The seed of a task must be a whole number.')
    await expect(open('household', 1, 'dance')).rejects.toThrow(/^The household has no task "dance"/)
  })
})

describe('an episode', () => {
  it('is watched to its end in every world, with the state behind each turn', async () => {
    for (const { name } of BUILT_IN_WORLDS) {
      const opened = await open(name)
      const view = await watchExpert(opened)
      expect(view).toMatchObject({ over: true, stoppedAtCap: false, score: { success: true } })
      expect(view.turns.at(-1)!.state).toEqual(view.state)
      expect(opened.begin).toEqual(opened.state)
      expect(view.begin).toEqual(opened.begin)
      const states = new Set(view.turns.map(({ state }) => JSON.stringify(state)))
      expect(states.size).toBeGreaterThan(2)
      for (const turn of view.turns) {
        expect(turn.by).toEqual(EXPERT)
        expect(turn.text).toContain(turn.action ?? turn.reasoning)
        expect(turn.observation).not.toBe('')
      }
    }
  })

  it('is one and the same by its seed, and another by another', async () => {
    const [a, b, c] = [await open(), await open(), await open('household', 4)]
    expect({ ...a, id: 0 }).toEqual({ ...b, id: 0 })
    expect(c.prompt).not.toBe(a.prompt)
    expect((await open('household', 4, 'cool')).taskType).toBe('cool')
  })
})

describe('a turn of one’s own', () => {
  it('is answered by the world; what cannot be done spends a step', async () => {
    const { id, begin } = await open()
    const [place] = begin.kind === 'household' ? begin.receptacles : []
    const view = await stage.actInEpisode(id, { action: ` go  to\n${place!.name} ` })
    expect(view.turns).toMatchObject([
      { by: 'you', kind: 'act', action: `go to ${place!.name}`, valid: true, spent: true, tokens: null },
    ])
    const flown = await stage.actInEpisode(id, { action: 'fly to the moon' })
    expect(flown.turns[1]).toMatchObject({ valid: false, spent: true, observation: 'Nothing happens.' })
    expect(flown.steps).toBe(2)
    expect(flown.state).toEqual(view.state)
  })

  it('has a thought before its action, which is a turn where the world has it so', async () => {
    const turns = { household: ['thought', 'act'], wiki: ['act'], shop: ['thought', 'act'] }
    const actions = { household: 'look', wiki: 'Search[Orvan]', shop: 'search[lamp]' }
    for (const world of ['household', 'wiki', 'shop'] as const) {
      const { id } = await open(world)
      const view = await stage.actInEpisode(id, { reasoning: 'I look\naround.', action: actions[world] })
      expect(view.turns.map(({ kind }) => kind)).toEqual(turns[world])
      expect(view.turns[0]!.reasoning).toBe('I look around.')
      expect(view.turns.at(-1)).toMatchObject({ by: 'you', action: actions[world], valid: true })
      expect(view.steps).toBe(1)
      await expect(stage.actInEpisode(id, { reasoning: ' ', action: '\n' })).rejects.toThrow(
        'There is nothing to do yet: type an action.',
      )
    }
  })

  it('may be any text of any length, and is answered', async () => {
    const texts = [
      '[',
      '\u0000',
      '\ud800',
      '> think:',
      'Action: x',
      'think[',
      'Observation 1: x',
      '<b>&amp;</b>',
      '%s'.repeat(50),
    ]
    for (const { name } of BUILT_IN_WORLDS) {
      for (const text of texts) {
        const { id } = await open(name)
        const view = await stage.actInEpisode(id, { reasoning: text, action: text })
        expect(view.turns.length).toBeGreaterThan(0)
      }
      for (const [before, behind] of [
        ['', ''],
        ['search[', ']'],
        ['Finish[', ']'],
        ['click[', ']'],
        ['go to ', ' 1'],
      ]) {
        for (const length of [10_000, 200_000]) {
          const { id } = await open(name)
          const action = before + 'red lamp 7 '.repeat(length / 11) + behind
          const began = performance.now()
          const view = await stage.actInEpisode(id, { action })
          expect(performance.now() - began).toBeLessThan(2000)
          expect(view.turns).toHaveLength(1)
          expect(view.turns[0]!.observation).not.toBe('')
          expect((await stage.undoTurn(id)).turns).toEqual([])
        }
      }
    }
  })
})

describe('a model’s turn', () => {
  it('is the one that it takes in an evaluation, turn after turn', async () => {
    const environment = { ...(await environmentNamed('household')), stepCap: 5 }
    const plan = {
      environment,
      split: 'test',
      seed: 5,
      episodes: 1,
      temperature: 0,
      maxTurnTokens: 160,
    } as const
    const opened = openStudent(reference, student, 'tiny')
    const [rollout] = (await rollOut(opened, plan))!
    opened.dispose()
    const [episode] = episodesOf(plan)
    let view = await open('household', Number(episode!.id.split(' ').at(-1)), episode!.taskType)
    expect(view.prompt).toBe(episode!.prompt)
    for (const { text, tokens } of rollout!.turns) {
      const heard: string[] = []
      view = await stage.takeTurn(view.id, STUDENT, GREEDY, (text) => heard.push(text))
      expect(view.turns.at(-1)).toMatchObject({ by: STUDENT, text, tokens })
      expect(`${heard.at(-1)}\n`.startsWith(text)).toBe(true)
    }
    expect(view.steps).toBe(5)
    expect(view.state).toEqual(rollout!.view())
  })

  it('is drawn by the seed where it is warm', async () => {
    const drawn = async (seed: number) => {
      const { id } = await open()
      return (await stage.takeTurn(id, STUDENT, { temperature: 1, seed }, silent)).turns[0]!.text
    }
    expect(await drawn(1)).toBe(await drawn(1))
    const texts = new Set(await Promise.all([1, 2, 3, 4].map(drawn)))
    expect(texts.size).toBeGreaterThan(1)
  })

  it('can be stopped, and leaves the episode as it was', async () => {
    const before = await watchExpert(await open(), 2)
    let stopped = false
    const view = await stage.takeTurn(before.id, STUDENT, GREEDY, () => {
      if (!stopped) stage.stopActing()
      stopped = true
    })
    expect(stopped).toBe(true)
    expect(view).toEqual(before)
    expect((await stage.takeTurn(before.id, STUDENT, GREEDY, silent)).turns).toHaveLength(3)
  })

  it('keeps others out of its episode until it is written', async () => {
    const { id } = await open()
    const writing = stage.takeTurn(id, STUDENT, GREEDY, silent)
    const busy = 'A turn is being written here: wait for its end, or stop it.'
    await expect(stage.actInEpisode(id, { action: 'look' })).rejects.toThrow(busy)
    await expect(stage.undoTurn(id)).rejects.toThrow(busy)
    await expect(stage.takeTurn(id, EXPERT, GREEDY, silent)).rejects.toThrow(busy)
    expect((await writing).turns).toHaveLength(1)
    expect((await stage.actInEpisode(id, { action: 'look' })).turns).toHaveLength(2)
  })

  it('ends in a sentence where its device is lost, and the next one is taken on another', async () => {
    const { id } = await open()
    const lost = new LabError('device-lost', 'The GPU was lost.')
    await expect(stage.takeTurn(id, STUDENT, GREEDY, () => stage.fail(lost))).rejects.toThrow(
      'The GPU was lost.',
    )
    expect((await stage.takeTurn(id, STUDENT, GREEDY, silent)).turns).toHaveLength(1)
  })

  it('is refused in a sentence where there is nobody, nothing to do, or no room for the task', async () => {
    const { id } = await open()
    const nobody = { kind: 'teacher', name: 'nobody' } as const
    await expect(stage.takeTurn(id, nobody, GREEDY, silent)).rejects.toThrow(
      'The teacher "nobody" is not loaded.',
    )
    await expect(stage.takeTurn(id, STUDENT, { temperature: -1, seed: 1 }, silent)).rejects.toThrow(
      'The temperature must be a number of at least 0.',
    )
    const over = await watchExpert(await open())
    await expect(stage.takeTurn(over.id, STUDENT, GREEDY, silent)).rejects.toThrow(
      'This episode is over: open another, or take a turn back.',
    )
    await expect(stage.actInEpisode(over.id, { action: 'look' })).rejects.toThrow('This episode is over')
    await stage.closeEpisode(over.id)
    await expect(stage.undoTurn(over.id)).rejects.toThrow('This episode was closed: open another.')
    const short = { ...student, config: { ...student.config, contextLength: 96 } }
    const narrow = new Stage({ operations: () => reference, student: () => short, teacher: () => short })
    const view = await narrow.openEpisode({ world: 'household', split: 'test', seed: 3 })
    await expect(narrow.takeTurn(view.id, STUDENT, GREEDY, silent)).rejects.toThrow(
      /^The student reads 96 tokens at once, and the task .* it needs a context of at least \d+\.$/,
    )
  })
})

describe('the expert', () => {
  it('goes on behind a person who did what it would have done, whatever was thought', async () => {
    for (const { name } of BUILT_IN_WORLDS) {
      const shown = await watchExpert(await open(name))
      const { id } = await open(name)
      const act = shown.turns.find(({ kind }) => kind === 'act')!
      const own = await stage.actInEpisode(id, { reasoning: 'Let me see.', action: act.action! })
      expect(own.turns.at(-1)!.observation).toBe(act.observation)
      expect(await watchExpert(own)).toMatchObject({ over: true, score: { success: true } })
    }
  })

  it('says so where it would have done otherwise', async () => {
    const { id } = await open()
    const view = await stage.actInEpisode(id, { action: 'dance' })
    const otherwise = /^The expert would have done otherwise before/
    await expect(stage.takeTurn(id, EXPERT, GREEDY, silent)).rejects.toThrow(otherwise)
    await expect(stage.proposeTurn(id, EXPERT, undefined, silent)).rejects.toThrow(otherwise)
    expect((await stage.undoTurn(id)).turns).toEqual([])
    expect((await stage.takeTurn(id, EXPERT, GREEDY, silent)).turns).toHaveLength(1)
    expect(view.turns).toHaveLength(1)
  })
})

describe('a turn that is taken back', () => {
  it('leaves what was there before it, whoever took it', async () => {
    for (const { name } of BUILT_IN_WORLDS) {
      const views = [await open(name)]
      const own = views[0]!.id
      for (const turn of [
        () => stage.takeTurn(own, EXPERT, GREEDY, silent),
        () => stage.takeTurn(own, EXPERT, GREEDY, silent),
        () => stage.takeTurn(own, STUDENT, { temperature: 1.5, seed: 2 }, silent),
        () => stage.takeTurn(own, STUDENT, GREEDY, silent),
        () => stage.actInEpisode(own, { action: 'look' }),
      ]) {
        views.push(await turn())
      }
      while (views.length > 1) {
        views.pop()
        expect(await stage.undoTurn(own)).toEqual(views.at(-1))
      }
      await expect(stage.undoTurn(own)).rejects.toThrow('There is no turn to take back.')
    }
  })
})

describe('what somebody would write', () => {
  it('is told at any turn, beside what stands there, and plays nothing', async () => {
    const view = await watchExpert(await open('wiki'), 3)
    for (const at of [0, 1, 2]) {
      const heard: string[] = []
      const own = (await stage.proposeTurn(view.id, EXPERT, at, (text) => heard.push(text)))!
      expect(own).toEqual({
        ...{ by: EXPERT, atTurn: at, kind: 'act', tokens: null },
        ...{
          reasoning: view.turns[at]!.reasoning,
          action: view.turns[at]!.action,
          text: view.turns[at]!.text,
        },
        likeness: { reasoning: { same: true, f1: 1 }, action: true },
      })
      expect(heard).toEqual([own.text])
    }
    const { id } = await open()
    const household = await watchExpert(
      await stage.undoTurn((await stage.actInEpisode(id, { action: 'look' })).id),
      2,
    )
    const student = (await stage.proposeTurn(id, STUDENT, 0, silent))!
    const [first] = (await stage.takeTurn((await open()).id, STUDENT, GREEDY, silent)).turns
    expect(student.text.trim()).toBe(first!.text.trim())
    expect(student.tokens).toBe(first!.tokens)
    expect(student.likeness).not.toBeNull()
    const teacher = (await stage.proposeTurn(id, TEACHER, undefined, silent))!
    expect(teacher).toMatchObject({ by: TEACHER, atTurn: 2, likeness: null })
    const after = await stage.takeTurn(id, EXPERT, GREEDY, silent)
    expect(after.turns.slice(0, 2)).toEqual(household.turns)
  })

  it('ends with nothing where it is stopped, and is refused where there is no such turn', async () => {
    const { id } = await open()
    expect(await stage.proposeTurn(id, STUDENT, undefined, () => stage.stopActing())).toBeNull()
    await expect(stage.proposeTurn(id, STUDENT, 1, silent)).rejects.toThrow(
      'This episode has 0 turns: there is none to write at 1.',
    )
  })

  it('may be asked of two at once', async () => {
    const { id } = await open()
    const alone = await stage.proposeTurn(id, TEACHER, 0, silent)
    const [a, b] = await Promise.all(
      [STUDENT, TEACHER].map((actor) => stage.proposeTurn(id, actor, 0, silent)),
    )
    expect(a!.by).toEqual(STUDENT)
    expect(b).toEqual(alone)
  })
})

describe('an evaluation', () => {
  const plan = { world: 'household', split: 'test', seed: 1, episodes: 4, temperature: 0 } as const

  it('measures by episodes as a person would count them, the same each time', async () => {
    const heard: string[] = []
    const terse = newStage(emptyLines(student))
    const measure = () =>
      terse.evaluateActor(STUDENT, { ...plan, historyEpisodes: 2 }, ({ what, over, of }) => {
        heard.push(`${over} of ${of} ${what}`)
      })
    const report = (await measure())!
    const exactly = (mean: number, of: number) => ({ mean, low: mean, high: mean, of })
    expect(report).toMatchObject({
      ...{ actor: STUDENT, stepCap: 50 },
      episodes: {
        all: {
          ...{ success: exactly(0, 4), steps: exactly(50, 4), stoppedAtCap: exactly(1, 4) },
          malformedTurns: exactly(1, 200),
        },
      },
      histories: { all: { cotMatch: { mean: 0 }, actionMatch: { mean: 0 } } },
      definitions: { success: { name: 'Success' }, cotMatch: {}, interval: {} },
    })
    expect(heard).toContain('4 of 4 episodes played')
    expect(heard).toContain('2 of 2 recorded runs written once more')
    expect((await report.lines.text()).trim().split('\n')).toHaveLength(4)
    const again = (await measure())!
    expect(again.episodes).toEqual(report.episodes)
    expect(await again.lines.text()).toBe(await report.lines.text())
  })

  it('ends with nothing where it is stopped, be it before it has begun to play', async () => {
    const early = stage.evaluateActor(STUDENT, plan, silent)
    stage.stopActing()
    expect(await early).toBeNull()
    let told = 0
    const late = stage.evaluateActor(EXPERT, { ...plan, episodes: 1000 }, () => {
      if (++told === 3) stage.stopActing()
    })
    expect(await late).toBeNull()
    expect(told).toBe(3)
  })
})

/** A student of the same shape that writes nothing but line ends: of all tokens, they alone are what its last bias asks for. */
function emptyLines({ config, parameters, tokenizer }: StudentFolder): StudentFolder {
  const { vocabularySize, width } = config
  const [newline] = tokenizerFromJSON(tokenizer, 'tiny').encode('\n').ids
  const place = (name: string) => gptParameters(config).find((spec) => spec.name === name)!.offset
  const changed = parameters.slice()
  changed[place('transformer.ln_f.bias')] = 1e4
  for (let id = 0; id < vocabularySize; id++) {
    changed[place('transformer.wte.weight') + id * width] = id === newline ? 1 : 0
  }
  return { config, parameters: changed, tokenizer }
}

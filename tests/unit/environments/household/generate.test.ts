import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../../workers/environments/environment.ts'
import {
  LIKELY,
  mayLie,
  OBJECT_TYPES,
  type ObjectType,
  RECEPTACLE_TYPES,
  type ReceptacleType,
  ROOMS,
} from '../../../../workers/environments/household/catalogue.ts'
import { householdTrajectories } from '../../../../workers/environments/household/demo.ts'
import { household } from '../../../../workers/environments/household/environment.ts'
import { generateHousehold, splitOf } from '../../../../workers/environments/household/generate.ts'
import { goalReached, readTask, TASK_TYPES } from '../../../../workers/environments/household/task.ts'
import { readTrajectories } from '../../../../workers/trajectories/read.ts'

const anyHousehold = [fc.integer(), fc.constantFrom(...SPLITS), fc.constantFrom(...TASK_TYPES)] as const

describe('generated households', () => {
  it('are small rooms whose things lie where such things can, none of them solved from the start', () => {
    fc.assert(
      fc.property(...anyHousehold, (seed, split, type) => {
        const { world, task, prompt } = generateHousehold(seed, split, type)
        expect(task.type).toBe(type)
        expect(world.receptacles.size).toBeGreaterThanOrEqual(6)
        expect(world.receptacles.size).toBeLessThanOrEqual(10)
        for (const [name, object] of world.objects) {
          expect(object.name).toBe(name)
          const kinds = object.places.map((place) => world.receptacles.get(place)!.type as ReceptacleType)
          expect(kinds.map((kind) => mayLie(kind, object.type as ObjectType))).toEqual([true])
        }
        expect(prompt.split('\n')).toHaveLength(2)
        expect(prompt).toMatch(/^You are in the middle of a room\. Looking quickly around you, you see a /)
        expect(readTask(prompt.split('\n')[1]!)).toEqual(task)
        expect(goalReached(world, task)).toBe(false)
      }),
    )
  })

  it('play in rooms of one split only: no room of validation or test is in training, whatever the task', () => {
    const rooms = SPLITS.map((split) => {
      const own = new Set<string>()
      for (let seed = 0; seed < 900; seed++) {
        const { world, prompt } = generateHousehold(seed, split)
        expect(splitOf([...world.receptacles.keys()])).toBe(split)
        own.add(prompt.split('\n')[0]!)
      }
      return own
    })
    for (const [i, one] of rooms.entries()) {
      expect(one.size).toBeGreaterThan(60)
      for (const other of rooms.slice(i + 1)) expect([...one].filter((room) => other.has(room))).toEqual([])
    }
  })

  it('play in several unseen rooms for every kind of task', () => {
    for (const type of TASK_TYPES) {
      for (const split of ['validation', 'test'] as const) {
        const rooms = new Set<string>()
        for (let seed = 0; seed < 150; seed++)
          rooms.add(generateHousehold(seed, split, type).prompt.split('\n')[0]!)
        expect(rooms.size, `${type} ${split}`).toBeGreaterThan(10)
      }
    }
  })

  it('know a likely place for everything, and only possible ones', () => {
    for (const type of OBJECT_TYPES) {
      expect(LIKELY[type].length, type).toBeGreaterThan(0)
      for (const place of LIKELY[type]) expect(mayLie(place, type), `${type} ${place}`).toBe(true)
    }
  })

  it('use every type of receptacle and object that the catalogue names', () => {
    const rooms = Object.values(ROOMS)
    expect(new Set(rooms.flatMap(({ always, maybe }) => [...always, ...maybe]))).toEqual(
      new Set(RECEPTACLE_TYPES),
    )
    expect(new Set([...rooms.flatMap(({ objects }) => objects), 'desklamp'])).toEqual(new Set(OBJECT_TYPES))
  })
})

describe('the household as an environment', () => {
  it('names its tasks: the same seed, split and kind always give the same one', () => {
    fc.assert(
      fc.property(...anyHousehold, (seed, split, type) => {
        const episode = household.episode(seed, split, type)
        expect(episode).toMatchObject({ split, taskType: type })
        const again = household.episode(seed, split, type)
        expect([again.id, again.prompt]).toEqual([episode.id, episode.prompt])
        expect(again.start().view()).toEqual(episode.start().view())
        expect(household.episode(seed + 2 ** 32, split, type).id).toBe(episode.id)
        const free = household.episode(seed, split)
        const asked = household.episode(seed, split, free.taskType)
        expect([asked.id, asked.prompt]).toEqual([free.id, free.prompt])
      }),
    )
  })

  it('starts playings that do not disturb each other', () => {
    const episode = household.episode(5, 'test')
    const [one, other] = [episode.start(), episode.start()]
    const place = /you see a ([a-z]+ \d+)/.exec(episode.prompt)![1]!
    const before = structuredClone(other.view())
    expect(one.act(`go to ${place}`).valid).toBe(true)
    expect(other.view()).toEqual(before)
    expect(one.view()).not.toEqual(before)
  })

  it('refuses a kind of task that it does not have', () => {
    expect(() => household.episode(1, 'train', 'fly')).toThrow(/no task "fly"/)
  })
})

describe('demo trajectories', () => {
  it('are the same bytes for the same seed, and more of them only adds to the end', () => {
    const once = householdTrajectories({ seed: 5, trajectories: 40 })
    expect(householdTrajectories({ seed: 5, trajectories: 40 })).toEqual(once)
    expect(householdTrajectories({ seed: 5, trajectories: 25 })).toEqual(once.slice(0, 25))
  })

  it('change only on purpose: this one is known by heart', () => {
    expect(householdTrajectories({ seed: 1, trajectories: 1 })[0]).toMatchInlineSnapshot(`
      {
        "name": "household 1 place",
        "text": "You are in the middle of a room. Looking quickly around you, you see a cabinet 1, a countertop 1, a diningtable 1, a fridge 1, a garbagecan 1, a microwave 1, a shelf 1, a sinkbasin 1, and a stoveburner 1.
      Your task is to: put some tomato on microwave.
      > think: I need a tomato. It goes in/on a microwave. A tomato is often in or on fridge 1, countertop 1 and diningtable 1.
      OK.
      > go to fridge 1
      The fridge 1 is closed.
      > open fridge 1
      You open the fridge 1. The fridge 1 is open. In it, you see a apple 1, a lettuce 1, a potato 3, and a tomato 1.
      > think: tomato: found tomato 1.
      OK.
      > take tomato 1 from fridge 1
      You pick up the tomato 1 from the fridge 1.
      > think: I have tomato 1. Next: put it in/on microwave 1.
      OK.
      > go to microwave 1
      The microwave 1 is closed.
      > open microwave 1
      You open the microwave 1. The microwave 1 is open. In it, you see nothing.
      > put tomato 1 in/on microwave 1
      You put the tomato 1 in/on the microwave 1.
      ",
      }
    `)
  })

  it('are other rooms for another seed, and all different', () => {
    const one = householdTrajectories({ seed: 1, trajectories: 200 }).map(({ text }) => text)
    const other = householdTrajectories({ seed: 2, trajectories: 200 }).map(({ text }) => text)
    expect(new Set([...one, ...other]).size).toBe(400)
    const prompts = (texts: string[]) => new Set(texts.map((text) => text.split('\n', 2).join('\n')))
    expect([...prompts(one)].filter((prompt) => prompts(other).has(prompt)).length).toBeLessThan(20)
  })

  it('are short and of a small vocabulary', () => {
    const texts = householdTrajectories({ seed: 11, trajectories: 300 }).map(({ text }) => text)
    const lengths = texts.map((text) => text.length)
    expect(lengths.reduce((sum, length) => sum + length, 0) / lengths.length).toBeLessThan(1600)
    expect(Math.max(...lengths)).toBeLessThan(4000)
    expect(new Set(texts.join('').match(/[A-Za-z]+|\d+|[^\sA-Za-z\d]/g)).size).toBeLessThan(200)
  })

  it('show every kind of task in turn under a name of their own', () => {
    const names = householdTrajectories({ seed: 1, trajectories: 7 }).map(({ name }) => name)
    expect(names).toEqual([
      'household 1 place',
      'household 2 examine',
      'household 3 clean',
      'household 4 heat',
      'household 5 cool',
      'household 6 two',
      'household 7 place',
    ])
  })

  it('have the form of ALFWorld transcripts, line by line', () => {
    for (const { text } of householdTrajectories({ seed: 8, trajectories: 60 })) {
      const lines = text.split('\n')
      expect(lines.pop()).toBe('')
      expect(lines[0]).toMatch(/^You are in the middle of a room\./)
      expect(lines[1]).toMatch(/^Your task is to: /)
      for (let i = 2; i < lines.length; i += 2) {
        expect(lines[i]).toMatch(/^> (think: [A-Za-z].*\.|go to|open|take|put|clean|heat|cool|use)/)
        expect(lines[i + 1]).toMatch(/^(OK\.|Nothing happens\.|On the |The |You )/)
      }
    }
  })

  it('are read by the lab as household trajectories, thoughts as reason and commands as act', () => {
    for (const { name, text } of householdTrajectories({ seed: 4, trajectories: 60 })) {
      const { trajectories, problems } = readTrajectories(name, new TextEncoder().encode(text))
      expect(problems).toEqual([])
      expect(trajectories).toHaveLength(1)
      const trajectory = trajectories[0]!
      expect(trajectory).toMatchObject({ format: 'alfworld', environment: 'household', text, warnings: [] })
      const contents = (kind: string) =>
        trajectory.spans
          .filter((span) => span.kind === kind)
          .map((span) => text.slice(span.contentStart, span.contentEnd))
      const lines = text.split('\n').filter((line) => line.startsWith('> '))
      const isThought = (line: string) => line.startsWith('> think: ')
      expect(contents('reason')).toEqual(
        lines.filter(isThought).map((line) => line.slice('> think: '.length)),
      )
      expect(contents('act')).toEqual(lines.filter((line) => !isThought(line)).map((line) => line.slice(2)))
    }
  })
})

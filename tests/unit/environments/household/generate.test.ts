import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canContain,
  LIKELY,
  OBJECT_TYPES,
  RECEPTACLE_TYPES,
  ROOMS,
} from '../../../../workers/environments/household/catalogue.ts'
import { householdTrajectories } from '../../../../workers/environments/household/demo.ts'
import { generateEpisode, SPLITS, splitOf } from '../../../../workers/environments/household/generate.ts'
import { goalReached, TASK_TYPES } from '../../../../workers/environments/household/task.ts'
import { readTrajectories } from '../../../../workers/trajectories/read.ts'

describe('generated episodes', () => {
  it('are small rooms whose things lie where such things can, none of them solved from the start', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(...SPLITS),
        fc.constantFrom(...TASK_TYPES),
        (seed, split, type) => {
          const { world, prompt } = generateEpisode(seed, split, type)
          expect(world.task.type).toBe(type)
          expect(world.receptacles.size).toBeGreaterThanOrEqual(6)
          expect(world.receptacles.size).toBeLessThanOrEqual(10)
          for (const [name, object] of world.objects) {
            expect(object.name).toBe(name)
            expect(canContain(world.receptacles.get(object.place!)!.type, object.type)).toBe(true)
          }
          expect(prompt.split('\n')).toHaveLength(2)
          expect(prompt).toMatch(/^You are in the middle of a room\. Looking quickly around you, you see a /)
          expect(prompt).toMatch(/\nYour task is to: [a-z ]+\.$/)
          expect(goalReached(world)).toBe(false)
        },
      ),
    )
  })

  it('belong to one split only: no room and task of one is ever in another', () => {
    const keys = SPLITS.map((split) => {
      const own = new Set<string>()
      for (let seed = 0; seed < 600; seed++) {
        const { world } = generateEpisode(seed, split)
        expect(splitOf(world)).toBe(split)
        own.add(`${[...world.receptacles.keys()].sort()} ${JSON.stringify(world.task)}`)
      }
      return own
    })
    for (const [i, one] of keys.entries()) {
      expect(one.size).toBeGreaterThan(300)
      for (const other of keys.slice(i + 1)) expect([...one].filter((key) => other.has(key))).toEqual([])
    }
  })

  it('know a likely place for everything, and only possible ones', () => {
    for (const type of OBJECT_TYPES) {
      expect(LIKELY[type].length, type).toBeGreaterThan(0)
      for (const place of LIKELY[type]) expect(canContain(place, type), `${type} ${place}`).toBe(true)
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
        "text": "You are in the middle of a room. Looking quickly around you, you see a cabinet 3, a cabinet 2, a cabinet 1, a drawer 1, a garbagecan 1, a shelf 2, a shelf 1, a sinkbasin 1, and a toilet 1.
      Your task is to: put a candle in drawer.
      > think: I need a candle. It goes in/on a drawer. A candle is often in or on shelf 1, shelf 2 and toilet 1.
      OK.
      > go to shelf 1
      On the shelf 1, you see a spraybottle 1.
      > think: candle: not here. I try shelf 2.
      OK.
      > go to shelf 2
      On the shelf 2, you see nothing.
      > think: I look for candle: not here. Next: toilet 1.
      OK.
      > go to toilet 1
      On the toilet 1, you see a soapbar 2, and a soapbar 1.
      > think: candle: not here. Other places for a candle: cabinet 1, cabinet 2 and cabinet 3.
      OK.
      > go to cabinet 1
      The cabinet 1 is closed.
      > open cabinet 1
      You open the cabinet 1. The cabinet 1 is open. In it, you see a candle 1.
      > think: I look for candle: found candle 1.
      OK.
      > take candle 1 from cabinet 1
      You pick up the candle 1 from the cabinet 1.
      > think: Now I hold candle 1. I put it in/on drawer 1.
      OK.
      > go to drawer 1
      The drawer 1 is closed.
      > put candle 1 in/on drawer 1
      Nothing happens.
      > think: That failed: drawer 1 is closed. I open it first.
      OK.
      > open drawer 1
      You open the drawer 1. The drawer 1 is open. In it, you see a toiletpaper 1.
      > put candle 1 in/on drawer 1
      You put the candle 1 in/on the drawer 1.
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

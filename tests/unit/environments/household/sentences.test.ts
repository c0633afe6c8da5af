import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeObject, HELP, overview } from '../../../../workers/environments/household/sentences.ts'
import { newObject } from '../../../../workers/environments/household/world.ts'
import { kitchen, makeWorld, play } from './kitchen.ts'

describe('what the household says', () => {
  it('lists the room by type, numbers downwards', () => {
    expect(overview(kitchen())).toBe(
      'You are in the middle of a room. Looking quickly around you, you see a bed 1, a countertop 2, ' +
        'a countertop 1, a fridge 1, a microwave 1, a shelf 2, a shelf 1, a sidetable 1, and a sinkbasin 1.',
    )
  })

  it('lists two things with a comma before "and", one thing plainly, and no thing as nothing', () => {
    const world = kitchen()
    expect(play(world, 'go to countertop 1')).toBe('On the countertop 1, you see a mug 2, and a mug 1.')
    play(world, 'take mug 2 from countertop 1', 'go to shelf 1')
    expect(play(world, 'go to countertop 1')).toBe('On the countertop 1, you see a mug 1.')
    expect(play(world, 'go to shelf 1')).toBe('On the shelf 1, you see nothing.')
  })

  it('sorts numbers as numbers, and says "a" before a vowel too', () => {
    const world = makeWorld(
      [['shelf', 1]],
      [
        ['pen', 2, 'shelf 1'],
        ['pen', 10, 'shelf 1'],
        ['alarmclock', 1, 'shelf 1'],
      ],
    )
    expect(play(world, 'go to shelf 1')).toBe(
      'On the shelf 1, you see a alarmclock 1, a pen 10, and a pen 2.',
    )
  })

  it('says what it carries', () => {
    const world = kitchen()
    expect(play(world, 'inventory')).toBe('You are not carrying anything.')
    play(world, 'go to countertop 1', 'take mug 2 from countertop 1')
    expect(play(world, 'inventory')).toBe('You are carrying: a mug 2.')
  })

  it('says where one stands: the room, one receptacle, or those that share a spot', () => {
    const world = kitchen()
    expect(play(world, 'look')).toBe(overview(world))
    expect(play(world, 'go to countertop 1', 'look')).toBe(
      'You are facing the countertop 1. Next to it, you see nothing.',
    )
    world.receptacles.get('shelf 2')!.spot = world.receptacles.get('shelf 1')!.spot
    expect(play(world, 'go to shelf 1', 'look')).toBe(
      'You are facing the shelf 2, and shelf 1. Next to it, you see nothing.',
    )
  })

  it('names at a shared spot what does not lie in all of its receptacles, as the grammar has it', () => {
    const world = makeWorld(
      [
        ['shelf', 1],
        ['shelf', 2],
      ],
      [
        ['pen', 1, 'shelf 1'],
        ['cd', 1, 'shelf 2'],
      ],
    )
    world.receptacles.get('shelf 2')!.spot = 0
    expect(play(world, 'go to shelf 2', 'look')).toBe(
      'You are facing the shelf 2, and shelf 1. Next to it, you see a cd 1, and a pen 1.',
    )
  })

  it('describes objects by what was done to them', () => {
    const apple = (...states: string[]) => {
      const object = newObject('apple', 1, 'shelf 1')
      return describeObject(Object.assign(object, Object.fromEntries(states.map((state) => [state, true]))))
    }
    expect(apple()).toBe("There's nothing special about apple 1.")
    expect(apple('hot')).toBe('This is a hot apple 1.')
    expect(apple('cool')).toBe('This is a cold apple 1.')
    expect(apple('clean')).toBe('This is a clean apple 1.')
    expect(apple('clean', 'hot')).toBe('This is a hot and clean apple 1.')
    expect(apple('clean', 'cool')).toBe('This is a cool and clean apple 1.')
    expect(apple('sliced')).toBe('This is a sliced apple 1.')
    expect(apple('sliced', 'hot')).toBe('This is a hot sliced apple 1.')
    expect(apple('sliced', 'cool')).toBe('This is a cool sliced apple 1.')
    expect(apple('sliced', 'clean')).toBe('This is a clean sliced apple 1.')
    expect(apple('sliced', 'clean', 'hot')).toBe('This is a hot and clean sliced apple 1.')
    expect(apple('sliced', 'clean', 'cool')).toBe('This is a cool and clean sliced apple 1.')
  })

  it.each(['bowl', 'box', 'cup', 'mug', 'pan', 'plate', 'pot'])(
    'describes a %s as a vessel, hot or not',
    (type) => {
      const vessel = newObject(type, 2, 'shelf 1')
      expect(describeObject(vessel)).toBe(`This is a normal ${type} 2. In it, you see nothing.`)
      expect(describeObject({ ...vessel, hot: true, clean: true })).toBe(
        `This is a normal ${type} 2. In it, you see nothing.`,
      )
    },
  )

  it.each(['desklamp', 'floorlamp'])(
    'describes a %s as off until it was switched, then as on for good',
    (type) => {
      const lamp = newObject(type, 1, 'sidetable 1')
      expect(describeObject(lamp)).toBe(`This ${type} 1 is off.`)
      expect(describeObject({ ...lamp, toggled: true, on: true })).toBe(`This ${type} 1 is on.`)
      expect(describeObject({ ...lamp, toggled: true, on: false })).toBe(`This ${type} 1 is on.`)
    },
  )

  it('examines what lies open to view and what is in hand', () => {
    const world = kitchen()
    expect(play(world, 'go to countertop 1', 'examine mug 1')).toBe(
      'This is a normal mug 1. In it, you see nothing.',
    )
    expect(play(world, 'examine countertop 1')).toBe('On the countertop 1, you see a mug 2, and a mug 1.')
    play(world, 'go to countertop 2', 'take egg 1 from countertop 2', 'go to bed 1')
    expect(play(world, 'examine egg 1')).toBe("There's nothing special about egg 1.")
    expect(play(world, 'go to fridge 1', 'open fridge 1', 'examine apple 1')).toBe(
      "There's nothing special about apple 1.",
    )
  })

  it('helps', () => {
    expect(play(kitchen(), 'help')).toBe(HELP)
    expect(HELP).toContain('  go to (receptacle):               move to a receptacle\n')
  })
})

const REFERENCE = '../shared/reference/alfworld/alfred.twl2'

describe.skipIf(!existsSync(REFERENCE))(
  'the sentences of alfred.twl2 (skipped where ../shared is not there)',
  () => {
    const grammar = existsSync(REFERENCE) ? readFileSync(REFERENCE, 'utf8') : ''
    /** Right-hand sides with their variables filled in. */
    const filled = (values: Record<string, string>) =>
      [...grammar.matchAll(/"rhs": "((?:[^"\\]|\\.)*)"/g)].map(([, rhs]) =>
        rhs!.replace(/\{(\w+)\.name\}/g, (whole, variable: string) => values[variable] ?? whole),
      )

    it('are ours: every answer is one of its right-hand sides', () => {
      const sentences = filled({ o: 'egg 1', r: 'microwave 1', co: 'potato 1', ko: 'knife 1' })
      const world = kitchen('new')
      const answers = [
        play(
          world,
          'go to countertop 2',
          'take egg 1 from countertop 2',
          'go to microwave 1',
          'heat egg 1 with microwave 1',
        ),
        play(world, 'examine egg 1'),
        play(world, 'open microwave 1', 'close microwave 1'),
        play(world, 'examine microwave 1'),
        play(world, 'open microwave 1', 'move egg 1 to microwave 1'),
        play(world, 'inventory'),
        play(world, 'go to countertop 2', 'take knife 1 from countertop 2', 'slice potato 1 with knife 1'),
        `\\n${HELP.replaceAll('\n', '\\n')}\\n`,
      ]
      for (const answer of answers) expect(sentences).toContain(answer)
    })

    it('hold every sentence about objects that ours can say', () => {
      const sentences = filled({ o: 'apple 1' })
      for (const sliced of [false, true]) {
        for (const clean of [false, true]) {
          for (const warmth of ['', 'hot', 'cool']) {
            const object = { ...newObject('apple', 1, 'shelf 1'), sliced, clean }
            const told = describeObject({ ...object, hot: warmth === 'hot', cool: warmth === 'cool' })
            expect(sentences).toContain(told)
          }
        }
      }
    })
  },
)

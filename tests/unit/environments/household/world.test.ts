import { describe, expect, it } from 'vitest'
import type { ObjectType, ReceptacleType } from '../../../../workers/environments/household/catalogue.ts'
import { goalReached, goalSentence, type Task } from '../../../../workers/environments/household/task.ts'
import {
  copyWorld,
  NOTHING_HAPPENS,
  newObject,
  newReceptacle,
  overview,
  step,
  type World,
} from '../../../../workers/environments/household/world.ts'

const anyTask: Task = { type: 'place', object: 'cup', receptacle: 'shelf' }

function makeWorld(
  receptacles: [ReceptacleType, number][],
  objects: [ObjectType, number, string][],
  task: Task = anyTask,
): World {
  return {
    receptacles: new Map(receptacles.map(([type, n]) => [`${type} ${n}`, newReceptacle(type, n)])),
    objects: new Map(objects.map(([type, n, place]) => [`${type} ${n}`, newObject(type, n, place)])),
    location: null,
    holding: null,
    task,
  }
}

function kitchen(task: Task = anyTask): World {
  return makeWorld(
    [
      ['countertop', 1],
      ['countertop', 2],
      ['fridge', 1],
      ['microwave', 1],
      ['shelf', 1],
      ['shelf', 2],
      ['sidetable', 1],
      ['sinkbasin', 1],
    ],
    [
      ['mug', 1, 'countertop 1'],
      ['mug', 2, 'countertop 1'],
      ['apple', 1, 'fridge 1'],
      ['egg', 1, 'countertop 2'],
      ['knife', 1, 'countertop 2'],
      ['book', 1, 'sidetable 1'],
      ['desklamp', 1, 'sidetable 1'],
    ],
    task,
  )
}

/** Plays all commands and gives the last observation. */
function play(world: World, ...commands: string[]): string {
  return commands.map((command) => step(world, command).observation).at(-1)!
}

/** Plays the first commands, then checks that the last one is refused and changes nothing at all. */
function expectRefused(world: World, ...commands: string[]): void {
  for (const command of commands.slice(0, -1)) expect(play(world, command), command).not.toBe(NOTHING_HAPPENS)
  const before = copyWorld(world)
  expect(play(world, commands.at(-1)!)).toBe(NOTHING_HAPPENS)
  expect(world).toEqual(before)
}

describe('what the household says', () => {
  it('lists the room by type, numbers downwards', () => {
    expect(overview(kitchen())).toBe(
      'You are in the middle of a room. Looking quickly around you, you see a countertop 2, a countertop 1, ' +
        'a fridge 1, a microwave 1, a shelf 2, a shelf 1, a sidetable 1, and a sinkbasin 1.',
    )
  })

  it('lists two things with a comma before "and", one thing plainly, and no thing as nothing', () => {
    const world = kitchen()
    expect(play(world, 'go to countertop 1')).toBe('On the countertop 1, you see a mug 2, and a mug 1.')
    play(world, 'take mug 2 from countertop 1', 'go to shelf 1')
    expect(play(world, 'go to countertop 1')).toBe('On the countertop 1, you see a mug 1.')
    expect(play(world, 'go to shelf 1')).toBe('On the shelf 1, you see nothing.')
  })

  it('sorts numbers as numbers', () => {
    const world = makeWorld(
      [['shelf', 1]],
      [
        ['pen', 2, 'shelf 1'],
        ['pen', 10, 'shelf 1'],
        ['cd', 1, 'shelf 1'],
      ],
    )
    expect(play(world, 'go to shelf 1')).toBe('On the shelf 1, you see a cd 1, a pen 10, and a pen 2.')
  })

  it('shows the inside of a fridge only once it is opened, and remembers that it is', () => {
    const world = kitchen()
    expect(play(world, 'go to fridge 1')).toBe('The fridge 1 is closed.')
    expect(play(world, 'open fridge 1')).toBe(
      'You open the fridge 1. The fridge 1 is open. In it, you see a apple 1.',
    )
    expect(play(world, 'go to shelf 1', 'go to fridge 1')).toBe(
      'The fridge 1 is open. In it, you see a apple 1.',
    )
    expect(play(world, 'close fridge 1')).toBe('You close the fridge 1.')
    expect(play(world, 'examine fridge 1')).toBe('The fridge 1 is closed.')
  })

  it('answers taking and putting in the wording of the command', () => {
    const world = kitchen()
    expect(play(world, 'go to countertop 1', 'take mug 1 from countertop 1')).toBe(
      'You pick up the mug 1 from the countertop 1.',
    )
    expect(play(world, 'put mug 1 in/on countertop 1')).toBe('You put the mug 1 in/on the countertop 1.')
    play(world, 'take mug 1 from countertop 1')
    expect(play(world, 'move mug 1 to countertop 1')).toBe('You move the mug 1 to the countertop 1.')
  })

  it('cleans, heats and cools in its own words, and examining shows the change', () => {
    const world = kitchen()
    play(world, 'go to countertop 2', 'take egg 1 from countertop 2')
    expect(play(world, 'examine egg 1')).toBe("There's nothing special about egg 1.")
    expect(play(world, 'go to microwave 1', 'heat egg 1 with microwave 1')).toBe(
      'You heat the egg 1 using the microwave 1.',
    )
    expect(play(world, 'examine egg 1')).toBe('This is a hot egg 1.')
    expect(play(world, 'go to fridge 1', 'cool egg 1 with fridge 1')).toBe(
      'You cool the egg 1 using the fridge 1.',
    )
    expect(play(world, 'examine egg 1')).toBe('This is a cold egg 1.')
    expect(play(world, 'go to sinkbasin 1', 'clean egg 1 with sinkbasin 1')).toBe(
      'You clean the egg 1 using the sinkbasin 1.',
    )
    expect(play(world, 'examine egg 1')).toBe('This is a cool and clean egg 1.')
  })

  it('says what examining a vessel, a lamp or a sliced thing says', () => {
    const world = kitchen()
    expect(play(world, 'go to countertop 1', 'examine mug 1')).toBe(
      'This is a normal mug 1. In it, you see nothing.',
    )
    expect(play(world, 'go to sidetable 1', 'examine desklamp 1')).toBe('This desklamp 1 is off.')
    expect(play(world, 'use desklamp 1')).toBe('You turn on the desklamp 1.')
    expect(play(world, 'examine desklamp 1')).toBe('This desklamp 1 is on.')
    play(world, 'go to countertop 2', 'take knife 1 from countertop 2', 'go to fridge 1', 'open fridge 1')
    expect(play(world, 'slice apple 1 with knife 1')).toBe('You sliced the apple 1 with the knife 1.')
    expect(play(world, 'examine apple 1')).toBe('This is a sliced apple 1.')
  })

  it('tells the inventory and where one stands', () => {
    const world = kitchen()
    expect(play(world, 'look')).toBe(overview(world))
    expect(play(world, 'inventory')).toBe('You are not carrying anything.')
    play(world, 'go to countertop 1', 'take mug 2 from countertop 1')
    expect(play(world, 'inventory')).toBe('You are carrying: a mug 2.')
    expect(play(world, 'look')).toBe('You are facing the countertop 1. Next to it, you see nothing.')
  })

  it('answers a thought with OK and changes nothing', () => {
    const world = kitchen()
    const before = copyWorld(world)
    expect(play(world, 'think: go to fridge 1')).toBe('OK.')
    expect(world).toEqual(before)
  })
})

describe('what the household refuses', () => {
  const atCountertop = ['go to countertop 1', 'take mug 1 from countertop 1']
  const cases: [string, string[]][] = [
    ['going to a place that is not there', ['go to sofa 1']],
    ['going where one already stands', ['go to shelf 1', 'go to shelf 1']],
    ['opening from afar', ['open fridge 1']],
    ['opening what is open', ['go to fridge 1', 'open fridge 1', 'open fridge 1']],
    ['opening what has no door', ['go to countertop 1', 'open countertop 1']],
    ['closing what is closed', ['go to fridge 1', 'close fridge 1']],
    ['closing what has no door', ['go to shelf 1', 'close shelf 1']],
    ['taking from afar', ['take mug 1 from countertop 1']],
    ['taking out of a closed fridge', ['go to fridge 1', 'take apple 1 from fridge 1']],
    ['taking what lies elsewhere', ['go to shelf 1', 'take mug 1 from shelf 1']],
    ['taking what does not exist', ['go to countertop 1', 'take mug 3 from countertop 1']],
    ['taking a second thing', [...atCountertop, 'take mug 2 from countertop 1']],
    ['taking the lamp', ['go to sidetable 1', 'take desklamp 1 from sidetable 1']],
    ['putting what one does not hold', ['go to countertop 1', 'put mug 1 in/on countertop 1']],
    ['putting from afar', [...atCountertop, 'put mug 1 in/on shelf 1']],
    ['putting into a closed fridge', [...atCountertop, 'go to fridge 1', 'put mug 1 in/on fridge 1']],
    [
      'putting where such a thing cannot lie',
      [...atCountertop, 'go to sidetable 1', 'put mug 1 in/on sidetable 1'],
    ],
    ['cleaning away from the sinkbasin', [...atCountertop, 'clean mug 1 with sinkbasin 1']],
    ['cleaning with a shelf', [...atCountertop, 'go to shelf 1', 'clean mug 1 with shelf 1']],
    ['cleaning what is not held', ['go to sinkbasin 1', 'clean mug 1 with sinkbasin 1']],
    [
      'cleaning a book',
      [
        'go to sidetable 1',
        'take book 1 from sidetable 1',
        'go to sinkbasin 1',
        'clean book 1 with sinkbasin 1',
      ],
    ],
    ['heating away from the microwave', [...atCountertop, 'heat mug 1 with microwave 1']],
    ['heating with a fridge', [...atCountertop, 'go to fridge 1', 'heat mug 1 with fridge 1']],
    ['heating what is not held', ['go to microwave 1', 'heat mug 1 with microwave 1']],
    [
      'heating a knife',
      [
        'go to countertop 2',
        'take knife 1 from countertop 2',
        'go to microwave 1',
        'heat knife 1 with microwave 1',
      ],
    ],
    ['cooling away from the fridge', [...atCountertop, 'cool mug 1 with fridge 1']],
    ['cooling with a microwave', [...atCountertop, 'go to microwave 1', 'cool mug 1 with microwave 1']],
    ['cooling what is not held', ['go to fridge 1', 'cool mug 1 with fridge 1']],
    [
      'cooling a book',
      ['go to sidetable 1', 'take book 1 from sidetable 1', 'go to fridge 1', 'cool book 1 with fridge 1'],
    ],
    ['using a lamp from afar', ['use desklamp 1']],
    ['using what has no switch', ['go to sidetable 1', 'use book 1']],
    ['slicing without a knife in hand', ['go to fridge 1', 'open fridge 1', 'slice apple 1 with knife 1']],
    [
      'slicing from afar',
      ['go to countertop 2', 'take knife 1 from countertop 2', 'slice apple 1 with knife 1'],
    ],
    [
      'slicing a mug',
      [
        'go to countertop 2',
        'take knife 1 from countertop 2',
        'go to countertop 1',
        'slice mug 1 with knife 1',
      ],
    ],
    ['examining what is out of sight', ['go to fridge 1', 'examine apple 1']],
    ['examining a place from afar', ['examine fridge 1']],
    ['a command that the game does not know', ['dance with mug 1']],
    ['an empty command', ['']],
    ['a command of ten thousand characters', [`take ${'mug '.repeat(2500)}`]],
  ]
  it.each(cases)('refuses %s', (_what, commands) => {
    expectRefused(kitchen(), ...commands)
  })

  it('heats in a room without a microwave nowhere at all', () => {
    const world = makeWorld([['countertop', 1]], [['mug', 1, 'countertop 1']])
    expectRefused(world, 'go to countertop 1', 'take mug 1 from countertop 1', 'heat mug 1 with microwave 1')
  })
})

describe('when the goal is reached', () => {
  it('counts a placed thing only once it lies there', () => {
    const world = kitchen({ type: 'place', object: 'mug', receptacle: 'shelf' })
    expect(step(world, 'go to countertop 1').done).toBe(false)
    expect(step(world, 'take mug 1 from countertop 1').done).toBe(false)
    expect(step(world, 'go to shelf 2').done).toBe(false)
    expect(step(world, 'put mug 1 in/on shelf 2').done).toBe(true)
    expect(step(world, 'take mug 1 from shelf 2').done).toBe(false)
  })

  it.each([
    ['clean', 'clean mug 1 with sinkbasin 1', 'sinkbasin 1'],
    ['heat', 'heat mug 1 with microwave 1', 'microwave 1'],
    ['cool', 'cool mug 1 with fridge 1', 'fridge 1'],
  ] as const)('asks for the change itself: %s', (type, change, tool) => {
    const task: Task = { type, object: 'mug', receptacle: 'shelf' }
    const unchanged = kitchen(task)
    play(unchanged, 'go to countertop 1', 'take mug 1 from countertop 1', 'go to shelf 1')
    expect(step(unchanged, 'put mug 1 in/on shelf 1').done).toBe(false)
    const changed = kitchen(task)
    play(
      changed,
      'go to countertop 1',
      'take mug 1 from countertop 1',
      `go to ${tool}`,
      change,
      'go to shelf 1',
    )
    expect(step(changed, 'put mug 1 in/on shelf 1').done).toBe(true)
  })

  it('forgets the heat of what was cooled afterwards', () => {
    const world = kitchen({ type: 'heat', object: 'mug', receptacle: 'shelf' })
    play(world, 'go to countertop 1', 'take mug 1 from countertop 1', 'go to microwave 1')
    play(world, 'heat mug 1 with microwave 1', 'go to fridge 1', 'cool mug 1 with fridge 1', 'go to shelf 1')
    expect(step(world, 'put mug 1 in/on shelf 1').done).toBe(false)
  })

  it('forgets the cold of what was heated afterwards', () => {
    const world = kitchen({ type: 'cool', object: 'mug', receptacle: 'shelf' })
    play(world, 'go to countertop 1', 'take mug 1 from countertop 1', 'go to fridge 1')
    play(
      world,
      'cool mug 1 with fridge 1',
      'go to microwave 1',
      'heat mug 1 with microwave 1',
      'go to shelf 1',
    )
    expect(step(world, 'put mug 1 in/on shelf 1').done).toBe(false)
  })

  it('wants both of two things in one and the same place', () => {
    const world = kitchen({ type: 'two', object: 'mug', receptacle: 'shelf' })
    const bring = (mug: string, shelf: string) => {
      play(world, 'go to countertop 1', `take ${mug} from countertop 1`, `go to ${shelf}`)
      return step(world, `put ${mug} in/on ${shelf}`).done
    }
    expect(bring('mug 1', 'shelf 1')).toBe(false)
    expect(bring('mug 2', 'shelf 2')).toBe(false)
    play(world, 'take mug 2 from shelf 2', 'go to shelf 1')
    expect(step(world, 'put mug 2 in/on shelf 1').done).toBe(true)
  })

  it('wants the thing in hand at the lamp that was switched', () => {
    const task: Task = { type: 'examine', object: 'mug', lamp: 'desklamp' }
    const world = kitchen(task)
    play(world, 'go to sidetable 1')
    expect(step(world, 'use desklamp 1').done).toBe(false)
    play(world, 'go to countertop 1')
    expect(step(world, 'take mug 1 from countertop 1').done).toBe(false)
    expect(step(world, 'go to sidetable 1').done).toBe(true)
    expect(goalReached(kitchen(task))).toBe(false)
  })

  it('words every kind of task in two ways', () => {
    const worded = (task: Task) => [goalSentence(task, 0), goalSentence(task, 1)]
    const at = { object: 'apple', receptacle: 'shelf' } as const
    expect(worded({ type: 'place', ...at })).toEqual([
      'Your task is to: put a apple in shelf.',
      'Your task is to: put some apple on shelf.',
    ])
    expect(worded({ type: 'examine', object: 'book', lamp: 'desklamp' })).toEqual([
      'Your task is to: look at book under the desklamp.',
      'Your task is to: examine the book with the desklamp.',
    ])
    expect(worded({ type: 'clean', ...at })).toEqual([
      'Your task is to: put a clean apple in shelf.',
      'Your task is to: clean some apple and put it in shelf.',
    ])
    expect(worded({ type: 'heat', ...at })).toEqual([
      'Your task is to: put a hot apple in shelf.',
      'Your task is to: heat some apple and put it in shelf.',
    ])
    expect(worded({ type: 'cool', ...at })).toEqual([
      'Your task is to: put a cool apple in shelf.',
      'Your task is to: cool some apple and put it in shelf.',
    ])
    expect(worded({ type: 'two', ...at })).toEqual([
      'Your task is to: put two apple in shelf.',
      'Your task is to: find two apple and put them in shelf.',
    ])
  })
})

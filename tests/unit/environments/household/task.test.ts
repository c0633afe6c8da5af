import { describe, expect, it } from 'vitest'
import { step } from '../../../../workers/environments/household/commands.ts'
import {
  goalReached,
  goalSentence,
  readTask,
  type Task,
} from '../../../../workers/environments/household/task.ts'
import { kitchen, makeWorld, play } from './kitchen.ts'

const takeMug = ['go to countertop 1', 'take mug 1 from countertop 1']

describe('when the goal is reached', () => {
  it('counts a placed thing only while it lies there', () => {
    const task: Task = { type: 'place', object: 'mug', receptacle: 'shelf' }
    const world = kitchen()
    const isReachedBy = (command: string) => {
      expect(step(world, command).valid).toBe(true)
      return goalReached(world, task)
    }
    expect(takeMug.map(isReachedBy)).toEqual([false, false])
    expect(isReachedBy('go to shelf 2')).toBe(false)
    expect(isReachedBy('put mug 1 in/on shelf 2')).toBe(true)
    expect(isReachedBy('take mug 1 from shelf 2')).toBe(false)
    expect(goalReached(world, { ...task, receptacle: 'countertop' })).toBe(true)
  })

  it('asks for the type of the thing and of the place', () => {
    const world = kitchen()
    expect(goalReached(world, { type: 'place', object: 'mug', receptacle: 'countertop' })).toBe(true)
    expect(goalReached(world, { type: 'place', object: 'cup', receptacle: 'countertop' })).toBe(false)
    expect(goalReached(world, { type: 'place', object: 'mug', receptacle: 'shelf' })).toBe(false)
  })

  it.each([
    ['clean', 'clean mug 1 with sinkbasin 1', 'sinkbasin 1'],
    ['heat', 'heat mug 1 with microwave 1', 'microwave 1'],
    ['cool', 'cool mug 1 with fridge 1', 'fridge 1'],
  ] as const)('asks for the change and the place in one and the same thing: %s', (type, change, tool) => {
    const task: Task = { type, object: 'mug', receptacle: 'shelf' }
    const unchanged = kitchen()
    play(unchanged, ...takeMug, 'go to shelf 1', 'put mug 1 in/on shelf 1')
    expect(goalReached(unchanged, task)).toBe(false)

    const changed = kitchen()
    play(changed, ...takeMug, `go to ${tool}`, change)
    expect(goalReached(changed, task)).toBe(false)
    play(changed, 'go to shelf 1', 'put mug 1 in/on shelf 1')
    expect(goalReached(changed, task)).toBe(true)

    // One mug is changed, the other one is in its place.
    const apart = kitchen()
    play(apart, ...takeMug, `go to ${tool}`, change, 'go to countertop 2', 'put mug 1 in/on countertop 2')
    play(
      apart,
      'go to countertop 1',
      'take mug 2 from countertop 1',
      'go to shelf 1',
      'put mug 2 in/on shelf 1',
    )
    expect(goalReached(apart, task)).toBe(false)
  })

  it('forgets the heat of what was cooled afterwards, and the cold of what was heated', () => {
    const hot = ['go to microwave 1', 'heat mug 1 with microwave 1']
    const cold = ['go to fridge 1', 'cool mug 1 with fridge 1']
    const put = ['go to shelf 1', 'put mug 1 in/on shelf 1']
    const reached = (type: 'heat' | 'cool', ...commands: string[]) => {
      const world = kitchen()
      play(world, ...takeMug, ...commands, ...put)
      return goalReached(world, { type, object: 'mug', receptacle: 'shelf' })
    }
    expect(reached('heat', ...hot, ...cold)).toBe(false)
    expect(reached('heat', ...cold, ...hot)).toBe(true)
    expect(reached('cool', ...cold, ...hot)).toBe(false)
    expect(reached('cool', ...hot, ...cold)).toBe(true)
  })

  it('wants both of two things in one and the same place', () => {
    const task: Task = { type: 'two', object: 'mug', receptacle: 'shelf' }
    const world = kitchen()
    const bring = (mug: string, shelf: string) => {
      play(world, 'go to countertop 1', `take ${mug} from countertop 1`, `go to ${shelf}`)
      play(world, `put ${mug} in/on ${shelf}`)
      return goalReached(world, task)
    }
    expect(bring('mug 1', 'shelf 1')).toBe(false)
    expect(bring('mug 2', 'shelf 2')).toBe(false)
    play(world, 'take mug 2 from shelf 2', 'go to shelf 1', 'put mug 2 in/on shelf 1')
    expect(goalReached(world, task)).toBe(true)
  })

  it('wants the thing in hand where a lamp stands that was switched', () => {
    const task: Task = { type: 'examine', object: 'mug', lamp: 'desklamp' }
    const world = kitchen()
    expect(goalReached(world, task)).toBe(false)
    play(world, 'go to sidetable 1', 'use desklamp 1')
    expect(goalReached(world, task)).toBe(false)
    play(world, ...takeMug)
    expect(goalReached(world, task)).toBe(false)
    play(world, 'go to sidetable 1')
    expect(goalReached(world, task)).toBe(true)
    expect(goalReached(world, { ...task, lamp: 'floorlamp' })).toBe(false)
    expect(goalReached(world, { ...task, object: 'book' })).toBe(false)
    play(world, 'go to shelf 1')
    expect(goalReached(world, task)).toBe(false)
  })

  it('is not content with a lamp that was never switched', () => {
    const world = makeWorld(
      [['desk', 1]],
      [
        ['pen', 1, 'desk 1'],
        ['desklamp', 1, 'desk 1'],
      ],
    )
    play(world, 'go to desk 1', 'take pen 1 from desk 1')
    const task: Task = { type: 'examine', object: 'pen', lamp: 'desklamp' }
    expect(goalReached(world, task)).toBe(false)
    play(world, 'use desklamp 1')
    expect(goalReached(world, task)).toBe(true)
  })
})

describe('what a task is told as', () => {
  const at = { object: 'apple', receptacle: 'shelf' }
  const cases: [Task, string, string][] = [
    [{ type: 'place', ...at }, 'put a apple in shelf.', 'put some apple on shelf.'],
    [
      { type: 'examine', object: 'book', lamp: 'desklamp' },
      'look at book under the desklamp.',
      'examine the book with the desklamp.',
    ],
    [{ type: 'clean', ...at }, 'put a clean apple in shelf.', 'clean some apple and put it in shelf.'],
    [{ type: 'heat', ...at }, 'put a hot apple in shelf.', 'heat some apple and put it in shelf.'],
    [{ type: 'cool', ...at }, 'put a cool apple in shelf.', 'cool some apple and put it in shelf.'],
    [{ type: 'two', ...at }, 'put two apple in shelf.', 'find two apple and put them in shelf.'],
  ]
  it.each(cases)('words every kind in two ways, both of which are read back: %j', (task, one, other) => {
    expect(goalSentence(task, 0)).toBe(`Your task is to: ${one}`)
    expect(goalSentence(task, 1)).toBe(`Your task is to: ${other}`)
    expect(readTask(goalSentence(task, 0))).toEqual(task)
    expect(readTask(goalSentence(task, 1))).toEqual(task)
  })

  it('reads a wording of an earlier ALFWorld, and nothing that is no task', () => {
    expect(readTask('Your task is to: find some apple and put it in sidetable.')).toEqual({
      type: 'place',
      object: 'apple',
      receptacle: 'sidetable',
    })
    expect(readTask('Your task is to: dance.')).toBeNull()
    expect(readTask('put a apple in shelf.')).toBeNull()
  })
})

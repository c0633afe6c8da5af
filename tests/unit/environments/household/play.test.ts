import { describe, expect, it } from 'vitest'
import { HouseholdPlay } from '../../../../workers/environments/household/play.ts'
import type { Task } from '../../../../workers/environments/household/task.ts'
import { copyWorld } from '../../../../workers/environments/household/world.ts'
import { kitchen } from './kitchen.ts'

const task: Task = { type: 'heat', object: 'egg', receptacle: 'fridge' }

const place = (play: HouseholdPlay, name: string) =>
  play.view().receptacles.find((receptacle) => receptacle.name === name)!

describe('a playing of the household', () => {
  it('is over once the goal is reached, and then nothing happens any more', () => {
    const play = new HouseholdPlay(kitchen(), task)
    const solution = [
      'go to countertop 2',
      'take egg 1 from countertop 2',
      'go to microwave 1',
      'heat egg 1 with microwave 1',
      'go to fridge 1',
      'open fridge 1',
    ]
    for (const action of solution) expect(play.act(action)).toMatchObject({ done: false, valid: true })
    expect(play.score).toEqual({ success: false, reward: 0 })
    expect(play.view().goalReached).toBe(false)
    expect(play.act('put egg 1 in/on fridge 1')).toEqual({
      observation: 'You put the egg 1 in/on the fridge 1.',
      done: true,
      valid: true,
    })
    expect(play.score).toEqual({ success: true, reward: 1 })
    expect(play.act('take egg 1 from fridge 1')).toEqual({
      observation: 'Nothing happens.',
      done: true,
      valid: false,
    })
    expect(play.score.success).toBe(true)
    expect(play.view().goalReached).toBe(true)
  })

  it('answers what it does not know, and counts it as invalid', () => {
    const play = new HouseholdPlay(kitchen(), task)
    for (const action of [
      '',
      'x'.repeat(10_000),
      '> go to shelf 1',
      'go to shelf 1\ngo to shelf 2',
      '\u0000',
    ]) {
      expect(play.act(action)).toEqual({ observation: 'Nothing happens.', done: false, valid: false })
    }
    expect(play.act('think: hm')).toEqual({ observation: 'OK.', done: false, valid: true })
  })

  it('leaves the world it was given as it was', () => {
    const world = kitchen()
    const before = copyWorld(world)
    new HouseholdPlay(world, task).act('go to shelf 1')
    expect(world).toEqual(before)
  })
})

describe('what is drawn of it', () => {
  it('tells what the agent has seen from what there is', () => {
    const play = new HouseholdPlay(kitchen(), task)
    expect(play.view()).toMatchObject({ kind: 'household', task, at: [], holding: null, goalReached: false })
    expect(place(play, 'fridge 1')).toEqual({
      name: 'fridge 1',
      type: 'fridge',
      openable: true,
      open: false,
      visited: false,
      here: false,
      contents: ['apple 1'],
      seen: null,
    })
    play.act('go to fridge 1')
    expect(play.view().at).toEqual(['fridge 1'])
    expect(place(play, 'fridge 1')).toMatchObject({ visited: true, here: true, open: false, seen: null })
    play.act('open fridge 1')
    expect(place(play, 'fridge 1')).toMatchObject({ open: true, seen: ['apple 1'] })
    play.act('take apple 1 from fridge 1')
    expect(place(play, 'fridge 1')).toMatchObject({ contents: [], seen: [] })
    expect(play.view().holding).toBe('apple 1')
    play.act('close fridge 1')
    play.act('go to shelf 1')
    expect(place(play, 'fridge 1')).toMatchObject({ here: false, open: false, seen: [] })
    play.act('go to countertop 1')
    play.act('move apple 1 to countertop 1')
    expect(place(play, 'countertop 1').seen).toEqual(['mug 1', 'mug 2', 'apple 1'])
    expect(place(play, 'countertop 1').contents.toSorted()).toEqual(['apple 1', 'mug 1', 'mug 2'])
    expect(place(play, 'countertop 2').seen).toBeNull()
  })

  it('learns nothing from what could not be done', () => {
    const play = new HouseholdPlay(kitchen(), task)
    play.act('open fridge 1')
    play.act('examine countertop 1')
    expect(play.view().receptacles.filter(({ visited }) => visited)).toEqual([])
  })

  it('names what was done to things, and can be sent to another thread', () => {
    const play = new HouseholdPlay(kitchen(), task)
    for (const action of ['go to countertop 2', 'take egg 1 from countertop 2', 'go to sinkbasin 1'])
      play.act(action)
    play.act('clean egg 1 with sinkbasin 1')
    play.act('go to microwave 1')
    play.act('heat egg 1 with microwave 1')
    play.act('go to sidetable 1')
    play.act('use desklamp 1')
    const view = structuredClone(play.view())
    const states = Object.fromEntries(view.objects.map((object) => [object.name, object.states]))
    expect(states).toMatchObject({ 'egg 1': ['clean', 'hot'], 'desklamp 1': ['on'], 'mug 1': [] })
  })
})

import { expect } from 'vitest'
import { step } from '../../../../workers/environments/household/commands.ts'
import { NOTHING_HAPPENS } from '../../../../workers/environments/household/sentences.ts'
import {
  copyWorld,
  newObject,
  newReceptacle,
  newWorld,
  type Wording,
  type World,
} from '../../../../workers/environments/household/world.ts'

/** A room of receptacles by type and number, each at a spot of its own, and objects by type, number and place. */
export function makeWorld(
  receptacles: [string, number][],
  objects: [string, number, string][],
  wording: Wording = 'old',
): World {
  return newWorld(
    receptacles.map(([type, number], spot) => newReceptacle(type, number, spot)),
    objects.map(([type, number, place]) => newObject(type, number, place)),
    wording,
  )
}

export function kitchen(wording: Wording = 'old'): World {
  return makeWorld(
    [
      ['bed', 1],
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
      ['butterknife', 1, 'countertop 2'],
      ['potato', 1, 'countertop 2'],
      ['book', 1, 'sidetable 1'],
      ['desklamp', 1, 'sidetable 1'],
      ['houseplant', 1, 'sidetable 1'],
    ],
    wording,
  )
}

/** Plays all commands and gives the last observation. */
export function play(world: World, ...commands: string[]): string {
  return commands.map((command) => step(world, command).observation).at(-1)!
}

/** Plays the first commands, all of which can be done, then checks that the last one is refused and changes nothing. */
export function expectRefused(world: World, ...commands: string[]): void {
  for (const command of commands.slice(0, -1)) expect(step(world, command).valid, command).toBe(true)
  const before = copyWorld(world)
  expect(step(world, commands.at(-1)!)).toEqual({ observation: NOTHING_HAPPENS, valid: false })
  expect(world).toEqual(before)
}
